"""The public pages that Wagtail serves."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from catalog import services as catalog
from cms import figures
from cms.models import ArticlePage, NewsIndexPage
from tests.factories.catalog import make_programme
from tests.factories.cms import make_site
from tests.factories.funding import make_fund, make_line
from tests.factories.orders import make_delivered, make_stage
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode()


def on_this_week(count: int) -> None:
    officer = make_member(make_organisation("league"), "officer")
    for _ in range(count):
        soon = timezone.now() + timedelta(hours=2)
        catalog.set_card_facts(make_programme(officer=officer).pk, next_session_at=soon, places_left=9)


def test_home_speaks_the_readers_language_at_one_address(client):
    make_site()

    assert "给身边的孩子" in text(client.get("/?lang=zh-hans"))
    assert "for the children next door" in text(client.get("/?lang=en"))
    assert '<html lang="en">' in text(client.get("/"))


@pytest.mark.parametrize("rows", [1, 3])
def test_home_costs_the_same_queries_however_much_is_on(client, django_assert_num_queries, rows):
    make_site()
    make_line(fund=make_fund(100_000, ends_on=date(2099, 12, 31)))
    on_this_week(rows)
    client.get("/")
    cache.clear()

    with django_assert_num_queries(14):
        assert len(client.get("/?lang=en").context["week"]) == rows
    with django_assert_num_queries(8):
        client.get("/?lang=en")


def test_home_shows_what_the_fund_has_paid(client):
    make_line(fund=make_fund(100_000, ends_on=date(2099, 12, 31)))

    assert "spend-sum" in text(client.get("/"))


def test_home_of_a_new_city_is_whole(client):
    response = client.get("/?lang=en")

    assert response.status_code == 200
    assert "Open this week" not in text(response)
    assert "What is new" not in text(response)


def test_home_makes_no_session_for_a_stranger(client):
    assert "sessionid" not in client.get("/").cookies


def test_home_has_one_primary_button_and_no_inline_code(client):
    make_site()

    shown = text(client.get("/"))

    assert shown.count("btn-primary") == 1
    assert "style=" not in shown
    assert "<script>" not in shown


def test_home_shows_the_week_by_time_and_leaves_out_later(client):
    make_site()
    on_this_week(5)
    late = make_programme(title_en="Much later")
    catalog.set_card_facts(late.pk, next_session_at=timezone.now() + timedelta(days=9))

    response = client.get("/?lang=en")

    assert len(response.context["week"]) == 4
    assert "Much later" not in text(response)


def test_home_shows_programmes_with_places_before_full_ones(client):
    make_site()
    on_this_week(4)
    full = make_programme(title_en="All taken")
    catalog.set_card_facts(full.pk, next_session_at=timezone.now() + timedelta(hours=1), places_left=0)

    assert "All taken" not in text(client.get("/?lang=en"))


def test_home_leads_to_the_menu_with_what_was_asked(client):
    make_site()

    words = text(client.get("/?lang=en"))

    assert 'class="find" role="search" action="/catalog/"' in words
    for way in ("/catalog/?age=", "/catalog/?sort=soon", "/catalog/?sort=rating"):
        assert f'href="{way}' in words


@pytest.mark.parametrize("path", ["/privacy/", "/children/", "/complaints/", "/help/", "/news/", "/news/winter-menu/"])
@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_every_page_is_there_in_both_languages(client, path, lang):
    make_site()

    response = client.get(path, {"lang": lang})

    assert response.status_code == 200
    assert response.context["page"].locale.language_code == lang


def test_news_are_newest_first_and_have_pages(client):
    make_site()
    index = NewsIndexPage.objects.get(locale__language_code="en")
    for n in range(20):
        index.add_child(
            instance=ArticlePage(title=f"Old {n}", slug=f"old-{n}", body="<p>x</p>", published_on="2020-01-01")
        )

    response = client.get("/news/?lang=en&page=999")
    first = client.get("/news/?lang=en").context["articles"]

    assert response.context["articles"].number == 2
    assert first[0].slug == "winter-menu"


def test_an_empty_list_of_news_says_so(client):
    make_site()
    ArticlePage.objects.all().delete()

    assert "Nothing written yet" in text(client.get("/news/?lang=en"))


def test_an_unpublished_page_is_404(client):
    make_site()
    ArticlePage.objects.filter(slug="winter-menu").update(live=False)

    assert client.get("/news/winter-menu/").status_code == 404


def test_numbers_come_from_the_cache(django_assert_num_queries):
    catalog.set_card_facts(make_programme().pk, rating_sum=24, rating_count=5)
    figures.numbers()

    with django_assert_num_queries(0):
        known = figures.numbers()

    assert (known.orders, known.held, known.attended, known.raters, known.mean) == (0, 0, 0, 5, 4.8)


def test_numbers_count_what_was_held_and_who_came():
    make_delivered(make_stage())

    known = figures.numbers()

    assert (known.orders, known.held, known.attended) == (1, 2, 2)


def test_numbers_show_no_mean_of_few():
    catalog.set_card_facts(make_programme().pk, rating_sum=20, rating_count=4)

    assert figures.numbers().mean is None


def test_the_round_table_writes_words_in_pills_in_english(client):
    make_site()

    assert '<rect class="verb"' in text(client.get("/?lang=en"))
    assert '<circle class="verb"' in text(client.get("/?lang=zh-hans"))
