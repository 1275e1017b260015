"""What must always hold between our books and Stripe's: the second rail's part of the promises about money."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, Sum, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from core.invariants import Finding, Invariant
from funding import gateway
from funding.models import (
    BatchRow,
    Entry,
    LineState,
    Payout,
    Quarantine,
    StripeAccount,
    StripeEvent,
    StripeRefund,
    StripeTransfer,
)
from funding.models.gift import REFUND_KEY

Status, Rail = Payout.Status, Payout.Rail
REPAIRED_WITHIN = timedelta(hours=24)


def _named(name: str, pks: Iterable[object], sentence: str) -> list[str]:
    return [f"{name} {pk}: {sentence}" for pk in pks]


def events_are_kept_once() -> Finding:
    """E1: no event is there twice."""
    twice = StripeEvent.objects.values("event_id").annotate(n=Count("pk")).filter(n__gt=1).order_by("event_id")
    breaches = _named("event", [row["event_id"] for row in twice], "it is there twice")
    return Finding(StripeEvent.objects.count(), breaches)


def events_are_ours() -> Finding:
    """E2: what was acted on is of this site's mode, and of the platform's or a provider's account."""
    foreign = StripeEvent.objects.exclude(account_id="").exclude(
        account_id__in=StripeAccount.objects.exclude(account_id="").values("account_id")
    )
    breaches = _named("event", foreign.values_list("pk", flat=True), "it is of an account that nobody here has")
    if gateway.is_on():
        other = StripeEvent.objects.exclude(is_live=gateway.is_live())
        breaches += _named("event", other.values_list("pk", flat=True), "it is of the other mode")
    return Finding(StripeEvent.objects.count(), breaches)


def payouts_stand_as_at_stripe() -> Finding:
    """E3: a payout is paid if and only if its transfer stands at Stripe, in whatever order that was told."""
    rows = StripeTransfer.objects.all()
    stands = Q(seen_reversed=0, payout__bank_reference=F("transfer_id")) & ~Q(transfer_id="")
    wrong = rows.filter(payout__status=Status.PAID).exclude(stands)
    breaches = _named("payout", wrong.values_list("payout", flat=True), "it is paid, and nothing stands at Stripe")
    is_back = Q(transfer_id="") | Q(seen_reversed=F("seen_amount"))
    left = rows.filter(payout__status__in=[Status.QUEUED, Status.FAILED, Status.RETURNED]).exclude(is_back)
    breaches += _named("payout", left.values_list("payout", flat=True), "it has ended, and its transfer stands")
    return Finding(rows.count(), breaches)


def transfers_are_what_was_ordered() -> Finding:
    """E4: what is booked as paid has the ordered amount, currency and payee; every difference is put aside."""
    paid = StripeTransfer.objects.filter(payout__status=Status.PAID)
    rules = (
        (Q(seen_amount=F("payout__amount")), "it is paid with another amount"),
        (Q(seen_currency=F("payout__currency")), "it is paid in another currency"),
        (Q(seen_destination=F("account__account_id")), "it is paid to another account"),
        (Q(account__organisation=F("payout__settlement__commitment__provider")), "its account is another provider's"),
    )
    breaches = []
    for rule, sentence in rules:
        breaches += _named("payout", paid.exclude(rule).values_list("payout", flat=True), sentence)
    return Finding(paid.count() + Quarantine.objects.count(), breaches)


def nothing_is_in_doubt_for_long() -> Finding:
    """E5: within a day Stripe was asked about every event and every transfer, or a person knows that they differ."""
    long_ago = timezone.now() - REPAIRED_WITHIN
    unheard = StripeEvent.objects.waiting().filter(received_at__lt=long_ago)
    breaches = _named("event", unheard.values_list("pk", flat=True), "nobody acted on it for a day")
    known = Quarantine.objects.filter(closed_at=None, payout__isnull=False).values("payout")
    open_rows = StripeTransfer.objects.in_doubt().exclude(payout__in=known)
    late = open_rows.filter(
        Q(payout__status=Status.SENT, payout__sent_at__lt=long_ago)
        | Q(payout__status=Status.PAID, undo_asked_at__lt=long_ago)
    )
    breaches += _named("payout", late.values_list("payout", flat=True), "it is in doubt for a day")
    return Finding(StripeEvent.objects.count() + StripeTransfer.objects.count(), breaches)


def payouts_go_by_one_rail() -> Finding:
    """D10: a payout by Stripe has one transfer there and no line of the bank; one by the bank has none at Stripe."""
    lost = Payout.objects.filter(rail=Rail.STRIPE, stripe__isnull=True)
    breaches = _named("payout", lost.values_list("pk", flat=True), "it goes by Stripe without an account there")
    both = Payout.objects.filter(rail=Rail.BANK, stripe__isnull=False)
    breaches += _named("payout", both.values_list("pk", flat=True), "it goes by both rails")
    batched = BatchRow.objects.filter(payout__rail=Rail.STRIPE)
    breaches += _named("payout", batched.values_list("payout", flat=True), "it goes by Stripe and stands in a batch")
    matched = LineState.objects.filter(payout__rail=Rail.STRIPE)
    breaches += _named("payout", matched.values_list("payout", flat=True), "it goes by Stripe, and the bank paid it")
    ids = StripeTransfer.objects.exclude(transfer_id="").values("transfer_id").annotate(n=Count("pk"))
    twice = ids.filter(n__gt=1).order_by("transfer_id")
    breaches += _named("transfer", [row["transfer_id"] for row in twice], "it pays two payouts")
    return Finding(Payout.objects.count(), breaches)


def refunds_are_booked() -> Finding:
    """D7: a refund of a donation is one entry, taken back where Stripe refused it; together no more than was given.

    None is there while the fund has not the money that left at Stripe.
    """
    keys = Concat(Value(REFUND_KEY), Cast("pk", CharField()))
    entry = Entry.objects.filter(key=OuterRef("entry_key"), kind=Entry.Kind.REFUND)
    rows = StripeRefund.objects.annotate(entry_key=keys).annotate(
        is_booked=Exists(entry), is_back=Exists(entry.filter(reversed_by__isnull=False))
    )
    is_refused, is_short = Q(status=StripeRefund.Status.REFUSED), Q(status=StripeRefund.Status.SHORT)
    stands, is_out = Q(is_booked=True, is_back=False), Q(is_booked=False)
    wrong = rows.exclude(is_refused & ~stands | is_short & is_out | ~(is_refused | is_short) & stands)
    breaches = _named("refund", wrong.values_list("pk", flat=True), "it is not booked as it stands")
    sums = StripeRefund.objects.exclude(is_refused).values("gift", "gift__donation__amount").annotate(n=Sum("amount"))
    over = sums.filter(n__gt=F("gift__donation__amount")).order_by("gift")
    breaches += _named("donation", [row["gift"] for row in over], "more went back than was given")
    return Finding(StripeRefund.objects.count(), breaches)


INVARIANTS = [
    Invariant("D7", "A refund of a donation is booked once.", refunds_are_booked),
    Invariant("D10", "A payout goes by one rail.", payouts_go_by_one_rail),
    Invariant("E1", "An event of Stripe counts once.", events_are_kept_once),
    Invariant("E2", "Only our own events count.", events_are_ours),
    Invariant("E3", "A payout stands as its transfer at Stripe.", payouts_stand_as_at_stripe),
    Invariant("E4", "What Stripe has otherwise is never paid.", transfers_are_what_was_ordered),
    Invariant("E5", "Nothing at Stripe is in doubt for a day.", nothing_is_in_doubt_for_long),
]
