"""Where a provider's money is: every order once, sums as in the ledger, and who acts next."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from funding import commitments, payouts, settlements
from funding.models import Claim, Settlement
from funding.settlements import ProposedLine
from funding.standing import Held
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.funding import (
    make_advance,
    make_commitment,
    make_finance,
    make_fund,
    make_league,
    make_line,
    make_paid_advance,
    make_paid_payout,
    make_payout,
    make_rule,
    make_settlement,
)
from tests.factories.orders import (
    close_sessions,
    make_accepted,
    make_approved,
    make_confirmed,
    make_delivered,
    rows_for,
)
from tests.factories.orders import make_stage as an_order_stage
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
PAGE = "/workbench/money/"


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def provider():
    return make_organisation("provider", name="青禾")


@pytest.fixture
def line():
    return make_line(1_000_000, fund=make_fund(1_000_000, league=make_league()))


def sign_in(client, organisation, role="manager"):
    by = make_member(organisation, role)
    client.force_login(by.user)
    return by


def settle(line, provider, amount=10_000, **more) -> Settlement:
    return make_settlement(amount, commitment=make_commitment(amount, line=line, provider=provider), **more)


def every_stage(line, provider):
    """One commitment in each state of its payment, the last one made first in the list."""
    finance = make_finance()
    make_commitment(line=line, provider=provider)
    settle(line, provider)
    settle(line, provider, approved_by=finance)
    make_payout(settlement=settle(line, provider, approved_by=finance))
    payouts.send(make_payout(settlement=settle(line, provider, approved_by=finance)), by=finance, now=NOW)
    make_paid_payout(settlement=settle(line, provider, approved_by=finance))
    failed = make_payout(settlement=settle(line, provider, approved_by=finance))
    payouts.mark_failed(failed, reason="x", by=finance, now=NOW)
    back = make_paid_payout(settlement=settle(line, provider, approved_by=finance))
    payouts.mark_returned(back, reason="x", by=finance, now=NOW)
    commitments.void(make_commitment(line=line, provider=provider), by=clock("tests"), now=NOW, reason="x")
    make_commitment(99_000, line=line)  # a stranger's


def test_every_payment_says_where_it_is_and_who_acts(client, line, provider):
    every_stage(line, provider)
    sign_in(client, provider)

    page = client.get(PAGE, {"lang": "en"})

    assert [(row.text, row.who) for row in page.context["rows"]] == [
        ("Ended, nothing payable", ""),
        ("Came back", "League finance"),
        ("Failed", "League finance"),
        ("Arrived", ""),
        ("On its way", "The bank"),
        ("Prepared", "League finance"),
        ("Invoice wanted", "Your organisation"),
        ("To be approved", "League finance"),
        ("Being delivered", ""),
    ]


def test_sums_by_stage_are_those_of_the_rows_and_of_the_ledger(client, line, provider):
    every_stage(line, provider)
    sign_in(client, provider)

    context = client.get(PAGE).context

    [book] = context["books"]
    assert {one.key: (one.orders, one.held.whole) for one in book.stages} == {
        "running": (1, 10_000),
        "approving": (1, 10_000),
        "paying": (5, 50_000),
        "paid": (1, 10_000),
        "ended": (1, 0),
    }
    line.refresh_from_db()
    strangers = 99_000
    assert book.whole == Held(line.committed - strangers, line.payable, line.paid)
    for part in ("committed", "payable", "paid"):
        assert sum(getattr(row.held, part) for row in context["rows"]) == getattr(book.whole, part)


def test_year_and_stage_choose_and_go_along_into_the_spreadsheet(client, line, provider):
    make_commitment(line=line, provider=provider, reference="OLD", now=datetime(2025, 12, 31, 15, 59, tzinfo=UTC))
    make_commitment(line=line, provider=provider, reference="NEW", now=datetime(2025, 12, 31, 16, 0, tzinfo=UTC))
    settle(line, provider)
    sign_in(client, provider)

    def shown(**asked):
        return [row.commitment.reference for row in client.get(PAGE, asked).context["rows"]]

    assert (len(shown()), shown(year="2025"), shown(year="2026", stage="running")) == (3, ["OLD"], ["NEW"])
    assert len(shown(year="x", stage="nonsense")) == 3
    assert shown(year="1999") == []
    assert client.get(PAGE).context["years"] == [2026, 2025]
    assert sum(book.orders for book in client.get(PAGE, {"year": "2025"}).context["books"]) == 1
    assert (
        'href="/workbench/export/money.xlsx?year=2026&amp;stage=running"'
        in client.get(PAGE, {"year": "2026", "stage": "running"}).content.decode()
    )
    file = client.get("/workbench/export/money.xlsx", {"year": "2026", "stage": "running", "lang": "en"})
    rows = list(load_workbook(BytesIO(file.content)).active.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["Number", "NEW"]
    assert rows[1][3:7] == (Decimal(100), 0, 0, "CNY")


def test_orders_say_what_the_provider_or_the_office_does_until_when(client):
    stage = an_order_stage()
    make_accepted(stage, rows=rows_for(stage, 1, days_ahead=35))
    running = make_approved(stage, rows=rows_for(stage, 1, days_ahead=28))
    over = make_approved(stage, rows=rows_for(stage, 1, days_ahead=21))
    close_sessions(over)
    delivered = make_delivered(stage, rows=rows_for(stage, 1, days_ahead=14))
    client.force_login(stage.provider.user)

    page = client.get(PAGE, {"lang": "en"})

    told = {row.order.number: (row.who, row.then, row.due) for row in page.context["rows"]}
    assert told == {
        running.number: (
            "Your organisation",
            "Hold the sessions, the next one on Tue 22 Dec 2026, and hand in the report.",
            running.waits_until,
        ),
        over.number: ("Your organisation", "Hand in the report.", over.waits_until),
        delivered.number: (
            "Ruijing",
            "It confirms the delivery; unanswered, it counts as confirmed.",
            delivered.waits_until,
        ),
    }
    assert "1 more order waits for the League" in page.content.decode()
    assert page.context["rows"][0].text == "Waiting for the office's word"


def test_a_session_that_is_over_is_to_be_closed_first(client, time_machine):
    stage = an_order_stage()
    order = make_approved(stage, rows=rows_for(stage, 1, days_ahead=14))
    time_machine.move_to(order.planned.get().ends_at, tick=False)
    client.force_login(stage.provider.user)

    [row] = client.get(PAGE, {"lang": "en"}).context["rows"]

    assert row.then == "Close the session of Tue 8 Dec 2026."


def test_a_reduction_and_a_missing_invoice_stand_beside_the_order(client, line, provider):
    commitment = make_commitment(30_000, line=line, provider=provider)
    lines = [
        ProposedLine("一", date(2026, 11, 1), 10_000, 100, 10_000, "full"),
        ProposedLine("二", date(2026, 11, 2), 10_000, 0, 0, "not_held"),
        ProposedLine("三", date(2026, 11, 3), 10_000, 95, 9_500, "satisfaction"),
    ]
    found = settlements.propose(commitment, lines, explanation={"percent": 95}, by=clock("tests"), now=NOW)
    settlements.approve(found, by=make_finance(), now=NOW)
    sign_in(client, provider)

    page = client.get(PAGE, {"lang": "en"})

    [row] = page.context["rows"]
    assert (row.less, row.invoice_missing, row.wants_invoice) == (10_500, True, True)
    assert "¥105.00 less than ordered: 1 × not held · 1 × held, reduced by" in page.content.decode()
    assert reverse("funding:invoice", args=[found.pk]) in page.content.decode()


def test_an_advance_is_a_payment_of_its_own_and_no_order_counts_twice(client, line, provider):
    make_rule(line.fund, advance_share=5_000)
    finance = make_finance()

    def order():
        return make_commitment(10_000, line=line, provider=provider)

    make_paid_advance(commitment=order())
    make_advance(commitment=order())
    settled = make_paid_advance(commitment=order())
    rest = make_settlement(8_000, commitment=settled.commitment, approved_by=finance)
    make_paid_payout(settlement=rest)
    unearned = make_paid_advance(commitment=order())
    commitments.void(unearned.commitment, by=clock("tests"), now=NOW, reason="x")
    settle(line, provider, 1_000, approved_by=finance)  # all of it is set off
    sign_in(client, provider)

    page = client.get(PAGE, {"lang": "en"})

    def told(row):
        advance = row.advance and (row.advance.parcel.text, row.advance.who, row.advance.owed)
        return row.text, row.who, advance, row.held

    assert [told(row) for row in page.context["rows"]] == [
        ("Set off", "", None, Held(paid=1_000)),
        ("Ended, nothing payable", "", ("Arrived", "", 2_000), Held(paid=2_000)),
        ("Arrived", "", ("Arrived", "", 0), Held(paid=8_000)),
        ("Being delivered", "", ("To be approved", "League finance", 0), Held(committed=10_000)),
        ("Being delivered", "", ("Arrived", "", 0), Held(committed=7_000, paid=3_000)),
    ]
    [book] = page.context["books"]
    assert {one.key: (one.orders, one.held) for one in book.stages} == {
        "running": (2, Held(committed=17_000, paid=3_000)),
        "paid": (2, Held(paid=9_000)),
        "ended": (1, Held(paid=2_000)),
    }
    line.refresh_from_db()
    assert book.whole == Held(line.committed, line.payable, line.paid)
    said = page.content.decode()
    assert f"{settled.commitment.reference}-A1" in said
    assert "¥30.00 of it advanced or set off" in said
    claim = reverse("funding:claim", args=[Claim.objects.get().pk])
    assert f'<a href="{claim}">¥20.00 of the advance is owed back</a>' in said
    assert [row.commitment.pk for row in client.get(PAGE, {"stage": "paid"}).context["rows"]] == [
        Settlement.objects.latest("pk").commitment_id,
        settled.commitment_id,
    ]
    file = client.get("/workbench/export/money.xlsx", {"lang": "en"})
    rows = list(load_workbook(BytesIO(file.content)).active.iter_rows(values_only=True))
    assert [row[-5:] for row in rows[2:4]] == [
        (None, 30, "Arrived", unearned.payouts.get().reference, 20),
        (30, 30, "Arrived", settled.payouts.get().reference, None),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_for_one_and_three(client, line, provider, count, django_assert_num_queries):
    make_rule(line.fund, advance_share=5_000)
    for _number in range(count):
        advance = make_paid_advance(commitment=make_commitment(line=line, provider=provider))
        make_paid_payout(settlement=make_settlement(commitment=advance.commitment, approved_by=make_finance()))
    sign_in(client, provider, "finance")
    client.get(PAGE)

    with django_assert_num_queries(11):
        client.get(PAGE)


def test_long_list_goes_on_and_keeps_its_choice(client, line, provider):
    for number in range(31):
        make_commitment(1_000, line=line, provider=provider, reference=f"R{number:02}")
    sign_in(client, provider)

    first = client.get(PAGE, {"stage": "running"})
    last = first.context["rows"][-1].commitment
    assert f"?stage=running&amp;after={last.pk}#rows-h" in first.content.decode()
    second = client.get(PAGE, {"stage": "running", "after": last.pk})
    assert [row.commitment.reference for row in second.context["rows"]] == ["R00"]
    assert second.context["books"][0].orders == 31


def test_a_provider_without_orders_and_a_coordinator(client, provider):
    sign_in(client, provider)
    assert "Nothing yet." in client.get(PAGE, {"lang": "en"}).content.decode()
    sign_in(client, provider, "coordinator")
    assert client.get(PAGE).status_code == 403
    assert client.get("/workbench/export/money.xlsx").status_code == 403


def test_start_page_leads_there_in_one_step(client):
    stage = an_order_stage()
    make_confirmed(stage)
    client.force_login(stage.provider.user)

    assert f'href="{PAGE}"' in client.get("/workbench/").content.decode()
