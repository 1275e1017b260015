"""The one way in which an order moves: lock, look, change, write history, tell."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField
from django.utils.translation import gettext as _

from activities.models import Session
from core.errors import DomainError, StaleState
from core.formats import daytime_text
from core.locking import demand_transaction
from core.prepared import Prepared
from core.time import add_working_days, at, today
from orders import policies, telling
from orders.models import Order, OrderHistory, PlannedSession
from orders.statuses import (
    ANSWER_WITHIN,
    ANSWERED_IN_TIME,
    CONFIRM_WITHIN,
    DECISIONS,
    DISPUTE_WORKING_DAYS,
    DRAFT_LIVES,
    HAPPENED,
    NEEDS_REASON,
    REPORT_WITHIN,
    SILENT,
    WITHIN,
    Status,
    Verb,
    target,
)
from organisations.acting import Acting, record
from organisations.meanwhile import who_and_when
from organisations.policies import refuse_own


class AlreadyDone(StaleState):
    """The same person took the same verb a moment ago: a double click."""


class NotYours(DomainError):
    """The verb belongs to another party, or to somebody with another role."""


class TooLate(DomainError):
    """The time to answer is over; the clock ends the order."""


class ReasonMissing(DomainError):
    """A verb that ends something needs a reason for the others to read."""


class MovedMeanwhile(StaleState):
    """The session has another date than the one that the person saw."""


def require_as_seen(session: Session, sequence: int | None) -> None:
    """Pass if the session has the date at which the person saw it; ``sequence`` is the number that their page showed.

    Raises:
        MovedMeanwhile: it was moved since.
    """
    if sequence is not None and sequence != session.sequence:
        words = {"moment": daytime_text(session.starts_at)}
        raise MovedMeanwhile(_("It was moved to %(moment)s meanwhile. Look at it again.") % words)


_STAMPS: dict[Status, str] = {
    Status.SUBMITTED: "submitted_at",
    Status.ACCEPTED: "accepted_at",
    Status.APPROVED: "approved_at",
    Status.DELIVERED: "delivered_at",
    Status.CONFIRMED: "confirmed_at",
    Status.SETTLED: "settled_at",
    Status.DECLINED: "ended_at",
    Status.REJECTED: "ended_at",
    Status.CANCELLED: "ended_at",
    Status.EXPIRED: "ended_at",
}

_ALLOWANCES: dict[Status, timedelta] = {
    Status.DRAFT: DRAFT_LIVES,
    Status.SUBMITTED: ANSWER_WITHIN,
    Status.COUNTERED: ANSWER_WITHIN,
    Status.DELIVERED: CONFIRM_WITHIN,
}


_LOCKED = Prepared(
    lambda pk: Order.objects.select_for_update(of=("self",), no_key=True).select_related("provider").filter(pk=pk),
    pk=BigIntegerField(),
)


def lock_order(order: Order) -> Order:
    """Return the order as it is now, its row locked until the caller's transaction ends. One query.

    The provider is read anew as well, which may have been suspended; the other parties are those that are known.
    """
    demand_transaction()
    (row,) = _LOCKED.rows(pk=order.pk)
    for name in ("office", "region", "league", "version"):
        field: Any = Order._meta.get_field(name)
        if field.is_cached(order) and getattr(order, field.attname) == getattr(row, field.attname):
            setattr(row, name, getattr(order, name))
    return row


_PLANNED = Prepared(
    lambda order: PlannedSession.objects.filter(order=order).select_related("venue").order_by("starts_at", "position"),
    order=BigIntegerField(),
)


def planned_of(order: Order) -> list[PlannedSession]:
    """Return what an order plans with its venues, in the order of the dates. One query, none where it was read."""
    return order.plan if order.plan is not None else _PLANNED.rows(order=order.pk)


@contextmanager
def _move(
    order: Order,
    verb: Verb,
    *,
    by: Acting,
    now: datetime,
    seen: int | None = None,
    note: str = "",
    day_move: telling.DayMove | None = None,
) -> Iterator[Order]:
    """Take a verb in a transaction of its own, or within one whose other work stands without it: see ``_moving``."""
    with (
        transaction.atomic(),
        _moving(order, verb, by=by, now=now, seen=seen, note=note, day_move=day_move) as row,
    ):
        yield row


@contextmanager
def _moving(
    order: Order,
    verb: Verb,
    *,
    by: Acting,
    now: datetime,
    seen: int | None = None,
    note: str = "",
    day_move: telling.DayMove | None = None,
) -> Iterator[Order]:
    """Lock the order, check the edge, hand the row to the verb, then write status, history and messages.

    What the verb sets on the row is saved; what it raises has to undo the caller's transaction. ``seen`` is the
    revision that the person's page showed; ``day_move`` is the act about several sessions that the verb is part of.

    Raises:
        StaleState: somebody else changed the order since.
        NotYours, TooLate, ReasonMissing: the verb is not theirs, not any more, or says nothing.
        OwnOrganisation: the League's word, or the office's on the delivery, is about an organisation of their own.
    """
    row = lock_order(order)
    to = _checked(row, verb, by=by, now=now, seen=seen)
    if verb in NEEDS_REASON and not note.strip():
        raise ReasonMissing(_("Write the reason; the others will read it."), field="note")
    loaded = _values(row)
    yield row
    before = row.status
    row.status = to
    row.revision += verb not in SILENT
    _set_dates(row, verb, before=before, now=now)
    changed = [name for name, value in _values(row).items() if value != loaded[name]]
    row.save(update_fields=[*changed, "changed_at"])
    record(OrderHistory, by, verb=verb, before=before, after=to, note=note.strip(), order=row, at=now)
    telling.tell(row, verb, by=by, now=now, before=before, day_move=day_move)
    _copy(row, order)


def _values(row: Order) -> dict[str, Any]:
    return {field.name: getattr(row, field.attname) for field in Order._meta.concrete_fields}


def _checked(row: Order, verb: Verb, *, by: Acting, now: datetime, seen: int | None) -> Status:
    to = target(verb, Status(row.status))
    if to is None or (seen is not None and seen != row.revision):
        raise _stale(row, verb, by)
    if not policies.may(by, row, verb):
        raise NotYours(_("This step belongs to somebody else: another party, or another role in your organisation."))
    if verb in DECISIONS:
        refuse_own(by, row.provider_id, row.office_id, on=today(now))
    if verb == Verb.CONFIRM:
        refuse_own(by, row.provider_id, on=today(now))
    is_over = row.status in ANSWERED_IN_TIME and row.waits_until is not None and row.waits_until <= now
    if row.waits_until is not None and is_over and verb not in (Verb.EXPIRE, Verb.CANCEL, Verb.EDIT):
        raise TooLate(_("The time to answer is over since %(moment)s.") % {"moment": daytime_text(row.waits_until)})
    return to


def _stale(row: Order, verb: Verb, by: Acting) -> StaleState:
    """Return the refusal that says what the other did."""
    last = row.history.select_related("actor", "on_behalf_of").exclude(verb__in=SILENT).latest("pk")
    if last.verb == verb and last.actor_id is not None and last.actor_id == (by.user.pk if by.user else None):
        return AlreadyDone(_("You have done this already."))
    words = {
        **who_and_when(last, by),
        "what": HAPPENED[Verb(last.verb)],
        "status": row.get_status_display(),
    }
    sentence = _(
        "The order has changed since you opened it: %(who)s %(what)s on %(when)s. It stands at “%(status)s” now."
    )
    return StaleState(sentence % words)


def _set_dates(row: Order, verb: Verb, *, before: str, now: datetime) -> None:
    if verb in WITHIN and verb not in (Verb.EDIT, Verb.MOVE):
        return
    row.waits_until = waits_until(row, now)
    if row.status != before:
        row.reminded_at = row.escalated_at = None
        if stamp := _STAMPS.get(Status(row.status)):
            setattr(row, stamp, now)
        if row.status == Status.CONFIRMED:
            row.settled_at = None


def waits_until(order: Order, now: datetime) -> datetime | None:
    """Return until when the order waits in its status, as of now. Costs at most one query."""
    status = Status(order.status)
    if status in _ALLOWANCES:
        return now + _ALLOWANCES[status]
    if status == Status.ACCEPTED:
        return notice_ends(order)
    if status == Status.APPROVED:
        return max(one.ends_at for one in planned_of(order)) + REPORT_WITHIN
    if status == Status.DISPUTED:
        return at(add_working_days(today(now), DISPUTE_WORKING_DAYS + 1), time.min)
    return None


def notice_ends(order: Order) -> datetime:
    """Return the first date less the programme's lead time: after it nobody can approve any more. One query."""
    version = order.version or order.programme.shown
    first = planned_of(order)[0].starts_at
    return first - timedelta(days=version.lead_days)


def _copy(row: Order, order: Order) -> None:
    """Bring the caller's object up to date."""
    for field in Order._meta.concrete_fields:
        setattr(order, field.attname, getattr(row, field.attname))
