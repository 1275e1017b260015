"""What pages read about money."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from funding.models import (
    BudgetLine,
    CarriedCommitment,
    Claim,
    Commitment,
    Donation,
    Entry,
    Fund,
    FundHistory,
    PayeeAccount,
    Payout,
    Settlement,
    Transfer,
)
from organisations.acting import Acting
from organisations.models import Organisation

# What is paid out for a settlement or an advance, and what is still committed for an order.
DUE = F("amount") - F("deducted")
HELD = F("amount") - F("advanced")
PARTS = ("paid", "payable", "committed", "available")


@dataclass(frozen=True)
class Totals:
    """A fund's or a line's money in four parts that add up to the total."""

    total: int
    paid: int
    payable: int
    committed: int
    available: int
    unallocated: int = 0
    payments: int = 0
    open_payments: int = 0
    on_their_way: int = 0
    orders: int = 0

    @property
    def parts(self) -> list[tuple[str, int]]:
        """The parts in the order of the bar."""
        return [(name, getattr(self, name)) for name in PARTS]

    @property
    def is_whole(self) -> bool:
        """Whether the parts add up; the page says so."""
        return sum(amount for _name, amount in self.parts) == self.total

    def share(self, amount: int) -> float:
        """Return an amount as per cent of the total."""
        return 100 * amount / self.total if self.total else 0.0


def totals(fund: Fund) -> Totals:
    """Return what became of a fund's money: the one definition of its figures, on every page. Two queries.

    What is not allocated yet counts as available. ``payments`` arrived and did not come back: the lines keep their
    number. ``open_payments`` are approved and not paid yet; ``on_their_way`` of them have a transfer already. Those
    are counted among what is open, so that no page takes longer with each payment ever made.
    """
    sums = fund.lines.aggregate(**{name: Coalesce(Sum(name), 0) for name in (*PARTS, "payments")})
    sums["available"] += fund.unallocated
    on_lines = {"commitment__line__fund": fund}
    approved = Settlement.objects.filter(status=Settlement.Status.APPROVED, **on_lines)
    moving = Payout.objects.under_way().filter(**{f"settlement__{name}": value for name, value in on_lines.items()})
    opened = Commitment.objects.open().filter(line__fund=fund)
    counts = {"orders": opened, "open_payments": approved, "on_their_way": moving}
    states = Fund.objects.filter(pk=fund.pk).values(**{name: _number_of(rows) for name, rows in counts.items()}).get()
    return Totals(total=fund.received - fund.refunded, unallocated=fund.unallocated, **sums, **states)


def _number_of(rows: QuerySet[Any]) -> Coalesce:
    """Return the expression that counts rows of another table, all of them alike."""
    alike = rows.order_by().annotate(alike=Value(1)).values("alike")
    return Coalesce(Subquery(alike.annotate(n=Count("pk")).values("n")), 0)


def totals_of_line(line: BudgetLine) -> Totals:
    """Return a line's money. No query."""
    return Totals(total=line.allocated, **{name: getattr(line, name) for name in PARTS})


def sum_of(lines: Iterable[BudgetLine]) -> dict[str, int]:
    """Return the sums under a table of lines."""
    rows = list(lines)
    return {name: sum(getattr(row, name) for row in rows) for name in ("allocated", *PARTS)}


def statement(line: BudgetLine, by: Acting) -> QuerySet[Transfer, Any]:
    """Return the movements of a line, newest first.

    Each has its ``change`` of what is available, and the settlement that the reader may open (``opens``).
    """
    own = Settlement.objects.visible_to(by).filter(commitment=OuterRef("entry__commitment")).order_by("-kind", "-pk")
    change = Case(
        When(debit__line=line, debit__kind="available", then=F("amount")),
        When(credit__line=line, credit__kind="available", then=-F("amount")),
        default=0,
    )
    return (
        Transfer.objects.filter(Q(debit__line=line) | Q(credit__line=line))
        .annotate(change=change, opens=Subquery(own.values("pk")[:1]))
        .select_related("entry__commitment__provider", "debit", "credit")
        .order_by("-pk")
    )


def told(rows: Iterable[Any], everything: QuerySet[Transfer, Any]) -> Iterator[Any]:
    """Return some neighbouring rows of a line's statement, each with what was available after it (``left``).

    One query: what all rows of the statement up to the first of these have changed.
    """
    left = None
    for row in rows:
        if left is None:
            left = everything.filter(pk__lte=row.pk).aggregate(n=Coalesce(Sum("change"), 0))["n"]
        row.left = left
        left -= row.change
        yield row


def movements_of(settlement: Settlement) -> QuerySet[Transfer]:
    """Return every movement of what was committed for the settlement's order, in the order of the books."""
    rows = Transfer.objects.filter(entry__commitment=settlement.commitment_id)
    return rows.select_related("entry__payout", "debit", "credit").order_by("pk")


def carried_of(settlement: Settlement) -> QuerySet[CarriedCommitment]:
    """Return where the settlement's commitment was carried, in the order of the books."""
    rows = CarriedCommitment.objects.filter(commitment=settlement.commitment_id)
    return rows.select_related("entry", "source__fund", "source__region", "target__fund", "target__region").order_by(
        "pk"
    )


def current_fund(funds: Iterable[Fund], asked: str, on: date) -> Fund | None:
    """Return the fund that was asked for by its id, else the one running today, else the newest."""
    found = list(funds)
    for fund in found:
        if str(fund.pk) == asked:
            return fund
    running = [fund for fund in found if fund.starts_on <= on <= fund.ends_on]
    return next(iter(running or found), None)


def to_approve(by: Acting) -> QuerySet[Settlement]:
    """Return the settlements that wait for approval, oldest first."""
    waiting = Settlement.objects.visible_to(by).filter(status=Settlement.Status.PROPOSED)
    return waiting.with_commitment().annotate(sessions=Count("lines")).order_by("proposed_at", "pk")


def to_pay(by: Acting) -> QuerySet[Settlement]:
    """Return the approved settlements without a payout under way, oldest first."""
    approved = Settlement.objects.visible_to(by).filter(status=Settlement.Status.APPROVED)
    under_way = Payout.objects.alive().values("settlement")
    return approved.exclude(pk__in=under_way).with_commitment().with_invoices().order_by("approved_at", "pk")


def ready_to_pay(by: Acting) -> QuerySet[Settlement]:
    """Keep of those the ones with an invoice, or the reason for its absence, and a bank account that is confirmed."""
    newest = PayeeAccount.objects.filter(organisation=OuterRef("commitment__provider")).order_by("-pk")
    rows = to_pay(by).filter(invoice__isnull=False)
    return rows.alias(confirmed=Subquery(newest.values("confirmed_at")[:1])).filter(confirmed__isnull=False)


def to_invoice(provider: Organisation) -> QuerySet[Settlement]:
    """Return the provider's approved settlements that wait for its invoice.

    So does an advance that is paid in part only since it came back, and was billed whole.
    """
    approved = Settlement.objects.filter(commitment__provider=provider, status=Settlement.Status.APPROVED)
    too_much = Q(kind=Settlement.Kind.ADVANCE, invoice__amount__gt=DUE)
    return approved.filter(Q(invoice__isnull=True) | too_much)


def claims_of(by: Acting) -> QuerySet[Claim]:
    """Return what is owed after advances, the oldest first."""
    return Claim.objects.visible_to(by).open().with_advance().order_by("opened_at", "pk")


def may_be_advanced(provider: Organisation) -> QuerySet[Commitment]:
    """Return the provider's running orders of funds that have a rule, without an advance yet, the oldest first."""
    there = Settlement.objects.filter(commitment=OuterRef("pk")).exclude(status=Settlement.Status.ENDED)
    rows = Commitment.objects.open().filter(~Exists(there), provider=provider, line__fund__rules__advance_share__gt=0)
    return rows.with_line().distinct().order_by("opened_at", "pk")


def under_way(by: Acting) -> QuerySet[Payout]:
    """Return the payouts that wait to be sent or confirmed, oldest first."""
    return Payout.objects.visible_to(by).under_way().with_settlement().order_by("status", "queued_at", "pk")


def steps(by: Acting) -> dict[str, int]:
    """Return how many settlements and transfers wait at which step, counted from the lists. Three queries."""
    moving = (
        under_way(by)
        .order_by()
        .aggregate(
            to_send=Count("pk", filter=Q(status=Payout.Status.QUEUED)),
            to_confirm=Count("pk", filter=Q(status=Payout.Status.SENT, rail=Payout.Rail.BANK)),
        )
    )
    return {"to_approve": to_approve(by).count(), "to_pay": to_pay(by).count(), **moving}


def accounts_to_confirm(by: Acting) -> QuerySet[PayeeAccount]:
    """Return the newest accounts of providers that nobody has confirmed yet."""
    visible = PayeeAccount.objects.visible_to(by)
    newest = PayeeAccount.objects.filter(organisation=OuterRef("organisation")).order_by("-pk").values("pk")[:1]
    waiting = visible.filter(confirmed_at__isnull=True, pk=Subquery(newest))
    return waiting.select_related("organisation").order_by("set_at", "pk")


def dated_ahead(fund: Fund, on: date) -> QuerySet[Entry]:
    """Return the fund's entries that bear a later date than a day, which is today."""
    later = Transfer.objects.filter(Q(debit__fund=fund) | Q(credit__fund=fund), entry__booked_on__gt=on)
    return Entry.objects.filter(pk__in=later.values("entry"))


@dataclass(frozen=True)
class Unfinished:
    """What is open in a fund and will be booked in a later period once its earlier one is closed."""

    commitments: int
    committed: int
    proposed: int
    approved: int
    payable: int
    announced: int


def unfinished(fund: Fund) -> Unfinished:
    """Return what is open in a fund. Three queries."""
    held = Commitment.objects.open().filter(line__fund=fund).aggregate(n=Count("pk"), sum=Coalesce(Sum(HELD), 0))
    status = Settlement.Status
    owed = Settlement.objects.filter(commitment__line__fund=fund).aggregate(
        proposed=Count("pk", filter=Q(status=status.PROPOSED)),
        approved=Count("pk", filter=Q(status=status.APPROVED)),
        payable=Coalesce(Sum(DUE, filter=Q(status=status.APPROVED)), 0),
    )
    announced = fund.donations.filter(status=Donation.Status.ANNOUNCED).count()
    return Unfinished(commitments=held["n"], committed=held["sum"], announced=announced, **owed)


def history_of(fund: Fund) -> QuerySet[FundHistory]:
    """Return what happened to a fund and its lines, newest first; orders have their own."""
    return fund.history.filter(commitment=None).select_related("actor", "line__region").order_by("-pk")


def lines_of(fund: Fund) -> QuerySet[BudgetLine]:
    """Return a fund's lines from the top of the tree down."""
    return fund.lines.with_fund().order_by("region__lineage", "theme_slug")


def by_region(fund: Fund) -> list[dict[str, Any]]:
    """Return a fund's money by region, the largest first."""
    rows = fund.lines.values("region__name").annotate(**{name: Sum(name) for name in ("allocated", *PARTS)})
    return [dict(row) for row in rows.order_by("-allocated", "region__lineage")]


def by_theme(fund: Fund) -> list[dict[str, Any]]:
    """Return a fund's money by theme, the largest first."""
    rows = fund.lines.values("theme_slug").annotate(**{name: Sum(name) for name in ("allocated", *PARTS)})
    return [dict(row) for row in rows.order_by("-allocated", "theme_slug")]
