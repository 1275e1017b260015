"""The menu and a programme's page, as people get them."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from catalog import lifecycle, services
from tests.factories.catalog import make_draft, make_programme
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    by = make_member(make_organisation("office", region=make_region()), "manager")
    client.force_login(by.user)
    return by


def text(response) -> str:
    return response.content.decode()


def make_menu(count: int) -> list:
    officer = make_member(make_organisation("league"), "officer")
    return [make_programme(officer=officer) for _ in range(count)]


@pytest.mark.parametrize("rows", [1, 3])
def test_menu_costs_the_same_for_one_and_three(client, django_assert_num_queries, rows):
    make_menu(rows)
    cache.clear()

    with django_assert_num_queries(6):
        assert client.get("/catalog/").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_menu_of_an_office_costs_the_same_for_one_and_three(client, office, django_assert_num_queries, rows):
    make_menu(rows)
    client.get("/catalog/")
    cache.clear()

    with django_assert_num_queries(9):
        client.get("/catalog/?q=Dogs&age=8-12&theme=welfare&region=120113008000")


def test_menu_makes_no_session_for_a_stranger(client):
    assert "sessionid" not in client.get("/catalog/").cookies


def test_menu_shows_families_the_next_session_and_places(client):
    programme = make_programme()
    services.set_card_facts(
        programme.pk, next_session_at=timezone.now() + timedelta(days=1), next_region_id="120113008000", places_left=3
    )

    shown = text(client.get("/catalog/", headers={"Accept-Language": "en"}))

    assert "only 3 places left" in shown
    assert "瑞景街道" in shown
    assert "¥800.00" not in shown


@pytest.mark.parametrize(("left", "words"), [(None, "No session open"), (0, "waiting list"), (12, "12 places")])
def test_menu_says_how_many_places_are_left(client, left, words):
    services.set_card_facts(make_programme().pk, places_left=left)

    assert words in text(client.get("/catalog/?lang=en"))


def test_menu_shows_offices_the_price_and_the_first_date(client, office):
    services.set_card_facts(make_programme(lead_days=7).pk, rating_sum=24, rating_count=5)

    shown = text(client.get("/catalog/?lang=en"))

    assert "¥800.00" in shown
    assert "4.8 (5 reviews)" in shown


def test_menu_speaks_chinese(client):
    make_programme()

    shown = text(client.get("/catalog/?lang=zh-hans"))

    assert "养犬文明调查" in shown
    assert "Dogs next door" not in shown


def test_menu_offers_each_filter_as_a_chip_that_drops_it(client):
    make_programme()

    chips = client.get("/catalog/?q=Dogs&age=8-12&free=on&page=2&sort=new").context["chips"]

    assert [chip["name"] for chip in chips] == ["q", "age", "free"]
    assert chips[1]["url"] == "/catalog/?q=Dogs&free=on&sort=new"


def test_menu_without_a_hit_offers_to_drop_the_tightest_filter(client):
    make_programme()

    shown = text(client.get("/catalog/?q=火箭&lang=en"))

    assert "Without “火箭”: 1 programme" in shown


def test_menu_without_any_hit_offers_the_whole_menu(client):
    assert "The menu is still empty" in text(client.get("/catalog/?lang=en"))
    assert "Show the whole menu" in text(client.get("/catalog/?lang=en&q=x&age=8-12"))


@pytest.mark.parametrize("number", ["2", "0", "-1", "x", "999"])
def test_menu_has_pages_and_survives_any_number(client, number):
    make_menu(13)

    response = client.get(f"/catalog/?page={number}")

    assert response.status_code == 200
    assert len(response.context["page"]) in {1, 12}


@pytest.mark.parametrize("name", ["q", "age", "theme", "region", "when", "free", "sort", "page"])
@pytest.mark.parametrize("value", ["'", '"', "%", "_", "<script>", "9" * 10_000, "字" * 3_000])
def test_menu_survives_hostile_values(client, name, value):
    make_programme()

    response = client.get("/catalog/", {name: value})

    assert response.status_code == 200
    assert "<script>" not in text(response)


@pytest.mark.parametrize("name", ["q", "age", "page"])
def test_menu_answers_what_is_no_text_with_a_sentence(client, name):
    response = client.get("/catalog/?lang=en", {name: "\x00"})

    assert response.status_code == 400
    assert "<h1>" in text(response)


@pytest.mark.parametrize("sort", ["rating", "soon", "new", "price"])
def test_menu_sorts(client, sort):
    make_programme()

    current = [item["current"] for item in client.get(f"/catalog/?sort={sort}").context["sorts"]]

    assert sum(current) == 1


def test_menu_plates_keep_the_other_filters(client):
    make_programme(theme="law")

    response = client.get("/catalog/?age=8-12&theme=law")

    assert response.context["all_url"] == "/catalog/?age=8-12"
    assert [item["slug"] for item in response.context["plates"] if item["current"]] == ["law"]


def test_programme_page_shows_what_a_family_needs(client, django_assert_num_queries):
    programme = make_programme(bring_en="Water", risks_en="Walking", insurance_en="Accident", checks_pickup=True)
    url = programme.get_absolute_url()

    with django_assert_num_queries(4):
        shown = text(client.get(url + "?lang=en"))

    for words in ["8–12 years", "90 minutes", "16–24 children", "2 social workers", "Ask", "¥800.00", "handed over"]:
        assert words in shown


def test_programme_page_leads_families_to_the_sessions_and_offices_past_them(client, office):
    programme = make_programme()
    services.set_card_facts(programme.pk, next_session_at=timezone.now() + timedelta(days=1))
    url = programme.get_absolute_url() + "?lang=en"

    assert 'class="sticky"' not in text(client.get(url))
    client.logout()
    shown = text(client.get(url))

    assert 'class="sticky"' in shown
    assert shown.index("h-sessions") < shown.index("What happens there")


def test_programme_page_has_the_order_slip_for_offices_and_the_price_for_others(client, office):
    url = make_programme().get_absolute_url() + "?lang=en"

    slip = text(client.get(url))
    client.logout()
    price = text(client.get(url))

    assert ("Order, choose dates" in slip, "Free for families" in slip) == (True, False)
    assert ("Order, choose dates" in price, "Free for families" in price) == (False, True)


def test_programme_page_of_an_office_costs_nine_queries(client, office, django_assert_num_queries):
    url = make_programme().get_absolute_url()

    with django_assert_num_queries(8):
        client.get(url)


def test_programme_page_marks_what_is_not_translated(client):
    programme = make_programme(summary="只有中文", summary_en="", description="一段\n\n<b>两段</b>")

    shown = text(client.get(programme.get_absolute_url() + "?lang=en"))

    assert '<span lang="zh-Hans">只有中文</span>' in shown
    assert "&lt;b&gt;两段&lt;/b&gt;" in shown


def test_programme_page_shows_the_version_not_the_draft(client, now):
    by = make_member(make_organisation("provider"), "manager")
    programme = make_programme(by=by)
    services.edit_draft(programme, {"title_en": "Unread"}, by=by, now=now)

    assert "Unread" not in text(client.get(programme.get_absolute_url() + "?lang=en"))


def test_programme_page_of_a_draft_is_404_for_strangers(client):
    draft = make_draft()

    assert client.get(draft.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("status", ["retired", "suspended"])
def test_programme_page_off_the_menu_is_404_for_strangers(client, now, status):
    by = make_member(make_organisation("provider"), "manager")
    officer = make_member(make_organisation("league"), "officer")
    programme = make_programme(by=by, officer=officer)
    if status == "retired":
        lifecycle.retire(programme, by=by, now=now)
    else:
        lifecycle.suspend(programme, by=officer, now=now, reason="雨")

    assert client.get(programme.get_absolute_url()).status_code == 404
    client.force_login(by.user)
    assert "Only you see this page." in text(client.get(programme.get_absolute_url() + "?lang=en"))


def test_programme_page_shows_a_valid_registration(client):
    provider = make_organisation("provider", certificate_until=timezone.now().date() + timedelta(days=30))
    programme = make_programme(provider=provider)

    assert "Registration valid" in text(client.get(programme.get_absolute_url() + "?lang=en"))
    provider.certificate_until = timezone.now().date() - timedelta(days=2)
    provider.save()
    assert "Registration valid" not in text(client.get(programme.get_absolute_url() + "?lang=en"))
