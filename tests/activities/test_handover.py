"""Children under ten go home with somebody who may fetch them; who that was is written on the attendance alone."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from activities import checkin, handover, lifecycle
from activities.invariants import every_change_logged, marked_rightly
from activities.models import Attendance, AttendanceHistory, RosterAccess, SessionHistory
from activities.policies import ROSTER_UNTIL
from notifications.models import Message
from organisations.acting import Acting, clock
from people.pick_up import name_person
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, acting, make_crew_member, make_session, make_sign_up
from tests.factories.organisations import make_organisation
from tests.factories.people import make_guardian, make_guardianship

pytestmark = pytest.mark.django_db
DOOR, HOME = STARTS_AT - timedelta(minutes=5), STARTS_AT + timedelta(hours=2)
BY = Acting()


@pytest.fixture(autouse=True)
def watch():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def crew():
    return make_crew_member(make_organisation("provider"))


@pytest.fixture
def session(crew):
    return make_session(
        capacity=5, provider=crew.organisation, crew=[(crew.pk, True)], programme={"checks_pickup": True, "min_age": 6}
    )


@pytest.fixture
def row(session):
    """A child of seven with a grandmother named, checked in."""
    row = make_sign_up(session, age=7, name="林小满")
    person = {"name": "钱姥姥", "phone": "+8613900000008", "submission_id": uuid.uuid4()}
    name_person(row.child, **person, by=BY, now=NOW)
    checkin.mark(row, "present", by=BY, now=DOOR)
    return row


@pytest.fixture
def client(crew, watch):
    watch.move_to(HOME)
    client = Client(headers={"accept-language": "en"})
    client.force_login(crew.user)
    return client


def page(name: str, *args) -> str:
    return reverse(f"activities:{name}", args=args)


def hand_over(row, to="钱姥姥"):
    return handover.hand_over(row, to, by=BY, now=HOME)


def verbs() -> list[str]:
    return list(AttendanceHistory.objects.order_by("pk").values_list("verb", flat=True))


def test_staff_hand_a_child_over_to_whom_the_family_named(client, session, row):
    address = page("hand-over", session.pk, row.pk)
    listed = client.get(page("check-in", session.pk), {"tab": "home"}).text
    asked = client.get(address).text
    person = row.child.pick_up_persons.get()
    done = client.post(address, {"to": f"pickupperson-{person.pk}"}, follow=True).text

    assert address in listed
    assert "钱姥姥 · named by the family · 139 0000 0008" in asked
    assert str(row.party.guardian) in asked
    assert "Handed over to 钱姥姥" in done
    attendance = Attendance.objects.get()
    assert (attendance.collected_by, attendance.checked_out_at) == ("钱姥姥", HOME)


def test_to_a_guardian_by_choice_and_to_somebody_else_by_name(client, session, row):
    address, guardian = page("hand-over", session.pk, row.pk), row.party.guardian

    client.post(address, {"to": f"guardian-{guardian.pk}"})
    assert Attendance.objects.get().collected_by_guardian == guardian
    assert f"Handed over to {guardian.name}" in client.get(page("check-in", session.pk), {"tab": "here"}).text
    client.post(page("undo-hand-over", session.pk, row.pk))
    assert client.post(address, {"to": "other", "other": " "}).status_code == 422
    client.post(address, {"to": "other", "other": "舅舅"})

    assert Attendance.objects.get().collected_by == "舅舅"


@pytest.mark.parametrize("sent", [{}, {"to": "guardian-0"}, {"to": "x" * 900}])
def test_nobody_chosen_is_said(client, session, row, sent):
    assert client.post(page("hand-over", session.pk, row.pk), sent).status_code == 422
    assert Attendance.objects.get().checked_out_at is None


def test_undo_forgets_who_it_was_and_twice_is_once(client, session, row):
    hand_over(row)

    for _ in range(2):
        client.post(page("undo-hand-over", session.pk, row.pk))

    attendance = Attendance.objects.get()
    assert (attendance.status, attendance.checked_out_at, attendance.collected_by) == ("present", None, "")
    assert verbs() == ["mark", "hand_over", "undo_hand_over"]


def test_handing_over_twice_counts_once_and_to_another_is_refused(client, session, row):
    hand_over(row)
    hand_over(row)
    refused = client.post(page("hand-over", session.pk, row.pk), {"to": "other", "other": "舅舅"})

    assert "handed over already" in refused.text
    assert verbs() == ["mark", "hand_over"]
    assert Attendance.objects.get().collected_by == "钱姥姥"


def test_history_messages_and_logs_say_that_it_happened_and_never_who_came(client, session, row, caplog):
    with caplog.at_level("DEBUG"):
        client.get(page("hand-over", session.pk, row.pk))
        client.post(page("hand-over", session.pk, row.pk), {"to": "other", "other": "钱姥姥"})

    entry = AttendanceHistory.objects.get(verb="hand_over")
    assert (entry.before, entry.after, entry.note) == ("present", "present", "")
    told = [str(message.context) for message in Message.objects.all()]
    assert not any(word in text for text in [caplog.text, *told] for word in ("钱姥姥", "林小满", "13900000008"))
    assert every_change_logged().breaches == marked_rightly().breaches == []


def test_each_look_at_who_may_fetch_a_child_is_logged(client, crew, session, row):
    client.get(page("hand-over", session.pk, row.pk))

    assert list(RosterAccess.objects.values_list("viewer", "count")) == [(crew.user.pk, 1)]


def test_who_is_still_here_are_the_young_that_came_in_the_order_of_the_list(session, row):
    second = make_sign_up(session, age=8)
    old, missing = make_sign_up(session, age=11), make_sign_up(session, age=7)
    for one, verb in [(old, "present"), (missing, "absent"), (second, "present")]:
        checkin.mark(one, verb, by=BY, now=STARTS_AT)

    assert list(handover.still_here(session)) == [row, second]
    hand_over(row)
    assert list(handover.still_here(session)) == [second]


@pytest.mark.parametrize("late", [HOME, STARTS_AT + ROSTER_UNTIL + timedelta(minutes=1)])
def test_on_a_closed_list_nobody_is_handed_over(crew, session, row, late):
    if late == HOME:
        lifecycle.close(session, by=acting(crew), now=HOME, all_collected=True)

    with pytest.raises((checkin.SessionOver, checkin.OutsideWindow)):
        handover.hand_over(row, "钱姥姥", by=BY, now=late)


def test_who_was_not_there_after_all_was_not_fetched(row):
    hand_over(row)
    checkin.undo(row, by=BY, now=HOME)

    attendance = Attendance.objects.get()
    assert (attendance.status, attendance.checked_out_at, attendance.collected_by) == ("voided", None, "")


def test_only_a_child_that_is_here_is_handed_over(client, session):
    row = make_sign_up(session, age=7, now=NOW)

    address = page("hand-over", session.pk, row.pk)

    assert "not checked in" in client.get(address, follow=True).text
    assert "not checked in" in client.post(address, {"to": "other", "other": "舅舅"}, follow=True).text
    looked = client.get(address)
    assert (looked.status_code, "guardian" in looked.content.decode()) == (302, False)
    client.post(page("undo-hand-over", session.pk, row.pk))
    assert "not checked in" in client.get(page("check-in", session.pk)).text


def test_from_ten_on_a_child_goes_home_alone(client, session):
    row = make_sign_up(session, age=10)
    checkin.mark(row, "present", by=BY, now=DOOR)

    assert client.get(page("hand-over", session.pk, row.pk)).status_code == 404
    assert "To hand over" not in client.get(page("check-in", session.pk)).text
    with pytest.raises(handover.NotDue):
        hand_over(row)


def test_where_the_programme_does_not_ask_nobody_is_handed_over(crew):
    session = make_session(provider=crew.organisation, crew=[(crew.pk, True)])
    row = make_sign_up(session, age=9)
    checkin.mark(row, "present", by=BY, now=DOOR)

    assert handover.still_here(session) == []
    with pytest.raises(handover.NotDue):
        hand_over(row)


def test_nobody_and_a_stranger_fetch_no_child(row):
    with pytest.raises(handover.NobodyNamed):
        hand_over(row, "  ")
    with pytest.raises(handover.NoGuardian):
        hand_over(row, make_guardian())


def test_the_other_guardian_may_fetch_the_child(row):
    other = make_guardian()
    make_guardianship(other, row.child)

    assert hand_over(row, other).collected_by_guardian == other


def test_strangers_and_people_outside_the_window_see_no_names(client, session, row, watch):
    stranger, address = make_crew_member(make_organisation("provider")), page("hand-over", session.pk, row.pk)
    watch.move_to(STARTS_AT + timedelta(hours=73))
    assert client.get(address).status_code == client.post(address).status_code == 403
    watch.move_to(HOME)
    client.force_login(stranger.user)
    assert client.get(address).status_code == client.post(page("undo-hand-over", session.pk, row.pk)).status_code == 404
    client.force_login(row.party.guardian.user)
    assert client.get(address).status_code == 404


def test_a_child_of_another_session_is_404(client, session, row):
    other = make_sign_up(make_session(programme={"checks_pickup": True, "min_age": 6}), age=7)

    assert client.get(page("hand-over", session.pk, other.pk)).status_code == 404


def test_the_closing_page_names_who_is_not_handed_over_and_asks(client, session, row):
    address = page("close", session.pk)
    asked = client.get(address).text
    refused = client.post(address, {"checked": "on"})

    assert "1 child is not handed over" in asked
    assert page("hand-over", session.pk, row.pk) in asked
    assert refused.status_code == 422
    session.refresh_from_db()
    assert session.status == "scheduled"

    hand_over(row)
    assert "林小满" not in client.get(address).text
    client.post(address, {"checked": "on"})
    session.refresh_from_db()
    assert session.status == "closed"
    assert "Handed over to 钱姥姥" in client.get(page("check-in", session.pk)).text


def test_a_person_closes_when_they_say_that_all_were_fetched(client, session, row):
    client.post(page("close", session.pk), {"checked": "on", "all_collected": "on"})

    session.refresh_from_db()
    assert session.status == "closed"
    assert SessionHistory.objects.get(verb="close").note == "not handed over: 1"
    assert "Nobody wrote down who fetched the child." in client.get(page("check-in", session.pk)).text


def test_closing_asks_the_rule_itself_but_never_stops_thewatch(crew, session, row):
    with pytest.raises(lifecycle.NotCollected):
        lifecycle.close(session, by=acting(crew), now=HOME)

    assert lifecycle.close(session, by=clock("test"), now=HOME).status == "closed"


def test_the_closing_page_says_so_if_a_child_comes_in_between(client, session, row, monkeypatch):
    answers = iter([[], [row], [row]])
    monkeypatch.setattr(handover, "still_here", lambda _session: next(answers))

    assert "not handed over yet" in client.post(page("close", session.pk), {"checked": "on"}, follow=True).text


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_more_children_handed_over(client, session, count, django_assert_num_queries):
    for _ in range(count):
        row = make_sign_up(session, age=7)
        checkin.mark(row, "present", by=BY, now=DOOR)
        hand_over(row, row.party.guardian)

    with django_assert_num_queries(8):
        client.get(page("check-in", session.pk), {"tab": "all"})


@pytest.mark.parametrize(
    "wrong", [{"collected_by": "x"}, {"checked_out_at": HOME}, {"checked_out_at": HOME, "status": "voided"}], ids=str
)
def test_the_database_refuses_half_a_hand_over(row, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Attendance.objects.update(**wrong)
