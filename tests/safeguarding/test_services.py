"""Records of people who work with children."""

import uuid
from datetime import date, timedelta

import pytest

from core.errors import SentByAnother
from core.time import today
from organisations.acting import Acting, clock
from organisations.models import Organisation
from safeguarding import services
from safeguarding.models import BackgroundCheck, Pledge, PledgeText, Suspension, WorkerHistory
from safeguarding.queries import workers
from safeguarding.services import BadDate, OwnRecord
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_youth
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
ON = today(NOW)


@pytest.fixture
def officer():
    return make_member(make_organisation("league"), "safeguarding")


def check(user, officer, **fields):
    fields = {"result": "clear", "checked_on": ON, "reference": "CX-1", **fields}
    return services.record_check(user, by=officer, now=NOW, **fields)


def test_record_check_is_valid_for_a_year_and_logged_without_detail(officer):
    user = make_user()

    row = check(user, officer)

    assert row.valid_until == ON + timedelta(days=365)
    assert row.recorded_by == officer.user
    entry = WorkerHistory.objects.get()
    assert (entry.verb, entry.after, entry.note, entry.person) == ("record_check", "clear", "", user)


def test_record_check_for_longer_than_the_law_allows_is_refused_at_its_field(officer):
    """One mistyped year must not keep somebody with children for good without a query."""
    assert check(make_user(), officer, valid_until=ON + timedelta(days=365)).valid_until == ON + timedelta(days=365)

    with pytest.raises(BadDate, match="each year") as refusal:
        check(make_user(), officer, valid_until=ON + timedelta(days=366))

    assert refusal.value.field == "valid_until"


def test_record_check_that_calls_a_minor_of_age_is_refused_at_its_field(officer):
    youth = make_youth(age=17)

    with pytest.raises(services.NotOfAge) as refusal:
        check(youth.user, officer, of_age=True)

    assert refusal.value.field == "of_age"
    assert not check(youth.user, officer).of_age


def test_record_check_twice_with_one_form_is_once(officer):
    user, form = make_user(), uuid.uuid4()

    assert check(user, officer, submission_id=form) == check(user, officer, submission_id=form)
    assert WorkerHistory.objects.count() == 1


def test_record_check_of_another_person_with_one_form_is_refused(officer):
    """Else the second person has no check, and the officer was told that they have."""
    form = uuid.uuid4()
    check(make_user(), officer, submission_id=form)

    with pytest.raises(SentByAnother):
        check(make_user(), officer, submission_id=form)


def test_record_check_lasts_as_the_city_says(officer, settings):
    settings.CHECK_VALID_DAYS = 30

    assert check(make_user(), officer).valid_until == ON + timedelta(days=30)


def test_record_check_of_oneself_is_refused(officer):
    with pytest.raises(OwnRecord):
        check(officer.user, officer)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"checked_on": ON + timedelta(days=1)}, "checked_on"), ({"valid_until": ON - timedelta(days=1)}, "valid_until")],
)
def test_record_check_with_dates_that_cannot_be_is_refused(officer, fields, field):
    with pytest.raises(BadDate) as refusal:
        check(make_user(), officer, **fields)

    assert refusal.value.field == field


def test_background_check_has_no_field_for_details():
    names = {field.name for field in BackgroundCheck._meta.get_fields()}

    assert names == {
        "id",
        "submission_id",
        "user",
        "result",
        "checked_on",
        "valid_until",
        "reference",
        "of_age",
        "recorded_at",
        "recorded_by",
    }


def test_sign_pledge_twice_is_once():
    user, text = make_user(), PledgeText.objects.get()

    for _ in range(2):
        services.sign_pledge(user, text=text, by=Acting(user=user), now=NOW)

    assert Pledge.objects.count() == WorkerHistory.objects.count() == 1


def test_sign_pledge_for_somebody_else_is_refused(officer):
    with pytest.raises(OwnRecord):
        services.sign_pledge(make_user(), text=PledgeText.objects.get(), by=officer, now=NOW)


def test_pledge_to_sign_is_the_newest_that_is_not_signed():
    user = make_user()
    first = PledgeText.objects.get()
    assert services.pledge_to_sign(user, ON) == first

    services.sign_pledge(user, text=first, by=Acting(user=user), now=NOW)
    assert services.pledge_to_sign(user, ON) is None

    second = PledgeText.objects.create(version=2, text_zh="新", text_en="new", required_from=ON + timedelta(days=30))
    assert services.pledge_to_sign(user, ON - timedelta(days=1)) is None
    assert services.pledge_to_sign(user, ON) == second
    assert services.pledge_to_sign(user, date(2020, 1, 1)) is None


def test_record_training_twice_is_once(officer):
    user = make_user()

    for _ in range(2):
        services.record_training(user, course="first-aid", completed_on=ON, by=officer, now=NOW)

    assert user.trainings.count() == 1
    assert WorkerHistory.objects.get().after == "first-aid"


def test_record_training_of_oneself_or_in_the_future_is_refused(officer):
    with pytest.raises(OwnRecord):
        services.record_training(officer.user, course="x", completed_on=ON, by=officer, now=NOW)
    with pytest.raises(BadDate):
        services.record_training(make_user(), course="x", completed_on=ON + timedelta(days=1), by=officer, now=NOW)


def test_record_training_that_ends_before_it_was_completed_is_refused_at_its_field(officer):
    def record(until):
        services.record_training(make_user(), course="x", completed_on=ON, valid_until=until, by=officer, now=NOW)

    record(ON)
    with pytest.raises(BadDate, match="before it was completed") as refusal:
        record(ON - timedelta(days=1))

    assert refusal.value.field == "valid_until"


def test_a_league_that_may_act_no_more_and_one_that_nobody_named_leave_it_to_their_area(officer):
    first, second = (
        services.suspend(make_user(), from_on=ON, until_on=None, reason="r", by=officer, now=NOW) for _ in range(2)
    )
    successor = make_member(make_organisation("league"), "safeguarding")
    Organisation.objects.filter(pk=officer.organisation.pk).update(status="suspended")
    Suspension.objects.filter(pk=second.pk).update(league=None)

    for one in (first, second):
        services.lift(Suspension.objects.get(pk=one.pk), by=successor, now=NOW)

    assert set(Suspension.objects.values_list("until_on", flat=True)) == {ON}


def test_the_league_keeps_finding_whom_it_keeps_away(officer):
    gone, stranger = make_user(), make_member(make_organisation("league"), "safeguarding")
    services.suspend(gone, from_on=ON, until_on=None, reason="r", by=officer, now=NOW)

    assert list(workers(officer, ON)) == [gone]
    assert list(workers(stranger, ON)) == []


@pytest.mark.parametrize(("from_on", "until_on"), [(ON - timedelta(days=1), None), (ON, ON - timedelta(days=1))])
def test_suspend_in_the_past_is_refused(officer, from_on, until_on):
    with pytest.raises(BadDate):
        services.suspend(make_user(), from_on=from_on, until_on=until_on, reason="r", by=officer, now=NOW)


def test_suspend_by_the_clock_or_of_oneself_is_refused(officer):
    for by, user in [(clock("x"), make_user()), (officer, officer.user)]:
        with pytest.raises(OwnRecord):
            services.suspend(user, from_on=ON, until_on=None, reason="r", by=by, now=NOW)


def test_suspend_keeps_its_reason_out_of_the_history(officer):
    services.suspend(make_user(), from_on=ON, until_on=None, reason="a complaint", by=officer, now=NOW)

    assert WorkerHistory.objects.get().note == ""


def test_only_the_league_that_suspended_somebody_or_one_above_lifts_that(officer):
    suspension = services.suspend(make_user(), from_on=ON, until_on=None, reason="r", by=officer, now=NOW)
    here = officer.organisation.region
    strangers = [make_region("天穆镇"), make_region("翡翠城社区"), here]
    for region in strangers:
        other = make_member(make_organisation("league", region=region), "safeguarding")
        with pytest.raises(services.OfAnotherLeague, match=officer.organisation.name):
            services.lift(suspension, by=other, now=NOW)
    suspension.refresh_from_db()
    assert (suspension.until_on, suspension.league) == (None, officer.organisation)

    above = make_organisation("league", region=here.parent)
    services.lift(suspension, by=make_member(above, "safeguarding"), now=NOW)

    suspension.refresh_from_db()
    assert suspension.until_on == ON


def test_lift_of_what_has_not_begun_ends_it_on_its_first_day(officer):
    first = ON + timedelta(days=5)
    suspension = services.suspend(make_user(), from_on=first, until_on=None, reason="r", by=officer, now=NOW)

    services.lift(suspension, by=officer, now=NOW)

    suspension.refresh_from_db()
    assert (suspension.from_on, suspension.until_on) == (first, first)


def test_lift_twice_or_too_late_changes_nothing(officer):
    suspension = services.suspend(make_user(), from_on=ON, until_on=ON, reason="r", by=officer, now=NOW)

    services.lift(suspension, by=officer, now=NOW)

    assert WorkerHistory.objects.filter(verb="lift").count() == 0
