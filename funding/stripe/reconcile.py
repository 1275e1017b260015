"""Asks Stripe about everything in doubt, and repairs what lost events left undone. It says in figures what it did."""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from core.errors import DomainError
from funding import gateway
from funding.models import Payout, Quarantine, StripeAccount, StripeEvent, StripeGift, StripeRefund, StripeTransfer
from funding.stripe import accounts, gifts, leaving, transfers, webhooks

logger = logging.getLogger(__name__)
DAY, BACK = timedelta(days=1), timedelta(days=30)  # how long Stripe keeps events


@dataclass
class Figures:
    """What was asked, what was found, and what is still open."""

    events_waiting: int = 0
    events_lost: int = 0
    events_acted_on: int = 0
    transfers_in_doubt: int = 0
    transfers_compared: int = 0
    transfers_unknown: int = 0
    payouts_moved: int = 0
    accounts_asked: int = 0
    donations_asked: int = 0
    refunds_asked: int = 0
    refunds_short: int = 0
    still_in_doubt: int = 0
    differences_open: int = 0
    unanswered: int = 0

    def rows(self) -> list[tuple[str, int]]:
        """The figures with their names."""
        return [(name.replace("_", " "), value) for name, value in asdict(self).items()]


def sweep(*, now: datetime) -> Figures:
    """Go on with what waits: events that nobody acted on, and payouts of which Stripe has not said how they ended."""
    figures = Figures(events_waiting=StripeEvent.objects.waiting().count())
    before = _ends()
    figures.events_acted_on, open_events = webhooks.act_on_all(now=now)
    for pk in list(StripeTransfer.objects.in_doubt().order_by("pk").values_list("payout_id", flat=True)):
        try:
            figures.transfers_in_doubt += transfers.push(pk, now=now) or transfers.push_back(pk, now=now)
        except DomainError as refusal:
            logger.warning("Payout %s waits: %s", pk, type(refusal).__name__)
    figures.unanswered += open_events
    _donations(figures, now)
    return _closed(figures, before)


def _donations(figures: Figures, now: datetime) -> None:
    """Look at pages where a donation may have been paid, go on with refunds, and book what left and waits."""
    for gift in StripeGift.objects.filter(is_over=False).exclude(checkout_id="").order_by("pk"):
        try:
            gifts.look(gift, now=now)
            figures.donations_asked += 1
        except (gateway.StripeError, DomainError):
            figures.unanswered += 1
    for pk in StripeRefund.objects.filter(status=StripeRefund.Status.ASKED).values_list("pk", flat=True):
        figures.refunds_asked += gifts.push_refund(pk, now=now)
    figures.refunds_short = leaving.book_all(now=now)


def everything(*, now: datetime) -> Figures:
    """Do what the sweep does, and compare what Stripe has with ours: events that never came, transfers, accounts."""
    before = _ends()
    lost, unanswered = _find_lost(now)
    figures = sweep(now=now)
    figures.events_lost, figures.unanswered = lost, figures.unanswered + unanswered
    _compare(figures, now)
    for account in StripeAccount.objects.exclude(account_id="").order_by("pk"):
        try:
            accounts.refresh(account, now=now)
            figures.accounts_asked += 1
        except gateway.StripeError:
            figures.unanswered += 1
    return _closed(figures, before)


def _find_lost(now: datetime) -> tuple[int, int]:
    """Keep the events that never came; return how many, and 1 if Stripe does not say."""
    try:
        found = gateway.events_since(now - BACK)
    except gateway.StripeError as error:
        logger.warning("Stripe does not say what happened: %s", error)
        return 0, 1
    known = set(StripeEvent.objects.filter(received_at__gte=now - BACK - DAY).values_list("event_id", flat=True))
    kept = [webhooks.keep(event, now=now) for event in found if event.id not in known]
    return sum(is_new for _event, is_new in kept), 0


def _compare(figures: Figures, now: datetime) -> None:
    """Settle every payout of which Stripe has something else than it said last, by all of its transfers together."""
    try:
        found = gateway.transfers_since(now - BACK)
    except gateway.StripeError:
        figures.unanswered += 1
        return
    rows = StripeTransfer.objects.filter(payout__reference__in={one.group for one in found}).order_by("pk")
    known = dict(rows.values_list("payout__reference", "payout"))
    seen = set(rows.values_list("transfer_id", "seen_amount", "seen_reversed"))
    figures.transfers_compared = sum(one.group in known for one in found)
    figures.transfers_unknown = len(found) - figures.transfers_compared
    news = {one.group for one in found if (one.id, one.amount, one.amount_reversed) not in seen}
    for group, pk in known.items():
        if group not in news:
            continue
        try:
            transfers.settle(pk, gateway.transfers_of(group), now=now)
        except (gateway.StripeError, DomainError):
            figures.unanswered += 1


def _ends() -> dict[int, str]:
    return dict(Payout.objects.filter(rail=Payout.Rail.STRIPE).values_list("pk", "status"))


def _closed(figures: Figures, before: dict[int, str]) -> Figures:
    """Count what changed and what is left."""
    figures.payouts_moved = sum(before.get(pk) != status for pk, status in _ends().items())
    figures.still_in_doubt = StripeTransfer.objects.in_doubt().count()
    figures.differences_open = Quarantine.objects.filter(closed_at=None).count()
    return figures
