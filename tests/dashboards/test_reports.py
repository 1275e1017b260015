"""Reports: what is kept is what the rows say, few people stay hidden, and the money is the ledger's."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db.models import Sum
from openpyxl import load_workbook

from activities import lifecycle as sessions
from activities import signups
from activities.models import Attendance, Party, Review, Session, SignUp
from core.time import today
from dashboards import invariants, reports, rollup
from dashboards.models import Figure, Spent
from funding import payouts, settlements
from funding.models import BudgetLine, Settlement
from orders import lifecycle
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.activities import make_sign_up
from tests.factories.funding import make_paid_payout, make_spending
from tests.factories.orders import at_day, make_approved, make_confirmed, make_present, make_stage, rows_for
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db
YEAR, MONTH = 2026, 12  # a session two weeks after NOW
BY = clock("tests")


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def stage():
    return make_stage()


def figure(stage, **place) -> Figure:
    every = {"month": 0, "provider": None, "theme": None, "area": None}
    return Figure.objects.get(league=stage.officer.organisation, year=YEAR, **{**every, **place})


def opened(stage, week: int = 2) -> Session:
    """The session of an approved order, so many weeks ahead."""
    return Session.objects.get(planned__order=make_approved(stage, rows=rows_for(stage, 1, days_ahead=7 * week)))


def delivered(stage, present: int, *, marks=(), week: int = 2) -> Session:
    """A held session with so many families that came, and what some of them thought."""
    session = opened(stage, week)
    rows = [make_present(session) for _ in range(present)]
    for row, mark in zip(rows, marks, strict=False):
        stamps = {"created_at": NOW, "changed_at": NOW}
        Review.objects.create(session=session, kind="attendee", sign_up=row, mark=mark, **stamps)
    sessions.close(session, by=BY, now=session.ends_at)
    return session


def page(client, by, query: str = "", path: str = "/workbench/reports/", language: str = "en"):
    client.force_login(by.user)
    return client.get(f"{path}?{query}", headers={"accept-language": language})


def breaches() -> list[str]:
    return [f"{one.key}: {breach}" for one in invariants.INVARIANTS for breach in one.check().breaches]


def test_figures_are_kept_at_every_place_and_an_area_is_the_street(stage):
    session = delivered(stage, 6, marks=[5, 4, 5, 4, 5])
    Session.objects.filter(pk=session.pk).update(region=make_region("翡翠城社区"))

    rollup.rebuild(NOW)

    names = {"provider": stage.provider.organisation, "theme": stage.programme.theme, "area": stage.line.region}
    for place in ({}, {"month": MONTH}, {"provider": names["provider"]}, {**names, "month": MONTH}):
        row = figure(stage, **place)
        counted = (row.held, row.signed_up, row.present, row.families, row.raters, row.marks)
        assert (counted, row.hides_people, row.hides_marks) == ((1, 6, 6, 6, 5, 23), False, False)
    assert Figure.objects.count() == 16


def test_a_family_that_came_twice_counts_once_but_its_visits_add_up(stage):
    first, second = delivered(stage, 5), delivered(stage, 5, week=3)
    for one, other in zip(*(SignUp.objects.filter(session=s).order_by("pk") for s in (first, second)), strict=True):
        Party.objects.filter(pk=other.party_id).update(guardian=one.party.guardian)

    rollup.rebuild(NOW)

    assert (figure(stage, month=MONTH).present, figure(stage, month=MONTH).families) == (10, 5)


def test_a_reading_follows_whatever_happens_and_comes_to_what_counting_anew_does(stage):
    rollup.rebuild(NOW)
    session = opened(stage)
    other = opened(stage, week=3)
    rows = [make_sign_up(session) for _ in range(6)]
    assert rollup.refresh(NOW)
    assert figure(stage).signed_up == 6

    signups.cancel(rows[0], by=BY, now=NOW)
    rollup.refresh(NOW)
    assert figure(stage, month=MONTH).signed_up == 5

    planned, start = session.planned, at_day(49)
    proposal = lifecycle.propose_reschedule(
        planned,
        starts_at=start,
        ends_at=start + timedelta(minutes=90),
        venue=stage.venue,
        address="",
        by=stage.office,
        now=NOW,
    )
    lifecycle.agree_reschedule(proposal, by=stage.provider, now=NOW)
    rollup.refresh(NOW)
    assert not Figure.objects.filter(year=YEAR, month=MONTH, signed_up__gt=0).exists()

    sessions.cancel(other, by=BY, now=NOW, reason="雨")
    rollup.refresh(NOW)
    kept = {(row.year, row.month, row.signed_up) for row in Figure.objects.all()}
    rollup.refresh(NOW)
    rollup.refresh(NOW)
    assert breaches() == []  # nothing is awaited any more, so everything was compared
    rollup.rebuild(NOW)
    assert kept == {(row.year, row.month, row.signed_up) for row in Figure.objects.all()}


def test_a_reading_of_changes_at_very_many_places_counts_everything(stage, monkeypatch):
    rollup.rebuild(NOW)
    make_sign_up(opened(stage))
    monkeypatch.setattr(rollup, "MOST_PLACES", 0)

    assert rollup.touched(rollup.mark()) is None
    assert rollup.refresh(NOW)
    assert figure(stage).signed_up == 1


def test_what_was_counted_before_somebody_else_wrote_is_not_kept(stage):
    rollup.rebuild(NOW)
    known, heads = rollup.mark(), rollup.newest()
    delivered(stage, 6)
    rollup.refresh(NOW)

    year = {(stage.officer.organisation.pk, YEAR): {}}
    assert rollup._write(rollup.Counted(years=year), known, heads, NOW) == 0
    assert figure(stage).present == 6


def test_what_changed_in_the_rows_or_in_the_figures_is_reported(stage):
    delivered(stage, 6, marks=[5] * 5)
    make_paid_payout()
    for _ in range(2):
        rollup.rebuild(NOW)
    rollup.refresh(NOW)
    assert breaches() == []

    Attendance.objects.filter(pk=Attendance.objects.first().pk).update(status="absent")
    assert any(one.startswith("dashboards.figures") for one in breaches())
    Figure.objects.update(present=3, hides_people=False)
    assert any(one.startswith("G7") for one in breaches())
    Spent.objects.update(amount=1)
    assert any(one.startswith("D12") for one in breaches())


def test_money_spent_is_the_ledgers_also_outside_the_system_and_after_a_return(stage, client):
    settlement = Settlement.objects.get(commitment__order=make_confirmed(stage))
    approved = settlements.approve(settlement, by=stage.finance, now=NOW)
    make_paid_payout(settlement=approved)
    make_spending(stage.line, 70_000)

    rollup.rebuild(NOW)

    paid = BudgetLine.objects.aggregate(n=Sum("paid"))["n"]
    assert paid == settlement.amount + 70_000
    assert Spent.objects.aggregate(n=Sum("amount"))["n"] == paid
    rows = page(client, stage.finance, "by=provider").context["report"]
    assert {row.label: dict(row.spent) for row in rows.rows} == {
        "Qinghe": {"CNY": settlement.amount},
        "Outside the system": {"CNY": 70_000},
    }
    assert dict(rows.total.spent) == {"CNY": paid}

    payouts.mark_returned(approved.payouts.get(), reason="退票", by=stage.finance, now=NOW)
    rollup.refresh(NOW)
    assert Spent.objects.aggregate(n=Sum("amount"))["n"] == 70_000


def test_a_page_and_its_sheet_hide_few_people_and_show_many(stage, client):
    delivered(stage, 6, marks=[5, 5, 4, 4, 5])
    rollup.rebuild(NOW)

    shown = page(client, stage.officer, "by=area")
    (row,) = shown.context["report"].rows
    assert (row.label, row.held, row.signed_up, row.families, row.mean) == ("瑞景街道", 1, 6, 6, 4.6)
    assert "Hidden:" not in shown.text

    few = delivered(stage, 2, week=3)
    SignUp.objects.filter(session=few).update(status="confirmed")
    Session.objects.filter(pk=few.pk).update(region=make_region("天穆镇"))
    rollup.rebuild(NOW)

    report = page(client, stage.officer, "by=area").context["report"]
    assert [(row.label, row.held, row.signed_up, row.families) for row in report.rows] == [
        ("瑞景街道", 1, None, None),
        ("天穆镇", 1, None, None),
    ]
    assert (report.total.signed_up, report.total.held) == (8, 2)
    sheet = load_workbook(
        BytesIO(page(client, stage.officer, "by=area", "/workbench/export/reports.xlsx").content)
    ).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[:8] for row in rows] == [
        [2026, "all", "all", "all", "瑞景街道", 1, "hidden", "hidden"],
        [2026, "all", "all", "all", "天穆镇", 1, "hidden", "hidden"],
        [2026, "all", "all", "all", "all", 2, 8, 8],
    ]
    start = page(client, stage.officer, path="/workbench/")
    assert "/workbench/reports/" in start.text
    assert (start.context["results"].held, start.context["results"].families) == (2, 8)


def test_a_report_keeps_to_its_filters_and_leaves_out_what_means_nothing(stage, client):
    delivered(stage, 6)
    rollup.rebuild(NOW)
    theme, provider = stage.programme.theme_id, stage.provider.organisation.pk

    wanted = page(client, stage.officer, f"month={MONTH}&provider={provider}&theme={theme}&by=theme")
    assert wanted.context["report"].total.present == 6
    assert f"provider={provider}" in wanted.context["asked"].query()
    assert page(client, stage.officer, "month=3").context["report"].total.present == 0
    nonsense = page(
        client, stage.officer, "year=１２&month=-1&provider=x&theme='&area=999&by=child", language="zh-hans"
    )
    assert nonsense.context["asked"] == reports.Asked(today(NOW).year)
    assert nonsense.status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_a_report_costs_the_same_for_one_and_three(stage, client, rows, django_assert_num_queries):
    for week in range(rows):
        delivered(stage, 5, week=2 + week)
    rollup.rebuild(NOW)
    page(client, stage.officer)

    with django_assert_num_queries(9):
        client.get("/workbench/reports/")
    with django_assert_num_queries(9):
        client.get("/workbench/export/reports.xlsx")


def test_what_is_not_held_not_visible_or_anothers_does_not_count(stage, client):
    session = delivered(stage, 6, marks=[5, 5, 5, 5, 5, 1])
    Review.objects.filter(mark=1).update(hidden_at=NOW, hidden_reason="x")
    Session.objects.filter(pk=session.pk).update(status="scheduled")
    elsewhere = make_member(make_organisation("league", region=make_region("天穆镇")), "officer")
    rollup.rebuild(NOW)

    results = reports.results(stage.officer.organisation, YEAR)
    assert (results.held, results.families, results.mean, results.raters) == (0, 6, 5.0, 5)
    assert reports.results(elsewhere.organisation, YEAR) == reports.Row(None, str(YEAR))
    assert page(client, elsewhere).context["report"].rows == []


@pytest.mark.parametrize("rows", [1, 3])
def test_a_reading_asks_a_fixed_number_of_questions(stage, rows, django_assert_num_queries):
    rollup.rebuild(NOW)
    for week in range(rows):
        delivered(stage, 5, week=2 + week)

    with django_assert_num_queries(45):
        rollup.refresh(NOW)
