"""What must always hold of advances and claims: that part of the promises about money."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Least

from core.invariants import Finding, Invariant
from core.triggers import present, trigger_names
from funding.models import Claim, ClaimHistory, Commitment, Settlement

Status, Kind = Settlement.Status, Settlement.Kind


def _named(name: str, pks: Iterable[object], sentence: str) -> list[str]:
    return [f"{name} {pk}: {sentence}" for pk in pks]


def set_off_on() -> QuerySet[ClaimHistory, Any]:
    """What claims paid of the settlements of a line (the outer row)."""
    rows = ClaimHistory.objects.filter(verb="set_off", settlement__commitment__line=OuterRef("pk")).order_by()
    return rows.values("settlement__commitment__line").annotate(n=Sum("amount")).values("n")


def recovered_on() -> QuerySet[ClaimHistory, Any]:
    """What came back to a line (the outer row) of what it had advanced."""
    rows = ClaimHistory.objects.filter(verb__in=["set_off", "repay"], claim__line=OuterRef("pk")).order_by()
    return rows.values("claim__line").annotate(n=Sum("amount")).values("n")


def _moved(verb: str) -> Coalesce:
    rows = ClaimHistory.objects.filter(claim=OuterRef("pk"), verb=verb).order_by()
    return Coalesce(Subquery(rows.values("claim").annotate(n=Sum("amount")).values("n")), 0)


def advances_are_bounded() -> Finding:
    """An advance stays within its rule and leaves something; with its settlement it pays no more than was committed."""
    advances = Settlement.objects.filter(kind=Kind.ADVANCE)
    granted = advances.filter(status__in=[Status.APPROVED, Status.PAID])
    rule, whole = "fund_rule__", F("commitment__amount") * F("fund_rule__advance_share")
    over = granted.filter(
        Q(fund_rule__isnull=True) | Q(**{f"{rule}advance_cap__lt": F("amount")}) | Q(amount__gt=whole / 10_000)
    )
    breaches = _named("advance", over.values_list("pk", flat=True), "it is more than its rule allows")
    open_now = Commitment.objects.filter(status=Commitment.Status.OPEN)
    sums = granted.filter(commitment=OuterRef("pk")).order_by().values("commitment").annotate(n=Sum("amount"))
    torn = open_now.annotate(there=Coalesce(Subquery(sums.values("n")), 0)).exclude(advanced=F("there"))
    breaches += _named("commitment", torn.values_list("pk", flat=True), "its advance is not what it says")
    return Finding(advances.count(), breaches + _covered_wrongly())


def _covered_wrongly() -> list[str]:
    """What is deducted from a settlement is what its advance covers, and what was set off."""
    covered = Settlement.objects.filter(commitment=OuterRef("commitment"), kind=Kind.ADVANCE).exclude(
        status=Status.ENDED
    )
    set_off = ClaimHistory.objects.filter(settlement=OuterRef("pk"), verb="set_off").order_by()
    rows = Settlement.objects.filter(kind=Kind.SETTLEMENT, approved_at__isnull=False).annotate(
        covered=Least(F("amount"), Coalesce(Subquery(covered.values("amount")[:1]), 0)),
        taken=Coalesce(Subquery(set_off.values("settlement").annotate(n=Sum("amount")).values("n")), 0),
    )
    wrong = rows.exclude(deducted=F("covered") + F("taken"))
    return _named("settlement", wrong.values_list("pk", flat=True), "it does not pay what is left of it")


def claims_are_what_was_not_earned() -> Finding:
    """Each advance above its order's worth is a claim over the difference, met as its history says, and no more."""
    worth = Settlement.objects.filter(
        commitment=OuterRef("commitment"), kind=Kind.SETTLEMENT, approved_at__isnull=False
    )
    ended = Settlement.objects.filter(kind=Kind.ADVANCE, commitment__status=Commitment.Status.CLOSED).filter(
        Q(claim__isnull=False) | ~Q(status=Status.ENDED)
    )
    reckoned = ended.annotate(
        surplus=F("amount") - Least(F("amount"), Coalesce(Subquery(worth.values("amount")[:1]), 0)),
        claimed=Coalesce(F("claim__amount"), 0),
    )
    breaches = _named(
        "advance",
        reckoned.exclude(claimed=F("surplus")).values_list("pk", flat=True),
        "its claim is over another amount",
    )
    moved = {"netted": _moved("set_off"), "repaid": _moved("repay"), "dropped": _moved("drop_claim")}
    for part, expression in moved.items():
        torn = Claim.objects.annotate(there=expression).exclude(**{part: F("there")})
        breaches += _named("claim", torn.values_list("pk", flat=True), f"its history says otherwise of what is {part}")
    more = Claim.objects.filter(amount__lt=F("netted") + F("repaid") + F("dropped"))
    breaches += _named("claim", more.values_list("pk", flat=True), "more than all of it was met")
    other = Claim.objects.exclude(provider=F("advance__commitment__provider"), line=F("advance__commitment__line"))
    breaches += _named("claim", other.values_list("pk", flat=True), "it is against somebody else")
    foreign = ClaimHistory.objects.filter(settlement__isnull=False).exclude(
        settlement__commitment__provider=F("claim__provider"),
        settlement__commitment__line__fund=F("claim__line__fund"),
    )
    breaches += _named("claim", foreign.values_list("claim", flat=True), "somebody else's settlement paid it")
    missing = [name for name in trigger_names("funding_claimhistory") if name not in present()]
    return Finding(Claim.objects.count(), breaches + _named("trigger", missing, "it is missing"))


INVARIANTS = [
    Invariant("funding.advances", "Advance and settlement pay what was committed at most.", advances_are_bounded),
    Invariant("funding.claims", "What was advanced and not earned is claimed once.", claims_are_what_was_not_earned),
]
