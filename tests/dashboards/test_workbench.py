"""Each role's start page: what it has to do, with the figures that it needs, in few queries."""

from datetime import timedelta

import pytest

from catalog.models import Programme
from dashboards import queries, rollup
from orders import lifecycle
from orders.models import Order
from organisations import lifecycle as organisations
from tests.conftest import NOW
from tests.factories.catalog import make_draft, make_programme
from tests.factories.orders import (
    after,
    close_sessions,
    make_accepted,
    make_approved,
    make_countered,
    make_delivered,
    make_order,
    make_stage,
    make_submitted,
    rows_for,
)
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_guardian
from tests.factories.safeguarding import make_check
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
PAST = NOW - timedelta(days=40)


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW, tick=False)


def bench(client, acting, language="en"):
    client.force_login(acting.user)
    return client.get("/workbench/", headers={"accept-language": language})


def several(stage, make, count):
    """Orders on dates of their own, so that nothing clashes."""
    return [make(stage, rows=rows_for(stage, 1, days_ahead=14 + 7 * n)) for n in range(count)]


def test_workbench_of_nobody_leads_to_ones_own_page(client):
    client.force_login(make_user())

    assert client.get("/workbench/").url == "/my/"


@pytest.mark.parametrize(("status", "words"), [("applied", "Your application"), ("suspended", "cannot act")])
def test_workbench_of_an_organisation_that_may_not_act_says_why(client, status, words):
    assert words in bench(client, make_member(make_organisation("provider", status=status), "manager")).text


def test_office_sees_what_it_has_to_answer_by_deadline(client, time_machine):
    stage = make_stage()
    make_order(stage)
    make_countered(stage, rows=rows_for(stage, 1, days_ahead=21))
    delivered = make_delivered(stage, rows=rows_for(stage, 1))
    time_machine.move_to(after(delivered), tick=False)

    response = bench(client, stage.office)

    actions = [todo.action for todo in response.context["todos"]]
    assert sorted(actions) == ["Confirm", "Go on", "See the proposal"]
    deadlines = [todo.deadline for todo in response.context["todos"]]
    assert deadlines == sorted(deadlines)


def test_office_sees_its_budget_with_what_it_asked_for(client):
    stage = make_stage(budget=1_000_000)
    make_accepted(stage)

    response = bench(client, stage.office)

    assert "¥10,000.00" in response.text
    assert "¥1,600.00" in response.text
    assert response.context["left_after"] == 840_000


def test_office_without_a_budget_line_is_told_whom_to_ask(client):
    office = make_member(make_organisation("office", region=make_region("天穆镇")), "manager")

    assert "Ask the League committee" in bench(client, office).text


def test_office_sees_families_that_wait_for_a_call(client):
    from people.services import tell

    office = make_organisation("office", region=make_region("瑞景街道"))
    guardian = make_guardian(registered_by=office)
    tell(guardian, kind="any", cause="c", context={}, path="/my/", now=NOW)

    assert "1 family waits for your call" in bench(client, make_member(office, "clerk")).text


def test_office_sees_sessions_of_the_next_two_weeks_only(client):
    stage = make_stage()
    make_approved(stage, rows=rows_for(stage, 2, days_ahead=10))

    assert len(bench(client, stage.office).context["sessions"]) == 1


def test_office_sees_nothing_of_another_office(client):
    stage = make_stage()
    order = make_approved(stage)
    other = make_member(make_organisation("office", region=make_region("天穆镇")), "manager")

    assert order.number not in bench(client, other).text


def test_provider_sees_four_numbers_and_its_work(client):
    stage = make_stage()
    make_submitted(stage)
    old = make_approved(stage, now=PAST, rows=rows_for(stage, 1, now=PAST))

    response = bench(client, stage.provider)

    assert (response.context["new_orders"], response.context["reports_due"]) == (1, 0)
    assert [todo.action for todo in response.context["todos"]] == ["Close", "Answer"]
    assert response.context["programmes"][0].pk == old.programme_id


def test_provider_whose_sessions_are_closed_owes_the_report(client, time_machine):
    stage = make_stage()
    order = make_approved(stage, rows=rows_for(stage, 1))
    close_sessions(order)
    time_machine.move_to(after(order), tick=False)

    response = bench(client, stage.provider)

    assert response.context["reports_due"] == 1
    assert [todo.action for todo in response.context["todos"]] == ["Report"]


def test_provider_checks_in_on_the_day(client, time_machine):
    stage = make_stage()
    order = make_approved(stage)
    start = order.planned.order_by("position").first().starts_at
    time_machine.move_to(start - timedelta(hours=1), tick=False)

    response = bench(client, stage.coordinator)

    assert [todo.action for todo in response.context["todos"]] == ["Check in"]
    assert len(response.context["sessions"]) == 1


def test_provider_sees_staff_whose_check_ends(client):
    stage = make_stage()
    make_check(stage.coordinator.user, checked_on=(NOW - timedelta(days=350)).date())
    make_check(stage.coordinator.user, checked_on=(NOW - timedelta(days=10)).date(), result="adverse")

    response = bench(client, stage.provider)

    assert str(stage.coordinator.user) in dict(response.context["crew"])
    assert "Staff whose clearance needs care" in response.text


def test_provider_sees_what_is_on_the_menu_before_what_was_retired_or_suspended(client):
    stage = make_stage()
    shown = stage.programme
    for status in ("suspended", "retired"):
        Programme.objects.filter(pk=make_programme(by=stage.provider).pk).update(status=status)
    draft = make_draft(by=stage.provider)

    programmes = bench(client, stage.provider).context["programmes"]

    assert (programmes[0], programmes[1], len(programmes)) == (shown, draft, 4)


def test_provider_without_programmes_is_invited_to_offer_one(client):
    assert "Nothing on offer yet" in bench(client, make_member(make_organisation("provider"), "manager")).text


def test_league_sees_approvals_with_amount_and_what_to_note(client):
    stage = make_stage()
    order = make_accepted(stage)
    Order.objects.filter(pk=order.pk).update(unit_price=120_000)
    make_organisation("provider", status="applied", region=make_region("瑞景街道"), name="新来的机构")

    response = bench(client, stage.officer)

    assert order.number in response.text
    assert "50 % above the mean of its theme" in response.text
    assert "¥2,400.00" in response.text
    assert "新来的机构" in response.text


def test_league_does_not_see_applications_of_another_district(client):
    stage = make_stage()
    make_organisation("provider", status="applied", region=make_region("天津市"), name="别区机构")

    assert "别区机构" not in bench(client, stage.officer).text


def test_league_sees_what_was_brought_about(client):
    stage = make_stage()
    make_delivered(stage, rows=rows_for(stage, 1))
    rollup.rebuild(NOW)

    results = bench(client, stage.officer).context["results"]

    assert (results.held, results.families, results.raters) == (1, None, 0)  # one family: too few to be counted


def test_league_decides_disputes(client):
    stage = make_stage()
    order = make_delivered(stage, rows=rows_for(stage, 1))
    lifecycle.dispute(order, by=stage.office, now=after(order), note="nobody came")

    assert [todo.action for todo in bench(client, stage.officer).context["todos"]] == ["Decide"]


@pytest.mark.parametrize("make", [make_submitted, make_countered, make_approved])
def test_league_finds_the_orders_of_a_provider_that_it_suspended(client, make):
    stage = make_stage()
    order = make(stage, rows=rows_for(stage, 1))
    assert bench(client, stage.officer).context["todos"] == []

    organisations.suspend(order.provider, by=stage.officer, now=NOW, reason="正在核查")

    page = bench(client, stage.officer)
    assert [(todo.action, todo.url) for todo in page.context["todos"]] == [("Look at it", f"/orders/{order.number}/")]
    order_page = client.get(f"/orders/{order.number}/", headers={"accept-language": "en"})
    assert "is suspended at present" in order_page.content.decode()


def test_league_without_a_fund_is_told(client):
    officer = make_member(make_organisation("league", region=make_region("北辰区")), "officer")

    assert "No fund is running" in bench(client, officer).text


@pytest.mark.parametrize("role", ["finance", "auditor"])
def test_finance_and_auditor_see_the_fund_and_what_waits(client, role):
    stage = make_stage()
    person = make_member(stage.officer.organisation, role)

    response = bench(client, person)

    assert response.context["fund"] is not None
    assert "Go to the payments" in response.text


@pytest.mark.parametrize(
    ("kind", "role", "words"),
    [
        ("league", "safeguarding", "Who may be with children"),
        ("league", "editor", "Pages of the site"),
        ("office", "child_officer", "Report a concern"),
        ("enterprise", "manager", "Open books"),
    ],
)
def test_other_roles_see_where_their_work_lies(client, kind, role, words):
    assert words in bench(client, make_member(make_organisation(kind), role)).text


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("who", ["office", "provider", "officer", "finance"])
def test_every_start_page_is_there_in_both_languages(client, who, language):
    stage = make_stage()
    make_accepted(stage)

    assert bench(client, getattr(stage, who), language).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_office_costs_the_same_for_one_and_three(client, rows, django_assert_num_queries):
    stage = make_stage()
    several(stage, make_approved, rows)
    bench(client, stage.office)

    with django_assert_num_queries(9):
        client.get("/workbench/")


@pytest.mark.parametrize("rows", [1, 3])
def test_provider_costs_the_same_for_one_and_three(client, rows, django_assert_num_queries):
    stage = make_stage()
    several(stage, make_submitted, rows)
    bench(client, stage.provider)

    with django_assert_num_queries(11):
        client.get("/workbench/")


@pytest.mark.parametrize("rows", [1, 3])
def test_league_costs_the_same_for_one_and_three(client, rows, django_assert_num_queries):
    stage = make_stage()
    several(stage, make_accepted, rows)
    for _ in range(rows):
        make_organisation("provider", status="applied", region=make_region("瑞景街道"))
    bench(client, stage.officer)

    with django_assert_num_queries(11):
        client.get("/workbench/")


def test_finance_costs_few_queries(client, django_assert_num_queries):
    stage = make_stage()
    bench(client, stage.finance)

    with django_assert_num_queries(8):
        client.get("/workbench/")


def test_the_next_session_of_an_order_is_none_that_was_called_off():
    stage = make_stage()
    order = make_approved(stage)
    first, second = order.planned.order_by("position")

    lifecycle.call_off(first, by=stage.office, now=NOW, note="暴雨")

    assert [row.next_start for row in queries.open_orders(stage.office, NOW)] == [second.starts_at]
