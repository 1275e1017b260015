"""The site's pages and who edits them."""

from datetime import date

import pytest
from django.contrib.auth.models import Group
from wagtail.models import Page, Site

from cms import services
from cms.models import ArticlePage, HomePage, StandardPage
from tests.factories.cms import ON, make_site
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


def test_a_migrated_site_has_a_home_page_in_each_language_and_no_welcome_page():
    homes = HomePage.objects.order_by("path")

    assert [home.locale.language_code for home in homes] == ["zh-hans", "en"]
    assert homes[0].translation_key == homes[1].translation_key
    assert list(Page.objects.filter(depth=2)) == [page.page_ptr for page in homes]
    assert Site.objects.get().root_page.specific == homes[0]


def test_create_site_makes_each_page_in_both_languages():
    make_site()

    assert StandardPage.objects.filter(locale__language_code="zh-hans").count() == 4
    assert StandardPage.objects.filter(locale__language_code="en").count() == 4
    assert ArticlePage.objects.order_by("published_on")[0].published_on == date(2026, 11, 9)


def test_create_site_pairs_the_languages():
    make_site()

    for page in [*StandardPage.objects.all(), *ArticlePage.objects.all()]:
        assert page.get_translations().count() == 1


def test_create_site_leaves_the_tree_sound():
    make_site()

    assert Page.find_problems() == ([], [], [], [], [])


def test_create_site_again_keeps_what_editors_wrote():
    make_site()
    page = StandardPage.objects.get(slug="privacy", locale__language_code="en")
    page.body = "<p>Ours</p>"
    page.save_revision().publish()
    count = Page.objects.count()

    make_site()

    page.refresh_from_db()
    assert (page.body, Page.objects.count()) == ("<p>Ours</p>", count)


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("https://menu.example", ("menu.example", 443)),
        ("http://menu.example", ("menu.example", 80)),
        ("http://127.0.0.1:8000", ("127.0.0.1", 8000)),
    ],
)
def test_create_site_names_the_host_of_site_url(settings, address, known):
    settings.SITE_URL = address

    make_site()

    site = Site.objects.get()
    assert (site.hostname, site.port) == known


@pytest.mark.parametrize(
    ("role", "status", "expected"),
    [("editor", "admitted", True), ("editor", "suspended", False), ("officer", "admitted", False)],
)
def test_editors_are_the_editors_of_an_admitted_league(role, status, expected):
    by = make_member(make_organisation("league", status=status), role)

    services.keep_editor_in_step(by.user, on=ON)

    assert by.user.groups.filter(name="Editors").exists() == expected


def test_who_lost_the_role_leaves_the_group():
    user = make_user()
    user.groups.add(Group.objects.get(name="Editors"))

    services.keep_editor_in_step(user, on=ON)

    assert not user.groups.exists()


def test_keeping_in_step_costs_two_queries_where_nothing_changes(django_assert_num_queries):
    user = make_user()

    with django_assert_num_queries(2):
        services.keep_editor_in_step(user, on=ON)
