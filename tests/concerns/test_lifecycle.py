"""A concern is taken in, taken on, handed on, followed up and closed; what waits too long climbs."""

import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse

from concerns import lifecycle, policies
from concerns.lifecycle import AlreadyMoved, AtTheTop, BadDate, NotYourDesk
from concerns.models import Concern, ConcernHistory, HandOff, Note
from core.time import today
from notifications.models import Message
from tests.conftest import NOW
from tests.factories.concerns import make_concern, make_desks
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def refer(concern, by, now=NOW, submission_id=None, told_at=NOW):
    return lifecycle.refer(
        concern, agency="12345", told_at=told_at, reference="工单 20261124-7", words="", by=by, now=now,
        submission_id=submission_id or uuid.uuid4(),
    )  # fmt: skip


def follow(concern, by, now=NOW, next_on=date(2026, 12, 1), submission_id=None):
    return lifecycle.follow(
        concern, words="家访", next_on=next_on, by=by, now=now, submission_id=submission_id or uuid.uuid4()
    )


def close(concern, by, now=NOW, submission_id=None):
    return lifecycle.close(
        concern, outcome="safe", words="已妥善安置", by=by, now=now, submission_id=submission_id or uuid.uuid4()
    )


def told(kind):
    return sorted(Message.objects.filter(kind=kind).values_list("recipient_id", flat=True))


def test_a_report_lies_on_the_lowest_desk_with_a_deadline_of_working_days_and_only_that_desk_is_told():
    desks = make_desks()

    concern = make_concern()

    assert (concern.desk, concern.status) == (desks.village.organisation, "reported")
    assert concern.due_on == date(2026, 11, 25)
    assert told("concern_waits") == [desks.village.user.pk]
    friday = make_concern(now=NOW + 3 * DAY)
    assert friday.due_on == date(2026, 11, 30)


def test_a_category_says_how_long_a_desk_has():
    make_desks()

    assert make_concern(category="violence").due_on == date(2026, 11, 24)


def test_where_no_village_or_street_has_a_child_officer_the_league_has_it():
    league = make_member(make_organisation("league", region=make_region("北辰区")), "safeguarding")
    make_member(make_organisation("office", region=make_region("瑞景街道")), "manager", "clerk")

    assert make_concern().desk == league.organisation


def test_a_nearer_league_without_a_safeguarding_officer_is_passed_over():
    """The concern lay at the nearest League, staffed or not: nobody read it, and nobody was told."""
    make_member(make_organisation("league", region=make_region("北辰区")), "officer")
    city = make_member(make_organisation("league", region=make_region("市辖区")), "safeguarding")

    concern = make_concern()

    assert concern.desk == city.organisation
    assert told("concern_waits") == [city.user.pk]


def test_where_nobody_takes_concerns_on_the_leagues_officers_are_told_by_number_until_somebody_does():
    officer = make_member(make_organisation("league", region=make_region("北辰区")), "officer")

    concern = make_concern()
    assert concern.desk == officer.organisation
    assert told("concern_unattended") == [officer.user.pk]
    lifecycle.sweep(NOW + timedelta(days=14))
    assert Message.objects.filter(recipient=officer.user).count() == 2

    message = Message.objects.first()
    assert message.urgent
    assert message.path == reverse("organisations:members")
    assert set(message.context) == {"number", "due"}
    assert not Concern.objects.visible_to(officer).exists()
    keeper = make_member(officer.organisation, "safeguarding")
    assert Concern.objects.visible_to(keeper).get() == concern


def test_what_was_noticed_at_a_schools_session_lies_at_the_school_first_and_climbs_or_is_taken_up_from_there():
    desks = make_desks()
    school = make_member(make_organisation("school", region=make_region("北辰区")), "child_officer")
    late, taken = (make_concern(school=school.organisation) for _ in range(2))
    assert (late.desk, Message.objects.filter(recipient=school.user).count()) == (school.organisation, 2)
    assert lifecycle.accept(late, by=school, now=NOW).status == "accepted"

    assert lifecycle.sweep(NOW + timedelta(days=14)) == 2
    late.refresh_from_db()
    assert late.desk == desks.village.organisation
    assert not Concern.objects.visible_to(school).exists()

    Concern.objects.filter(pk=taken.pk).update(desk=school.organisation)
    assert not policies.may_take_up(school, late)
    assert policies.may_take_up(desks.village, Concern.objects.get(pk=taken.pk))
    assert lifecycle.escalate(taken, by=desks.street, now=NOW).desk == desks.village.organisation


def test_from_report_to_close_each_step_writes_its_history_and_its_deadline():
    by = make_desks().village
    concern = lifecycle.accept(make_concern(), by=by, now=NOW)
    assert concern.due_on == date(2026, 11, 26)

    assert refer(concern, by).due_on == date(2026, 12, 1)
    assert follow(concern, by, next_on=date(2026, 12, 5)).due_on == date(2026, 12, 5)
    closed = close(concern, by)

    assert (closed.status, closed.due_on, closed.outcome, closed.closed_at) == ("closed", None, "safe", NOW)
    rows = ConcernHistory.objects.order_by("pk").values_list("verb", "before", "after")
    assert list(rows) == [
        ("report", "", "reported"),
        ("accept", "reported", "accepted"),
        ("refer", "accepted", "referred"),
        ("follow", "referred", "following"),
        ("close", "following", "closed"),
    ]


def test_what_was_handed_on_is_followed_up_before_it_is_closed():
    by = make_desks().village
    concern = refer(lifecycle.accept(make_concern(), by=by, now=NOW), by)

    with pytest.raises(AlreadyMoved):
        close(concern, by)
    with pytest.raises(AlreadyMoved, match="The last to act was"):
        lifecycle.accept(concern, by=by, now=NOW)


def test_a_step_sent_twice_is_taken_once():
    by, number = make_desks().village, uuid.uuid4()
    concern = lifecycle.accept(make_concern(), by=by, now=NOW)

    for _ in range(2):
        refer(concern, by, submission_id=number)
    other = uuid.uuid4()
    for _ in range(2):
        follow(concern, by, submission_id=other)
    last = uuid.uuid4()
    for _ in range(2):
        close(concern, by, submission_id=last)

    assert (HandOff.objects.count(), Note.objects.count(), ConcernHistory.objects.count()) == (1, 2, 5)


def test_days_that_cannot_be_meant_change_nothing():
    by = make_desks().village
    concern = lifecycle.accept(make_concern(), by=by, now=NOW)

    for told_at in (NOW + DAY, NOW - DAY):
        with pytest.raises(BadDate):
            refer(concern, by, told_at=told_at)
    for next_on in (today(NOW), today(NOW) + timedelta(days=31)):
        with pytest.raises(BadDate):
            follow(concern, by, next_on=next_on)

    assert Concern.objects.get().status == "accepted"


def test_only_the_desk_acts_and_the_desk_above_may_take_it_up():
    desks = make_desks()
    concern = make_concern()
    for stranger in (desks.street, desks.league):
        with pytest.raises(NotYourDesk):
            lifecycle.accept(concern, by=stranger, now=NOW)

    taken = lifecycle.escalate(concern, by=desks.street, now=NOW)

    assert taken.desk == desks.street.organisation
    with pytest.raises(NotYourDesk):
        lifecycle.escalate(concern, by=desks.village, now=NOW)
    assert lifecycle.accept(concern, by=desks.street, now=NOW).status == "accepted"


def test_what_passes_its_deadline_climbs_from_the_village_to_the_street_to_the_league_and_each_is_told():
    desks = make_desks()
    concern = make_concern()
    assert lifecycle.sweep(NOW + DAY) == 0  # Wednesday is its last day

    assert lifecycle.sweep(NOW + 2 * DAY) == 1
    concern.refresh_from_db()
    assert (concern.desk, concern.due_on) == (desks.street.organisation, date(2026, 11, 27))
    assert lifecycle.sweep(NOW + 2 * DAY) == 0
    lifecycle.sweep(NOW + 4 * DAY)  # Saturday

    concern.refresh_from_db()
    assert (concern.desk, concern.due_on) == (desks.league.organisation, date(2026, 11, 30))
    assert told("concern_climbed") == sorted([desks.street.user.pk, desks.league.user.pk])


def test_at_the_top_it_reminds_once_on_each_working_day():
    desks = make_desks()
    concern = make_concern(region="北辰区")
    with pytest.raises(AtTheTop):
        lifecycle.escalate(concern, by=desks.league, now=NOW)

    for days in (2, 2, 3, 4, 5):  # Thursday twice, Friday, Saturday, Sunday
        lifecycle.sweep(NOW + days * DAY)

    assert told("concern_overdue") == [desks.league.user.pk] * 2
    assert ConcernHistory.objects.filter(verb="escalate").count() == 0


def test_what_was_taken_on_and_left_lying_climbs_too():
    desks = make_desks()
    concern = lifecycle.accept(make_concern(), by=desks.village, now=NOW)

    lifecycle.sweep(NOW + 3 * DAY)

    concern.refresh_from_db()
    assert (concern.desk, concern.status) == (desks.street.organisation, "accepted")
    assert ConcernHistory.objects.latest("pk").system == "concerns.sweep"


def test_what_a_desk_closes_in_that_moment_does_not_climb_and_holds_up_nothing(monkeypatch):
    desks = make_desks()
    closed, left = [lifecycle.accept(make_concern(), by=desks.village, now=NOW) for _number in range(2)]
    climb = lifecycle.escalate

    def close_first(concern, **words):
        if concern.pk == closed.pk:
            close(concern, desks.village)
        return climb(concern, **words)

    monkeypatch.setattr(lifecycle, "escalate", close_first)

    lifecycle.sweep(NOW + 3 * DAY)

    for one in (closed, left):
        one.refresh_from_db()
    assert (closed.status, closed.desk) == ("closed", desks.village.organisation)
    assert left.desk == desks.street.organisation


def test_no_message_names_anything_but_number_and_day():
    make_desks()
    make_concern(who="李小明", words="邻居说李小明被打")

    for message in Message.objects.all():
        assert set(message.context) == {"number", "due"}
