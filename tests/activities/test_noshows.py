"""Sessions missed: who is kept from signing up, by which rule, and what families may say against it."""

from datetime import date, timedelta

import pytest

from activities import checkin, eligibility, lifecycle, noshows, signups, waiting
from activities.models import NoShowRule, SignUp
from activities.noshows import Rule, bar_on
from core.memory import forget
from organisations.acting import Acting, clock
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, by_guardian, make_family, make_party, make_session, sign_up, statuses
from tests.factories.noshows import make_miss, make_objection, make_rule
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db
RULE = Rule("1/", date(2026, 1, 1), misses=2, within_days=30, bar_days=10)


def day(n):
    return date(2026, 3, 1) + timedelta(days=n)


@pytest.mark.parametrize(
    ("missed", "on", "until"),
    [
        ([], 0, None),
        ([0], 0, None),
        ([0, 29], 29, 39),
        ([29, 0], 29, 39),
        ([0, 30], 30, None),
        ([0, 5], 14, 15),
        ([0, 5], 15, None),
        ([0, 5, 20], 20, None),
        ([0, 5, 20, 21], 21, 31),
        ([0, 5, 8, 9], 9, 19),
        ([0, 0], 0, 10),
        ([0, 5], 4, None),
    ],
)
def test_so_many_misses_within_so_many_days_bar_for_so_many(missed, on, until):
    bar = bar_on(RULE, [day(n) for n in missed], day(on))

    assert (bar and bar.until) == (day(until) if until is not None else None)


def test_a_bar_says_how_often_and_since_when():
    bar = bar_on(RULE, [day(0), day(40), day(45)], day(45))

    assert (bar.misses, bar.since) == (2, day(40))


@pytest.fixture
def family():
    guardian, [child] = make_family()
    return guardian, child


@pytest.fixture
def barred(family):
    make_rule()
    for days_ago in (20, 10):
        make_miss(*family, days_ago=days_ago)
    return family


def obstacles(child, session=None, now=NOW, **more):
    forget()
    return eligibility.find(session or make_session(), [child], now, guardian=None, **more)[child.pk]


def codes(child, *args, **more):
    return [one.code for one in obstacles(child, *args, **more)]


def test_a_barred_child_is_told_why_and_until_when_and_cannot_sign_up(barred):
    guardian, child = barred
    [obstacle] = obstacles(child)

    assert obstacle.sentence == (
        "Signed up and did not come 2 times since Wed 4 Nov 2026; can sign up again on Mon 14 Dec 2026. You may object."
    )
    with pytest.raises(eligibility.NotEligible):
        sign_up(make_session(), guardian, [child])


def test_what_counts_nowhere_bars_nowhere(family):
    """What was missed in a street whose League bars nobody counts for no other rule: nobody could object to it."""
    make_rule()
    make_rule(make_organisation("league", region=make_region("瑞景街道")), misses=0, within_days=0, bar_days=0)
    for days_ago in (20, 10):
        make_miss(*family, days_ago=days_ago)

    assert codes(family[1], make_session(region=make_region("天穆镇"))) == []
    assert noshows.misses_of(family[1], NOW) == []


def test_the_bar_ends_on_its_day(barred):
    _guardian, child = barred
    later = make_session(starts_at=NOW + timedelta(days=60))

    assert codes(child, later, now=NOW + timedelta(days=19)) == ["missed"]
    assert codes(child, later, now=NOW + timedelta(days=20)) == []


def test_without_a_rule_nobody_is_barred(family):
    for days_ago in (20, 10):
        make_miss(*family, days_ago=days_ago)

    assert codes(family[1]) == []


def test_a_brother_who_came_is_free(barred):
    guardian, _child = barred
    _same, [brother] = make_family(guardian=guardian)

    assert codes(brother) == []


@pytest.mark.parametrize("what", ["excused", "present", "clock", "before", "reopened", "cancelled", "accepted"])
def test_what_is_no_miss(family, what):
    make_rule(valid_from=date(2026, 11, 10) if what == "before" else date(2026, 9, 1))
    make_miss(*family, days_ago=10)
    other = make_miss(*family, days_ago=20, by_clock=what == "clock")
    mark = other.attendance
    if what in {"excused", "present"}:
        mark.status = what
        mark.save()
    elif what == "reopened":
        lifecycle.reopen(other.session, by=clock("t"), now=NOW, reason="wrong")
    elif what == "cancelled":
        SignUp.objects.filter(pk=other.pk).update(status="cancelled")
    elif what == "accepted":
        make_objection(other, status="accepted")

    assert codes(family[1]) == []


def test_one_sign_up_is_judged_by_the_same_rule_as_all(family):
    """Its page says "counts" or not; what bars the child is asked of the database."""
    make_rule()
    marked, assumed = make_miss(*family, days_ago=20), make_miss(*family, days_ago=10, by_clock=True)
    assert [noshows.is_counted(row, NOW) for row in (marked, assumed)] == [True, False]

    marked.status = "cancelled"

    assert not noshows.is_counted(marked, NOW)


@pytest.mark.parametrize("status", ["open", "refused"])
def test_an_objection_that_is_not_accepted_changes_nothing(barred, status):
    make_objection(SignUp.objects.filter(child=barred[1]).first(), status=status)

    assert codes(barred[1]) == ["missed"]


def test_a_miss_elsewhere_and_a_session_elsewhere_are_no_matter_of_the_league(family):
    make_rule(make_organisation("league", region=make_region("瑞景街道")))
    make_miss(*family, days_ago=20, region=make_region("天穆镇"))
    make_miss(*family, days_ago=10)
    assert codes(family[1]) == []

    make_miss(*family, days_ago=5)
    assert codes(family[1]) == ["missed"]
    assert codes(family[1], make_session(region=make_region("天穆镇"))) == []


def test_the_nearest_league_and_its_newest_rule_hold():
    county = make_organisation("league", region=make_region("北辰区"))
    street = make_organisation("league", region=make_region("瑞景街道"))
    make_rule(county, misses=3)
    make_rule(street, misses=4)
    make_rule(street, misses=5, valid_from=date(2026, 11, 1))
    make_rule(street, misses=6, valid_from=date(2026, 12, 1))
    here, there = make_region("翡翠城社区"), make_region("天穆镇")

    assert noshows.rule_for(here, date(2026, 10, 1)).misses == 4
    assert noshows.rule_for(here, date(2026, 11, 1)).misses == 5
    assert noshows.rule_for(there, date(2026, 11, 1)).misses == 3
    assert noshows.rule_for(there, date(2026, 8, 1)) is None


def test_a_rule_of_zeros_ends_the_one_before(barred):
    make_rule(NoShowRule.objects.get().league, valid_from=date(2026, 11, 20), misses=0, within_days=0, bar_days=0)

    assert codes(barred[1]) == []


def test_a_child_that_is_there_gets_in_at_the_door(barred):
    guardian, child = barred
    session = make_session()
    coordinator = make_member(session.provider, "coordinator")

    seated = checkin.walk_in(session, child, guardian=guardian, by=coordinator, now=session.starts_at)

    assert seated.status == "confirmed"


def test_cancelling_until_the_start_is_no_miss(family):
    make_rule()
    session = make_session(starts_at=NOW - timedelta(days=3), now=NOW - timedelta(days=9))
    party = sign_up(session, family[0], [family[1]], now=NOW - timedelta(days=5))
    signups.cancel_party(party, by=by_guardian(family[0]), now=session.starts_at - timedelta(seconds=1))
    lifecycle.close(session, by=make_member(session.provider, "coordinator"), now=NOW)

    assert noshows.misses_of(family[1], NOW) == []


def wait_for_a_place(family, when, **session):
    """A session that is full, with the family in the line; and the party that has the place."""
    row = make_session(capacity=1, **session)
    holder = make_party(row, now=when)
    return row, holder, sign_up(row, family[0], [family[1]], now=when)


def test_a_barred_child_that_waits_is_taken_out_when_the_bar_outlasts_the_session(family):
    session, holder, party = wait_for_a_place(family, NOW - timedelta(days=5))
    make_rule()
    for days_ago in (20, 10):
        make_miss(*family, days_ago=days_ago)

    signups.cancel_party(holder, by=Acting(), now=NOW)

    assert statuses(party) == ["cancelled"]
    assert waiting.left_behind(session, now=NOW) == []


def test_a_barred_child_keeps_its_rank_when_the_bar_ends_in_time(family):
    _session, holder, party = wait_for_a_place(
        family, NOW - timedelta(days=5), starts_at=NOW + timedelta(days=40), now=NOW - timedelta(days=30)
    )
    make_rule()
    for days_ago in (20, 10):
        make_miss(*family, days_ago=days_ago)

    signups.cancel_party(holder, by=Acting(), now=NOW)
    assert statuses(party) == ["waiting"]

    waiting.fill_all(NOW + timedelta(days=20))
    assert statuses(party) == ["offered"]


def test_who_waited_before_the_rule_began_is_not_barred_from_it(family):
    make_rule(valid_from=date(2026, 11, 1))
    for days_ago in (20, 10):
        make_miss(*family, days_ago=days_ago)
    row = make_session(capacity=1, now=NOW - timedelta(days=60), starts_at=STARTS_AT)
    holder = make_party(row, now=NOW - timedelta(days=50))
    party = sign_up(row, family[0], [family[1]], now=NOW - timedelta(days=50))

    signups.cancel_party(holder, by=Acting(), now=NOW)

    assert statuses(party) == ["offered"]


@pytest.mark.parametrize(("has_rule", "queries"), [(False, 2), (True, 3)])
def test_a_rule_costs_one_query(family, django_assert_num_queries, has_rule, queries):
    if has_rule:
        make_rule()
    session = make_session()
    eligibility.find(session, [family[1]], NOW, guardian=None)

    with django_assert_num_queries(queries):
        eligibility.find(session, [family[1]], NOW, guardian=None)
