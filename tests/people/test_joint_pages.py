"""The pages of several adults who answer for one child; none shows the one to the other."""

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client

from activities.models import RosterAccess
from marketplace.addresses import all_addresses
from notifications.models import Message
from organisations.acting import Acting
from people import corrections, joint, pick_up
from people.models import Guardian, GuardianLink, Guardianship
from people.services import Contact
from privacy import mydata
from safeguarding import consents
from safeguarding.models import Purpose
from tests.access import asking
from tests.access.seeing import text_of
from tests.access.world import NOW_THERE, make_world
from tests.conftest import NOW
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_ten():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def child():
    return make_child(make_guardian(name="窦天章", phone="+8613987654321"), name="窦娥")


@pytest.fixture
def parent(child):
    return signed_in(child.guardianships.get().guardian.user)


def messages_of(response) -> list[str]:
    """What is said once on the next page; until then it stands in a cookie, so it may name no child."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def link_of(client, child, **answers) -> str:
    page = client.post(f"/my/children/{child.pk}/guardians/", {"relation": "parent", **answers}).text
    return "/my/guardian/" + page.partition("/my/guardian/")[2].partition('"')[0]


def test_a_parent_hands_a_link_over_and_the_other_takes_it_up_with_one_tap(child, parent):
    address = f"/my/children/{child.pk}/guardians/"
    assert address in parent.get("/my/children/").text
    assert "Nobody but you" in parent.get(address).text
    link = link_of(parent, child)
    assert link not in parent.get(address).text

    known = make_user(name="蔡婆婆", phone="+8613800009999")
    page = signed_in(known).get(link).text
    assert "own_name" not in page
    assert not any(word in page for word in ("窦娥", "窦天章", "8765"))
    assert signed_in(known).post(link)["Location"] == "/my/children/"

    for client in (parent, signed_in(known)):
        text = client.get("/my/children/").text
        assert "窦娥" in text
        assert "Another adult answers for this child too" in text
    assert signed_in(known).get(link).status_code == signed_in(known).post(link).status_code == 410


def test_whoever_is_not_known_yet_says_their_name_and_phone(child, parent):
    link, user = link_of(parent, child), make_user()
    type(user).objects.filter(pk=user.pk).update(name="")
    client = signed_in(user)

    assert client.post(link, {}).status_code == 422
    done = client.post(link, {"own_name": "蔡婆婆", "own_phone": "13800009999"})
    assert messages_of(done) == ["The child is in your list: you answer for it too, from today on."]

    assert Guardian.objects.get(user=user).name == "蔡婆婆"


def test_without_a_login_the_link_leads_there_and_back_and_names_nobody(child, parent, client):
    link = link_of(parent, child)

    page = client.get(link).text

    assert f"/accounts/login/?next={link}" in page
    assert not any(word in page for word in ("窦娥", "窦天章", "8765"))
    assert client.post(link).status_code == 200
    assert Guardianship.objects.count() == 1


def test_a_refusal_is_a_sentence(child, parent):
    link = link_of(parent, child)

    answer = parent.post(link)

    assert (answer.status_code, "You answer for this child already" in answer.text) == (409, True)
    late = parent.post(f"/my/children/{child.pk}/guardians/", {"relation": "carer"})
    assert (late.status_code, "until when a carer answers" in late.text) == (422, True)
    alone = parent.post(f"/my/children/{child.pk}/guardians/leave/")
    assert (alone.status_code, "Nobody else answers" in alone.text) == (409, True)


def test_either_takes_an_open_link_back_and_leaves_and_a_stranger_does_not(child, parent):
    other = make_user(name="蔡婆婆", phone="+8613800009999")
    signed_in(other).post(link_of(parent, child))
    link_of(parent, child, relation="carer", until="2027-06-30")
    address = f"/my/guardian-links/{GuardianLink.objects.open(NOW).get().pk}/take-back/"

    assert signed_in(make_user()).post(address).status_code == 404
    assert signed_in(other).post(address).status_code == 302
    assert not GuardianLink.objects.open(NOW).exists()
    assert "End my part" in signed_in(other).get(f"/my/children/{child.pk}/guardians/").text
    assert signed_in(other).post(f"/my/children/{child.pk}/guardians/leave/").status_code == 302
    assert "No longer answer" not in parent.get(f"/my/children/{child.pk}/guardians/").text


def test_a_carer_reads_until_when_and_offers_nothing(child, parent):
    carer = make_user(name="蔡婆婆", phone="+8613800009999")
    link = link_of(parent, child, relation="carer", until="2027-06-30")
    assert "2027" in signed_in(carer).get(link).text
    signed_in(carer).post(link)

    page = signed_in(carer).get(f"/my/children/{child.pk}/guardians/").text

    assert "Make the link" not in page
    assert signed_in(carer).post(f"/my/children/{child.pk}/guardians/", {"relation": "parent"}).status_code == 422


def test_a_clerk_makes_the_link_on_paper_and_the_look_is_written_down():
    office = make_family_office()
    child, clerk = make_child(make_guardian(registered_by=office), name="窦娥"), make_member(office, "clerk")
    client, other = signed_in(clerk.user), make_user(name="蔡婆婆", phone="+8613800009999")

    link = link_of(client, child)

    assert RosterAccess.objects.filter(viewer=clerk.user, on_behalf_of=office).exists()
    assert f"{office} invites you" in signed_in(other).get(link).text
    signed_in(other).post(link)
    page = client.get(f"/my/children/{child.pk}/guardians/").text
    assert "2 adults answer" in page
    assert "蔡婆婆" not in page


def test_the_list_says_of_each_child_how_many_others_answer(child, parent):
    guardian = child.guardianships.get().guardian
    alone, many = make_child(guardian), make_child(guardian)
    for _ in range(2):
        make_guardianship(make_guardian(), many)

    rows, _lately = corrections.wards_and_lately(guardian, NOW.date())

    assert {row.pk: row.others for row in rows} == {child.pk: 0, alone.pk: 0, many.pk: 2}
    assert parent.get("/my/children/").text.count("2 other adults answer for this child too.") == 1


MINE = {
    "guardian": ("窦天章红雀", "8765 4321", "87654321", "doutz", "窦**"),
    "second": ("蔡婆婆鸲鹟", "8765 0000", "87650000", "caipp", "蔡**"),
}


@pytest.mark.slow
def test_on_no_page_at_all_does_one_see_who_the_other_is(settings, tmp_path):
    """Each opens every address there is, before and during a session for which the other signed the child up."""
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(NOW_THERE, tick=False) as clock:
        world = make_world()
        first, second = world.people["guardian"], make_user("caipp@example.test", name="蔡婆婆鸲鹟")
        _plant(world, first)
        joint.take_up(
            world.guardian_secret,
            user=second,
            contact=Contact(name=MINE["second"][0], phone="+8613987650000"),
            now=NOW_THERE,
        )
        _act(world, second)
        world.people["second"] = second
        for moment in (NOW_THERE, world.session.starts_at):
            clock.move_to(moment)
            for role, other in (("guardian", "second"), ("second", "guardian")):
                seen, opened = _everything(role, world)
                assert opened >= 30
                assert [(path, word) for path, text in seen for word in MINE[other] if word in text] == []
                assert any(MINE[role][0] in text for _path, text in seen)  # one's own: the words would be noticed
    files = [str(list(mydata.collect(mydata.everything_of(user, NOW_THERE)))) for user in (first, second)]
    assert not any(word in files[0] for word in MINE["second"])
    assert not any(word in files[1] for word in MINE["guardian"])
    assert not any(word in str(list(Message.objects.values())) for words in MINE.values() for word in words)


def _plant(world, first) -> None:
    first.email, first.name = "doutz@example.test", MINE["guardian"][0]
    first.save()
    world.guardian_row.name, world.guardian_row.phone = MINE["guardian"][0], "+8613987654321"
    world.guardian_row.save()


def _act(world, second) -> None:
    """The second agrees to something, names who fetches, and lets a third answer."""
    by, guardian = Acting(user=second), second.guardian
    consents.answer(world.child, guardian=guardian, purpose=Purpose.PHOTO, given=True, by=by, now=NOW_THERE)
    number = "7c7e1a0e-0000-4000-8000-000000000001"
    pick_up.name_person(world.child, name="钱姥姥", phone="", by=by, submission_id=number, now=NOW_THERE)
    joint.offer(world.child, relation="parent", by=by, now=NOW_THERE)


def _everything(role, world) -> tuple[list[tuple[str, str]], int]:
    client, seen, opened = asking.client_of(role, world), [], 0
    for each in asking.our_addresses():
        path = asking.path_of(each, world)
        answer = asking.answer_to(client, "GET", path)
        opened += answer.status_code == 200
        seen.append((path, text_of(answer)))
    assert len(seen) < len(all_addresses())
    return seen, opened
