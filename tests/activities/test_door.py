"""The code of a ticket: the family's phone shows it, the staff's phone reads it, a picture of it is soon old."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from activities import door
from activities.models import Party, RosterAccess
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, make_crew_member, make_family, make_party, make_session, sign_up
from tests.factories.organisations import make_organisation
from tests.factories.people import make_guardian
from users.models import User

pytestmark = pytest.mark.django_db
DOOR = STARTS_AT - timedelta(minutes=5)


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def crew():
    return make_crew_member(make_organisation("provider"))


@pytest.fixture
def party(crew) -> Party:
    with time_machine.travel(NOW, tick=False):
        return make_party(make_session(provider=crew.organisation, crew=[(crew.pk, True)]), name="林小满")


def scan(user: User, party: Party, *, shown=DOOR, read=DOOR):
    """Read with the user's phone, at one moment, what the ticket showed at another."""
    with time_machine.travel(read, tick=False):
        return signed_in(user).get(reverse("activities:door", args=[door.code_of(party, shown)]))


def test_one_scan_and_one_tap_check_a_child_in(crew, party):
    text = scan(crew.user, party).text
    address = re.search(r'action="([^"]+/present/)"', text)[1]

    with time_machine.travel(DOOR, tick=False):
        signed_in(crew.user).post(address)

    assert "林小满" in text
    assert party.sign_ups.get().attendance.status == "present"
    assert RosterAccess.objects.get().count == 1


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (60, 200), (61, 410), (3600, 410)])
def test_a_screenshot_sent_to_a_friend_is_refused_a_minute_later(crew, party, seconds, status):
    response = scan(crew.user, party, read=DOOR + timedelta(seconds=seconds))

    assert response.status_code == status
    assert ("林小满" in response.text) == (status == 200)
    assert ("more than a minute old" in response.text) == (status == 410)


@pytest.mark.parametrize("forged", ["1-1", "1-1.abc", "x.y.z", "9" * 300])
def test_a_forged_code_is_not_found(crew, forged):
    assert signed_in(crew.user).get(f"/door/{forged}/").status_code == 404


def test_a_code_for_another_party_cannot_be_made_from_ones_own(crew, party):
    own = door.code_of(party, DOOR)

    with time_machine.travel(DOOR, tick=False):
        assert signed_in(crew.user).get(f"/door/{own.replace(str(party.pk), str(party.pk + 1), 1)}/").status_code == 404


def test_staff_of_another_provider_and_strangers_read_nothing(party):
    stranger = make_crew_member(make_organisation("provider"))

    assert scan(stranger.user, party).status_code == 404
    assert scan(make_guardian().user, party).status_code == 404
    assert not RosterAccess.objects.exists()


def test_the_family_that_scans_its_own_code_comes_to_its_ticket(party):
    response = scan(party.guardian.user, party)

    assert response.url == reverse("activities:ticket", args=[party.session_id, party.pk])


def test_nobody_who_is_not_signed_in_reads_a_code(party):
    assert Client().get(f"/door/{door.code_of(party, DOOR)}/").status_code == 302


def test_before_the_list_opens_a_scan_shows_no_name(crew, party):
    assert "林小满" not in scan(crew.user, party, shown=NOW, read=NOW).text


def test_the_ticket_draws_its_code_anew_each_time(party):
    client, address = (
        signed_in(party.guardian.user),
        reverse("activities:ticket-code", args=[party.session_id, party.pk]),
    )
    drawn = []
    for moment in (DOOR, DOOR + timedelta(seconds=30)):
        with time_machine.travel(moment, tick=False):
            drawn.append(client.get(address))

    assert drawn[0]["content-type"] == "image/svg+xml"
    assert "no-store" in drawn[0]["cache-control"]
    assert drawn[0].content != drawn[1].content


def test_the_ticket_shows_its_code_while_it_opens_a_door(party):
    with time_machine.travel(DOOR, tick=False):
        assert "code.svg" in signed_in(party.guardian.user).get(f"/sessions/{party.session_id}/ticket/{party.pk}/").text
    with time_machine.travel(party.session.ends_at, tick=False):
        assert (
            "code.svg"
            not in signed_in(party.guardian.user).get(f"/sessions/{party.session_id}/ticket/{party.pk}/").text
        )


def test_no_code_is_drawn_for_another_family_or_without_a_place(party):
    address = reverse("activities:ticket-code", args=[party.session_id, party.pk])
    with time_machine.travel(NOW, tick=False):
        full = make_session(capacity=1)
        make_party(full)
        guardian, children = make_family()
        waiting = sign_up(full, guardian, children)

        assert signed_in(make_guardian().user).get(address).status_code == 404
        assert signed_in(guardian.user).get(f"/sessions/{full.pk}/ticket/{waiting.pk}/code.svg").status_code == 404


def test_the_code_holds_no_name(party):
    assert re.fullmatch(rf"{party.pk}-\d+\.[\w-]+", door.code_of(party, DOOR))


def read(user: User, session, code: str, moment=DOOR):
    """Read a code with the camera of the session's list."""
    with time_machine.travel(moment, tick=False):
        return signed_in(user).post(reverse("activities:scan", args=[session.pk]), {"code": code})


def test_the_lists_camera_reads_the_familys_children_of_this_session_and_marks_nobody(crew, party):
    make_party(party.session, name="何白露")

    response = read(crew.user, party.session, door.code_of(party, DOOR))

    row = party.sign_ups.get()
    assert response.json()["children"] == [{"sign_up": row.pk, "name": "林小满", "state": ""}]
    assert "no-store" in response["cache-control"]
    assert not hasattr(row, "attendance")
    assert RosterAccess.objects.get().count == 1


@pytest.mark.parametrize(
    ("code", "words"), [("", "no ticket of ours"), ("1-1.abc", "no ticket of ours"), ("old", "more than a minute old")]
)
def test_the_lists_camera_says_what_is_wrong_with_a_code(crew, party, code, words):
    code = door.code_of(party, DOOR - timedelta(minutes=2)) if code == "old" else code

    response = read(crew.user, party.session, code)

    assert (response.status_code, response.json()["children"]) == (422, [])
    assert words in response.json()["words"]
    assert not RosterAccess.objects.exists()


def test_the_lists_camera_tells_nothing_of_a_ticket_for_another_session(crew, party):
    with time_machine.travel(NOW, tick=False):
        other = make_session(provider=crew.organisation, crew=[], starts_at=STARTS_AT + timedelta(hours=3))

    response = read(crew.user, other, door.code_of(party, DOOR))

    assert "no place in this session" in response.json()["words"]
    assert "林小满" not in response.text


def test_strangers_and_people_outside_the_window_read_nothing_with_it(crew, party):
    stranger, code = make_crew_member(make_organisation("provider")), door.code_of(party, NOW)

    assert read(stranger.user, party.session, code, NOW).status_code == 404
    assert read(crew.user, party.session, code, NOW).status_code == 403


def test_only_the_open_list_may_use_the_camera(crew, party):
    client = signed_in(crew.user)
    with time_machine.travel(DOOR, tick=False):
        roll = client.get(reverse("activities:check-in", args=[party.session_id]))
        others = [client.get(path) for path in ("/", "/catalog/", reverse("activities:close", args=[party.session_id]))]

    assert roll["permissions-policy"] == "camera=(self), microphone=(), geolocation=()"
    assert {page["permissions-policy"] for page in others} == {"camera=(), microphone=(), geolocation=()"}
