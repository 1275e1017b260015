"""Who decided about money, and by which rule: that part of the promises about money."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, TruncDate

from core.invariants import Finding, Invariant
from core.time import today
from funding.models import (
    CarriedCommitment,
    Entry,
    FundHistory,
    FundRule,
    Payout,
    Period,
    SecondLook,
    Settlement,
    SettlementHistory,
    Transfer,
)
from organisations.models import Membership


def _named(name: str, pks: Iterable[object], sentence: str) -> list[str]:
    return [f"{name} {pk}: {sentence}" for pk in pks]


def _members(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], list[tuple[date, date | None]]]:
    """Return when each of the persons was a member of each of the organisations."""
    found = defaultdict(list)
    rows = Membership.objects.filter(user__in={user for user, _ in pairs}).values_list(
        "user_id", "organisation_id", "starts_on", "ends_on"
    )
    for user, organisation, starts_on, ends_on in rows:
        found[(user, organisation)].append((starts_on, ends_on))
    return found


def two_people() -> Finding:
    """D11: above the rule's amount maker is not checker; nobody approved an own organisation's money; by which rule."""
    limit = Coalesce("fund_rule__checker_above", "settlement__rule__checker_above")
    sent = Payout.objects.filter(sent_at__isnull=False)
    alone = sent.annotate(limit=limit).filter(
        Q(checked_by__isnull=True) | Q(amount__gt=F("limit"), made_by=F("checked_by"))
    )
    breaches = _named("payout", alone.values_list("pk", flat=True), "nobody else checked it")
    breaches += _approved_alone() + _booked_alone()
    provider = "settlement__commitment__provider_id"
    acts = [
        *Settlement.objects.filter(approved_at__isnull=False).values_list(
            "approved_by_id", "commitment__provider_id", "approved_at"
        ),
        *Payout.objects.filter(made_by__isnull=False).values_list("made_by_id", provider, "queued_at"),
        *sent.filter(checked_by__isnull=False).values_list("checked_by_id", provider, "sent_at"),
    ]
    members = _members({(user, organisation) for user, organisation, _at in acts})
    for user, organisation, moment in acts:
        on = today(moment)
        if any(start <= on and (end is None or on <= end) for start, end in members.get((user, organisation), [])):
            breaches.append(f"organisation {organisation}: its member {user} approved its money on {on}")
    decided = rules_in_force()
    return Finding(len(acts) + decided.checked, breaches + decided.breaches)


def _approved_alone() -> list[str]:
    """Settlements above the rule's amount that were approved by whoever said what they are worth."""
    made = SettlementHistory.objects.filter(
        settlement=OuterRef("pk"), verb__in=["propose", "ask"], actor=OuterRef("approved_by"), actor__isnull=False
    )
    rows = Settlement.objects.annotate(limit=Coalesce("fund_rule__checker_above", "rule__checker_above"))
    alone = rows.filter(Exists(made), amount__gt=F("limit"), approved_at__isnull=False)
    return _named("settlement", alone.values_list("pk", flat=True), "nobody else approved it")


def _booked_alone() -> list[str]:
    """Periods that were closed, and large spending outside and refunds, by one person though a rule wanted two.

    What left at Stripe without our asking is booked by the system.
    """
    rule = FundRule.objects.filter(required_from__lte=OuterRef("day"), set_at__lte=OuterRef("moment"))
    asked = SecondLook.objects.filter(status=SecondLook.Status.CONFIRMED)
    periods = Period.objects.annotate(day=TruncDate("closed_at"), moment=F("closed_at")).filter(
        Exists(rule.filter(fund=OuterRef("fund"))),
        ~Exists(asked.filter(fund=OuterRef("fund"), ends_on=OuterRef("ends_on"))),
    )
    is_refund = Q(entry__kind=Entry.Kind.REFUND, entry__actor__isnull=False)
    spent = Transfer.objects.filter(Q(entry__kind=Entry.Kind.SPEND) | is_refund).annotate(
        day=F("entry__booked_on"), moment=F("entry__at")
    )
    newest = rule.filter(fund=OuterRef("debit__fund")).order_by("-required_from").values("checker_above")[:1]
    large = spent.annotate(limit=Subquery(newest)).filter(amount__gt=F("limit"), entry__second_look__isnull=True)
    breaches = _named("period", periods.values_list("pk", flat=True), "one person closed it")
    return breaches + _named("entry", large.values_list("entry", flat=True), "one person entered it")


def rules_in_force() -> Finding:
    """No rule was entered for a day that was over, and each decision names the one that was in force.

    An advance that was taken back may have been decided before its order was carried to another fund: by that one's.
    """
    found = FundRule.objects.order_by("required_from")
    of_fund: defaultdict[int, list[FundRule]] = defaultdict(list)
    for rule in found:
        of_fund[rule.fund_id].append(rule)
    late = [rule.pk for rule in found if rule.required_from < today(rule.set_at)]
    breaches = _named("rule", late, "it was entered for a day that was over")
    reserved = FundHistory.objects.filter(verb="reserve", commitment__isnull=False)
    fund_of = "commitment__line__fund_id"
    decisions = {
        "commitment": reserved.values_list("commitment", "fund", "at", "commitment__fund_rule", "pk", "verb"),
        "settlement": Settlement.objects.filter(approved_at__isnull=False).values_list(
            "pk", fund_of, "approved_at", "fund_rule", "commitment", "status"
        ),
        "payout": Payout.objects.filter(sent_at__isnull=False).values_list(
            "pk", f"settlement__{fund_of}", "sent_at", "fund_rule", "settlement__commitment", "settlement__status"
        ),
    }
    checked, carried = 0, _carried()
    for name, rows in decisions.items():
        for pk, fund, at, rule_id, commitment, status in rows:
            checked += 1
            moves = carried.get(commitment, []) if status == Settlement.Status.ENDED else []
            then = next((source for moment, source in moves if at < moment), fund)
            there = [one.pk for one in of_fund[then] if one.required_from <= today(at) and one.set_at <= at]
            if (there[-1] if there else None) != rule_id:
                breaches.append(f"{name} {pk}: it was decided by another rule than the one in force")
    return Finding(checked + len(found), breaches)


def _carried() -> dict[int, list[tuple[datetime, int]]]:
    """Return when each carried commitment left which fund, the first time first. One query."""
    found = defaultdict(list)
    rows = CarriedCommitment.objects.order_by("pk").values_list("commitment_id", "entry__at", "source__fund_id")
    for commitment, moment, fund in rows:
        found[commitment].append((moment, fund))
    return found


INVARIANTS = [
    Invariant("D11", "Two people move large money, and nobody their own.", two_people),
]
