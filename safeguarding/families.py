"""Suspending a guardian's sign-ups, such as after aggression at the door, and lifting it again."""

import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import DomainError, SentByAnother, StaleState
from core.formats import day_text
from core.locking import lock
from core.time import today
from organisations.acting import Acting, record
from people import looks
from people import services as people
from people.models import Guardian, Guardianship
from safeguarding.models import FamilySuspension, FamilySuspensionHistory
from safeguarding.services import BadDate, OwnRecord
from users.phones import normalise

MOST = 30  # found at once: whoever looks for a family knows its name or its number


class NotDecidedHere(DomainError):
    """Only a League decides it."""


class SuspendedAlready(StaleState):
    """The guardian's sign-ups are suspended, or will be."""


class OverAlready(StaleState):
    """There is no suspension to lift any more."""


def known_to(by: Acting) -> QuerySet[Guardian]:
    """Return the guardians of the League's area: a child's home lies there, or an office there registered them."""
    if by.organisation is None:
        return Guardian.objects.none()
    lineage = by.organisation.region.lineage
    at_home = Guardianship.objects.filter(
        guardian=OuterRef("pk"), child__home_community__lineage__startswith=lineage, child__merged_into=None
    )
    return Guardian.objects.filter(Exists(at_home) | Q(registered_by__region__lineage__startswith=lineage))


def found(by: Acting, q: str) -> list[Guardian]:
    """Return the guardians of that name, or of exactly that phone number. One query."""
    named = Q(name__icontains=q)
    with suppress(ValueError):
        named |= Q(phone=normalise(q))
    return list(known_to(by).filter(named).select_related("user").order_by("name", "pk")[:MOST]) if q else []


def looked_at(guardians: Iterable[int], *, by: Acting, now: datetime) -> None:
    """Have it written down for their children that a League was shown these guardians. Two queries."""
    children = Guardianship.objects.current(today(now)).filter(guardian__in=set(guardians), child__merged_into=None)
    looks.shown(children.values_list("child_id", flat=True), by=by, now=now, purpose="suspend")


def suspended_now(by: Acting, on: date) -> list[FamilySuspension]:
    """Return the suspensions in the League's area that hold or will, the newest first. One query."""
    rows = FamilySuspension.objects.not_over(on).filter(guardian__in=known_to(by))
    return list(rows.select_related("guardian__user", "league", "by").order_by("-from_on", "-pk"))


def of_guardian(guardian: Guardian) -> QuerySet[FamilySuspension]:
    """Return a guardian's suspensions, the newest first."""
    return guardian.suspensions.select_related("league", "by").order_by("-from_on", "-pk")


def suspend(
    guardian: Guardian,
    *,
    from_on: date,
    until_on: date | None,
    reason: str,
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID | None = None,
) -> FamilySuspension:
    """Suspend a guardian's sign-ups from today or a later day on, and tell them why. Places they have are kept.

    The same submission twice suspends once.

    Raises:
        NotDecidedHere, OwnRecord: no League decides it, or somebody decides about themself.
        BadDate: it would begin in the past or end before it began.
        SuspendedAlready: another one holds or will.
        SentByAnother: the submission's number stands on another guardian's suspension.
    """
    if by.user is None or by.organisation is None:
        raise NotDecidedHere(_("A suspension is decided by a person for a League."))
    if guardian.user_id == by.user.pk:
        raise OwnRecord(_("Nobody writes their own record. Ask a colleague."))
    if from_on < today(now) or (until_on and until_on < from_on):
        raise BadDate(_("A suspension begins today or later and ends after it began."), field="from_on")
    number = submission_id or uuid.uuid4()
    with transaction.atomic():
        row = lock(Guardian, guardian.pk)
        known = FamilySuspension.objects.filter(submission_id=number).first()
        if known is not None:
            if known.guardian_id != row.pk:
                raise SentByAnother
            return known
        _refuse_second(row, today(now))
        made = FamilySuspension.objects.create(
            submission_id=number,
            guardian=row,
            league=by.organisation,
            from_on=from_on,
            until_on=until_on,
            reason=reason.strip(),
            by=by.user,
        )
        _write_dates(row, from_on, until_on)
        record(FamilySuspensionHistory, by, verb="suspend", suspension=made, at=now)
        _tell(made, "sign_ups_suspended", now=now, day=from_on, until=until_on, reason=made.reason)
    return made


def _refuse_second(guardian: Guardian, on: date) -> None:
    other = FamilySuspension.objects.not_over(on).filter(guardian=guardian).first()
    if other is None:
        return
    if other.until_on is None:
        raise SuspendedAlready(_("Their sign-ups are suspended already, until it is lifted. Lift that first."))
    words = {"day": day_text(other.until_on)}
    raise SuspendedAlready(_("Their sign-ups are suspended already, until %(day)s. Lift that first.") % words)


def lift(suspension: FamilySuspension, *, by: Acting, now: datetime) -> None:
    """End a suspension at once, and tell the guardian. Twice is the same as once.

    Raises:
        OwnRecord: somebody decides about themself.
        OverAlready: its last day has passed.
    """
    with transaction.atomic():
        guardian = lock(Guardian, suspension.guardian_id)
        if by.user is not None and guardian.user_id == by.user.pk:
            raise OwnRecord(_("Nobody writes their own record. Ask a colleague."))
        row = lock(FamilySuspension, suspension.pk)
        if row.ended_at is not None:
            return
        if row.until_on is not None and row.until_on < today(now):
            raise OverAlready(_("This suspension is over already."))
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        _write_dates(guardian, None, None)
        record(FamilySuspensionHistory, by, verb="lift", suspension=row, at=now)
        _tell(row, "sign_ups_allowed", now=now)


def _write_dates(guardian: Guardian, from_on: date | None, until_on: date | None) -> None:
    """Keep the dates where each sign-up reads them."""
    Guardian.objects.filter(pk=guardian.pk).update(suspended_from=from_on, suspended_until=until_on)


def _tell(suspension: FamilySuspension, kind: str, *, now: datetime, **more: date | str | None) -> None:
    league = suspension.league
    context = {"league": league.name, "league_en": league.name_en, "phone": league.contact_phone, **more}
    people.tell(
        Guardian.objects.select_related("user").get(pk=suspension.guardian_id),
        kind=kind,
        cause=f"{kind}:{suspension.pk}",
        context=context,
        path=reverse("safeguarding:suspended"),
        now=now,
    )
