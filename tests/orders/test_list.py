"""The list of orders: a clerk with sixty of them finds one by its number, programme or organisation."""

import re

import pytest

from orders import lifecycle
from tests.conftest import NOW
from tests.factories.catalog import make_programme
from tests.factories.orders import make_order, make_stage, make_submitted, rows_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def stage():
    return make_stage(title="模拟法庭进社区")


@pytest.fixture
def listed(client):
    """Open the list as somebody and return the numbers on it, in their order."""

    def get(by, query: str = "") -> list[str]:
        client.force_login(by.user)
        page = client.get(f"/orders/{query}", headers={"accept-language": "en"}).content.decode()
        return re.findall(r'class="table-link" href="/orders/([^/"]+)/"', page)

    return get


def other(stage, title: str):
    """An order of another programme of the same provider."""
    programme = make_programme(by=stage.provider, officer=stage.officer, title=title)
    mine, stage.programme = stage.programme, programme
    order = make_submitted(stage, rows=rows_for(stage, 1, days_ahead=28))
    stage.programme = mine
    return order


def test_an_order_is_found_by_number_programme_and_either_organisation(stage, listed):
    court, reading = make_submitted(stage), other(stage, "读书会")

    assert listed(stage.office, "?q=读书") == [reading.number]
    assert listed(stage.office, f"?q={court.number[-4:]}") == [court.number]
    assert listed(stage.office, "?q=青禾+法庭") == [court.number]
    assert set(listed(stage.provider, "?q=ruijing")) == {court.number, reading.number}
    assert listed(stage.office, "?q=没有这个") == []


def test_a_search_finds_nothing_of_others(stage, listed):
    draft = make_order(stage)

    assert listed(stage.provider, f"?q={draft.number}") == []


def test_orders_stand_by_next_date_or_by_last_change(stage, listed):
    late = make_submitted(stage, rows=rows_for(stage, 1, days_ahead=40))
    soon = make_submitted(stage, rows=rows_for(stage, 1, days_ahead=20))
    lifecycle.cancel(late, by=stage.office, now=NOW.replace(hour=NOW.hour + 1), note="取消")

    assert listed(stage.office) == [soon.number, late.number]
    assert listed(stage.office, "?sort=changed") == [late.number, soon.number]
    assert listed(stage.office, "?sort=nonsense") == [soon.number, late.number]


def test_a_cancelled_order_has_no_next_date(stage, listed):
    soon = make_submitted(stage, rows=rows_for(stage, 1, days_ahead=20))
    late = make_submitted(stage, rows=rows_for(stage, 1, days_ahead=40))

    assert listed(stage.office, "?sort=next") == [soon.number, late.number]
    lifecycle.cancel(soon, by=stage.office, now=NOW, note="取消")
    assert listed(stage.office, "?sort=next") == [late.number, soon.number]


def test_tabs_and_pages_keep_what_was_sought(stage, client, monkeypatch):
    monkeypatch.setattr("orders.views.pages.PER_PAGE", 1)
    for _ in range(2):
        make_submitted(stage)
    client.force_login(stage.office.user)

    page = client.get("/orders/?q=法庭&sort=next&group=asking", headers={"accept-language": "en"}).content.decode()

    sought = "q=%E6%B3%95%E5%BA%AD&amp;sort=next"
    assert f'href="?group=settled&amp;{sought}"' in page
    assert f'/workbench/export/orders.xlsx?{sought}&amp;group=asking"' in page
    links = re.findall(r'href="([^"]*page=2[^"]*)"', page)
    assert links
    assert all("q=" in link and "sort=next" in link and "group=asking" in link for link in links)
    assert "<b>2</b> orders found" in page


@pytest.mark.parametrize("count", [1, 3])
def test_a_search_costs_the_same_with_one_order_and_with_three(stage, client, django_assert_num_queries, count):
    for _ in range(count):
        make_submitted(stage)
    client.force_login(stage.office.user)

    with django_assert_num_queries(5):
        client.get("/orders/?q=法庭 青禾&sort=changed&group=asking")
