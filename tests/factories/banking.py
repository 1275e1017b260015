"""Batches of transfers and the bank's statements for tests."""

import csv
import io
import uuid
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile

from core.money import format_plain
from funding import batches, matching, payers, settlements, statements
from funding.models import PayerAccount, Payout, PayoutBatch, Settlement, StatementImport
from organisations.acting import Acting
from organisations.models import Organisation
from tests.conftest import NOW
from tests.factories.funding import (
    make_commitment,
    make_finance,
    make_fund,
    make_line,
    make_payee_account,
    make_settlement,
)
from tests.factories.organisations import make_member, make_organisation
from tests.factories.sheets import as_upload

HEADINGS = ("交易日期", "流水号", "支出", "收入", "对方户名", "对方账号", "附言")
OWN_ACCOUNT = "0302011109000012345"


def make_ready(
    *amounts: int, finance: Acting, provider: Organisation | None = None, now: datetime = NOW
) -> list[Settlement]:
    """Approved and invoiced settlements of a provider with a confirmed account, all paid from one line."""
    provider = provider or make_organisation()
    if not provider.payee_accounts.exists():
        make_payee_account(provider, now=now)
    total = sum(amounts)
    line = make_line(total, fund=make_fund(total, league=finance.organisation))
    found = []
    for amount in amounts:
        commitment = make_commitment(amount, line=line, provider=provider)
        one = make_settlement(amount, commitment=commitment, approved_by=finance, now=now)
        settlements.record_invoice(one, exception="小额免票", by=finance, now=now)
        found.append(one)
    return found


def make_batch(*amounts: int, finance: Acting, now: datetime = NOW, **more) -> PayoutBatch:
    """A batch over settlements of these amounts whose transfers are prepared."""
    chosen = make_ready(*amounts, finance=finance, **more)
    batch = batches.make([one.pk for one in chosen], by=finance, submission_id=uuid.uuid4(), now=now)
    return batches.fill(batch, by=finance, now=now)


def make_sent_batch(*amounts: int, finance: Acting, checker: Acting | None = None, now: datetime = NOW) -> PayoutBatch:
    """A batch that another person checked, and that the bank has."""
    batch = make_batch(*amounts, finance=finance, now=now)
    batches.check(batch, by=checker or make_finance(finance.organisation), now=now)
    return batches.send(batch, by=finance, now=now)


def transfers(batch: PayoutBatch) -> list[Payout]:
    """The batch's transfers in their order."""
    return list(Payout.objects.filter(batch_row__batch=batch).with_settlement().order_by("batch_row__position"))


def bank_row(payout: Payout, *, number: str = "", back: bool = False, **changes: str) -> dict[str, str]:
    """What the bank writes about a transfer; ``changes`` are by heading."""
    amount = format_plain(payout.amount, payout.currency)
    account = payout.account
    assert account is not None
    return {
        "交易日期": "2026-11-25",
        "流水号": number or f"N{payout.pk:08d}{'R' if back else ''}",
        "支出": "" if back else amount,
        "收入": amount if back else "",
        "对方户名": account.holder,
        "对方账号": account.number,
        "附言": payout.reference,
        **changes,
    }


def make_csv(*rows: dict[str, str], headings: tuple[str, ...] = HEADINGS, encoding: str = "gb18030") -> UploadedFile:
    """A statement as a bank gives it."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, headings, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return as_upload(out.getvalue().encode(encoding), "对账单.csv")


def make_payer(
    finance: Acting, *, number: str = OWN_ACCOUNT, confirmed: bool = True, now: datetime = NOW
) -> PayerAccount:
    """An account of the League, confirmed by an officer."""
    league = finance.organisation
    assert league is not None
    account = payers.enter(league, holder="北辰区团委专户", bank="北辰银行", number=number, by=finance, now=now)
    return payers.confirm(account, by=make_member(league, "officer"), now=now) if confirmed else account


def make_statement(
    *rows: dict[str, str], by: Acting, account: str = OWN_ACCOUNT, now: datetime = NOW
) -> StatementImport:
    """A statement that was imported and looked at."""
    statement, _is_new = statements.start(make_csv(*rows), account=account, by=by, now=now)
    return matching.match_all(statement, by=by, now=now)


def make_banked(finance: Acting, *, now: datetime = NOW) -> PayoutBatch:
    """A sent batch with a transfer that arrived, one that came back, one whose line differs, and one on its way."""
    batch = make_sent_batch(10_000, 20_000, 30_000, 40_000, finance=finance, now=now)
    arrived, back, differing, _waits = transfers(batch)
    make_statement(
        bank_row(arrived),
        bank_row(back),
        bank_row(back, back=True),
        bank_row(differing, 支出="1"),
        bank_row(arrived, number=f"F{batch.pk}", 附言="手续费", 支出="7", 对方户名=""),
        by=finance,
        now=now,
    )
    make_batch(10_000, finance=finance, now=now)
    return batch
