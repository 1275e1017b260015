"""What must always hold of public money. The keys are those under which the promises are published."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from core.invariants import Finding, Invariant, untold
from core.triggers import present, trigger_names
from funding import (
    advance_invariants,
    balances,
    bank_invariants,
    deciding_invariants,
    queries,
    rules,
    stripe_invariants,
)
from funding.models import (
    Account,
    BudgetLine,
    CarriedCommitment,
    Commitment,
    Donation,
    DonationHistory,
    Entry,
    Fund,
    FundHistory,
    Invoice,
    Payout,
    PayoutHistory,
    Period,
    Settlement,
    SettlementHistory,
    SettlementLine,
    Transfer,
)
from funding.papers import plain
from funding.triggers import GUARDS

_BOOKS = (
    "funding_account",
    "funding_entry",
    "funding_transfer",
    "funding_period",
    "funding_fundrule",
    "funding_entryfile",
    "funding_carriedcommitment",
)
_PROVED = (Entry.Kind.OPENING, Entry.Kind.SPEND, Entry.Kind.REPAY)  # the entries that carry a document
_PARTS = ("available", "committed", "payable", "paid")


def _named(name: str, pks: Iterable[object], sentence: str) -> list[str]:
    return [f"{name} {pk}: {sentence}" for pk in pks]


def lines_add_up() -> Finding:
    """D1: each line's parts are its whole, and each fund's lines and unallocated money are what it received."""
    torn = BudgetLine.objects.exclude(allocated=F("available") + F("committed") + F("payable") + F("paid"))
    breaches = _named("line", torn.values_list("pk", flat=True), "its parts do not add up")
    funds = Fund.objects.annotate(of_lines=Coalesce(Sum("lines__allocated"), 0))
    wrong = funds.exclude(received=F("refunded") + F("unallocated") + F("of_lines"))
    breaches += _named("fund", wrong.values_list("pk", flat=True), "its lines do not add up to what it received")
    return Finding(BudgetLine.objects.count() + Fund.objects.count(), breaches)


def nothing_negative() -> Finding:
    """D2: no balance is below zero."""
    overdrawn = Q(available__lt=0) | Q(committed__lt=0) | Q(payable__lt=0) | Q(paid__lt=0)
    lines = BudgetLine.objects.filter(overdrawn).values_list("pk", flat=True)
    funds = Fund.objects.filter(Q(unallocated__lt=0) | Q(received__lt=F("refunded"))).values_list("pk", flat=True)
    breaches = _named("line", lines, "a balance is negative") + _named("fund", funds, "a balance is negative")
    return Finding(BudgetLine.objects.count() + Fund.objects.count(), breaches)


def _ledger_balances() -> dict[int, int]:
    """Return each account's balance as the transfers have it."""
    balances: Counter[int] = Counter()
    for account, amount in Transfer.objects.values_list("debit").annotate(n=Sum("amount")).order_by():
        balances[account] += amount
    for account, amount in Transfer.objects.values_list("credit").annotate(n=Sum("amount")).order_by():
        balances[account] -= amount
    return balances


def stored_as_in_ledger() -> Finding:
    """D3: every stored balance is what the ledger's transfers add up to."""
    ledger = _ledger_balances()
    breaches = []
    accounts = Account.objects.select_related("line", "fund").order_by("pk")
    for account in accounts:
        if account.kind == Account.Kind.OUTSIDE:
            stored = account.fund.refunded - account.fund.received
        elif account.line is not None:
            stored = getattr(account.line, account.kind)
        else:
            stored = account.fund.unallocated
        if stored != ledger.get(account.pk, 0):
            breaches.append(f"account {account.code}: {stored} is stored, {ledger.get(account.pk, 0)} is in the ledger")
    return Finding(len(accounts), breaches)


def commitments_end_once() -> Finding:
    """D4: a commitment is posted or dropped at most once, and a line's committed money is its open ones."""
    kinds: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for commitment_id, kind, n in (
        Entry.objects.filter(commitment__isnull=False, payout__isnull=True)
        .values_list("commitment_id", "kind")
        .annotate(n=Count("pk"))
    ):
        kinds[commitment_id][kind] = n
    breaches = []
    for pk, status, posted in Commitment.objects.values_list("pk", "status", "posted"):
        ends = kinds[pk]["void"] + kinds[pk]["settle"]
        is_posted = kinds[pk]["settle"] == 1
        if kinds[pk]["reserve"] != 1 or ends != (status == Commitment.Status.CLOSED) or is_posted != (posted > 0):
            breaches.append(f"commitment {pk}: {status}, but booked as {dict(kinds[pk])}")
    held = Commitment.objects.open().filter(line=OuterRef("pk")).order_by().values("line")
    held = held.annotate(n=Sum(queries.HELD))
    torn = BudgetLine.objects.annotate(held=Coalesce(Subquery(held.values("n")), 0)).exclude(committed=F("held"))
    breaches += _named("line", torn.values_list("pk", flat=True), "its committed money is not that of its orders")
    return Finding(Commitment.objects.count(), breaches + _carried_wrongly())


def _carried_wrongly() -> list[str]:
    """Carried commitments went in one entry with their whole amount, and stand where they went last."""
    arrived = Transfer.objects.filter(entry=OuterRef("pk"), debit__kind=Account.Kind.COMMITTED).order_by()
    moved = arrived.values("entry").annotate(n=Sum("amount")).values("n")
    carrying = Entry.objects.filter(Q(kind=Entry.Kind.CARRY_OVER) | Q(carried__isnull=False))
    torn = carrying.annotate(of_orders=Coalesce(Sum("carried__amount"), 0), moved=Coalesce(Subquery(moved), 0)).exclude(
        of_orders=F("moved")
    )
    breaches = _named("entry", torn.values_list("pk", flat=True), "it carries another amount than its orders have")
    last = CarriedCommitment.objects.filter(commitment=OuterRef("pk")).order_by("-pk")
    lost = Commitment.objects.annotate(
        went_to=Subquery(last.values("target")[:1]), carried_as=Subquery(last.values("amount")[:1])
    ).filter(went_to__isnull=False)
    lost = lost.exclude(line=F("went_to"), amount=F("carried_as"))
    return breaches + _named("commitment", lost.values_list("pk", flat=True), "it is not where it was carried")


def entries_balance() -> Finding:
    """D5: every entry has transfers, each of a positive amount between two accounts."""
    empty = Entry.objects.filter(~Exists(Transfer.objects.filter(entry=OuterRef("pk"))))
    breaches = _named("entry", empty.values_list("pk", flat=True), "it has no transfer")
    wrong = Transfer.objects.filter(Q(amount__lte=0) | Q(debit=F("credit")))
    breaches += _named("transfer", wrong.values_list("pk", flat=True), "its amount or accounts are impossible")
    return Finding(Entry.objects.count(), breaches)


def books_cannot_be_changed() -> Finding:
    """D6: the database refuses to change or delete rows of the books; a correction names what it corrects."""
    wanted = [name for table in _BOOKS for name in trigger_names(table)]
    missing = sorted(set(wanted) - present())
    breaches = _named("trigger", missing, "it is missing")
    nameless = Entry.objects.filter(kind__in=[Entry.Kind.REVERSE, Entry.Kind.RETURN], reverses__isnull=True)
    breaches += _named("entry", nameless.values_list("pk", flat=True), "it corrects nothing")
    return Finding(len(wanted), breaches)


def payments_are_booked() -> Finding:
    """D7: every payment is booked exactly once and every booking has its payment; lines hold what settlements say."""
    booked = Counter[tuple[int, str]]()
    for payout_id, kind in Entry.objects.filter(payout__isnull=False).values_list("payout_id", "kind"):
        booked[(payout_id, kind)] += 1
    breaches = []
    for payout in Payout.objects.only("pk", "status", "paid_at"):
        arrived = payout.paid_at is not None
        came_back = arrived and payout.status == Payout.Status.RETURNED
        if (booked[(payout.pk, "pay")], booked[(payout.pk, "return")]) != (arrived, came_back):
            breaches.append(f"payout {payout.pk}: {payout.status}, but not booked so")
    for part, status in (("payable", Settlement.Status.APPROVED), ("paid", Settlement.Status.PAID)):
        settled = Settlement.objects.filter(status=status, commitment__line=OuterRef("pk")).order_by()
        owed = settled.values("commitment__line").annotate(n=Sum(queries.DUE)).values("n")
        beside = _spent_outside(), advance_invariants.set_off_on(), advance_invariants.recovered_on()
        spent, set_off, recovered = (Coalesce(Subquery(one), 0) for one in beside)
        more = spent + set_off - recovered if part == "paid" else 0
        torn = BudgetLine.objects.annotate(owed=Coalesce(Subquery(owed), 0) + more).exclude(**{part: F("owed")})
        breaches += _named("line", torn.values_list("pk", flat=True), f"{part} is not what its settlements say")
    made = Payout.objects.filter(status=Payout.Status.PAID, settlement__commitment__line=OuterRef("pk")).order_by()
    number = made.values("settlement__commitment__line").annotate(n=Count("pk")).values("n")
    miscounted = BudgetLine.objects.annotate(arrived=Coalesce(Subquery(number), 0)).exclude(payments=F("arrived"))
    breaches += _named("line", miscounted.values_list("pk", flat=True), "its number of payments is not that of payouts")
    return Finding(Payout.objects.count() + BudgetLine.objects.count(), breaches + _badly_proved())


def _spent_outside() -> QuerySet[Transfer, Any]:
    """What was paid from a line (the outer row) outside the system, corrected entries left out."""
    spent = Transfer.objects.filter(debit__line=OuterRef("pk"), debit__kind=Account.Kind.PAID).order_by()
    stands = spent.filter(entry__kind=Entry.Kind.SPEND, entry__reversed_by__isnull=True)
    return stands.values("debit__line").annotate(n=Sum("amount")).values("n")


def _badly_proved() -> list[str]:
    """Each donation that arrived is one entry over its amount; what happened outside the system has its document.

    No invoice of a provider stands on two settlements, and an order's two are not over more than it is worth.
    """
    arrived = Transfer.objects.filter(entry=OuterRef("entry")).values("amount")[:1]
    booked = Donation.objects.filter(status=Donation.Status.RECEIVED).annotate(booked=Subquery(arrived))
    wrong = booked.exclude(booked=F("amount"), entry__kind=Entry.Kind.DONATE, entry__reversed_by__isnull=True)
    breaches = _named("donation", wrong.values_list("pk", flat=True), "it is not booked as it arrived")
    given = Entry.objects.filter(kind=Entry.Kind.DONATE, reversed_by__isnull=True, donation__isnull=True)
    breaches += _named("entry", given.values_list("pk", flat=True), "no donation belongs to it")
    numbers = Invoice.objects.exclude(number="").values_list("settlement__commitment__provider", "number")
    used = Counter((provider, plain(number)) for provider, number in numbers)
    twice = sorted(number for (_provider, number), n in used.items() if n > 1)
    breaches += _named("invoice", twice, "two settlements rest on it")
    breaches += _named("invoice", _invoiced_twice(), "with the advance's it is over more than the order is worth")
    bare = Entry.objects.filter(kind__in=_PROVED, document__isnull=True)
    return breaches + _named("entry", bare.values_list("pk", flat=True), "its document is missing")


def _invoiced_twice() -> QuerySet[Invoice, str]:
    """Numbers of invoices of settlements under payment that are over money which the advance's is over already."""
    stands = Invoice.objects.exclude(number="").exclude(settlement__status=Settlement.Status.ENDED)
    advance = stands.filter(
        settlement__commitment=OuterRef("settlement__commitment"),
        settlement__kind=Settlement.Kind.ADVANCE,
    )
    given = stands.filter(
        settlement__kind=Settlement.Kind.SETTLEMENT,
        pk__in=Payout.objects.alive().values("settlement__invoice"),
    )
    rows = given.annotate(before=Subquery(advance.values("amount")[:1]))
    return (
        rows.filter(amount__gt=F("settlement__amount") - F("before"))
        .order_by("number")
        .values_list("number", flat=True)
    )


def currencies_agree() -> Finding:
    """D8: a transfer's currency is that of both its accounts, an account's is its fund's."""
    mixed = Transfer.objects.exclude(currency=F("debit__currency"), debit__currency=F("credit__currency"))
    breaches = _named("transfer", mixed.values_list("pk", flat=True), "its accounts have another currency")
    foreign = Account.objects.exclude(currency=F("fund__currency"))
    breaches += _named("account", foreign.values_list("pk", flat=True), "its fund has another currency")
    return Finding(Transfer.objects.count() + Account.objects.count(), breaches)


def nothing_lost_in_splitting() -> Finding:
    """D9: a settlement is the sum of its lines, each the rule's part of its price, and within the commitment."""
    rows = SettlementLine.objects.values_list("pk", "price", "rate", "amount")
    breaches = [
        f"settlement line {pk}: {rate} % of {price} is not {amount}"
        for pk, price, rate, amount in rows
        if rules.portion(price, rate) != amount
    ]
    computed = Settlement.objects.filter(kind=Settlement.Kind.SETTLEMENT)
    torn = computed.annotate(total=Coalesce(Sum("lines__amount"), 0)).exclude(amount=F("total"))
    breaches += _named("settlement", torn.values_list("pk", flat=True), "it is not the sum of its lines")
    over = Settlement.objects.filter(amount__gt=F("commitment__amount"))
    breaches += _named("settlement", over.values_list("pk", flat=True), "it is more than was committed")
    return Finding(len(rows) + Settlement.objects.count(), breaches)


def paid_once() -> Finding:
    """D10: a settlement has one living payout at most, over what is due, and is paid if and only if that one is."""
    twice = Payout.objects.alive().values("settlement_id").annotate(n=Count("pk")).filter(n__gt=1).order_by()
    breaches = _named("settlement", [row["settlement_id"] for row in twice], "two payouts are under way or paid")
    due = F("settlement__amount") - F("settlement__deducted")
    wrong = Payout.objects.exclude(currency=F("settlement__commitment__line__fund__currency"))
    wrong |= Payout.objects.alive().exclude(amount=due) | Payout.objects.filter(amount__lt=due)
    breaches += _named("payout", wrong.values_list("pk", flat=True), "it is over another amount than its settlement")
    arrived = Payout.objects.filter(settlement=OuterRef("pk"), status=Payout.Status.PAID)
    torn = Settlement.objects.annotate(has_arrived=Exists(arrived)).filter(
        Q(status=Settlement.Status.PAID, has_arrived=False, amount__gt=F("deducted"))
        | (~Q(status=Settlement.Status.PAID) & Q(has_arrived=True))
    )
    breaches += _named("settlement", torn.values_list("pk", flat=True), "paid without a payout, or the other way round")
    return Finding(Settlement.objects.count(), breaches)


def periods_are_guarded() -> Finding:
    """D13: the database refuses transfers in a closed period, and nothing was entered in one after its closing."""
    breaches = _named("trigger", sorted(set(GUARDS) - present()), "it is missing")
    checked = len(GUARDS)
    for period in Period.objects.order_by("pk"):
        of_fund = Transfer.objects.filter(Q(debit__fund=period.fund_id) | Q(credit__fund=period.fund_id))
        late = of_fund.filter(entry__booked_on__lte=period.ends_on, entry__at__gt=period.closed_at)
        breaches += _named("transfer", late.values_list("pk", flat=True), "it was entered in a closed period")
        checked += 1
    return Finding(checked, breaches)


def pages_are_the_ledger() -> Finding:
    """D12: what pages and files sum up for a fund is what the ledger's transfers add up to."""
    ledger = _ledger_balances()
    breaches, funds = [], list(Fund.objects.order_by("pk"))
    sums: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for account in Account.objects.order_by("pk"):
        sums[account.fund_id][account.kind] += ledger.get(account.pk, 0)
    for fund in funds:
        there, page = sums[fund.pk], queries.totals(fund)
        shown = {
            "the page's total": (page.total, -there["outside"]),
            "the page's parts": (page.parts, _parts_of(there)),
            "the table by region": (sum(row["allocated"] for row in queries.by_region(fund)), _on_lines(there)),
            "the table by theme": (sum(row["allocated"] for row in queries.by_theme(fund)), _on_lines(there)),
        }
        breaches += [f"fund {fund.pk}: {name} is not the ledger's" for name, (one, two) in shown.items() if one != two]
        balance = balances.trial_balance(fund, balances.Span(date.min, date.max))
        wrong = [row.account.code for row in balance if row.closing != ledger.get(row.account.pk, 0)]
        breaches += [f"account {code}: its statement is not the ledger's" for code in wrong]
        if not balances.sums_of(balance).is_balanced:
            breaches.append(f"fund {fund.pk}: its trial balance does not balance")
    return Finding(len(funds), breaches)


def _parts_of(there: Counter[str]) -> list[tuple[str, int]]:
    free = there["available"] + there["unallocated"]
    return [(name, free if name == "available" else there[name]) for name in queries.PARTS]


def _on_lines(there: Counter[str]) -> int:
    return sum(there[name] for name in queries.PARTS)


def payments_are_kept() -> Finding:
    """C7: no payout and no donation is missing among the numbers that were given, which count from 1."""
    given: defaultdict[str, set[int]] = defaultdict(set)
    payouts = Payout.objects.values_list("settlement", "reference")
    gifts = Donation.objects.values_list("fund", "reference")
    for name, rows in (("settlement", payouts), ("fund", gifts)):
        for owner, reference in rows.iterator():
            given[f"{name} {owner}"].add(int(reference.rpartition("-")[2].lstrip("A")))
    missing = [owner for owner, numbers in given.items() if max(numbers) != len(numbers)]
    return Finding(sum(map(len, given.values())), [f"{owner}: a payment is missing" for owner in missing])


def slips_are_used_once() -> Finding:
    """E7: every arrived payout has the bank's number, and no two from one account have the same.

    One that names no account may have gone from any of its League's. A League has no number on two donations, and
    Stripe's numbers are nobody else's.
    """
    nameless = Payout.objects.filter(paid_at__isnull=False, bank_reference="")
    breaches = _named("payout", nameless.values_list("pk", flat=True), "it arrived without a number of the bank")
    league = "settlement__commitment__line__fund__league"
    others = Payout.objects.filter(bank_reference=OuterRef("bank_reference")).exclude(pk=OuterRef("pk"))
    unnamed = others.filter(payer=None, **{league: OuterRef(league)})
    twice = Q(Exists(others.filter(payer=OuterRef("payer")))) | Q(Exists(unnamed))
    twice |= Q(Exists(others.filter(rail=Payout.Rail.STRIPE)), rail=Payout.Rail.STRIPE)
    paid = Payout.objects.exclude(bank_reference="").filter(twice).values_list("bank_reference", flat=True)
    breaches += _named("bank reference", sorted(set(paid)), "it stands on two payouts")
    gifts = Donation.objects.exclude(bank_reference="").values("bank_reference", "fund__league").annotate(n=Count("pk"))
    given = gifts.filter(n__gt=1).order_by().values_list("bank_reference", flat=True)
    breaches += _named("bank reference", sorted(given), "it stands on two donations")
    return Finding(Payout.objects.count(), breaches)


def moves_are_recorded() -> Finding:
    """K1: the newest history row of each settlement and payout says its status; each commitment has its rows."""
    breaches = []
    silent = {
        "payout": untold(Payout.objects.all(), PayoutHistory, "payout"),
        "settlement": untold(Settlement.objects.all(), SettlementHistory, "settlement"),
        "donation": untold(Donation.objects.all(), DonationHistory, "donation"),
    }
    for name, found in silent.items():
        breaches += _named(name, found.values_list("pk", flat=True), "its history ends elsewhere")
    rows = FundHistory.objects.filter(commitment=OuterRef("pk"), verb="reserve")
    unseen = Commitment.objects.filter(~Exists(rows))
    breaches += _named("commitment", unseen.values_list("pk", flat=True), "nobody is on record for it")
    return Finding(Payout.objects.count() + Settlement.objects.count() + Commitment.objects.count(), breaches)


INVARIANTS = [
    Invariant("C7", "No payment is missing among the numbers that were given.", payments_are_kept),
    Invariant("D1", "Lines and funds add up.", lines_add_up),
    Invariant("D2", "No balance is negative.", nothing_negative),
    Invariant("D3", "Stored balances are the ledger's.", stored_as_in_ledger),
    Invariant("D4", "A commitment is settled or dropped once.", commitments_end_once),
    Invariant("D5", "Every entry has transfers between two accounts.", entries_balance),
    Invariant("D6", "The books cannot be changed.", books_cannot_be_changed),
    Invariant("D7", "Every payment is booked once.", payments_are_booked),
    Invariant("D8", "Currencies agree.", currencies_agree),
    Invariant("D9", "Splitting loses nothing.", nothing_lost_in_splitting),
    Invariant("D10", "Nothing is paid twice.", paid_once),
    *deciding_invariants.INVARIANTS,
    Invariant("D12", "Pages, files and statements are the ledger's.", pages_are_the_ledger),
    Invariant("D13", "Closed periods and currencies are guarded.", periods_are_guarded),
    Invariant("E7", "A bank slip is used once.", slips_are_used_once),
    Invariant("K1", "Every step of the money is on record.", moves_are_recorded),
    *bank_invariants.INVARIANTS,
    *advance_invariants.INVARIANTS,
    *stripe_invariants.INVARIANTS,
]
