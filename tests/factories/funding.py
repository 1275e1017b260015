"""Money for tests: a League with a fund, a line, and what is committed, settled and paid from it."""

from datetime import date, datetime
from itertools import count
from uuid import uuid4

from django.core.files.base import ContentFile

from core.time import today
from funding import advancing, commitments, donations, fund_rules, funds, outside, payees, payouts, rules, settlements
from funding.models import BudgetLine, Commitment, Donation, Entry, Fund, FundRule, PayeeAccount, Payout, Settlement
from funding.settlements import ProposedLine
from organisations.acting import Acting, clock
from organisations.models import Organisation, Region
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region

_number = count(1)


def make_league() -> Organisation:
    """The district's League committee."""
    return make_organisation("league", region=make_region("北辰区"))


def make_finance(league: Organisation | None = None) -> Acting:
    """A person of a League's finance."""
    return make_member(league or make_league(), "finance")


def make_fund(
    amount: int = 0, *, league: Organisation | None = None, by: Acting | None = None, now: datetime = NOW, **fields
) -> Fund:
    """A fund of the year 2026 that received the amount."""
    by = by or clock("tests")
    fields = {
        "name": f"专项资金{next(_number)}",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31),
        **fields,
    }
    fund = funds.create(league or make_league(), by=by, now=now, **fields)
    if amount:
        funds.receive(fund, amount, document="津财拨〔2026〕1号", by=by, now=now, key=f"receive:{next(_number)}")
    return fund


def make_rule(fund: Fund, *, since: date | None = None, now: datetime = NOW, **fields) -> FundRule:
    """A rule of the fund from today on: nothing by itself, one officer, two people of finance above CNY 5,000."""
    by = make_member(fund.league, "officer")
    fields = {"checker_above": 500_000, **fields}
    return fund_rules.add(fund, required_from=since or today(now), by=by, now=now, **fields)


def make_line(
    available: int = 100_000,
    *,
    fund: Fund | None = None,
    region: Region | None = None,
    theme_slug: str = "",
    now: datetime = NOW,
) -> BudgetLine:
    """A line with so much available; its fund has nothing else."""
    fund = fund or make_fund(available, now=now)
    return funds.allocate(
        fund,
        region or make_region(),
        available,
        theme_slug=theme_slug,
        by=clock("tests"),
        now=now,
        key=f"allocate:{next(_number)}",
    )


def make_commitment(
    amount: int = 10_000,
    *,
    line: BudgetLine | None = None,
    provider: Organisation | None = None,
    reference: str = "",
    now: datetime = NOW,
) -> Commitment:
    """An open commitment."""
    line = line or make_line()
    return commitments.reserve(
        line.pk,
        amount,
        provider=provider or make_organisation("provider"),
        reference=reference or f"BC-2026-{next(_number):04d}",
        by=clock("tests"),
        now=now,
    )


def make_proposed_lines(*prices: int, percent: int = 100) -> list[ProposedLine]:
    """Held sessions of these prices."""
    reason = "full" if percent == 100 else "satisfaction"
    return [
        ProposedLine(f"第{n}场", date(2026, 11, n), price, percent, rules.portion(price, percent), reason)
        for n, price in enumerate(prices, 1)
    ]


def make_settlement(
    amount: int = 10_000,
    *,
    commitment: Commitment | None = None,
    approved_by: Acting | None = None,
    now: datetime = NOW,
) -> Settlement:
    """A proposed settlement of one session; approved, if somebody is named who does it."""
    commitment = commitment or make_commitment(amount)
    settlement = settlements.propose(
        commitment,
        make_proposed_lines(amount),
        explanation={"raters": 0, "mean": "", "percent": 100},
        by=clock("tests"),
        now=now,
    )
    assert settlement is not None
    return settlements.approve(settlement, by=approved_by, now=now) if approved_by else settlement


def make_payee_account(organisation: Organisation, *, is_confirmed: bool = True, now: datetime = NOW) -> PayeeAccount:
    """A bank account in the organisation's name."""
    account = payees.set_account(
        organisation,
        holder=organisation.name,
        bank="中国农业银行北辰支行",
        number=f"6228480020{next(_number):06d}",
        by=make_member(organisation, "finance"),
        now=now,
    )
    if is_confirmed:
        payees.confirm_account(account, by=make_member(organisation, "manager"), now=now)
    return account


def make_payout(
    amount: int = 10_000,
    *,
    settlement: Settlement | None = None,
    maker: Acting | None = None,
    now: datetime = NOW,
) -> Payout:
    """A payout that waits to be sent: approved, invoiced, with a confirmed bank account."""
    maker = maker or make_finance()
    settlement = settlement or make_settlement(amount, approved_by=maker, now=now)
    over = Settlement.objects.with_commitment().get(pk=settlement.pk).to_invoice
    settlements.record_invoice(settlement, number=f"2512{next(_number):08d}", amount=over, by=maker, now=now)
    provider = settlement.commitment.provider
    if not provider.payee_accounts.exists():
        make_payee_account(provider, now=now)
    return payouts.queue(settlement, by=maker, now=now)


def make_paid_payout(amount: int = 10_000, *, settlement: Settlement | None = None, now: datetime = NOW) -> Payout:
    """A payout that arrived."""
    payout = make_payout(amount, settlement=settlement, now=now)
    payout = payouts.send(payout, by=make_finance(), now=now)
    return payouts.mark_paid(payout, bank_reference=f"ABC{next(_number):09d}", by=make_finance(), now=now)


def make_donation(
    amount: int = 50_000, *, fund: Fund | None = None, donor: Organisation | None = None, now: datetime = NOW
) -> Donation:
    """A donation that an enterprise announced."""
    donor = donor or make_organisation("enterprise")
    return donations.announce(
        fund or make_fund(),
        amount,
        donor=donor,
        donor_name=donor.name,
        by=make_member(donor, "manager"),
        now=now,
        submission_id=uuid4(),
    )


def make_received_donation(
    amount: int = 50_000, *, fund: Fund | None = None, donor: Organisation | None = None, now: datetime = NOW
) -> Donation:
    """A donation that arrived."""
    donation = make_donation(amount, fund=fund, donor=donor, now=now)
    by = make_finance(donation.fund.league)
    return donations.receive(donation, amount=amount, bank_reference=f"ICBC{next(_number):09d}", by=by, now=now)


def make_paper() -> "ContentFile[bytes]":
    """A document as people upload it."""
    return ContentFile(b"%PDF-1.7 paper", "paper.pdf")


def make_spending(line: BudgetLine, amount: int = 100, *, document: str = "", now: datetime = NOW) -> Entry:
    """Something that was paid from a line outside the system."""
    number = next(_number)
    paper = {"document": document or f"付款凭证 {number} 号", "file": make_paper()}
    by = make_finance(line.fund.league)
    return outside.spend(line, amount, **paper, by=by, now=now, key=f"spend:{number}")


def make_advance(
    amount: int = 3_000,
    *,
    of: int = 10_000,
    commitment: Commitment | None = None,
    approved_by: Acting | None = None,
    now: datetime = NOW,
) -> Settlement:
    """An advance that a provider asks for, under a rule of up to half; approved, if somebody is named who does it."""
    line = commitment.line if commitment else make_line(of, now=now)
    if not line.fund.rules.exists():
        make_rule(line.fund, advance_share=5_000, now=now)
    commitment = commitment or make_commitment(of, line=line, now=now)
    by = make_member(commitment.provider, "finance")
    advance = advancing.ask(commitment, amount, reason="采购教具", by=by, now=now)
    return settlements.approve(advance, by=approved_by, now=now) if approved_by else advance


def make_paid_advance(amount: int = 3_000, *, of: int = 10_000, now: datetime = NOW, **fields) -> Settlement:
    """An advance that arrived."""
    advance = make_advance(amount, of=of, approved_by=make_finance(), now=now, **fields)
    make_paid_payout(settlement=advance, now=now)
    advance.refresh_from_db()
    return advance
