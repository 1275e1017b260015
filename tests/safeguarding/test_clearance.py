"""The gate answers from the records as they stand on the session's date."""

from datetime import date, timedelta

import pytest

from core.privacy import Person
from core.time import today
from organisations.acting import Acting
from people.models import Child
from people.privacy import erase
from safeguarding import clearance, services
from safeguarding.clearance import Missing, NotCleared
from safeguarding.models import PledgeText, Suspension
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_youth
from tests.factories.safeguarding import REGISTRAR, make_check, make_cleared
from tests.factories.users import make_user

LATER = NOW + timedelta(days=1)

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 28)


def test_of_worker_with_everything_is_cleared():
    user = make_cleared()

    answer = clearance.of_worker(user, ON)

    assert answer == clearance.Clearance(ok=True, reasons=(), check_valid_until=date(2027, 9, 1))
    assert answer.sentence == ""


def test_of_worker_with_nothing_lacks_check_pledge_and_training():
    answer = clearance.of_worker(make_user(), ON)

    assert not answer.ok
    assert answer.reasons == (Missing.CHECK, Missing.PLEDGE, Missing.TRAINING)


def test_of_worker_unknown_is_not_cleared():
    assert not clearance.of_worker(999_999, ON).ok


@pytest.mark.parametrize(("day", "ok"), [(date(2027, 9, 1), True), (date(2027, 9, 2), False)])
def test_of_worker_judges_the_check_on_the_session_date(day, ok):
    user = make_cleared(checked_on=date(2026, 9, 1))

    assert clearance.of_worker(user, day).ok is ok


def test_of_worker_before_the_check_is_not_cleared():
    assert clearance.of_worker(make_cleared(checked_on=date(2026, 9, 1)), date(2026, 8, 31)).reasons == (
        Missing.CHECK,
        Missing.TRAINING,
    )


def test_of_worker_with_a_newer_adverse_check_is_not_cleared():
    user = make_cleared()
    make_check(user, result="adverse", checked_on=date(2026, 11, 1))

    answer = clearance.of_worker(user, ON)

    assert answer.reasons == (Missing.CHECK,)
    assert answer.check_valid_until is None
    assert "record" not in answer.sentence


DAY = date(2026, 11, 28)


def test_of_worker_whose_adverse_result_came_late_is_not_cleared_though_an_earlier_query_was_clear():
    person = make_cleared(checked_on=date(2026, 11, 20))

    services.record_check(
        person, result="adverse", checked_on=date(2026, 11, 10), reference="late reply", by=REGISTRAR, now=LATER
    )

    assert not clearance.of_worker(person, DAY).ok


@pytest.mark.parametrize(
    ("queried", "recorded", "ok"),
    [
        (date(2026, 11, 12), timedelta(hours=1), True),
        (date(2026, 11, 12), -timedelta(hours=1), False),  # an old paper, found and recorded earlier
        (date(2026, 11, 10), timedelta(hours=1), False),  # recorded later, but of the same day
    ],
)
def test_of_worker_is_cleared_again_by_a_check_that_is_newer_in_both_ways(queried, recorded, ok):
    person = make_cleared()
    services.record_check(
        person, result="adverse", checked_on=date(2026, 11, 10), reference="x", by=REGISTRAR, now=LATER
    )

    services.record_check(person, result="clear", checked_on=queried, reference="y", by=REGISTRAR, now=LATER + recorded)

    assert clearance.of_worker(person, DAY).ok is ok


def test_of_workers_as_known_then_leaves_out_what_was_recorded_later():
    person = make_cleared()
    services.record_check(
        person, result="adverse", checked_on=date(2026, 11, 10), reference="x", by=REGISTRAR, now=LATER
    )

    assert clearance.of_workers([person], DAY, known_at=LATER - timedelta(minutes=1))[person.pk].ok
    assert not clearance.of_workers([person], DAY, known_at=LATER)[person.pk].ok


def test_of_workers_as_known_then_leaves_out_a_suspension_that_came_later_that_day():
    """Who served in the morning and was suspended at noon had been cleared: verify said that they had not."""
    person, officer = make_cleared(), make_member(make_organisation("league"), "safeguarding")
    noon = NOW + timedelta(hours=2)
    services.suspend(person, from_on=today(noon), until_on=None, reason="x", by=officer, now=noon)

    def was_cleared(at) -> bool:
        return clearance.of_workers([person], today(at), known_at=at)[person.pk].ok

    assert was_cleared(noon - timedelta(minutes=1))
    assert not was_cleared(noon)
    assert not was_cleared(LATER)


def test_of_worker_with_a_new_pledge_text_counts_the_old_one_until_it_is_required():
    user = make_cleared()
    PledgeText.objects.create(version=2, text_zh="新", text_en="new", required_from=ON)

    assert clearance.of_worker(user, ON - timedelta(days=1)).ok
    assert clearance.of_worker(user, ON).reasons == (Missing.PLEDGE,)


def test_of_worker_who_signed_a_coming_text_early_is_cleared_now_and_then():
    user = make_cleared()
    coming = PledgeText.objects.create(version=2, text_zh="新", text_en="new", required_from=ON)
    services.sign_pledge(user, text=coming, by=REGISTRAR, now=NOW)

    assert clearance.of_worker(user, ON - timedelta(days=1)).ok
    assert clearance.of_worker(user, ON).ok


def test_of_worker_without_any_pledge_text_in_force_is_not_cleared():
    assert Missing.PLEDGE in clearance.of_worker(make_cleared(), date(2025, 12, 31)).reasons


def test_of_worker_asks_for_every_required_course(settings):
    user = make_cleared()
    settings.REQUIRED_COURSES = ["child-protection", "first-aid"]

    assert clearance.of_worker(user, ON).reasons == (Missing.TRAINING,)


def test_of_worker_does_not_count_a_training_that_ran_out():
    user = make_cleared()
    user.trainings.update(valid_until=ON - timedelta(days=1))

    assert clearance.of_worker(user, ON).reasons == (Missing.TRAINING,)


@pytest.mark.parametrize(
    ("from_on", "until_on", "ok"),
    [
        (ON, None, False),
        (ON, ON, False),
        (date(2026, 11, 25), date(2026, 11, 27), True),
        (date(2026, 11, 29), None, True),
    ],
)
def test_of_worker_is_kept_away_while_suspended(from_on, until_on, ok):
    user, officer = make_cleared(), make_user()
    Suspension.objects.create(user=user, from_on=from_on, until_on=until_on, reason="r", by=officer)

    assert clearance.of_worker(user, ON).ok is ok


@pytest.mark.parametrize(("born", "ok"), [(date(2008, 11, 27), True), (date(2008, 11, 28), False)])
def test_of_worker_known_to_be_a_minor_is_not_cleared(born, ok):
    user = make_cleared()
    Child.objects.create(name="某某", birth_date=born, home_community=make_region("翡翠城社区"), user=user)

    assert clearance.of_worker(user, ON).ok is ok


@pytest.mark.parametrize("people", [1, 3])
def test_of_workers_costs_one_query(django_assert_num_queries, people):
    users = [make_cleared() for _ in range(people)]

    with django_assert_num_queries(1):
        answers = clearance.of_workers(users, ON)

    assert all(answers[user.pk].ok for user in users)


def test_of_workers_for_nobody_costs_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert clearance.of_workers([], ON) == {}


def test_require_worker_passes_who_is_cleared():
    worker = make_cleared()

    assert clearance.of_workers([worker], ON)[worker.pk].ok
    clearance.require_worker(worker, ON)


def test_require_workers_names_who_lacks_what_and_no_detail():
    bad = make_cleared(make_user(name="王五"))
    make_check(bad, result="adverse", checked_on=date(2026, 11, 1))

    with pytest.raises(NotCleared) as refusal:
        clearance.require_workers([make_cleared(), bad], ON)

    assert "王五" in str(refusal.value)
    assert "background check" in str(refusal.value)
    assert "adverse" not in str(refusal.value)


def test_lift_lets_a_person_serve_again_from_the_next_day():
    user = make_cleared()
    officer = make_member(make_organisation("league"), "safeguarding")
    suspension = services.suspend(user, from_on=today(NOW), until_on=None, reason="complaint", by=officer, now=NOW)
    assert not clearance.of_worker(user, ON).ok

    services.lift(suspension, by=officer, now=NOW)

    assert not clearance.of_worker(user, today(NOW)).ok
    assert clearance.of_worker(user, today(NOW) + timedelta(days=1)).ok


def test_who_is_of_unknown_age_is_not_cleared_until_somebody_has_seen_it():
    """Somebody of 17 who registers alone has no record here: silence about an age is not 18."""
    user = make_user()
    make_check(user, of_age=False)
    services.sign_pledge(user, text=PledgeText.objects.get(), by=Acting(user=user), now=NOW)
    services.record_training(user, course="child-protection", completed_on=today(NOW), by=REGISTRAR, now=NOW)
    assert clearance.of_worker(user, ON).reasons == ("age",)

    make_check(user, checked_on=date(2026, 10, 1))
    assert clearance.of_worker(user, ON).ok

    make_check(user, checked_on=date(2026, 11, 1), of_age=False)
    assert clearance.of_worker(user, ON).ok  # an age once seen stays seen


def test_a_youth_whose_own_record_is_erased_is_no_adult():
    youth = make_youth(age=15)
    user = make_cleared(youth.user)
    assert clearance.of_worker(user, ON).reasons == ("age",)

    erase(Person(children=(youth.pk,)), NOW)

    assert clearance.of_worker(user, ON).reasons == ("age",)
