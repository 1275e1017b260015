"""The gate: may this person be in a session with minors on its date? Every write path passes through here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import BigIntegerField, DateField, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from core.prepared import Prepared
from core.time import has_legal_age, today
from people.models import Child
from safeguarding import consents
from safeguarding.models import (
    BackgroundCheck,
    Consent,
    Pledge,
    PledgeText,
    Purpose,
    Suspension,
    Training,
    WorkerHistory,
)
from users.models import User

ADULT = 18
EXPIRED = "expired"
DAYS_AT_ONCE = 10


class NotCleared(DomainError):
    """A person may not be in a session with minors on its date."""


class ConsentMissing(DomainError):
    """A child may not be signed up: the consent that the law asks for is not there."""


class Missing(models.TextChoices):
    """What a person lacks. An adverse check reads like none: the gate never tells more than it must."""

    CHECK = "check", gettext_lazy("a background check that is valid on that day")
    PLEDGE = "pledge", gettext_lazy("the signed child-protection pledge")
    TRAINING = "training", gettext_lazy("the required training")
    AGE = "age", gettext_lazy("the age of 18")
    SUSPENDED = "suspended", gettext_lazy("leave to serve: it is suspended")


@dataclass(frozen=True)
class Clearance:
    """The gate's answer for one person and day.

    ``is_barred``: an adverse result or a suspension stands, so that not even names of children are shown.
    """

    ok: bool
    reasons: tuple[str, ...] = ()
    check_valid_until: date | None = None
    is_barred: bool = False

    @property
    def sentence(self) -> str:
        """What is missing, in words; nothing if nothing is."""
        return _(" · ").join(str(Missing(reason).label) for reason in self.reasons)


def of_workers(users: Iterable[User | int], on: date, *, known_at: datetime | None = None) -> dict[int, Clearance]:
    """Return the gate's answer for each person on the day. One query, however many people.

    ``known_at``: answer as the gate would have then, leaving out checks and suspensions that came later.
    """
    ids = {user if isinstance(user, int) else user.pk for user in users}
    if not ids:
        return {}
    rows = _with_records(User.objects.filter(pk__in=ids), [on], known_at)
    return {row.pk: _judge(_facts(row), on) for row in rows}


def of_worker(user: User | int, on: date) -> Clearance:
    """Return the gate's answer for one person."""
    pk = user if isinstance(user, int) else user.pk
    return of_workers([pk], on).get(pk, Clearance(ok=False, reasons=(Missing.CHECK,)))


def require_worker(user: User, on: date) -> None:
    """Pass, or say what is missing.

    Raises:
        NotCleared: the person may not be with children on that day.
    """
    require_workers([user], on)


def require_workers(users: Iterable[User], on: date) -> None:
    """Pass if everybody may be with children on the day, or name the first who may not and what is missing. One query.

    Raises:
        NotCleared: somebody may not.
    """
    require_duties({on: list(users)})


def require_duties(duties: Mapping[date, Collection[User]]) -> None:
    """Pass if each day's people may be with children on it, or name the first who may not. One query for ten days.

    Raises:
        NotCleared: somebody may not.
    """
    asked = sorted(day for day, people in duties.items() if people)
    ask = _cleared(tuple(settings.REQUIRED_COURSES))
    for start in range(0, len(asked), DAYS_AT_ONCE):
        days = asked[start : start + DAYS_AT_ONCE]
        ids = {user.pk for day in days for user in duties[day]}
        rows = {row.pk: row for row in ask.rows(users=sorted(ids), days=days)}
        for position, day in enumerate(days):
            for user in duties[day]:
                _require(user, _judge(_facts(rows[user.pk], position), day), day)


def _require(user: User, answer: Clearance, on: date) -> None:
    if not answer.ok:
        raise NotCleared(
            _("%(name)s cannot be on duty with children on %(day)s. Missing: %(missing)s.")
            % {"name": user, "day": date_format(on, "DATE_FORMAT"), "missing": answer.sentence}
        )


def lost(users: Iterable[User | int], on: date) -> dict[int, tuple[str, date]]:
    """Return who had a check once and has none that holds: why, and since which day. One query.

    ``adverse``: since the day of the query; ``expired``: since the last day on which it held.
    """
    ids = {user if isinstance(user, int) else user.pk for user in users}
    found: dict[int, tuple[str, date]] = {}
    for row in _with_records(User.objects.filter(pk__in=ids), [on], None) if ids else ():
        facts = _facts(row)
        if _is_adverse(facts):
            found[row.pk] = BackgroundCheck.Result.ADVERSE.value, facts["adverse_queried"]
        elif facts["clear_until"] is not None and facts["clear_until"] < on:
            found[row.pk] = EXPIRED, facts["clear_until"]
    return found


@cache
def _cleared(courses: tuple[str, ...]) -> Prepared[User]:
    """Return the gate's question as every crew is asked it; the required courses are part of its words."""
    return Prepared(
        lambda users, days: _with_records(User.objects.filter(pk__in=users), days, None),
        users=BigIntegerField(),
        days=DateField(),
    )


def _with_records(users: QuerySet[User], days: Sequence[Any], known_at: datetime | None) -> QuerySet[User]:
    """Annotate people with what the judgement needs, as it stood on each of the days."""
    found = {
        f"{name}{_suffix(position)}": record
        for position, on in enumerate(days)
        for name, record in _records(on, known_at).items()
    }
    return users.annotate(**found)


def _suffix(position: int) -> str:
    return f"_on_{position}"


def _facts(row: User, position: int = 0) -> dict[str, Any]:
    """Return what was annotated for one of the days."""
    suffix = _suffix(position)
    return {name.removesuffix(suffix): fact for name, fact in row.__dict__.items() if name.endswith(suffix)}


def _records(on: Any, known_at: datetime | None) -> dict[str, Any]:
    """Return the records of a person that count on the day."""
    checks = BackgroundCheck.objects.filter(user=OuterRef("pk"), checked_on__lte=on)
    if known_at:
        checks = checks.filter(recorded_at__lte=known_at)
    clear = checks.filter(result=BackgroundCheck.Result.CLEAR).order_by("-checked_on", "-recorded_at", "-pk")
    adverse = checks.filter(result=BackgroundCheck.Result.ADVERSE).order_by().values("user")
    pledges = Pledge.objects.filter(user=OuterRef("pk")).order_by("-text__version")
    required = PledgeText.objects.required(on)
    kept_away = Suspension.objects.filter(Q(until_on__isnull=True) | Q(until_on__gte=on), from_on__lte=on)
    if known_at:  # a suspension begins on the day of its decision or later
        decided = WorkerHistory.objects.filter(person=OuterRef("user"), verb="suspend", at__lte=known_at)
        kept_away = kept_away.filter(Q(from_on__lt=today(known_at)) | Exists(decided))
    trainings = Training.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=on), completed_on__lte=on)
    courses = {
        f"course_{i}": Exists(trainings.filter(user=OuterRef("pk"), course=course))
        for i, course in enumerate(settings.REQUIRED_COURSES)
    }
    return dict(
        clear_until=Subquery(clear.values("valid_until")[:1]),
        clear_queried=Subquery(clear.values("checked_on")[:1]),
        clear_recorded=Subquery(clear.values("recorded_at")[:1]),
        adverse_queried=Subquery(adverse.annotate(last=Max("checked_on")).values("last")),
        adverse_recorded=Subquery(adverse.annotate(last=Max("recorded_at")).values("last")),
        pledged=Coalesce(Subquery(pledges.values("text__version")[:1]), 0),
        pledge_required=Coalesce(Subquery(required.values("version")[:1]), 0),
        is_suspended=Exists(kept_away.filter(user=OuterRef("pk"))),
        seen_of_age=Exists(checks.filter(result=BackgroundCheck.Result.CLEAR, of_age=True)),
        birth_date=Subquery(Child.objects.filter(user=OuterRef("pk")).values("birth_date")[:1]),
        **courses,
    )


def _judge(facts: dict[str, Any], on: date) -> Clearance:
    until, birth = facts["clear_until"], facts["birth_date"]
    is_valid = until is not None and until >= on and not _is_adverse(facts)
    lacking = {
        Missing.CHECK: not is_valid,
        Missing.PLEDGE: facts["pledged"] < facts["pledge_required"] or not facts["pledge_required"],
        Missing.TRAINING: not all(facts[f"course_{i}"] for i in range(len(settings.REQUIRED_COURSES))),
        Missing.AGE: not has_legal_age(birth, ADULT, on) if birth else is_valid and not facts["seen_of_age"],
        Missing.SUSPENDED: facts["is_suspended"],
    }
    reasons = tuple(reason.value for reason, lacks in lacking.items() if lacks)
    return Clearance(
        ok=not reasons,
        reasons=reasons,
        check_valid_until=until if is_valid else None,
        is_barred=facts["is_suspended"] or _is_adverse(facts),
    )


def _is_adverse(facts: dict[str, Any]) -> bool:
    """Tell whether an adverse result stands: no clear one was both queried and recorded after it."""
    if facts["adverse_queried"] is None:
        return False
    if facts["clear_queried"] is None:
        return True
    later = facts["clear_queried"] > facts["adverse_queried"] and facts["clear_recorded"] > facts["adverse_recorded"]
    return not later


def has_consent(child: Child, answers: dict[str, Consent | None], on: date) -> bool:
    """Tell whether a child's standing answers allow a sign-up: under 14 a guardian must have agreed."""
    consent = answers[Purpose.SIGN_UP]
    if consent is None or not consent.is_standing:
        return False
    return consent.guardian_id is not None or child.is_youth(on)


def lacking_consent(children: Iterable[Child], on: date, answers: consents.Standing | None = None) -> set[int]:
    """Return the ids of the children whom nobody may sign up on the day for lack of consent.

    Two queries, unless the caller has read the standing ``answers`` already.
    """
    rows = list(children)
    answers = consents.standing(rows, on) if answers is None else answers
    return {child.pk for child in rows if not has_consent(child, answers[child.pk], on)}


def require_consent(child: Child, on: date) -> None:
    """Pass if the consent to take part stands on the day (the day of signing up).

    Raises:
        ConsentMissing: it does not; under 14 it must be a guardian's.
    """
    if not lacking_consent([child], on):
        return
    if child.is_youth(on):
        raise ConsentMissing(_("The consent to take part is missing. Please read it and answer."))
    raise ConsentMissing(_("A guardian's consent to take part is missing. Please read it and answer."))
