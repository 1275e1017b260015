"""A birth date that was mistyped is put right after a false 18th birthday, and nothing was lost meanwhile."""

import uuid
from datetime import date, time, timedelta

import pytest
import time_machine
from django.test import Client

from activities.models import RosterAccess
from core.time import at
from organisations.acting import Acting
from people import corrections, pick_up, services
from people.invariants import guardianships_end_at_18
from people.models import Child, PickUpPerson
from people.privacy import forget
from people.queries import children_of
from safeguarding import consents
from safeguarding.invariants import health_notes_are_agreed_to
from safeguarding.models import HealthNote
from safeguarding.privacy import forget as forget_consents
from tests.conftest import NOW
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian
from tests.factories.safeguarding import make_consent, make_note
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
WRONG, RIGHT = date(2008, 11, 24), date(2018, 11, 24)
EIGHTEEN = date(2026, 11, 25)  # of age from this day on, as the record says
LAST = date(2026, 11, 24) + timedelta(days=90)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def guardian():
    return make_guardian()


@pytest.fixture
def child(guardian):
    return make_child(guardian, birth_date=WRONG, name="小满")


def midnight(day: date):
    return at(day, time())


def signed_in(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def page(child) -> str:
    return f"/my/children/{child.pk}/birth-date/"


def test_who_answered_until_the_false_birthday_puts_the_date_right_and_answers_again(child, guardian, clock):
    client = signed_in(guardian.user)
    assert client.get(page(child)).status_code == 404
    clock.move_to(midnight(EIGHTEEN))
    assert page(child) in client.get("/my/children/").text
    assert "小满" in client.get(page(child)).text
    assert client.post(page(child), {"birth_date": "2008-11-20"}).status_code == 422

    assert client.post(page(child), {"birth_date": "2018-11-24"})["Location"] == "/my/children/"

    assert list(children_of(guardian, EIGHTEEN)) == [child]
    assert guardianships_end_at_18().breaches == []
    assert child.history.get(verb="edit").note == "birth_date"
    assert client.get(page(child)).status_code == 404
    assert page(child) not in client.get("/my/children/").text
    assert not RosterAccess.objects.exists()


def test_what_18_deletes_waits_as_long_as_the_date_may_be_put_right(child, guardian, clock):
    by = Acting(user=guardian.user)
    make_consent(child, guardian)
    make_note(child, guardian)
    pick_up.name_person(child, name="钱姥姥", phone="", by=by, submission_id=uuid.uuid4(), now=NOW)
    clock.move_to(midnight(LAST))
    forget(midnight(LAST))
    forget_consents(midnight(LAST))
    assert not HealthNote.objects.live(LAST).exists()
    assert health_notes_are_agreed_to().breaches == []

    corrections.correct(child, birth_date=RIGHT, by=by, now=midnight(LAST))

    child = Child.objects.get(pk=child.pk)
    assert consents.standing([child], LAST)[child.pk]["sign_up"] is not None
    assert HealthNote.objects.live(LAST).exists()
    assert PickUpPerson.objects.exists()


def test_after_90_days_it_is_too_late_and_everything_is_deleted(child, guardian, clock):
    by, over = Acting(user=guardian.user), midnight(LAST + timedelta(days=1))
    make_consent(child, guardian)
    make_note(child, guardian)
    pick_up.name_person(child, name="钱姥姥", phone="", by=by, submission_id=uuid.uuid4(), now=NOW)
    clock.move_to(over)

    assert signed_in(guardian.user).get(page(child)).status_code == 404
    with pytest.raises(corrections.TooLate):
        corrections.correct(child, birth_date=RIGHT, by=by, now=over)
    forget(over)
    forget_consents(over)
    assert not PickUpPerson.objects.exists()
    assert not HealthNote.objects.exists()
    assert not child.consents.standing().exists()


def test_the_office_that_registered_the_child_puts_it_right_and_its_look_is_written_down(clock):
    clerk = make_member(make_family_office(), "clerk")
    family = make_guardian(registered_by=clerk.organisation)
    child = make_child(family, birth_date=WRONG)
    clock.move_to(midnight(EIGHTEEN))
    client = signed_in(clerk.user)

    assert page(child) in client.get(f"/people/families/{family.pk}/").text
    assert client.post(page(child), {"birth_date": "2018-11-24"})["Location"] == "/people/families/"

    assert child in Child.objects.visible_to(clerk, EIGHTEEN)
    assert [look.shown for look in RosterAccess.objects.all()] == [[child.pk]] * 2


def test_nobody_else_sees_or_changes_it(child, guardian, clock):
    ended = make_guardian()
    child.guardianships.create(guardian=ended, starts_on=date(2020, 1, 1), ends_on=date(2026, 11, 1))
    clerk = make_member(make_family_office(), "clerk")
    clock.move_to(midnight(EIGHTEEN))

    for user in (ended.user, clerk.user, make_user()):
        assert signed_in(user).get(page(child)).status_code == 404
    assert page(child) not in signed_in(ended.user).get("/my/children/").text


def test_whoever_has_a_login_puts_the_own_record_right(child, guardian, clock):
    Child.objects.filter(pk=child.pk).update(user=make_user())
    clock.move_to(midnight(EIGHTEEN))

    assert signed_in(guardian.user).get(page(child)).status_code == 404


def test_a_date_of_somebody_of_age_is_refused(child, guardian, clock):
    clock.move_to(midnight(EIGHTEEN))

    with pytest.raises(services.BirthDateImpossible):
        corrections.correct(child, birth_date=WRONG, by=Acting(user=guardian.user), now=midnight(EIGHTEEN))
