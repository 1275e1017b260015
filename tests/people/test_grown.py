"""Nobody answers for somebody of age: guardianships, what guardians named and agreed to, and their messages end at 18.

The law counts from the day after the birthday, by the city's days; who was born on 29 February turns 18 on 1 March.
"""

import uuid
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client

from activities import messages, policies, signups
from activities.models import SignUp
from core.time import at, birthday, born_by, has_legal_age
from organisations.acting import Acting
from people import pick_up, services, youths
from people.invariants import guardianships_end_at_18
from people.models import Child, Guardianship, PickUpPerson, YouthLink
from people.privacy import forget
from people.queries import children_of, guardians_of
from privacy import mydata
from safeguarding import clearance, consents
from safeguarding.invariants import health_notes_are_agreed_to
from safeguarding.models import Consent, HealthNote
from safeguarding.privacy import forget as forget_consents
from tests.conftest import NOW
from tests.factories.activities import make_session, sign_up
from tests.factories.organisations import make_member, make_region
from tests.factories.people import make_child, make_family_office, make_guardian, make_youth
from tests.factories.safeguarding import make_consent, make_note
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
BORN = date(2008, 11, 27)
LAST = date(2026, 11, 27)  # the 18th birthday: the last day as a minor
MIDNIGHT = at(LAST + timedelta(days=1), time())


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def guardian():
    return make_guardian()


@pytest.fixture
def child(guardian):
    """A youth with a login, whose birthday is in three days."""
    return make_child(guardian, birth_date=BORN, user=make_user(), name="高思远")


@pytest.mark.parametrize(
    ("born", "last"),
    [
        (BORN, LAST),
        (date(2008, 2, 29), date(2026, 3, 1)),
        (date(2008, 2, 28), date(2026, 2, 28)),
        (date(2008, 3, 1), date(2026, 3, 1)),
        (date(2010, 2, 28), date(2028, 2, 28)),
        (date(2010, 3, 1), date(2028, 3, 1)),
    ],
)
def test_the_birthday_is_the_last_day_as_a_minor(born, last):
    assert birthday(born, 18) == last
    assert not has_legal_age(born, 18, last)
    assert has_legal_age(born, 18, last + timedelta(days=1))


@pytest.mark.parametrize("years", [8, 14, 16, 18])
def test_a_query_and_a_record_agree_about_the_age_on_every_day_around_29_february(years):
    days = [date(year, 2, 26) + timedelta(days=n) for year in (2026, 2027, 2028) for n in range(6)]
    births = [date(year - years, 2, 26) + timedelta(days=n) for year in (2025, 2026, 2027, 2028) for n in range(6)]

    odd = [
        (birth, on)
        for birth in births
        for on in days
        if (birth <= born_by(years, on)) != has_legal_age(birth, years, on)
    ]
    assert odd == []


def test_a_guardianship_says_from_the_start_when_it_ends(guardian):
    child = services.add_child(
        guardian,
        name="小满",
        birth_date=date(2012, 2, 29),
        home_community=make_region("翡翠城社区"),
        relation="parent",
        by=Acting(user=guardian.user),
        submission_id=uuid.uuid4(),
        now=NOW,
    )

    assert Guardianship.objects.get(child=child).ends_on == date(2030, 3, 1)


def test_a_corrected_birth_date_moves_the_end_but_of_no_guardianship_that_was_ended_before(guardian):
    child = make_child(guardian, birth_date=BORN)
    ended = Guardianship.objects.create(
        guardian=make_guardian(), child=child, starts_on=date(2020, 1, 1), ends_on=date(2021, 1, 1)
    )

    services.edit_child(
        child,
        name=child.name,
        birth_date=date(2010, 5, 6),
        home_community=child.home_community,
        by=Acting(user=guardian.user),
        now=NOW,
    )

    assert Guardianship.objects.get(guardian=guardian).ends_on == date(2028, 5, 6)
    ended.refresh_from_db()
    assert ended.ends_on == date(2021, 1, 1)
    assert guardianships_end_at_18().breaches == []


def test_verify_sees_a_guardianship_that_goes_on(child):
    assert (guardianships_end_at_18().checked, guardianships_end_at_18().breaches) == (1, [])
    for odd in (None, LAST + timedelta(days=1)):
        Guardianship.objects.update(ends_on=odd)
        assert len(guardianships_end_at_18().breaches) == 1


def pages(user, child) -> list[int]:
    client = Client()
    client.force_login(user)
    paths = [f"/my/children/{child.pk}/", f"/my/children/{child.pk}/looks/", f"/my/children/{child.pk}/delete/"]
    paths += [f"/safeguarding/consents/{child.pk}/", f"/safeguarding/health/{child.pk}/"]
    return [client.get(path).status_code for path in paths]


def test_until_midnight_of_the_city_a_guardian_sees_everything_and_from_then_on_nothing(child, guardian, clock):
    clock.move_to(MIDNIGHT - timedelta(seconds=1))
    assert pages(guardian.user, child) == [200] * 5

    clock.move_to(MIDNIGHT)
    assert datetime(2026, 11, 27, 16, 0, tzinfo=UTC) == MIDNIGHT
    assert pages(guardian.user, child) == [404] * 5
    assert pages(child.user, child) == [200] * 5
    assert mydata.everything_of(guardian.user, MIDNIGHT).children == ()
    assert child.pk in mydata.everything_of(child.user, MIDNIGHT).children
    assert not children_of(guardian, LAST + timedelta(days=1))
    assert not guardians_of(child, LAST + timedelta(days=1))
    assert guardians_of(child, LAST)


def test_the_office_that_registered_the_family_sees_and_changes_nothing_more(clock):
    office = make_family_office()
    child = make_child(make_guardian(registered_by=office), birth_date=BORN)
    clerk = make_member(office, "clerk")

    assert child in Child.objects.visible_to(clerk, LAST)
    assert child not in Child.objects.visible_to(clerk, LAST + timedelta(days=1))
    for on, answers in ((LAST, True), (LAST + timedelta(days=1), False)):
        assert policies.answers_for(clerk, child, on) == answers


def test_places_stay_the_guardian_hears_no_more_of_them_and_the_person_does(child, guardian, clock):
    sibling = make_child(guardian, age=10)
    for one in (child, sibling):
        make_consent(one, guardian)
    ages = {"min_age": 6, "max_age": 18}
    alone = make_session(starts_at=MIDNIGHT + timedelta(days=2), programme=ages)
    both = make_session(starts_at=MIDNIGHT + timedelta(days=3), programme=ages)
    one, two = sign_up(alone, guardian, [child]), sign_up(both, guardian, [child, sibling])
    assert messages.families([one], NOW) == ([], [guardian])

    clock.move_to(MIDNIGHT)
    assert SignUp.objects.confirmed().filter(child=child).count() == 2
    assert messages.families([one], MIDNIGHT) == ([child.user], [])
    assert messages.families([two], MIDNIGHT) == ([child.user], [guardian])
    row = SignUp.objects.get(party=one)
    assert not policies.may_answer_for(Acting(user=guardian.user), row, LAST + timedelta(days=1))
    assert policies.may_answer_for(Acting(user=child.user), row, LAST + timedelta(days=1))


@pytest.mark.parametrize(("moment", "status"), [(MIDNIGHT - timedelta(seconds=1), "offered"), (MIDNIGHT, "confirmed")])
def test_a_risky_programme_asks_a_guardian_for_a_youth_alone_and_nobody_for_who_is_of_age(child, clock, moment, status):
    risky = {"min_age": 6, "max_age": 18, "is_risky": True}
    session = make_session(starts_at=MIDNIGHT + timedelta(days=2), programme=risky)
    clock.move_to(moment)
    by = Acting(user=child.user)
    consents.answer(child, guardian=None, purpose="sign_up", given=True, by=by, now=moment)

    party = signups.sign_up(session.pk, children=[child], guardian=None, by=by, now=moment, submission_id=uuid.uuid4())

    assert party.sign_ups.get().status == status


@pytest.mark.parametrize("count", [1, 3])
def test_whom_to_tell_costs_no_query_more_than_before(guardian, django_assert_num_queries, count):
    parties = []
    for _ in range(count):
        row = make_child(guardian)
        make_consent(row, guardian)
        parties.append(sign_up(make_session(), guardian, [row]))

    with django_assert_num_queries(1):
        assert messages.families(parties, NOW) == ([], [guardian])


def test_what_a_guardian_agreed_to_ends_and_what_the_youth_agreed_to_goes_on(child, guardian, clock):
    make_consent(child, guardian)
    photos = consents.answer(child, guardian=None, purpose="photo", given=True, by=Acting(user=child.user), now=NOW)
    make_consent(child, guardian, purpose="photo", given=False)
    grown = LAST + timedelta(days=1)

    assert consents.standing([child], LAST)[child.pk]["sign_up"] is not None
    assert consents.standing([child], grown)[child.pk]["sign_up"] is None
    assert consents.standing([child], grown)[child.pk]["photo"] == photos
    assert clearance.lacking_consent([child], grown) == {child.pk}

    assert forget_consents(MIDNIGHT - timedelta(seconds=1))["consents_of_age"] == 0
    assert forget_consents(MIDNIGHT)["consents_of_age"] == 1
    assert list(Consent.objects.standing()) == [photos]
    clock.move_to(MIDNIGHT)
    consents.answer(child, guardian=None, purpose="sign_up", given=True, by=Acting(user=child.user), now=MIDNIGHT)
    clearance.require_consent(child, grown)


def test_a_health_note_of_a_guardian_is_hidden_on_the_day_and_deleted_at_night(child, guardian, clock):
    make_note(child, guardian)

    assert HealthNote.objects.live(LAST).exists()
    assert not HealthNote.objects.live(LAST + timedelta(days=1)).exists()
    clock.move_to(MIDNIGHT + timedelta(hours=3))
    assert health_notes_are_agreed_to().breaches == []
    forget_consents(MIDNIGHT + timedelta(hours=3))
    assert not HealthNote.objects.exists()


def test_who_may_fetch_them_is_forgotten_and_a_guardians_open_link(guardian):
    child = make_child(guardian, birth_date=BORN)
    by = Acting(user=guardian.user)
    pick_up.name_person(child, name="钱姥姥", phone="", by=by, submission_id=uuid.uuid4(), now=NOW)
    youths.make_link(child, by=by, now=NOW)

    assert forget(MIDNIGHT - timedelta(seconds=1))["of_age"] == 0
    assert forget(MIDNIGHT)["of_age"] == 1
    assert not YouthLink.objects.exists()
    assert PickUpPerson.objects.exists()
    Child.objects.filter(pk=child.pk).update(user=make_user())
    assert forget(MIDNIGHT)["of_age"] == 1
    assert not PickUpPerson.objects.exists()


def test_whoever_is_of_age_reads_that_nobody_answers_for_them(child, clock):
    client = Client(headers={"accept-language": "en"})
    client.force_login(child.user)
    assert "Your guardian can change this" in client.get("/my/children/").text

    clock.move_to(MIDNIGHT)
    text = client.get("/my/children/").text
    assert "You are of age" in text
    assert f'href="/my/children/{child.pk}/"' in text


def test_a_youth_of_seventeen_is_still_answered_for():
    youth = make_youth(age=17)

    assert guardians_of(youth, NOW.date()).exists()
