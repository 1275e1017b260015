"""Who is kept from signing up because of sessions missed: derived from attendance under the League's rule of the day.

Nothing is stored about a child. A miss is an absence that a person marked, in a closed session, of a sign-up made under
the rule, against which no objection was accepted. What the clock assumed when nobody closed the list is no miss.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet

from activities.models import Attendance, NoShowRule, Objection, Session, SignUp
from core.memory import remembered
from core.time import at, today
from organisations.models import Region
from people.models import Child

MINUTE = 60


@dataclass(frozen=True)
class Rule:
    """So many sessions missed within so many days keep a child from signing up for so many days."""

    lineage: str
    starts_on: date
    misses: int
    within_days: int
    bar_days: int

    @property
    def since(self) -> datetime:
        """From when on a sign-up is made under it."""
        return at(self.starts_on, time.min)


@dataclass(frozen=True)
class Bar:
    """Why a child cannot sign up now, and until when."""

    misses: int
    since: date
    until: date
    rule: Rule


def bar_on(rule: Rule, missed_on: Iterable[date], on: date) -> Bar | None:
    """Return what bars a child on the day, after the days of its misses; nothing if it may sign up.

    Each miss counts towards one bar: the one that completes the number starts it, and the count begins anew.
    """
    counted: list[date] = []
    found: Bar | None = None
    for day in sorted(day for day in missed_on if day <= on):
        counted = [one for one in counted if day - one < timedelta(days=rule.within_days)] + [day]
        if len(counted) >= rule.misses:
            found = Bar(len(counted), counted[0], day + timedelta(days=rule.bar_days), rule)
            counted = []
    return found if found and on < found.until else None


@remembered(MINUTE)
def _all_rules() -> tuple[tuple[Rule, ...], ...]:
    """Return the rules of each League that ever made one, the nearest area and the newest rule first.

    They may be a minute old: a rule begins the day after it is made, at the earliest.
    """
    rows = NoShowRule.objects.select_related("league__region").order_by("-valid_from", "-pk")
    leagues: dict[str, list[Rule]] = {}
    for row in rows:
        lineage = row.league.region.lineage
        rule = Rule(lineage, row.valid_from, row.misses, row.within_days, row.bar_days)
        leagues.setdefault(lineage, []).append(rule)
    return tuple(tuple(leagues[lineage]) for lineage in sorted(leagues, key=len, reverse=True))


def any_rule() -> bool:
    """Tell whether any League ever made a rule. No query within a minute."""
    return bool(_all_rules())


def rule_for(region: Region, on: date) -> Rule | None:
    """Return the rule in force there on the day: the newest of the nearest League that has made any; or nothing."""
    for rules in _all_rules():
        if region.lineage.startswith(rules[0].lineage):
            now = next((rule for rule in rules if rule.starts_on <= on), None)
            if now is not None:
                return now if now.misses else None
    return None


def absences(children: Iterable[int]) -> QuerySet[SignUp]:
    """Return the children's absences that a person marked, in closed sessions."""
    return SignUp.objects.confirmed().filter(
        child__in=list(children),
        session__status=Session.Status.CLOSED,
        attendance__status=Attendance.Status.ABSENT,
        attendance__by_user__isnull=False,
    )


def is_absence(sign_up: SignUp) -> bool:
    """Tell the same of one sign-up of a closed session, loaded with its attendance."""
    mark = sign_up.attendance
    is_confirmed = sign_up.status == SignUp.Status.CONFIRMED
    return is_confirmed and mark.status == Attendance.Status.ABSENT and mark.by_user_id is not None


def stands(sign_up: SignUp) -> bool:
    """Tell the same of a sign-up loaded with its session: not while the session is open again to be corrected."""
    return sign_up.session.status == Session.Status.CLOSED and is_absence(sign_up)


def bars(session: Session, children: Sequence[Child], now: datetime) -> dict[int, Bar]:
    """Return who is kept from signing up for the session now. No query without a rule, else one."""
    if not children or not any_rule():
        return {}
    day = today(now)
    rule = rule_for(session.region, day)
    if rule is None:
        return {}
    rows = absences(child.pk for child in children).filter(
        created_at__gte=rule.since, session__region__lineage__startswith=rule.lineage
    )
    rows = rows.exclude(attendance__objection__status=Objection.Status.ACCEPTED)
    missed: dict[int, list[date]] = {}
    for row in rows.select_related("session__region"):
        if rule_for(row.session.region, day) == rule:  # not where a League nearer by has a rule of its own
            missed.setdefault(row.child_id, []).append(today(row.ends_at))
    found = {child: bar_on(rule, days, day) for child, days in missed.items()}
    return {child: bar for child, bar in found.items() if bar}


def counts(sign_up: SignUp, now: datetime) -> bool:
    """Tell whether an absence falls under the rule in force; load it with its session's region. No query."""
    rule = rule_for(sign_up.session.region, today(now))
    return rule is not None and sign_up.created_at >= rule.since


def is_counted(sign_up: SignUp, now: datetime) -> bool:
    """Tell whether a sign-up, loaded with session, region and attendance, is an absence that counts. No query."""
    return stands(sign_up) and counts(sign_up, now)


def misses_of(child: Child, now: datetime) -> list[SignUp]:
    """Return the child's absences under the rules in force, the newest first, also those objected to. One query."""
    rows = absences([child.pk]).select_related(
        "session__region", "session__provider", "session__version", "attendance__objection", "party"
    )
    return [row for row in rows.order_by("-starts_at") if counts(row, now)]
