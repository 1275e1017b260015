"""A person's dates at a secret address: all of theirs, nobody else's, no child's name, and kept up to date."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from icalendar import Calendar, Event

from activities import lifecycle, signups
from activities.models import Session, SignUp
from tests.conftest import NOW
from tests.factories.activities import (
    BY,
    STARTS_AT,
    by_guardian,
    make_crew_member,
    make_family,
    make_party,
    make_session,
    sign_up,
)
from tests.factories.organisations import make_organisation
from tests.factories.people import make_youth
from tests.factories.safeguarding import make_cleared
from tests.factories.users import make_user
from tests.factories.volunteering import lead_of, make_assignment, make_helped_session, make_shift
from users import feeds
from users.models import User
from volunteering import assignments, shifts

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW, tick=False)


def path_for(user: User) -> str:
    return f"/calendar/{feeds.make_feed(user, now=NOW)}.ics"


def events(user: User) -> dict[str, Event]:
    """What the phone reads, by UID without the host."""
    found = Calendar.from_ical(Client().get(path_for(user)).content).walk("VEVENT")
    by_key = {str(event["UID"]).partition("@")[0]: event for event in found}
    assert len(by_key) == len(found)
    return by_key


def on_duty(session: Session) -> User:
    return session.crew.get().user


@pytest.fixture
def session() -> Session:
    provider = make_organisation("provider")
    return make_session(provider=provider, crew=[(make_crew_member(provider).pk, True)], capacity=4)


def test_a_guardian_reads_each_session_of_the_children_once(session):
    guardian, children = make_family(2, name="林小满")
    sign_up(session, guardian, children)
    make_party(make_session())

    found = events(guardian.user)

    assert list(found) == [f"session-{session.pk}"]
    event = found[f"session-{session.pk}"]
    assert event["SUMMARY"] == session.version.title
    assert event["URL"].endswith(f"/sessions/{session.pk}/")
    assert event.start == session.starts_at


def test_no_name_stands_in_the_calendar(session):
    guardian, children = make_family(name="林小满")
    guardian.name = guardian.user.name = "林家长"
    guardian.save()
    guardian.user.save()
    sign_up(session, guardian, children)

    text = Client().get(path_for(guardian.user)).text

    assert "BEGIN:VEVENT" in text
    assert "林" not in text
    assert "小满" not in text


def test_a_youth_the_crew_and_a_volunteer_read_their_own(session):
    youth = make_youth()
    party = make_party(session)
    party.sign_ups.update(child=youth)
    assignment = make_assignment()

    assert list(events(youth.user)) == [f"session-{session.pk}"]
    assert list(events(on_duty(session))) == [f"session-{session.pk}"]
    assert list(events(assignment.user)) == [f"shift-{assignment.shift_id}"]
    assert events(make_user()) == {}


def test_who_waits_or_has_cancelled_reads_nothing(session):
    waits, left = make_party(session), make_party(session)
    SignUp.objects.filter(party=waits).update(status="waiting")
    signups.cancel(left.sign_ups.get(), by=by_guardian(left.guardian), now=NOW)

    assert events(waits.guardian.user) == {}
    assert events(left.guardian.user) == {}


def test_a_moved_session_keeps_its_uid_and_raises_its_number(session):
    party = make_party(session)
    before = events(party.guardian.user)[f"session-{session.pk}"]

    moved = {"starts_at": session.starts_at + WEEK, "ends_at": session.ends_at + WEEK}
    lifecycle.reschedule(session, **moved, venue=None, address="新址", by=BY, now=NOW)

    after = events(party.guardian.user)[f"session-{session.pk}"]
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert (after.start, after["LOCATION"]) == (moved["starts_at"], "新址")
    assert after["LAST-MODIFIED"].dt >= before["LAST-MODIFIED"].dt


def test_a_session_called_off_stays_as_such_for_who_was_to_come(session):
    party, waits, crew = make_party(session), make_party(session), on_duty(session)
    SignUp.objects.filter(party=waits).update(status="waiting")
    Session.objects.filter(pk=session.pk).update(taken=1, waiting_parties=1)
    waits.join_seq = 1
    waits.save()
    before = events(crew)[f"session-{session.pk}"]

    lifecycle.cancel(session, by=BY, now=NOW, reason="rain")

    for user in (party.guardian.user, crew):
        after = events(user)[f"session-{session.pk}"]
        assert (after["STATUS"], after["SEQUENCE"]) == ("CANCELLED", before["SEQUENCE"] + 1)
    assert events(waits.guardian.user) == {}


def test_who_was_taken_out_of_the_crew_earlier_reads_nothing_of_the_end(session):
    crew = session.crew.get()
    type(crew).objects.filter(pk=crew.pk).update(removed_at=NOW - timedelta(hours=1))

    lifecycle.cancel(session, by=BY, now=NOW, reason="rain")

    assert events(crew.user) == {}


def test_a_shift_moves_and_ends_with_its_session():
    assignment = make_assignment()
    session, key = assignment.shift.session, f"shift-{assignment.shift_id}"
    before = events(assignment.user)[key]
    moved = {"starts_at": session.starts_at + WEEK, "ends_at": session.ends_at + WEEK}
    lifecycle.reschedule(session, **moved, venue=None, address="新址", by=BY, now=NOW)
    after = events(assignment.user)[key]
    lifecycle.cancel(session, by=BY, now=NOW, reason="rain")
    ended = events(assignment.user)[key]

    assert after.start == before.start + WEEK
    assert [one["SEQUENCE"] for one in (before, after)] == [0, 1]
    assert ended["SEQUENCE"] > after["SEQUENCE"]
    assert [one["STATUS"] for one in (before, after, ended)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_a_shift_called_off_alone_says_so_and_a_place_given_back_is_gone():
    shift = make_shift()
    stays, leaves = make_assignment(shift), make_assignment(shift)
    assignments.withdraw(leaves, by=lead_of(shift.session), now=NOW, reason="ill")

    shifts.cancel_shift(shift, by=lead_of(shift.session), now=NOW, reason="rain")

    event = events(stays.user)[f"shift-{shift.pk}"]
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)
    assert events(leaves.user) == {}


def test_what_is_long_over_leaves_the_calendar(session, time_machine):
    party = make_party(session)
    user = party.guardian.user
    time_machine.move_to(session.ends_at + timedelta(days=29), tick=False)
    assert len(events(user)) == 1

    time_machine.move_to(session.ends_at + timedelta(days=31), tick=False)
    assert events(user) == {}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_calendar_costs_three_queries(rows, django_assert_num_queries):
    guardian, children = make_family(2)
    for n in range(rows):
        starts_at = STARTS_AT + timedelta(days=n)
        sign_up(make_session(starts_at=starts_at), guardian, children)
        shift = make_shift(make_helped_session(starts_at=starts_at))
        make_assignment(shift, make_cleared(guardian.user))
    path = path_for(guardian.user)

    with django_assert_num_queries(3):
        Client().get(path)


def test_who_has_the_newest_is_told_so_and_gets_no_cookie(session):
    guardian = make_party(session).guardian
    path, phone = path_for(guardian.user), Client()

    first = phone.get(path)
    again = phone.get(path, headers={"If-None-Match": first["ETag"]})
    Session.objects.filter(pk=session.pk).update(sequence=F("sequence") + 1)
    changed = phone.get(path, headers={"If-None-Match": first["ETag"]})

    assert [answer.status_code for answer in (first, again, changed)] == [200, 304, 200]
    assert first["Cache-Control"] == "private, no-cache"
    assert not phone.cookies


def test_a_wrong_or_ended_secret_finds_nothing(session):
    guardian = make_party(session).guardian
    path = path_for(guardian.user)
    feeds.end_feed(guardian.user, now=NOW)

    assert Client().get(path).status_code == 404
    assert Client().get("/calendar/wrong.ics").status_code == 404


def test_the_page_shows_the_address_once_makes_it_anew_and_ends_it(session):
    guardian = make_party(session).guardian
    client = Client(headers={"accept-language": "en"})
    client.force_login(guardian.user)
    assert "Make my address" in client.get("/my/calendar/").text

    made = client.post("/my/calendar/")
    address = made.context["address"]
    path = address[address.index("/calendar/") :]

    assert address in made.text
    assert made.context["webcal"].startswith("webcal://")
    assert "no-store" in made["Cache-Control"]
    assert address not in client.get("/my/calendar/").text
    assert Client().get(path).status_code == 200
    client.post("/my/calendar/")
    assert Client().get(path).status_code == 404

    newest = client.post("/my/calendar/").context["address"]
    ended = client.post("/my/calendar/end/", follow=True)

    assert "has ended" in ended.text
    assert Client().get(newest[newest.index("/calendar/") :]).status_code == 404


def test_the_page_is_ones_own():
    assert Client().get("/my/calendar/").status_code == 302


def test_the_calendar_speaks_the_language_of_its_reader(session):
    guardian = make_party(session).guardian
    User.objects.filter(pk=guardian.user_id).update(language="en")

    assert events(guardian.user)[f"session-{session.pk}"]["SUMMARY"] == session.version.title_en


def test_a_sessions_own_date_is_there_for_everybody(session):
    answer = Client().get(f"/sessions/{session.pk}/date.ics")

    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["UID"].startswith(f"session-{session.pk}@")
    assert Client().get("/sessions/99999/date.ics").status_code == 404


def test_the_ticket_offers_the_date(session):
    guardian, children = make_family()
    party = sign_up(session, guardian, children)
    client = Client()
    client.force_login(guardian.user)

    assert f"/sessions/{session.pk}/date.ics" in client.get(f"/sessions/{session.pk}/ticket/{party.pk}/").text
