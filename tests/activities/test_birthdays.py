"""Nobody loses a place because of a birthday, and of every child somebody hears.

Places that are offered stand for hours, so a birthday may fall in between; nobody answers for who is of age.
"""

import uuid
from datetime import date, time, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from activities import messages, policies, signups, waiting
from activities.invariants import nobody_lost
from activities.models import Party
from core.time import at
from notifications.models import Message
from organisations.acting import Acting, clock
from people.models import Guardian, Guardianship
from safeguarding import consents
from safeguarding.privacy import forget as forget_consents
from tests.activities.test_waiting_machine import BY
from tests.conftest import NOW
from tests.factories.activities import by_guardian, make_session, make_sign_up, sign_up, statuses
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship
from tests.factories.safeguarding import make_consent
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
BORN = date(2008, 11, 24)  # of age from tomorrow on
MIDNIGHT = at(date(2026, 11, 25), time())
AGES = {"min_age": 6, "max_age": 18}


@pytest.fixture(autouse=True)
def clock_():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def guardian():
    return make_guardian()


def of_age_tomorrow(guardian, **fields):
    child = make_child(guardian, birth_date=BORN, **fields)
    make_consent(child, guardian)
    return child


def sibling_of(child, guardian):
    row = make_child(guardian, age=10)
    make_consent(row, guardian)
    return row


def offered(guardian, children) -> Party:
    """A party that was promoted from the line today; the offer stands until tomorrow, after the birthday."""
    session = make_session(capacity=len(children), starts_at=NOW + timedelta(days=6), programme=AGES)
    held = [make_sign_up(session) for _ in children]
    party = sign_up(session, guardian, children)
    for one in held:
        signups.cancel(one, by=BY, now=NOW)
    assert set(statuses(party)) == {"offered"}
    assert party.sign_ups.first().offered_until > MIDNIGHT
    return party


def accept(user, party):
    client = Client()
    client.force_login(user)
    return client.post(reverse("activities:accept", args=[party.pk])).status_code


def test_who_came_of_age_takes_the_offered_place_themself_and_the_guardian_no_more(guardian, clock_):
    child = of_age_tomorrow(guardian, user=make_user())
    party = offered(guardian, [child])
    clock_.move_to(MIDNIGHT)
    forget_consents(MIDNIGHT)

    assert accept(guardian.user, party) == 404
    assert accept(child.user, party) == 302

    assert statuses(party) == ["confirmed"]


@pytest.mark.parametrize(("days_later", "becomes"), [(0, "offered"), (1, "confirmed")])
def test_a_suspension_of_the_guardian_is_nothing_to_who_came_of_age(guardian, clock_, days_later, becomes):
    child = of_age_tomorrow(guardian, user=make_user())
    party = offered(guardian, [child])
    Guardian.objects.update(suspended_from=NOW.date())
    clock_.move_to(MIDNIGHT if days_later else NOW)

    accept(child.user, party)

    assert statuses(party) == [becomes]


def test_the_guardian_takes_the_places_for_a_sibling_and_who_came_of_age_keeps_theirs(guardian, clock_):
    child = of_age_tomorrow(guardian)
    party = offered(guardian, [child, sibling_of(child, guardian)])
    clock_.move_to(MIDNIGHT)
    forget_consents(MIDNIGHT)

    assert accept(guardian.user, party) == 302

    assert statuses(party) == ["confirmed", "confirmed"]
    assert nobody_lost().breaches == []


def test_a_grown_sibling_takes_no_place_for_a_minor(guardian, clock_):
    child = of_age_tomorrow(guardian, user=make_user())
    party = offered(guardian, [child, sibling_of(child, guardian)])
    clock_.move_to(MIDNIGHT)

    assert accept(child.user, party) == 403


def test_of_several_who_are_of_age_each_may_take_the_places(guardian, clock_):
    twins = [of_age_tomorrow(guardian, user=make_user()) for _ in range(2)]
    party = offered(guardian, twins)
    clock_.move_to(MIDNIGHT)

    assert accept(twins[1].user, party) == 302
    assert statuses(party) == ["confirmed", "confirmed"]


def test_in_a_risky_programme_a_youth_alone_takes_the_place_once_they_are_of_age(guardian, clock_):
    child = of_age_tomorrow(guardian, user=make_user())
    session = make_session(starts_at=NOW + timedelta(days=6), programme={**AGES, "is_risky": True})
    by = Acting(user=child.user)
    party = signups.sign_up(session.pk, children=[child], guardian=None, by=by, now=NOW, submission_id=uuid.uuid4())
    assert policies.may_accept(by_guardian(guardian), party, NOW)
    assert not policies.may_accept(by, party, NOW)

    clock_.move_to(MIDNIGHT)
    assert accept(child.user, party) == 302
    assert statuses(party) == ["confirmed"]


def test_an_offer_that_nobody_could_answer_since_a_birthday_becomes_a_place(guardian, clock_):
    party, other = offered(guardian, [of_age_tomorrow(guardian)]), offered(guardian, [make_minor(guardian)])
    over = party.sign_ups.get().offered_until
    clock_.move_to(over)

    assert waiting.expire_offers(over) == 1

    assert (statuses(party), statuses(other)) == (["confirmed"], ["cancelled"])
    assert nobody_lost().breaches == []
    told = Message.objects.get(kind="place_given")
    assert (told.recipient, told.path) == (guardian.user, f"/sessions/{party.session_id}/")


def make_minor(guardian):
    child = make_child(guardian, age=10)
    make_consent(child, guardian)
    return child


def test_who_waits_across_the_birthday_without_a_login_gets_the_place_at_once(guardian, clock_):
    session = make_session(capacity=1, starts_at=NOW + timedelta(days=6), programme=AGES)
    held = make_sign_up(session)
    party = sign_up(session, guardian, [of_age_tomorrow(guardian)])
    clock_.move_to(MIDNIGHT)
    forget_consents(MIDNIGHT)

    signups.cancel(held, by=BY, now=MIDNIGHT)

    assert statuses(party) == ["confirmed"]
    assert Message.objects.get(kind="place_given").path == f"/sessions/{session.pk}/"


@pytest.mark.parametrize("taken_back_by", ["youth", "refused"])
def test_what_the_person_took_back_themself_ends_their_wait_as_ever(guardian, clock_, taken_back_by):
    child = of_age_tomorrow(guardian, user=make_user())
    by = Acting(user=child.user)
    if taken_back_by == "youth":
        consents.withdraw(child.consents.get(), by=by, now=NOW)
    else:
        consents.answer(child, guardian=None, purpose="sign_up", given=False, by=by, now=NOW)

    assert consents.ended_at_18([child], date(2026, 11, 25)) == set()


def test_only_the_clock_and_the_age_end_a_guardians_yes(guardian):
    child = of_age_tomorrow(guardian)
    assert consents.ended_at_18([child], date(2026, 11, 24)) == set()
    assert consents.ended_at_18([child], date(2026, 11, 25)) == {child.pk}
    consents.withdraw(child.consents.get(), by=clock("safeguarding.of_age"), now=MIDNIGHT)
    assert consents.ended_at_18([child], date(2026, 11, 25)) == {child.pk}


class TestSomebodyHears:
    def test_who_signed_up_somebody_of_age_without_a_login_hears_of_it_still(self, guardian, django_assert_num_queries):
        party = sign_up(make_session(programme=AGES), guardian, [of_age_tomorrow(guardian)])

        with django_assert_num_queries(2):
            assert messages.families([party], MIDNIGHT) == ([], [guardian])

    def test_the_office_tells_the_family_without_any_login(self):
        guardian = make_guardian(registered_by=make_family_office())
        child = of_age_tomorrow(guardian)
        session = make_session(programme=AGES)
        party = signups.sign_up(
            session.pk, children=[child], guardian=guardian, by=BY, now=NOW, submission_id=uuid.uuid4()
        )

        assert messages.families([party], MIDNIGHT) == ([], [guardian])

    @pytest.mark.parametrize("count", [1, 3])
    def test_who_keeps_a_minor_hears_when_the_one_who_signed_up_has_left(
        self, guardian, django_assert_num_queries, count
    ):
        others, parties = [], []
        for _ in range(count):
            child, other = make_minor(guardian), make_guardian()
            make_guardianship(other, child)
            others.append(other)
            parties.append(sign_up(make_session(), guardian, [child]))
        Guardianship.objects.filter(guardian=guardian).update(ends_on=date(2026, 11, 23))

        with django_assert_num_queries(3):
            assert messages.families(parties, NOW) == ([], others)

    def test_of_one_child_left_and_one_kept_both_families_hear(self, guardian, django_assert_num_queries):
        kept, left, other = make_minor(guardian), make_minor(guardian), make_guardian()
        make_guardianship(other, left)
        party = sign_up(make_session(), guardian, [kept, left])
        Guardianship.objects.filter(guardian=guardian, child=left).update(ends_on=date(2026, 11, 23))

        with django_assert_num_queries(2):
            assert messages.families([party], NOW) == ([], [guardian, other])

    def test_another_guardian_hears_nothing_while_the_one_who_signed_up_answers(self, guardian):
        child = make_minor(guardian)
        make_guardianship(make_guardian(), child)
        party = sign_up(make_session(), guardian, [child])

        assert messages.families([party], NOW) == ([], [guardian])
