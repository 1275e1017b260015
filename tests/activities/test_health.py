"""A child's health note reaches staff on duty in its session, inside the window, one logged look at a time."""

import uuid
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from activities import lifecycle, queries
from activities.models import CrewAssignment, RosterAccess, SignUp
from activities.privacy import forget
from core.time import today
from organisations.acting import Acting
from privacy import rosters
from safeguarding import consents, services
from safeguarding.models import BackgroundCheck, Consent, ConsentText, HealthNote
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, acting, make_crew_member, make_party, make_session
from tests.factories.organisations import make_member, make_organisation
from tests.factories.safeguarding import make_adverse_untold, make_note

pytestmark = pytest.mark.django_db
WORDS = "花生过敏，笔在书包里"
BEFORE = STARTS_AT - timedelta(minutes=5)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def crew():
    return make_crew_member(make_organisation("provider"))


@pytest.fixture
def session(crew):
    return make_session(capacity=5, provider=crew.organisation, crew=[(crew.pk, True)])


@pytest.fixture
def row(session):
    """The sign-up of a child with a note."""
    return noted(make_party(session, name="林小满"))


def noted(party) -> SignUp:
    row, guardian = party.sign_ups.get(), party.guardian
    make_note(row.child, guardian, WORDS)
    return row


def signed_in(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def address(row) -> str:
    return reverse("activities:health-note", args=[row.session_id, row.pk])


def roll(row) -> str:
    return reverse("activities:check-in", args=[row.session_id])


@pytest.mark.parametrize("how", ["suspended", "adverse"])
def test_whoever_the_gate_keeps_away_reads_no_name_and_no_note_any_more(crew, session, row, clock, how):
    """After an adverse result, or a suspension, the list and the notes stayed open for three days."""
    other = make_member(crew.organisation, "coordinator").user
    taken = reverse("privacy:roster", args=[session.pk])
    assert "林小满" in signed_in(other).get(roll(row)).text
    clock.move_to(STARTS_AT + timedelta(minutes=10))
    now = STARTS_AT + timedelta(minutes=10)
    for person in (crew.user, other):
        if how == "adverse":
            make_adverse_untold(person, checked_on=today(now))
        else:
            officer = make_member(make_organisation("league"), "safeguarding")
            services.suspend(person, from_on=today(now), until_on=None, reason="x", by=officer, now=now)

    clock.move_to(STARTS_AT + timedelta(hours=48))
    for person in (crew.user, other):
        client = signed_in(person)
        page = client.get(roll(row)).text
        assert "林小满" not in page
        assert "Your page about clearance shows what is missing" in page
        assert "Your page about clearance" in client.get(f"/sessions/{session.pk}/").text
        assert client.post(taken, {"purpose": "print", "submission_id": uuid.uuid4()}).status_code == 403
        assert client.get(address(row)).status_code == 403


def test_staff_on_duty_whose_check_has_expired_since_open_no_note(crew, row, clock):
    """The note is for whom the gate would let be with the child today."""
    BackgroundCheck.objects.update(valid_until=today(STARTS_AT))
    assert signed_in(crew.user).get(address(row)).status_code == 200

    clock.move_to(STARTS_AT + timedelta(days=1))
    assert signed_in(crew.user).get(address(row)).status_code == 403


def test_staff_on_duty_see_a_mark_open_the_note_and_the_family_reads_that_they_did(crew, session, row):
    plain = make_party(session).sign_ups.get()
    client = signed_in(crew.user)

    listed = client.get(roll(row)).text
    assert f'href="{address(row)}"' in listed
    assert address(plain) not in listed
    assert WORDS not in listed
    shown = client.get(address(row))
    assert WORDS in shown.text
    assert "no-store" in shown["cache-control"]

    look = RosterAccess.objects.get(purpose="health")
    assert (look.viewer, look.on_behalf_of, look.shown) == (crew.user, crew.organisation, [row.child_id])
    assert look in queries.looks_at(row.child)
    mine = signed_in(row.party.guardian.user).get(f"/my/children/{row.child_id}/looks/").text
    assert "Health note" in mine
    assert crew.user.name in mine


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        (STARTS_AT - timedelta(hours=48, seconds=1), 403),
        (STARTS_AT - timedelta(hours=48), 200),
        (STARTS_AT + timedelta(hours=72), 200),
        (STARTS_AT + timedelta(hours=72, seconds=1), 403),
    ],
)
def test_the_window_ends_to_the_second(crew, row, clock, moment, status):
    clock.move_to(moment)

    response = signed_in(crew.user).get(address(row))

    assert response.status_code == status
    assert (WORDS in response.text) == (status == 200)
    assert RosterAccess.objects.filter(purpose="health").exists() == (status == 200)


def test_managers_and_coordinators_who_are_not_on_duty_see_neither_mark_nor_note(crew, row):
    for role in ("manager", "coordinator"):
        client = signed_in(make_member(crew.organisation, role).user)
        listed = client.get(roll(row))
        assert "林小满" in listed.text
        assert address(row) not in listed.text
        assert client.get(address(row)).status_code == 403


def test_duty_in_another_session_opens_nothing_here(crew, row):
    other = make_crew_member(crew.organisation)
    make_session(provider=crew.organisation, crew=[(other.pk, True)], starts_at=STARTS_AT + timedelta(hours=3))

    client = signed_in(other.user)
    assert address(row) not in client.get(roll(row)).text
    assert client.get(address(row)).status_code == 403
    assert signed_in(make_crew_member(make_organisation("provider")).user).get(address(row)).status_code == 404


def test_who_was_taken_off_duty_sees_nothing_more(crew, row):
    CrewAssignment.objects.update(removed_at=BEFORE)

    client = signed_in(crew.user)
    assert address(row) not in client.get(roll(row)).text
    assert client.get(address(row)).status_code == 403


def test_a_child_of_another_session_or_without_a_place_is_not_found(crew, session, row):
    other = make_session(provider=crew.organisation, crew=[(crew.pk, True)], starts_at=STARTS_AT + timedelta(hours=3))
    client = signed_in(crew.user)

    assert client.get(reverse("activities:health-note", args=[other.pk, row.pk])).status_code == 404
    SignUp.objects.filter(pk=row.pk).update(status="cancelled")
    assert client.get(address(row)).status_code == 404
    assert not RosterAccess.objects.filter(purpose="health").exists()


def test_a_session_that_was_called_off_shows_no_note(crew, session, row):
    lifecycle.cancel(session, by=acting(crew), now=NOW, reason="x")

    assert signed_in(crew.user).get(address(row)).status_code == 403


@pytest.mark.parametrize("how", ["taken back", "replaced"])
def test_a_note_that_nobody_agrees_to_any_more_is_gone_from_the_list_at_once(crew, row, how):
    if how == "taken back":
        by = Acting(user=row.party.guardian.user)
        consents.withdraw(Consent.objects.get(text__purpose="health"), by=by, now=BEFORE)
    else:
        ConsentText.objects.create(purpose="health", version=99, text_zh="x", text_en="x", required_from=BEFORE.date())
    client = signed_in(crew.user)

    assert address(row) not in client.get(roll(row)).text
    assert client.get(address(row)).status_code == 404


def test_printed_and_taken_lists_know_neither_note_nor_mark(crew, session, row):
    by = acting(crew)
    rows, _mark = rosters.take(session, purpose="print", by=by, now=BEFORE)
    made = rosters.export(session, purpose="insurance", by=by, now=BEFORE, submission_id=uuid.uuid4())

    assert [one.has_note for one in rows] == [False]
    with made.file.open("rb") as file:
        cells = [str(cell) for line in load_workbook(BytesIO(file.read())).active.values for cell in line]
    assert [cell for cell in cells if WORDS in cell or "ealth" in cell] == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_notes(crew, session, django_assert_num_queries, count):
    for _ in range(count):
        noted(make_party(session))
    client, address = signed_in(crew.user), reverse("activities:check-in", args=[session.pk])

    with django_assert_num_queries(8):
        client.get(address)


def test_a_note_is_forgotten_a_year_after_the_last_activity_and_no_day_before(session, row):
    over = session.ends_at + timedelta(days=365)

    assert forget(over)["health_notes"] == 0
    assert forget(over + timedelta(seconds=1))["health_notes"] == 1
    assert not HealthNote.objects.exists()


def test_a_note_that_was_written_lately_stays_without_any_activity(row):
    SignUp.objects.update(status="cancelled")

    assert forget(NOW + timedelta(days=365))["health_notes"] == 0
    assert forget(NOW + timedelta(days=365, seconds=1))["health_notes"] == 1
