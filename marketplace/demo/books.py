"""The demo city's books as they live: a batch, a bank statement, money that came back, a gift, advances, a period."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from core.money import format_plain
from core.time import today
from funding import (
    advances,
    advancing,
    batches,
    donations,
    fund_rules,
    matching,
    payers,
    payouts,
    second_looks,
    settlements,
    statements,
)
from funding.models import Commitment, Fund, Payout, PayoutBatch, SecondLook, Settlement
from marketplace.demo.city import BEICHEN, City, admitted, join
from organisations.acting import Acting
from organisations.models import Membership, Organisation, Region

OWN_ACCOUNT = "0302011109000012345"
HEADINGS = ("交易日期", "流水号", "支出", "收入", "对方户名", "对方账号", "附言")
BATCH_AGO, BACK_AGO, ADVANCE_AGO = timedelta(days=40), timedelta(days=6), timedelta(days=5)
GIFT, ANNOUNCED = 500_000, 200_000  # fen


def build_books(city: City) -> None:
    """Pay a batch, match what the bank says, let a transfer come back, take a gift, pay an advance, and close a period."""
    _batch(city)
    _came_back(city)
    _gifts(city)
    _advances(city)
    _period(city)


def _row(payout: Payout, day: datetime, *, back: bool = False) -> dict[str, str]:
    """What the bank writes about a transfer, or about its return."""
    account = payout.account
    assert account is not None  # the demo pays by the bank
    amount = format_plain(payout.amount, payout.currency)
    return {
        "交易日期": f"{today(day)}",
        "流水号": f"SF{today(day):%Y%m%d}{payout.pk:06}{'R' if back else ''}",
        "支出": "" if back else amount,
        "收入": amount if back else "",
        "对方户名": account.holder,
        "对方账号": account.number,
        "附言": f"{payout.reference} {'账号有误退汇' if back else ''}".strip(),
    }


def _import(city: City, rows: Iterable[dict[str, str]], now: datetime) -> None:
    """Import a statement of the League's account and match its lines."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, HEADINGS)
    writer.writeheader()
    writer.writerows(rows)
    file = SimpleUploadedFile(f"对账单-{today(now):%Y%m%d}.csv", out.getvalue().encode())
    by = city.people["finance"]
    statement, _is_new = statements.start(file, account=OWN_ACCOUNT, by=by, now=now)
    matching.match_all(statement, by=by, now=now)


def open_account(city: City) -> None:
    """The League's own account, from which everything is paid; a second person confirmed it."""
    by, at = city.people["finance"], city.founded + timedelta(hours=2)
    league = by.organisation
    assert league is not None  # finance acts for the League
    account = payers.enter(
        league, holder=f"{league.name}专户", bank="北辰村镇银行营业部", number=OWN_ACCOUNT, by=by, now=at
    )
    payers.confirm(account, by=city.people["finance2"], now=at + timedelta(hours=1))


def _batch(city: City) -> None:
    """One file paid what was settled by then; the bank's statement confirmed it, and has a fee that nobody ordered."""
    maker, checker, when = city.people["finance"], city.people["finance2"], city.now - BATCH_AGO
    batch: PayoutBatch = batches.make(city.to_batch, by=maker, submission_id=city.submission(), now=when)
    batch = batches.fill(batch, by=maker, now=when)
    batch = batches.check(batch, by=checker, now=when + timedelta(hours=1))
    batch = batches.send(batch, by=maker, now=when + timedelta(hours=2))
    batches.take_file(batch, "csv", by=maker, now=when + timedelta(hours=2))
    day = when + timedelta(days=1)
    rows = [_row(one, day) for one in Payout.objects.filter(batch_row__batch=batch).order_by("pk")]
    fee = dict.fromkeys(HEADINGS, "") | {"交易日期": f"{today(day)}", "流水号": f"FEE{batch.pk}", "支出": "7.00"}
    _import(city, [*rows, fee | {"附言": "手续费"}], day + timedelta(hours=2))


def _came_back(city: City) -> None:
    """One settlement waits for its transfer; of another the money came back, and a new transfer is prepared."""
    rows = Settlement.objects.filter(kind=Settlement.Kind.SETTLEMENT, status=Settlement.Status.PROPOSED).select_related(
        "commitment__order__provider"
    )
    for n, settlement in enumerate(rows.order_by("pk")[:2]):
        money = _money_of(city, settlement.commitment.provider)
        at = city.now - BACK_AGO - timedelta(hours=n)
        settlements.record_invoice(
            settlement, by=money, now=at, number=f"2600{settlement.pk:08}", amount=settlement.amount
        )
        settlements.approve(settlement, by=city.officer(), now=at + timedelta(minutes=30))
        if n == 0:
            _there_and_back(city, settlement, at + timedelta(hours=1))


def _there_and_back(city: City, settlement: Settlement, at: datetime) -> None:
    maker, checker = city.people["finance"], city.people["finance2"]
    payout = payouts.queue(settlement, by=maker, now=at)
    payout = payouts.send(payout, by=checker, now=at + timedelta(hours=1))
    day = at + timedelta(days=2)
    _import(city, [_row(payout, day), _row(payout, day, back=True)], day + timedelta(hours=1))
    payouts.queue(Settlement.objects.get(pk=settlement.pk), by=maker, now=city.now - timedelta(hours=22))


def _money_of(city: City, provider: Organisation) -> Acting:
    """Who looks after a provider's money."""
    return city.people[f"money{list(city.providers.values()).index(provider):02}"]


def _gifts(city: City) -> None:
    """An enterprise of the district gave and has its receipt, and announced more."""
    district = Region.objects.get(code=BEICHEN)
    donor = admitted(city, Organisation.Kind.ENTERPRISE, "北辰示范食品有限公司", "Beichen Model Foods", district)
    manager = join(city, "donor", "顾白露", donor, Membership.Role.MANAGER, phone="+8613800000031")
    fund = Fund.objects.get()
    for amount, days in ((GIFT, 33), (ANNOUNCED, 2)):
        gift = donations.announce(
            fund,
            amount,
            donor=donor,
            donor_name=donor.name,
            by=manager,
            now=city.now - timedelta(days=days),
            submission_id=city.submission(),
        )
        if amount == GIFT:
            when = city.now - timedelta(days=days - 2)
            slip = f"JZ{today(when):%Y%m%d}{gift.pk:06}"
            donations.receive(gift, amount=amount, bank_reference=slip, by=city.people["finance"], now=when)


def _advances(city: City) -> None:
    """Two providers asked for as much as the rule allows: one advance has arrived, the other waits for approval."""
    at = city.now - ADVANCE_AGO
    rule = fund_rules.in_force(Fund.objects.get().pk, at)
    running = Commitment.objects.open().filter(opened_at__lt=at, order__status="approved").with_line()
    for n, commitment in enumerate(running.order_by("pk")[:2]):
        money, when = _money_of(city, commitment.provider), at + timedelta(days=2 * n, hours=1)
        most = advances.most(commitment, rule)
        advance = advancing.ask(commitment, most, reason="采购教具和材料", by=money, now=when)
        if n == 0:
            _pay(city, advance, money, when)


def _pay(city: City, advance: Settlement, money: Acting, at: datetime) -> None:
    day = timedelta(days=1)
    advance = settlements.approve(advance, by=city.officer(), now=at + timedelta(hours=2))
    number = f"2601{advance.pk:08}"
    settlements.record_invoice(advance, by=money, now=at + timedelta(hours=3), number=number, amount=advance.amount)
    payout = payouts.queue(advance, by=city.people["finance"], now=at + day)
    payouts.send(payout, by=city.people["finance2"], now=at + day + timedelta(hours=1))
    slip = f"YF{today(at):%Y%m%d}{payout.pk:06}"
    payouts.mark_paid(payout, bank_reference=slip, by=city.people["finance2"], now=at + 2 * day)


def _period(city: City) -> None:
    """The books are closed up to the end of a month that is two months over: one person asks, another confirms."""
    first, fund = (city.today - timedelta(days=62)).replace(day=1), Fund.objects.get()
    asked = second_looks.close_period(
        fund,
        ends_on=first - timedelta(days=1),
        by=city.people["finance"],
        now=city.now - timedelta(hours=2),
        submission_id=city.submission(),
    )
    assert isinstance(asked, SecondLook)  # the fund has a rule
    second_looks.confirm(asked, by=city.people["finance2"], now=city.now - timedelta(hours=1))
