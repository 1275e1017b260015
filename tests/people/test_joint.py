"""Several adults who answer for one child: the link, who may take it up, until when, and leaving again."""

from datetime import date, timedelta

import pytest
import time_machine

from core.time import today
from notifications.models import Message
from organisations.acting import Acting
from people import grown, joint, services, youths
from people.invariants import few_answer_for_one, guardianships_end_at_18
from people.links import LINK_LIFE, LinkGone
from people.models import Child, Guardian, GuardianLink, Guardianship, ToTell
from people.privacy import forget
from people.services import Contact
from privacy import erasure
from safeguarding import consents
from tests.conftest import NOW
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship, make_youth
from tests.factories.safeguarding import make_consent
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
UNTIL = date(2027, 6, 30)


@pytest.fixture
def first():
    return make_guardian(name="窦天章")


@pytest.fixture
def child(first):
    return make_child(first, name="窦娥")


def of(guardian: Guardian) -> Acting:
    return Acting(user=guardian.user)


def offer(child: Child, *, by: Acting | None = None, relation: str = "parent", now=NOW, **more) -> str:
    by = by or of(child.guardianships.order_by("pk")[0].guardian)
    return joint.offer(child, relation=relation, by=by, now=now, **more)


def take_up(secret: str, user=None, now=NOW) -> Child:
    contact = Contact(name="蔡婆婆", phone="+8613800009999")
    return joint.take_up(secret, user=user or make_user(), contact=contact, now=now)


def join(child: Child, **more) -> Guardian:
    user = make_user()
    take_up(offer(child, **more), user)
    return user.guardian


def test_a_parent_answers_until_18_and_the_history_says_who_did_what(child, first):
    user = make_user()

    take_up(offer(child), user)

    part = Guardianship.objects.get(child=child, guardian__user=user)
    assert (part.relation, part.starts_on, part.ends_on) == ("parent", date(2026, 11, 24), grown.last_day(child))
    assert (user.guardian.name, user.guardian.phone) == ("蔡婆婆", "+8613800009999")
    rows = list(child.history.order_by("pk").values_list("verb", "actor", "note"))
    assert rows == [("offer_guardianship", first.user_id, ""), ("take_up_guardianship", user.pk, "")]


@pytest.mark.parametrize(("until", "ends"), [(UNTIL, UNTIL), (date(2050, 1, 1), date(2034, 1, 15))])
def test_a_carer_answers_until_the_agreed_day_and_at_the_latest_until_18(child, until, ends):
    part = join(child, relation="carer", until=until).guardianships.get()

    assert (part.ends_on, part.agreed_until) == (ends, until)
    assert guardianships_end_at_18().breaches == []


@pytest.mark.parametrize(
    ("relation", "until"), [("carer", None), ("parent", UNTIL), ("other", UNTIL), ("carer", date(2026, 11, 23))]
)
def test_a_last_day_is_for_carers_and_has_not_passed(child, relation, until):
    with pytest.raises(joint.EndImpossible):
        offer(child, relation=relation, until=until)


def test_a_birth_date_that_is_put_right_twice_gives_a_carer_not_a_day_more(child, first):
    join(child, relation="carer", until=UNTIL)
    carers = Guardianship.objects.filter(child=child, relation="carer")

    for born, ends in ((date(2009, 1, 20), date(2027, 1, 20)), (date(2016, 1, 15), UNTIL)):
        row = Child.objects.get(pk=child.pk)
        facts = {"name": row.name, "home_community": row.home_community}
        services.edit_child(row, birth_date=born, by=of(first), now=NOW, **facts)
        assert carers.get().ends_on == ends
        assert guardianships_end_at_18().breaches == []


def test_secret_is_stored_as_a_hash_only(child):
    assert offer(child) not in str(GuardianLink.objects.values().get())


@pytest.mark.parametrize("who", ["stranger", "carer", "youth", "leaver", "clerk of another office", "grown"])
def test_nobody_else_offers(child, first, who):
    by, row = Acting(user=make_user()), child
    if who == "carer":
        by = of(join(child, relation="carer", until=UNTIL))
    elif who == "youth":
        row = make_youth()
        by = Acting(user=row.user)
    elif who == "leaver":
        join(child)
        joint.end_own(child, by=of(first), now=NOW)
        by = of(first)
    elif who == "clerk of another office":
        by = make_member(make_family_office(), "clerk")
    elif who == "grown":
        row = make_child(first, birth_date=date(2008, 11, 23))
        by = of(first)

    with pytest.raises(joint.NotTheirs):
        offer(row, by=by)


def test_the_clerk_of_the_office_that_registered_the_family_offers_and_the_office_tells_the_family():
    office = make_family_office()
    family = make_guardian(registered_by=office)
    child, clerk = make_child(family, name="窦娥"), make_member(office, "clerk")

    take_up(offer(child, by=clerk))

    assert GuardianLink.objects.get().office == office
    lines = list(ToTell.objects.order_by("pk").values_list("guardian", "kind"))
    assert lines == [(family.pk, "guardian_invited"), (family.pk, "guardian_joined")]
    assert "窦娥" not in str(list(ToTell.objects.values()))


def test_everybody_who_answers_is_told_and_no_message_names_the_child(child, first):
    second = join(child)
    third = join(child, by=of(second))

    told = set(Message.objects.values_list("kind", "recipient"))
    joined, invited = "guardian_joined", "guardian_invited"
    assert told == {(joined, first.user_id), (joined, second.user_id), (invited, first.user_id)}
    assert third.user_id not in {user for _kind, user in told}
    assert "窦娥" not in str(list(Message.objects.values()))


@pytest.mark.parametrize(
    "spoil", ["used", "old", "wrong", "taken back", "merged", "erased", "grown", "carer's end", "anew"]
)
def test_take_up_of_a_link_that_is_gone_is_refused_and_makes_no_guardian(child, first, spoil):
    now, relation, until = NOW, "parent", None
    if spoil == "carer's end":
        relation, until, now = "carer", date(2026, 11, 25), NOW + timedelta(days=2)
    secret = offer(child, relation=relation, until=until)
    if spoil == "used":
        take_up(secret)
    elif spoil == "old":
        now += LINK_LIFE + timedelta(seconds=1)
    elif spoil == "wrong":
        secret += "x"
    elif spoil == "taken back":
        joint.take_back(GuardianLink.objects.get(), by=of(first), now=NOW)
    elif spoil == "anew":
        offer(child)
    else:
        change = {
            "merged": {"merged_into": make_child()},
            "erased": {"erased_at": NOW},
            "grown": {"birth_date": date(2008, 11, 23)},
        }
        Child.objects.filter(pk=child.pk).update(**change.get(spoil, {}))
    user = make_user()

    with pytest.raises(LinkGone):
        take_up(secret, user, now=now)

    assert not Guardian.objects.filter(user=user).exists()


def test_who_answers_already_and_a_youth_and_the_suspended_do_not_take_it_up(child, first):
    secret = offer(child)
    suspended = make_guardian(suspended_from=date(2026, 11, 1))

    for user, refusal in (
        (first.user, joint.AnswersAlready),
        (make_youth().user, joint.NotAnAdult),
        (suspended.user, joint.Suspended),
    ):
        with pytest.raises(refusal):
            take_up(secret, user)

    assert child.guardianships.count() == 1
    take_up(secret, make_youth(birth_date=date(2008, 11, 23)).user)  # of age by the record


def test_the_childs_own_login_does_not_take_it_up():
    youth = make_youth()

    with pytest.raises(joint.NotAnAdult):
        take_up(offer(youth), youth.user)


def test_a_suspended_family_adds_nobody(child, first):
    secret = offer(child)
    Guardian.objects.filter(pk=first.pk).update(suspended_from=date(2026, 11, 1))

    with pytest.raises(joint.Suspended):
        take_up(secret)
    with pytest.raises(joint.Suspended):
        offer(child)


def test_a_fifth_adult_is_refused_when_it_is_offered_and_when_it_is_taken_up(child, first):
    for _ in range(2):
        join(child)
    second = child.guardianships.order_by("pk")[1].guardian
    one, other = offer(child), offer(child, by=of(second))
    take_up(one)

    with pytest.raises(joint.TooMany):
        take_up(other)
    with pytest.raises(joint.TooMany):
        offer(child)
    assert joint.how_many(child, NOW.date()) == 4


def test_who_answered_before_answers_again_and_what_they_agreed_to_then_is_theirs_still(child):
    user = make_user()
    take_up(offer(child, relation="carer", until=date(2026, 11, 25)), user)
    make_consent(child, user.guardian)
    later = NOW + timedelta(days=3)

    take_up(offer(child, relation="parent", now=later), user, now=later)

    part = Guardianship.objects.get(child=child, guardian__user=user)
    assert (part.relation, part.starts_on, part.ends_on) == ("parent", NOW.date(), grown.last_day(child))
    assert part.agreed_until is None


def test_either_takes_back_what_the_other_agreed_to_and_who_gave_it_stays(child, first):
    second = join(child)
    given = make_consent(child, first, purpose="photo")

    consents.withdraw(given, by=of(second), now=NOW)

    given.refresh_from_db()
    assert (given.guardian, given.is_standing) == (first, False)
    mine = consents.answer(child, guardian=second, purpose="photo", given=True, by=of(second), now=NOW)
    assert consents.withdraw(mine, by=of(first), now=NOW).withdrawn_at == NOW


def test_who_leaves_answers_until_midnight_and_the_others_are_told(child, first):
    second = join(child)
    offer(child, by=of(second))

    joint.end_own(child, by=of(second), now=NOW)
    joint.end_own(child, by=of(second), now=NOW)

    tomorrow = NOW.date() + timedelta(days=1)
    assert joint.how_many(child, NOW.date()) == 2
    assert joint.how_many(child, tomorrow) == 1
    assert Message.objects.get(kind="guardian_left").recipient == first.user
    assert not GuardianLink.objects.open(NOW).exists()
    with pytest.raises(joint.NobodyElse):
        joint.end_own(child, by=of(first), now=NOW)


@pytest.mark.parametrize("goes", ["leaves", "is erased"])
def test_a_login_link_of_who_goes_works_no_more(goes, settings, tmp_path):
    """Else who no longer answers for the youth could still take the youth's login up and read on."""
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    first = make_guardian()
    youth = make_child(first, age=15)
    second = join(youth, by=of(first))
    secret = youths.make_link(youth, by=of(second), now=NOW)

    if goes == "leaves":
        joint.end_own(youth, by=of(second), now=NOW)
    else:
        erasure.erase(second.user, cause="asked", now=NOW)

    with pytest.raises(LinkGone):
        youths.take_up(secret, user=make_user(), now=NOW)


def test_nobody_leaves_a_child_to_who_goes_before_them(child, first):
    carer = join(child, relation="carer", until=UNTIL)

    with pytest.raises(joint.NobodyElse):
        joint.end_own(child, by=of(first), now=NOW)
    joint.end_own(child, by=of(carer), now=NOW)
    with pytest.raises(joint.NotTheirs):
        joint.end_own(child, by=Acting(user=make_user()), now=NOW)


def test_families_of_an_office_count_for_one_another_by_themselves():
    """Several guardians without a login are several."""
    office = make_family_office()
    child = make_child(make_guardian(registered_by=office))
    make_guardianship(make_guardian(registered_by=office), child)
    second = join(child, by=make_member(office, "clerk"))
    assert joint.how_many(child, today(NOW)) == 3

    joint.end_own(child, by=of(second), now=NOW)

    assert joint.how_many(child, today(NOW) + timedelta(days=1)) == 2


def test_erasing_forgets_the_links_of_a_child_and_the_open_ones_of_who_leaves(child, first, settings, tmp_path):
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    second = join(child)
    offer(child, by=of(second))

    erasure.erase(second.user, cause="asked", now=NOW)
    assert not GuardianLink.objects.open(NOW).exists()

    erasure.erase(child, cause="asked", now=NOW)
    assert not GuardianLink.objects.exists()


def test_links_are_forgotten_a_month_after_their_end_and_open_ones_when_the_child_is_of_age(child, first):
    offer(child)
    end = NOW + LINK_LIFE + timedelta(days=30)

    assert forget(end)["guardian_links"] == 0
    assert forget(end + timedelta(seconds=1))["guardian_links"] == 1

    offer(child)
    Child.objects.filter(pk=child.pk).update(birth_date=date(2008, 11, 23))
    assert forget(NOW)["of_age"] == 1


def test_verify_sees_a_fifth_who_answers(child):
    with time_machine.travel(NOW, tick=False):
        for _ in range(3):
            make_guardianship(make_guardian(), child)
        assert (few_answer_for_one().checked, few_answer_for_one().breaches) == (1, [])

        make_guardianship(make_guardian(), child)
        assert few_answer_for_one().breaches == [f"child {child.pk}: 5 adults answer for it"]
