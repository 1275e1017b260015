"""Whom the money tells what. Messages name amounts and order numbers, never a person."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse

from core.money import format_money
from core.time import today
from funding.models import (
    ApprovalRun,
    BudgetLine,
    Claim,
    Donation,
    PayeeAccount,
    Payout,
    PayoutBatch,
    Quarantine,
    Settlement,
    StatementLine,
    StripeAccount,
)
from notifications.services import notify
from organisations.memberships import holders
from organisations.models import Membership, Organisation

Role = Membership.Role


def _facts(settlement: Settlement) -> dict[str, Any]:
    commitment = settlement.commitment
    return {
        "reference": commitment.reference,
        "amount": format_money(settlement.amount, commitment.line.fund.currency),
        "provider": commitment.provider.name,
        "provider_en": commitment.provider.name_en,
    }


def _to_invoice(settlement: Settlement) -> str:
    """Return over how much the invoice is to be; nothing where nothing is left to pay."""
    return format_money(settlement.to_invoice, settlement.commitment.line.fund.currency) if settlement.due else ""


def _page(settlement: Settlement) -> str:
    return reverse("funding:settlement", args=[settlement.pk])


def settlement_proposed(settlement: Settlement, *, now: datetime) -> None:
    """Ask the League's finance to approve."""
    notify(
        holders(settlement.commitment.line.fund.league, Role.FINANCE, on=today(now)),
        kind="settlement_proposed",
        cause=f"settlement:{settlement.pk}/proposed",
        context=_facts(settlement),
        path=_page(settlement),
        now=now,
    )


def settlement_approved(settlement: Settlement, *, now: datetime) -> None:
    """Tell the provider what is coming and ask for the invoice."""
    notify(
        holders(settlement.commitment.provider, Role.MANAGER, Role.FINANCE, on=today(now)),
        kind="advance_approved" if settlement.is_advance else "settlement_approved",
        cause=f"settlement:{settlement.pk}/approved",
        context={**_facts(settlement), "invoice": _to_invoice(settlement)},
        path=_page(settlement),
        now=now,
    )


def advance_asked(advance: Settlement, *, now: datetime) -> None:
    """Ask the League's finance to approve an advance."""
    notify(
        holders(advance.commitment.line.fund.league, Role.FINANCE, on=today(now)),
        kind="advance_asked",
        cause=f"settlement:{advance.pk}/proposed",
        context=_facts(advance),
        path=_page(advance),
        now=now,
    )


def claim_opened(claim: Claim, *, now: datetime) -> None:
    """Tell the provider what it owes, and the League's finance what to look for."""
    league = claim.line.fund.league
    for whom, roles in ((claim.provider, (Role.MANAGER, Role.FINANCE)), (league, (Role.FINANCE,))):
        notify(
            holders(whom, *roles, on=today(now)),
            kind="claim_opened",
            cause=f"claim:{claim.pk}/opened/{whom.pk}",
            context={**_facts(claim.advance), "amount": format_money(claim.amount, claim.line.fund.currency)},
            path=reverse("funding:claim", args=[claim.pk]),
            now=now,
        )


def settlements_approved(run: ApprovalRun, *, now: datetime) -> None:
    """Tell each provider once how many of its settlements were approved together, and ask for the invoices."""
    together = Settlement.objects.filter(history__verb="approve", history__note=run.number)
    unit, provider_of = "commitment__line__fund__currency", "commitment__provider"
    shares: defaultdict[int, dict[str, int]] = defaultdict(dict)
    numbers: Counter[int] = Counter()
    for row in together.values(provider_of, unit).annotate(n=Count("pk"), sum=Sum("amount")).order_by():
        shares[row[provider_of]][row[unit]] = row["sum"]
        numbers[row[provider_of]] += row["n"]
    providers = Organisation.objects.in_bulk(shares)
    for pk, amounts in shares.items():
        provider = providers[pk]
        notify(
            holders(provider, Role.MANAGER, Role.FINANCE, on=today(now)),
            kind="settlements_approved",
            cause=f"approval:{run.pk}/{provider.pk}",
            context={
                "n": numbers[pk],
                "amount": " + ".join(format_money(amount, unit) for unit, amount in sorted(amounts.items())),
            },
            path=reverse("funding:account"),
            now=now,
        )


def payout_moved(payout: Payout, *, now: datetime) -> None:
    """Tell the provider where its money is, and the League's finance when it came back."""
    settlement = payout.settlement
    notify(
        holders(settlement.commitment.provider, Role.MANAGER, Role.FINANCE, on=today(now)),
        kind=f"payout_{payout.status}{'_stripe' if payout.rail == Payout.Rail.STRIPE else ''}",
        cause=f"payout:{payout.pk}/{payout.status}",
        context={**_facts(settlement), "amount": format_money(payout.amount, payout.currency)},
        path=_page(settlement),
        now=now,
    )
    if payout.status in {Payout.Status.FAILED, Payout.Status.RETURNED}:
        notify(
            holders(settlement.commitment.line.fund.league, Role.FINANCE, on=today(now)),
            kind="payout_again",
            cause=f"payout:{payout.pk}/again",
            context={**_facts(settlement), "amount": format_money(payout.amount, payout.currency)},
            path=_page(settlement),
            now=now,
        )


def batch_sent(batch: PayoutBatch, payouts: Iterable[Payout], *, now: datetime) -> None:
    """Tell each provider once how much of the batch is its own, however many orders that is."""
    shares: defaultdict[Organisation, list[int]] = defaultdict(list)
    for payout in payouts:
        shares[payout.settlement.commitment.provider].append(payout.amount)
    for provider, amounts in shares.items():
        notify(
            holders(provider, Role.MANAGER, Role.FINANCE, on=today(now)),
            kind="batch_sent",
            cause=f"batch:{batch.pk}/sent:{provider.pk}",
            context={"n": len(amounts), "amount": format_money(sum(amounts), batch.currency)},
            path="/workbench/money/",
            now=now,
        )


def line_differs(line: StatementLine, payout: Payout, *, now: datetime) -> None:
    """Alert the League's finance: the bank says something else than the transfer that its line names."""
    notify(
        holders(line.league, Role.FINANCE, on=today(now)),
        kind="line_differs",
        cause=f"statement_line:{line.pk}/differs",
        context={"transfer": payout.reference, "number": line.bank_reference},
        path=reverse("funding:statement", args=[line.statement_id]),
        now=now,
    )


def account_changed(account: PayeeAccount, *, now: datetime) -> None:
    """Tell all who answer for the provider's money that its bank account was changed. At once: it may be fraud."""
    organisation: Organisation = account.organisation
    notify(
        holders(organisation, Role.MANAGER, Role.FINANCE, on=today(now)),
        kind="payee_account_changed",
        cause=f"payee_account:{account.pk}/set",
        context={"ending": account.number[-4:]},
        path=reverse("funding:account"),
        now=now,
        urgent=True,
    )


def quarantined(found: Quarantine, *, now: datetime) -> None:
    """Alert the League's finance at once: Stripe has something else than what was ordered."""
    notify(
        holders(found.league, Role.FINANCE, on=today(now)),
        kind="quarantined",
        cause=f"quarantine:{found.pk}/found",
        context={"number": found.object_id, "transfer": found.payout.reference if found.payout else found.object_id},
        path=reverse("funding:finance"),
        now=now,
        urgent=True,
    )


def stripe_account_failed(account: StripeAccount, *, now: datetime) -> None:
    """Tell the provider that its own bank refused the money, and the Leagues that pay it that no more goes there."""
    organisation: Organisation = account.organisation
    leagues = Organisation.objects.filter(funds__lines__commitments__provider=organisation).distinct()
    for whom in (organisation, *leagues):
        path = reverse("funding:account" if whom == organisation else "funding:finance")
        roles = {Role.FINANCE, Role.MANAGER} if whom == organisation else {Role.FINANCE}
        notify(
            holders(whom, *roles, on=today(now)),
            kind="stripe_account_failed",
            cause=f"stripe_account:{account.pk}/failed/{today(now).isoformat()}/{whom.pk}",
            context={"provider": organisation.name, "provider_en": organisation.name_en},
            path=path,
            now=now,
        )


def allowance_returned(line: BudgetLine, amount: int, *, now: datetime) -> None:
    """Tell the League's officers and finance that unused money is there to be offered again."""
    assert line.returns_on is not None
    notify(
        holders(line.fund.league, Role.OFFICER, Role.FINANCE, on=today(now)),
        kind="allowance_returned",
        cause=f"line:{line.pk}/returned/{today(now).isoformat()}",
        context={
            "amount": format_money(amount, line.fund.currency),
            "region": line.region.name,
            "day": line.returns_on,
        },
        path=reverse("funding:fund", args=[line.fund_id]),
        now=now,
    )


def _gift(donation: Donation) -> dict[str, Any]:
    fund = donation.fund
    return {
        "reference": donation.reference,
        "amount": format_money(donation.amount, donation.currency),
        "fund": fund.name,
        "fund_en": fund.name_en,
    }


def donation_announced(donation: Donation, *, now: datetime) -> None:
    """Tell the League's finance what to look for on the bank's statement."""
    notify(
        holders(donation.fund.league, Role.FINANCE, on=today(now)),
        kind="donation_announced",
        cause=f"donation:{donation.pk}/announced",
        context=_gift(donation),
        path=reverse("funding:donations", args=[donation.fund_id]),
        now=now,
    )


def donation_received(donation: Donation, *, now: datetime) -> None:
    """Thank the giver, where it has a login here, and say where the receipt is."""
    if donation.donor is None:
        return
    notify(
        holders(donation.donor, Role.MANAGER, on=today(now)),
        kind="donation_received",
        cause=f"donation:{donation.pk}/received/{donation.entry_id}",
        context=_gift(donation),
        path=reverse("funding:receipt", args=[donation.pk]),
        now=now,
    )
