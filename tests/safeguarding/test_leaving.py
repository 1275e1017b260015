"""Thirty working days from an adverse result or an expired check; what runs out is announced before."""

from datetime import date, datetime, timedelta

import pytest

from core.time import today
from notifications.models import Message
from organisations import memberships
from organisations.acting import clock
from organisations.models import Membership
from safeguarding import leaving, reminders, services, tasks
from safeguarding.models import Pledge, PledgeText
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.safeguarding import make_check, make_cleared
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
ON = today(NOW)
DUE = date(2027, 1, 6)  # 30 working days after Tuesday 24 November 2026, New Year's Day left out


@pytest.fixture
def officer():
    return make_member(make_organisation("league", region=make_region("北辰区")), "safeguarding")


@pytest.fixture
def provider():
    return make_organisation("provider", region=make_region("瑞景街道"))


@pytest.fixture
def manager(provider):
    return make_member(provider, "manager", user=make_cleared())


@pytest.fixture
def social_worker(provider, manager):
    return make_member(provider, "coordinator", user=make_cleared())


def told(kind):
    return sorted(Message.objects.filter(kind=kind).values_list("recipient_id", flat=True))


def adverse(user, officer):
    return services.record_check(user, result="adverse", checked_on=ON, reference="x", by=officer, now=NOW)


def test_an_adverse_result_starts_the_clock_and_tells_the_managers_of_the_employer(
    officer, social_worker, manager, provider
):
    adverse(social_worker.user, officer)

    [case] = leaving.cases(ON)
    assert (case.user, case.organisation, case.is_adverse, case.since, case.due_on) == (
        social_worker.user, provider, True, ON, DUE,
    )  # fmt: skip
    assert told("member_to_leave") == [manager.user.pk]
    message = Message.objects.get(kind="member_to_leave")
    assert str(social_worker.user) not in str(message.context)
    assert not case.is_overdue(DUE)
    assert case.is_overdue(DUE + timedelta(days=1))


def test_an_expired_check_starts_it_the_day_after_it_ended(officer, social_worker, manager):
    later = date(2027, 9, 2)  # both checks held until 1 September

    assert {case.user for case in leaving.cases(later)} == {social_worker.user, manager.user}
    assert {case.since for case in leaving.cases(later)} == {date(2027, 9, 1)}
    assert leaving.cases(date(2027, 9, 1)) == []


def test_leaving_or_a_newer_clear_check_ends_a_case(officer, social_worker, manager):
    adverse(social_worker.user, officer)
    make_check(social_worker.user, checked_on=ON + timedelta(days=1) - timedelta(days=1))
    assert len(leaving.cases(ON)) == 1, "of the same day, so it clears nothing"

    memberships.end(Membership.objects.get(user=social_worker.user), by=clock("test"), now=NOW)

    assert leaving.cases(ON) == []


def test_reminders_come_ten_working_days_before_and_when_it_is_overdue_each_once(officer, social_worker, manager):
    adverse(social_worker.user, officer)
    moments = [NOW + timedelta(days=days) for days in (0, 1, 29, 30, 44, 45)]  # 23 and 24 December, 7 and 8 January

    for moment in moments:
        assert leaving.remind(moment) == 1

    assert told("member_to_leave") == [manager.user.pk]
    assert told("leaving_soon") == [manager.user.pk]
    assert told("leaving_overdue") == sorted([manager.user.pk, officer.user.pk])


def test_only_the_safeguarding_officer_reads_the_list_and_the_manager_the_own_deadline(
    client, officer, social_worker, manager
):
    adverse(social_worker.user, officer)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(officer.user)
    text = client.get("/safeguarding/leaving/").text
    assert str(social_worker.user) in text
    assert "adverse result" in text

    client.force_login(manager.user)
    assert client.get("/safeguarding/leaving/").status_code == 403
    assert "end that work by" in client.get("/safeguarding/staff/").text

    client.force_login(social_worker.user)
    assert "end that work" not in client.get("/safeguarding/").text


def test_areas_beyond_are_not_listed(officer, social_worker):
    adverse(social_worker.user, officer)
    elsewhere = make_member(make_organisation("league", region=make_region("天穆镇")), "safeguarding")

    assert [case.user for case in leaving.of_league(officer, ON)] == [social_worker.user]
    assert leaving.of_league(elsewhere, ON) == []


def test_what_ends_soon_is_announced_thirty_and_seven_days_before(social_worker, manager):
    ends = datetime.fromisoformat("2027-09-01T10:00+08:00")
    for days in (31, 30, 29, 7, 6, 0):
        reminders.remind(ends - timedelta(days=days))

    assert told("check_ends") == sorted([social_worker.user.pk, manager.user.pk] * 2)
    assert told("staff_check_ends") == [manager.user.pk] * 2


def test_a_renewed_check_is_announced_no_more_and_counts_from_the_day_of_its_query(social_worker):
    make_check(social_worker.user, checked_on=date(2026, 11, 20))

    assert reminders.remind(datetime.fromisoformat("2027-08-20T10:00+08:00")) == 1  # the manager's own
    assert told("check_ends") != [social_worker.user.pk]


def test_a_newer_check_that_ends_earlier_is_the_one_that_is_announced():
    """The gate asks for the newest: with the older one's end nobody would hear of it until the work has to stop."""
    user = make_cleared()
    make_check(user, checked_on=date(2026, 11, 1), valid_until=date(2026, 12, 1))

    assert reminders.remind(NOW) == 1
    assert told("check_ends") == [user.pk]


def test_a_check_can_be_asked_for_before_the_old_one_ends(client, officer, social_worker, manager, time_machine):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    time_machine.move_to(datetime.fromisoformat("2027-06-30T10:00+08:00"))
    client.force_login(manager.user)
    assert "Ask for a new one" not in client.get("/safeguarding/staff/").text
    time_machine.move_to(datetime.fromisoformat("2027-07-10T10:00+08:00"))

    assert "Ask for a new one" in client.get("/safeguarding/staff/").text
    client.post(f"/safeguarding/staff/{social_worker.user.pk}/ask/")

    assert "Asked for on" in client.get("/safeguarding/staff/").text
    assert told("check_asked_for") == [officer.user.pk]


def test_who_signed_an_older_pledge_is_asked_thirty_days_before_the_new_one_is_required():
    signed, never = make_cleared(), make_user()
    PledgeText.objects.create(version=2, text_zh="新", text_en="n", required_from=ON + timedelta(days=30))

    assert reminders.ask_for_new_pledge(NOW - timedelta(days=1)) == 0
    assert [reminders.ask_for_new_pledge(NOW), reminders.ask_for_new_pledge(NOW)] == [1, 1]

    assert told("pledge_offered") == [signed.pk]
    assert never.pk not in told("pledge_offered")
    assert Pledge.objects.filter(user=signed).count() == 1


def test_the_job_is_scheduled(settings):
    tasks.remind()

    assert tasks.remind.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
