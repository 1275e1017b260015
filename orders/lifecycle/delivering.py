"""After the sessions: report, confirm or dispute, resolve, and what funding says: settle, reopen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from activities import lifecycle as sessions
from activities import reviews
from activities.models import Session
from core.errors import DomainError
from core.formats import day_text
from core.locking import lock, retried
from core.time import local
from funding import settlements
from funding.models import BudgetLine
from orders import worth
from orders.lifecycle.edge import _move
from orders.models import Dispute, DisputedSession, Order
from orders.statuses import Verb
from organisations.acting import Acting, clock

NOTHING_TO_PAY = clock("orders.nothing_to_pay")


class SessionsOpen(DomainError):
    """A session is still to come, or has not been closed."""


class VerdictMissing(DomainError):
    """The League decides about every session."""


@dataclass(frozen=True)
class OfficeReview:
    """What the office thinks of the delivery: a mark from 1 to 5, tags, a comment."""

    mark: int
    tags: tuple[str, ...] = ()
    text: str = ""


@retried
def report(order: Order, *, by: Acting, now: datetime, text: str = "", seen: int | None = None) -> Order:
    """Say that everything planned was delivered or called off; attendance is final from here on.

    Raises:
        SessionsOpen: a session is still open, by date.
    """
    with _move(order, Verb.REPORT, by=by, now=now, seen=seen) as row:
        _require_closed(row)
        row.report_text, row.report_at, row.report_by = text.strip(), now, by.user
    return order


def _require_closed(order: Order) -> None:
    running = Session.objects.filter(planned__order=order).scheduled().order_by("starts_at")
    days = [day_text(local(session.starts_at)) for session in running]
    if days:
        sentence = _("These sessions are not closed yet: %(days)s. Close or cancel them first.")
        raise SessionsOpen(sentence % {"days": pgettext("list", ", ").join(days)})


@retried
def confirm(
    order: Order,
    *,
    by: Acting,
    now: datetime,
    review: OfficeReview | None = None,
    seen: int | None = None,
    note: str = "",
) -> Order:
    """Accept the delivery: what it is worth is computed and explained, and goes to League finance.

    Worth nothing: the commitment is voided and the order is settled at once.

    Raises:
        SessionsOpen: a session was opened again after the report.
    """
    with transaction.atomic():
        _lock_line(order)
        with _move(order, Verb.CONFIRM, by=by, now=now, seen=seen, note=note) as row:
            if review is not None:
                _rate(row, review, by=by, now=now)
            payable = _propose(row, {}, by=by, now=now)
        if not payable:
            _settle(order, by=NOTHING_TO_PAY, now=now)
    return order


@retried
def dispute(order: Order, *, by: Acting, now: datetime, note: str, seen: int | None = None) -> Dispute:
    """Say what was not delivered as ordered; the League decides."""
    with _move(order, Verb.DISPUTE, by=by, now=now, seen=seen, note=note) as row:
        assert by.user is not None  # the clock disputes nothing
        return Dispute.objects.create(order=row, reason=note.strip(), raised_by=by.user, raised_at=now)


@retried
def resolve(
    order: Order, *, by: Acting, now: datetime, verdicts: Mapping[int, bool], note: str, seen: int | None = None
) -> Order:
    """Decide, finally: which sessions, by position, are paid.

    Raises:
        VerdictMissing: a session has no verdict.
        SessionsOpen: a session was opened again after the report.
    """
    with transaction.atomic():
        _lock_line(order)
        with _move(order, Verb.RESOLVE, by=by, now=now, seen=seen, note=note) as row:
            planned = {one.position: one for one in row.planned.all()}
            if set(verdicts) != set(planned):
                raise VerdictMissing(_("Decide for every session whether it is paid."))
            disputed = row.dispute
            disputed.resolved_by, disputed.resolved_at, disputed.resolution = by.user, now, note.strip()
            disputed.save()
            DisputedSession.objects.bulk_create(
                DisputedSession(dispute=disputed, planned=planned[position], is_payable=is_payable)
                for position, is_payable in sorted(verdicts.items())
            )
            payable = _propose(row, dict(verdicts), by=by, now=now)
        if not payable:
            _settle(order, by=NOTHING_TO_PAY, now=now)
    return order


def _lock_line(order: Order) -> None:
    """The budget line comes before the order in the order of locks."""
    if order.line_id is not None:
        lock(BudgetLine, order.line_id)


def _rate(order: Order, review: OfficeReview, *, by: Acting, now: datetime) -> None:
    """The office's word, once an order, beside the last session that took place."""
    last = Session.objects.filter(planned__order=order).not_cancelled().order_by("-starts_at").first()
    if last is not None:
        reviews.submit_office(
            last,
            office=order.office,
            reference=order.number,
            mark=review.mark,
            tags=list(review.tags),
            text=review.text,
            by=by,
            now=now,
        )


def _propose(order: Order, verdicts: dict[int, bool], *, by: Acting, now: datetime) -> bool:
    """Make attendance final and hand the lines to funding; tell whether there is something to pay."""
    _require_closed(order)
    closed = Session.objects.filter(planned__order=order, status=Session.Status.CLOSED)
    sessions.seal(list(closed.order_by("pk")), by=by, now=now)
    if order.commitment is None:
        return False
    value = worth.compute(order, now=now, payable=verdicts)
    settlement = settlements.propose(order.commitment, value.lines, explanation=value.explanation, by=by, now=now)
    return settlement is not None


@retried
def settle(order: Order, *, by: Acting, now: datetime) -> Order:
    """Close the ring: the provider was paid. Funding's signal calls this."""
    return _settle(order, by=by, now=now)


def _settle(order: Order, *, by: Acting, now: datetime) -> Order:
    with _move(order, Verb.SETTLE, by=by, now=now):
        pass
    return order


@retried
def reopen(order: Order, *, by: Acting, now: datetime) -> Order:
    """Open the ring again: the payment came back. Funding's signal calls this."""
    with _move(order, Verb.REOPEN, by=by, now=now):
        pass
    return order
