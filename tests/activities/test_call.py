"""Staff on duty find whom to call when something happens to a child; each look is logged and shown to the family."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from activities.models import RosterAccess, SignUp
from people.models import PickUpPerson
from tests.factories.activities import STARTS_AT, make_crew_member, make_party, make_session
from tests.factories.organisations import make_member, make_organisation
from tests.factories.people import make_guardian, make_guardianship
from tests.factories.safeguarding import make_adverse_untold
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
DURING = STARTS_AT + timedelta(minutes=20)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(DURING, tick=False) as clock:
        yield clock


@pytest.fixture
def crew():
    return make_crew_member(make_organisation("provider"))


@pytest.fixture
def row(crew) -> SignUp:
    """The sign-up of a child whose guardian left a number."""
    session = make_session(capacity=5, provider=crew.organisation, crew=[(crew.pk, True)])
    party = make_party(session, name="林小满")
    party.guardian.name, party.guardian.phone = "林家长", "+8613800001234"
    party.guardian.save()
    return party.sign_ups.get()


def page_of(user, row: SignUp):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client.get(reverse("activities:call", args=[row.session_id, row.pk]))


def test_call_names_everybody_who_answers_for_the_child_and_whom_the_family_named(crew, row):
    """With four digits of a number nobody calls a parent whose child has fallen."""
    make_guardianship(make_guardian(name="林爸爸", phone="+8613800005678"), row.child)
    PickUpPerson.objects.create(child=row.child, slot=1, name="林姥姥", phone="+8613800009999")
    row.child.user = make_user(name="林小满", phone="+8613800000007")
    row.child.save()

    text = page_of(crew.user, row).text

    order = [text.index(f'href="tel:{phone}"') for phone in ("+8613800001234", "+8613800005678", "+8613800009999")]
    assert order == sorted(order)
    assert 'href="tel:+8613800000007"' in text
    assert "138 0000 1234" in text


def test_call_is_written_down_as_a_look_at_that_child_alone(crew, row):
    page_of(crew.user, row)

    look = RosterAccess.objects.get()
    assert (look.purpose, look.viewer, look.count, look.shown) == (
        "call",
        crew.user,
        1,
        [row.child_id],
    )


def test_call_where_nobody_left_a_number_names_the_emergency_numbers(crew, row):
    row.party.guardian.phone = ""
    row.party.guardian.save()

    assert "110, or 120" in page_of(crew.user, row).text


def test_call_names_the_office_that_signed_the_family_up(crew, row):
    office = make_organisation("office", name_en="Ruijing", contact_phone="022-26390000")
    row.party.on_behalf_of = office
    row.party.save()

    assert 'href="tel:022-26390000"' in page_of(crew.user, row).text


@pytest.mark.parametrize("hours", [-49, 73])
def test_call_outside_the_window_shows_no_number(crew, row, clock, hours):
    clock.move_to(STARTS_AT + timedelta(hours=hours))

    assert page_of(crew.user, row).status_code == 403
    assert not RosterAccess.objects.exists()


def test_call_by_a_stranger_or_whoever_the_gate_keeps_away_shows_no_number(crew, row):
    stranger = make_member(make_organisation("provider"), "manager")
    assert page_of(stranger.user, row).status_code == 404
    make_adverse_untold(crew.user, checked_on=DURING.date())

    assert page_of(crew.user, row).status_code == 403


def test_call_for_a_child_without_a_place_is_not_found(crew, row):
    SignUp.objects.update(status="cancelled")

    assert page_of(crew.user, row).status_code == 404
