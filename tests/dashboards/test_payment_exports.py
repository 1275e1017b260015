"""The lists of League finance as spreadsheets: the rows of the page with its choice, text as text."""

from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from core import sheets
from tests.factories.banking import bank_row, make_ready, make_sent_batch, make_statement, transfers
from tests.factories.funding import (
    make_advance,
    make_commitment,
    make_donation,
    make_finance,
    make_fund,
    make_league,
    make_line,
    make_paid_advance,
    make_paid_payout,
    make_received_donation,
    make_settlement,
)
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
EVIL = '=HYPERLINK("http://x")'


@pytest.fixture
def finance():
    return make_finance(make_league())


@pytest.fixture
def take(client, finance):
    """Take a list away as a table of values, signed in as League finance."""
    client.force_login(finance.user)

    def take(what, **asked):
        answer = client.get(f"/workbench/export/{what}.xlsx", {**asked, "lang": "en"})
        assert answer.status_code == 200, what
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        page = load_workbook(BytesIO(content)).active
        return [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]

    return take


def test_every_list_holds_its_rows_and_no_others(client, finance, take):
    evil = make_organisation("provider", name=EVIL)
    [waiting] = make_ready(700, finance=finance, provider=evil)
    batch = make_sent_batch(500, 600, finance=finance)
    first, second = transfers(batch)
    statement = make_statement(bank_row(first), bank_row(second, number="X", 附言="别的"), by=finance)
    make_settlement(approved_by=make_finance())
    make_paid_payout()  # another League's

    def column(number, rows):
        return [row[number] for row in rows]

    assert column(0, take("to-pay")) == [waiting.commitment.reference]
    assert column(1, take("to-pay")) == [EVIL]
    assert column(-3, take("to-pay")) == ["Ready"]
    assert take("to-approve") == []
    assert column(0, take("payouts")) == [second.reference, first.reference]
    assert column(0, take("payouts", state="paid")) == [first.reference]
    assert column(5, take("payouts", state="way")) == [Decimal(6)]
    assert column(0, take("batches")) == [batch.number]
    assert sorted(column(0, take("batch", batch=batch.pk))) == sorted([first.reference, second.reference])
    assert all(number.startswith("****") for number in column(6, take("batch", batch=batch.pk)))
    assert column(4, take("statements")) == [2]
    assert column(9, take("statement-lines", statement=statement.pk, state="matched")) == [first.reference]
    assert len(take("statement-lines", statement=statement.pk)) == 2
    line = waiting.commitment.line
    assert column(-1, take("line", line=line.pk))[-1] == Decimal(7)
    assert len(take("line", line=line.pk)) == 3
    stranger = make_member(make_organisation("league"), "finance")
    client.force_login(stranger.user)
    for what, asked in [("batch", {"batch": batch.pk}), ("line", {"line": line.pk})]:
        assert client.get(f"/workbench/export/{what}.xlsx", asked).status_code == 404
    assert take("statements") == take("payouts") == take("to-pay") == []


def test_advances_are_told_apart_and_only_what_is_due_is_summed(client, finance, take, monkeypatch):
    line = make_line(100_000, fund=make_fund(100_000, league=finance.organisation))
    first = make_commitment(line=line)
    advance = make_paid_advance(commitment=first)
    rest = make_settlement(commitment=first, approved_by=finance)
    make_advance(commitment=make_commitment(line=line), approved_by=finance)

    assert [(row[3], row[-2]) for row in take("to-pay")] == [("settlement", 70), ("advance", 30)]
    assert [(row[0], row[4], row[5]) for row in take("payouts")] == [(advance.payouts.get().reference, "advance", 30)]
    page = client.get("/funding/", headers={"accept-language": "en"})
    assert page.context["all_to_pay"] == {"n": 2, "sum": 10_000}
    assert "<small>advance</small>" in page.content.decode()
    monkeypatch.setattr("funding.views.finance.ROWS", 1)
    page = client.get("/funding/")
    assert page.context["all_to_pay"] == {"n": 2, "sum": 10_000}
    assert [row["settlement"].pk for row in page.context["to_pay"]] == [rest.pk]


def test_a_long_list_leaves_in_pieces_from_disk(client, finance, take, monkeypatch):
    make_ready(700, finance=finance)
    client.force_login(finance.user)
    assert not client.get("/workbench/export/to-pay.xlsx").streaming
    monkeypatch.setattr(sheets, "IN_MEMORY", 1000)

    answer = client.get("/workbench/export/to-pay.xlsx")

    assert answer.streaming
    assert answer["Content-Disposition"].endswith('.xlsx"')
    assert len(take("to-pay")) == 1
    answer.close()


def test_a_street_takes_its_own_line_away_and_nothing_else(client, finance):
    [waiting] = make_ready(700, finance=finance)
    line = waiting.commitment.line
    client.force_login(make_member(make_organisation("office", region=line.region), "clerk").user)

    assert client.get("/workbench/export/line.xlsx", {"line": line.pk}).status_code == 200
    for what in ("to-pay", "payouts", "batches", "statements", "flow"):
        assert client.get(f"/workbench/export/{what}.xlsx").status_code == 403


def test_an_enterprise_takes_away_its_own_gifts_and_nobody_elses(client, take):
    donor = make_organisation("enterprise")
    fund = make_fund(name="专项资金")
    arrived = make_received_donation(30_000, fund=fund, donor=donor)
    announced = make_donation(20_000, fund=fund, donor=donor)
    make_donation(10_000, fund=fund)
    client.force_login(make_member(donor, "manager").user)

    rows = take("gifts")

    assert [row[0] for row in rows] == [announced.reference, arrived.reference]
    assert [row[3] for row in rows] == [Decimal(200), Decimal(300)]
    assert 'href="/workbench/export/gifts.xlsx"' in client.get("/funding/give/").content.decode()
    client.force_login(make_finance(fund.league).user)
    assert client.get("/workbench/export/gifts.xlsx").status_code == 403
