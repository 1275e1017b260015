"""What frames every page: names, switches, navigation, demo logins, refusals."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from marketplace import navigation
from marketplace.context import Frame, site
from marketplace.demo_logins import LOGINS
from organisations.acting import Acting, acting_for
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user

PASSWORD = "demo-city-2026"


def frame(path: str = "/style-guide/?q=a", acting: Acting | None = None, **attributes) -> Frame:
    request = RequestFactory().get(path)
    if acting is not None:
        request.acting = acting
    for name, value in attributes.items():
        setattr(request, name, value)
    return site(request)["frame"]


def test_frame_names_the_site_in_the_pages_language(settings):
    settings.SITE_REGION = {"zh": "北辰区", "en": "Beichen District"}

    assert (frame().name, frame().region, frame().language) == ("Youth Menu", "Beichen District", "en")
    with translation.override("zh-hans"):
        assert (frame().name, frame().region, frame().language) == ("青春菜单", "北辰区", "zh-Hans")


def test_switches_keep_the_page_and_its_question():
    assert frame().other_language_url == "?q=a&lang=zh-hans"
    assert frame().large_url == "?q=a&text=large"
    assert frame(text_size="large").large_url == "?q=a&text=normal"
    assert frame(text_size="large").large_label == "Smaller"
    assert frame().here == "/style-guide/?q=a"
    with translation.override("zh-hans"):
        assert frame("/?lang=zh-hans").other_language_url == "?lang=en"


def test_frame_works_where_the_request_never_came_to_the_session():
    early = frame()

    assert early.person is None
    assert early.acting_choices == []
    assert early.acting_name == ""
    assert not early.is_work


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "roles", "views"),
    [
        (
            "league",
            ["officer", "finance", "safeguarding"],
            ["workbench", "list", "review", "list", "people", "queue", "incidents", "finance", "public"],
        ),
        ("provider", ["manager"], ["workbench", "list", "mine", "sessions", "money", "menu"]),
        ("office", ["clerk"], ["workbench", "menu", "list", "week", "families", "venues", "public"]),
        ("school", ["manager"], ["workbench", "menu", "list", "week", "families", "venues", "public"]),
        ("enterprise", ["manager"], ["workbench", "give", "menu", "public"]),
    ],
)
def test_each_kind_has_its_own_navigation(kind, roles, views):
    by = make_member(make_organisation(kind, name="甲", name_en="Alpha"), *roles)

    found = frame("/workbench/", by, user=by.user)

    assert found.is_work
    assert found.acting_id == by.organisation.pk
    assert found.acting_name == "Alpha"
    assert found.acting_roles.split(" · ")[0] == roles[0]
    assert found.acting_icon != "user"
    assert [link["view"].split(":")[1] for link in found.nav] == views
    assert [link["view"] for link in found.nav if link["current"]] == ["dashboards:workbench"]


@pytest.mark.django_db
def test_person_without_organisation_gets_the_public_navigation():
    user = make_user(name="Ann")

    found = frame("/", Acting(user=user), user=user)

    assert found.acting_name == "Ann"
    assert found.acting_icon == "user"
    assert found.acting_roles == ""
    assert [link["view"] for link in found.nav][:2] == ["dashboards:my", "catalog:menu"]
    assert found.public_nav == found.nav


@pytest.mark.django_db
def test_public_pages_lead_whoever_works_back_to_their_work():
    by = make_member(make_organisation("office"), "clerk")

    found = frame("/catalog/", by, user=by.user)

    assert [link["view"] for link in found.public_nav][:2] == ["dashboards:workbench", "catalog:menu"]
    assert [link["view"] for link in found.public_nav if link["current"]] == ["catalog:menu"]


@pytest.mark.django_db
def test_link_is_shown_only_to_whom_the_policy_of_its_view_lets_in():
    families = [navigation.Item("Families", "people:families")]
    office = make_organisation("office")
    clerk, officer = make_member(office, "clerk"), make_member(office, "child_officer")

    def shown_to(by: Acting) -> list[str]:
        request = RequestFactory().get("/")
        request.acting, request.user = by, by.user
        return [link["label"] for link in navigation.shown(families, request)]

    assert shown_to(clerk) == ["Families"]
    assert shown_to(officer) == []
    assert navigation.shown(families, RequestFactory().get("/")) == []


@pytest.mark.django_db
def test_editors_get_the_way_to_the_sites_pages():
    league = make_organisation("league")
    editor, officer = make_member(league, "editor"), make_member(league, "officer")

    assert "/cms/" in [link["url"] for link in frame("/", editor, user=editor.user).own_links]
    assert "/cms/" not in [link["url"] for link in frame("/", officer, user=officer.user).own_links]


def test_every_link_of_the_navigation_leads_to_a_view():
    lists = [navigation.PUBLIC, navigation.OWN_WORK, navigation.OWN_ROLES, navigation.OWN, navigation.ACCOUNT]
    lists += [navigation.FOOT_CHILDREN, navigation.FOOT_OPEN, *navigation.WORK.values()]

    assert all(reverse(item.view).startswith("/") for items in lists for item in items)
    assert frame().start_url == "/my/"


def test_link_under_which_the_page_lies_is_current():
    items = [navigation.Item("Ready", "readyz"), navigation.Item("Style", "style-guide")]

    found = navigation.tabs(items, RequestFactory().get("/style-guide/icons/"))

    assert [link["current"] for link in found] == [False, True]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["league", "provider", "office", "enterprise", ""])
def test_kept_header_marks_what_a_fresh_one_would(kind):
    """The header is kept for all pages that lie under one address: each of them has the same link current."""
    by = make_member(make_organisation(kind), "manager") if kind else Acting()

    def marked(path: str) -> list[bool]:
        request = RequestFactory().get(path)
        request.acting, request.user = by, by.user
        return [link["current"] for link in [*navigation.links(request), *navigation.public_links(request)]]

    addresses = {reverse(item.view) for items in [navigation.PUBLIC, *navigation.WORK.values()] for item in items}
    for path in [page for url in [*addresses, "/my/", "/help/"] for page in (url, f"{url}7/", f"{url}7/more/")]:
        assert marked(path) == marked(navigation.lies_under(path) or "/nowhere/"), path


def test_navigation_shows_the_count_that_a_view_lends():
    request = RequestFactory().get("/volunteering/")
    request.nav_counts = {"volunteering:shifts": 4}

    found = {link["view"]: link["count"] for link in navigation.links(request)}

    assert found.pop("volunteering:shifts") == 4
    assert set(found.values()) == {0}


@pytest.mark.django_db
def test_menu_under_the_name_offers_the_other_organisations_and_the_way_out(client):
    user = make_user("two@demo.test", name="Two")
    first = make_member(make_organisation("provider", name="甲社"), "manager", user=user).organisation
    other = make_member(make_organisation("office", name="乙街道"), "clerk", user=user).organisation
    client.force_login(user)

    page = client.get("/style-guide/").content.decode()

    assert first.name in page
    assert f'name="organisation" value="{other.pk}"' in page
    assert f'name="organisation" value="{first.pk}"' not in page
    assert 'action="/accounts/logout/"' in page


@pytest.mark.django_db
def test_login_page_offers_the_demos_logins_and_they_log_in(client, settings):
    make_user("ngo@demo.test")
    page = client.get("/accounts/login/").content.decode()
    assert all(f'value="{name}@demo.test"' in page for name, _who in LOGINS)

    answer = client.post("/accounts/login/", {"login": "ngo@demo.test", "password": PASSWORD})

    assert answer.status_code == 302
    settings.DEMO = False
    assert "@demo.test" not in Client().get("/accounts/login/").content.decode()


@pytest.mark.django_db
def test_login_with_a_wrong_password_keeps_the_address_and_says_why(client):
    answer = client.post("/accounts/login/?lang=en", {"login": "nobody@demo.test", "password": "wrong"})

    page = answer.content.decode()
    assert "error-summary" in page
    assert 'value="nobody@demo.test"' in page
    assert "Error: " in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/sessions/",
        "/accounts/logout/",
        "/accounts/reauthenticate/",
    ],
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_about_the_login_wear_the_sites_look(client, path, language):
    user = make_user()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    answer = client.get(path, {"lang": language})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'class="skip"' in page
    assert ("青春菜单" if language == "zh-hans" else "Youth Menu") in page
    assert page.count("btn-primary") <= 1


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "words"), [("zh-hans", "没有找到这个页面"), ("en", "This page is not here")])
def test_page_that_is_not_there_shows_a_way_on(client, language, words):
    answer = client.get("/nothing/", {"lang": language})

    assert answer.status_code == 404
    assert words in answer.content.decode()
    assert 'href="/"' in answer.content.decode()


@pytest.mark.django_db
def test_refusal_names_for_whom_the_person_acts(client, rf):
    from core.views import forbidden

    by = make_member(make_organisation("provider", name_en="Alpha"), "manager")
    request = rf.get("/x/")
    request.user, request.acting = by.user, acting_for(by.user, by.organisation, "manager")

    answer = forbidden(request)

    assert answer.status_code == 403
    assert "You are acting for Alpha" in answer.content.decode()


def test_failures_are_told_without_asking_the_database(rf):
    from core.views import bad_request, server_error

    for view, status in ((server_error, 500), (bad_request, 400)):
        with translation.override("zh-hans"):
            answer = view(rf.get("/x/?a=1"))
        assert answer.status_code == status
        assert "回首页" in answer.content.decode()


@pytest.mark.django_db
def test_form_that_was_open_too_long_says_so():
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a", "password": "b"})

    assert answer.status_code == 403
    assert "Please send it once more" in answer.content.decode() or "请再提交一次" in answer.content.decode()


@pytest.mark.django_db
def test_body_over_the_limit_is_refused_with_the_limit(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

    answer = client.post(
        "/accounts/login/?lang=en",
        {"login": "x" * 1_000_001},
        content_type="application/x-www-form-urlencoded",
        headers={"accept-language": "en"},
    )

    assert answer.status_code == 413
    assert "up to 1 MB" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_style_guide_shows_every_part(client, django_assert_num_queries, language):
    with django_assert_num_queries(0):
        page = client.get("/style-guide/", {"lang": language}).content.decode()

    for part in ("swatches", "cover-row", "states", "error-summary", "timeline", "dist", "slip", "pages", "theme-dark"):
        assert part in page
    assert "style=" not in page
    assert "<b>“Ann”" not in page
