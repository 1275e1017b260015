"""What must always hold of batches and statements: the bank's part of the promises about money."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, Exists, F, Min, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from core.invariants import Finding, Invariant, untold
from core.triggers import present, trigger_names
from funding import bank_files, slips
from funding.models import (
    BatchRow,
    LineState,
    PayerAccount,
    Payout,
    PayoutBatch,
    PayoutBatchHistory,
    Settlement,
    StatementHistory,
    StatementLine,
)

State, Status = LineState.State, Payout.Status


def _named(name: str, pks: Iterable[object], sentence: str) -> list[str]:
    return [f"{name} {pk}: {sentence}" for pk in pks]


def lines_say_what_their_transfers_say() -> Finding:
    """E4: a matched line is over its transfer's amount and currency, and the transfer stands as the line says."""
    matched = LineState.objects.filter(state=State.MATCHED)
    is_out = Q(line__direction=StatementLine.Direction.OUT)
    arrived = Q(payout__status__in=[Status.PAID, Status.RETURNED], payout__bank_reference=F("line__bank_reference"))
    rules = (
        (Q(line__amount=F("payout__amount"), line__currency=F("payout__currency")), "it is over another amount"),
        (~is_out | arrived, "its transfer did not arrive with this number"),
        (is_out | Q(payout__status=Status.RETURNED), "its transfer did not come back"),
        (is_out & Q(is_return=False) | ~is_out & Q(is_return=True), "it is matched the wrong way round"),
        (
            Q(payout__payer=None) | Q(line__account=F("payout__payer__number")),
            "it is a statement's of another account than the one that paid",
        ),
        (Q(line__league=F("payout__settlement__commitment__line__fund__league")), "it is another League's transfer"),
    )
    breaches = []
    for rule, sentence in rules:
        breaches += _named("line", matched.exclude(rule).values_list("pk", flat=True), sentence)
    return Finding(matched.count(), breaches)


def lines_are_in_one_state() -> Finding:
    """Each line of a statement has one state, said by its history, and the database refuses to change the line.

    No settlement has two slips that paid it and were not brought back by slips of their own transfers.
    """
    missing = [name for name in trigger_names("funding_statementline") if name not in present()]
    breaches = _named("trigger", missing, "it is missing")
    stateless = StatementLine.objects.filter(state__isnull=True)
    breaches += _named("line", stateless.values_list("pk", flat=True), "it has no state")
    begun = StatementHistory.objects.filter(line=OuterRef("pk"))
    silent = untold(
        LineState.objects.filter(~Q(state=State.OPEN) | Exists(begun)), StatementHistory, "line", field="state"
    )
    breaches += _named("line", silent.values_list("pk", flat=True), "its history ends elsewhere")
    paid = slips.standing().filter(state=State.MATCHED).order_by().values("payout__settlement")
    twice = paid.annotate(n=Count("pk")).filter(n__gt=1).values_list("payout__settlement", flat=True)
    breaches += _named("settlement", sorted(twice), "two slips paid it")
    breaches += _named("commitment", _paid_too_much(), "more left for it by the bank's word than was committed")
    return Finding(StatementLine.objects.count(), breaches)


def _paid_too_much() -> list[int]:
    """Return the commitments for which the slips out, less those that came back, are over more than was committed.

    A slip of a transfer that was noted as failed counts until somebody has set it aside.
    """
    is_sure = Q(state=State.MATCHED) | Q(differences=LineState.Difference.STATUS)
    commitment = "payout__settlement__commitment"
    sums = slips.standing().filter(is_sure).order_by().values(commitment).annotate(n=Sum("line__amount"))
    return sorted(sums.filter(n__gt=F(f"{commitment}__amount")).values_list(commitment, flat=True))


def batches_pay_what_was_checked() -> Finding:
    """A batch is released by two people above the rule's amount, as one file, to accounts that are older than it."""
    rows = BatchRow.objects.filter(payout__isnull=False)
    other = rows.exclude(payout__settlement=F("settlement"))
    breaches = _named("row", other.values_list("pk", flat=True), "its transfer pays another settlement")
    new = rows.filter(
        Q(payout__account__set_at__gt=F("batch__made_at")) | Q(payout__account__confirmed_at__isnull=True)
    )
    breaches += _named("row", new.values_list("pk", flat=True), "its account is newer than its batch, or unconfirmed")
    wrong = rows.filter(batch__status=PayoutBatch.Status.SENT).filter(
        Q(payout__status=Status.QUEUED) | Q(payout__sent_at__isnull=False) & ~Q(payout__sent_at=F("batch__sent_at"))
    ) | rows.exclude(batch__status=PayoutBatch.Status.SENT).filter(payout__sent_at__isnull=False)
    breaches += _named("row", wrong.values_list("pk", flat=True), "its transfer is not where its batch is")
    batches = PayoutBatch.objects.all()
    silent = untold(batches, PayoutBatchHistory, "batch")
    breaches += _named("batch", silent.values_list("pk", flat=True), "its history ends elsewhere")
    breaches += _checked_alone()
    for batch in batches.filter(status=PayoutBatch.Status.SENT).select_related("payer"):
        if bank_files.digest(batch) != batch.file_digest:
            breaches.append(f"batch {batch.pk}: its file is not the one that was sent")
    return Finding(batches.count() + rows.count(), breaches)


def transfers_go_from_our_accounts() -> Finding:
    """A transfer by the bank goes from an account of its League that was confirmed by then and not closed.

    From none only where the League had entered none; one of a batch goes from the batch's.
    """
    sent = Payout.objects.filter(rail=Payout.Rail.BANK, sent_at__isnull=False)
    league = "settlement__commitment__line__fund__league"
    fit = Q(payer__league=F(league), payer__confirmed_at__lte=F("sent_at")) & (
        Q(payer__ended_at=None) | Q(payer__ended_at__gte=F("sent_at"))
    )
    had = PayerAccount.objects.filter(league=OuterRef(league), set_at__lt=OuterRef("sent_at"))
    batch = Q(batch_row=None) | Q(payer=None, batch_row__batch__payer=None) | Q(payer=F("batch_row__batch__payer"))
    rules = (
        (Q(payer=None) | fit, "its payer's account is another's, unconfirmed, or was closed"),
        (~Q(Exists(had), payer=None), "it names no account, though the League had one"),
        (batch, "it is paid from another account than its batch"),
    )
    breaches = []
    for rule, sentence in rules:
        breaches += _named("transfer", sent.exclude(rule).values_list("pk", flat=True), sentence)
    return Finding(sent.count(), breaches)


def transfers_go_to_who_is_paid() -> Finding:
    """A transfer by the bank goes to an account of its provider that a second person had confirmed by then.

    What is under way or paid rests on an invoice over the right amount, or on why there is none.
    """
    own, sent = F("settlement__commitment__provider"), Payout.objects.filter(rail=Payout.Rail.BANK)
    rules = (
        (Q(account__organisation=own), "it goes to the account of another than its provider"),
        (
            Q(sent_at=None) | Q(account__confirmed_at__lte=F("sent_at")),
            "nobody had confirmed its account when it was sent",
        ),
    )
    breaches = []
    for rule, sentence in rules:
        breaches += _named("transfer", sent.exclude(rule).values_list("pk", flat=True), sentence)
    rested = Settlement.objects.filter(pk__in=Payout.objects.alive().values("settlement"))
    plain = Q(invoice__isnull=False, invoice__amount=None) | Q(commitment__advanced=0, invoice__amount=F("amount"))
    asked = rested.exclude(plain).with_commitment().with_invoices().order_by("pk")
    bare = [one.pk for one in asked if not one.is_invoiced]
    return Finding(sent.count(), breaches + _named("settlement", bare, "it is paid without an invoice that fits"))


def _checked_alone() -> list[str]:
    """Return the sent batches above the rule's amount that one of their makers checked."""
    sent = BatchRow.objects.filter(payout__sent_at__isnull=False).order_by()
    sums = sent.values("batch", "batch__checked_by").annotate(
        total=Sum("payout__amount"),
        limit=Min(Coalesce("payout__fund_rule__checker_above", "settlement__rule__checker_above")),
    )
    makers: defaultdict[int, set[int]] = defaultdict(set)
    for batch, maker in sent.values_list("batch", "payout__made_by").distinct():
        makers[batch].add(maker)
    alone = [
        row["batch"] for row in sums if row["total"] > row["limit"] and row["batch__checked_by"] in makers[row["batch"]]
    ]
    return _named("batch", sorted(alone), "nobody else checked it")


INVARIANTS = [
    Invariant("E4", "What the bank says otherwise is never paid.", lines_say_what_their_transfers_say),
    Invariant("funding.batches", "A batch pays what was checked.", batches_pay_what_was_checked),
    Invariant("funding.payees", "Money goes to who is paid, on an invoice.", transfers_go_to_who_is_paid),
    Invariant("funding.payers", "Money leaves from accounts of the League.", transfers_go_from_our_accounts),
    Invariant("funding.statements", "Each line of a statement is in one state.", lines_are_in_one_state),
]
