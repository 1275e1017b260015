"""What differs at Stripe: put aside with an alert, never booked as paid, settled by a person who says how."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import lock, retried
from funding import messages
from funding.models import Payout, Quarantine, StripeRefund
from funding.stripe import leaving
from organisations.acting import Acting
from organisations.models import Organisation


class ReasonNeeded(DomainError):
    """A difference is settled with a sentence that says how."""


def put(league: Organisation, object_id: str, kind: str, *, payout: Payout | None = None, now: datetime) -> Quarantine:
    """Put something aside and alert the League's finance, once for the same thing and difference."""
    found, is_new = Quarantine.objects.get_or_create(
        object_id=object_id, kind=kind, defaults={"league": league, "payout": payout, "found_at": now}
    )
    if is_new:
        messages.quarantined(found, now=now)
    return found


@retried
def close(found: Quarantine, *, note: str, by: Acting, now: datetime) -> Quarantine:
    """Note how a difference was settled. Twice keeps the first word. What left at Stripe unbooked is booked by it.

    Raises:
        ReasonNeeded: nothing is said, or no person says it.
        ledger.NotEnough: what left at Stripe is still allocated.
    """
    if not note or by.user is None:
        raise ReasonNeeded(_("Say how it was settled."), field="note")
    with transaction.atomic():
        if (left := left_by(found)) is not None:
            leaving.book(left, now=now)
        found = lock(Quarantine, found.pk)
        if found.closed_at is None:
            found.closed_at, found.closed_by, found.note = now, by.user, note
            found.save(update_fields=["closed_at", "closed_by", "note"])
    return found


def left_by(found: Quarantine) -> StripeRefund | None:
    """Return what left at Stripe though the fund had allocated it, where that is the difference."""
    return leaving.of(found.object_id) if found.kind == Quarantine.Kind.SPENT else None


def open_of(payout: Payout) -> list[Quarantine]:
    """Return what differs about a payout and nobody has settled yet."""
    if payout.rail != Payout.Rail.STRIPE:
        return []
    return list(Quarantine.objects.filter(payout=payout, closed_at=None).order_by("pk"))


def visible_to(by: Acting) -> QuerySet[Quarantine]:
    """Keep the differences of the acting League."""
    rows = Quarantine.objects.select_related("payout__settlement__commitment", "league").order_by("pk")
    return rows.filter(league=by.organisation)
