"""Editors find a page by any part of its Chinese title, and no sign that they type is an error page."""

import pytest
from django.core.management import call_command
from modelsearch.query import MATCH_ALL, And, Phrase, PlainText
from wagtail.models import Page

from cms import search
from cms.models import HomePage, StandardPage
from tests.factories.cms import make_site
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
HOSTILE = ['"x', '"', '菜单" OR "x', "(", "a*", "100%", "%s a", "\\", "'", "-", "a -", "NEAR(a", "菜 " * 400]
TITLE = "青春菜单使用说明 Guide"


@pytest.fixture
def guide(client):
    make_site()
    client.force_login(make_member(make_organisation("league"), "editor").user)
    home = HomePage.objects.get(locale__language_code="zh-hans")
    return home.add_child(instance=StandardPage(title=TITLE, slug="how", body="<p>Text</p>"))


@pytest.mark.parametrize("words", ["菜单", "青春菜单", "菜单 使用", "说明", "春", "guide", "gui", "菜单 guide"])
def test_a_page_is_found_by_part_of_its_title(client, guide, words):
    found = client.get("/cms/pages/search/", {"q": words})

    assert TITLE in found.text


@pytest.mark.parametrize("words", ["单菜", "春青", "菜单 说书", "x"])
def test_a_page_is_not_found_by_what_its_title_does_not_hold(client, guide, words):
    assert TITLE not in client.get("/cms/pages/search/", {"q": words}).text


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/cms/pages/",
        "/cms/pages/{home}/",
        "/cms/pages/search/",
        "/cms/choose-page/search/",
        "/cms/images/",
        "/cms/images/chooser/results/",
        "/cms/documents/",
    ],
)
def test_whatever_an_editor_types_is_just_text(client, guide, path):
    path = path.format(home=guide.get_parent().pk)

    assert {words: client.get(path, {"q": words}, follow=True).status_code for words in HOSTILE} == dict.fromkeys(
        HOSTILE, 200
    )


def test_pages_of_before_are_found_once_the_index_is_written_anew(guide):
    call_command("wagtail_update_index", verbosity=0)

    assert [each.title for each in Page.objects.search("使用说明")] == [TITLE]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        (PlainText("菜单", operator="and"), "菜单"),
        (Phrase("青春菜单"), "青春 春菜 菜单"),
        (And([PlainText("菜单"), Phrase('"')]), "菜单"),
    ],
)
def test_every_kind_of_query_becomes_words(query, asked):
    readable = search._readable(query)

    assert (readable.subqueries[0] if isinstance(readable, And) else readable).query_string == asked


@pytest.mark.parametrize("query", [PlainText("**"), And([Phrase('"')])])
def test_a_query_without_words_finds_nothing(query):
    assert search._readable(query) == ""


def test_asking_for_everything_stays_so():
    assert search._readable(MATCH_ALL) is MATCH_ALL
