"""The pages' admin: for editors, on the very request, and for nobody else."""

import re
from datetime import date

import pytest

from cms.models import ArticlePage, NewsIndexPage, StandardPage
from organisations.invariants import heads_exist
from organisations.models import Membership
from tests.factories.cms import make_site
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    make_site()
    by = make_member(make_organisation("league"), "editor")
    client.force_login(by.user)
    return by


@pytest.fixture
def superuser(client):
    make_site()
    user = make_user(is_superuser=True)
    client.force_login(user)
    return user


def test_strangers_are_sent_to_our_login(client):
    response = client.get("/cms/")

    assert (response.status_code, response.url) == (302, "/accounts/login/?next=/cms/")


@pytest.mark.parametrize(("kind", "role"), [("league", "officer"), ("provider", "manager"), ("office", "manager")])
def test_others_do_not_get_in(client, kind, role):
    client.force_login(make_member(make_organisation(kind), role).user)

    assert client.get("/cms/").status_code in {302, 403}


@pytest.mark.parametrize("path", ["/cms/", "/cms/pages/", "/cms/images/", "/cms/documents/"])
def test_editors_get_in(client, editor, path):
    assert client.get(path, follow=True).status_code == 200


def test_an_editor_publishes_an_article(client, editor):
    index = NewsIndexPage.objects.get(locale__language_code="zh-hans")
    data = {
        "title": "新消息",
        "slug": "fresh",
        "published_on": "2026-11-24",
        "summary": "",
        "picture": "",
        "body": '{"blocks": [{"key": "a", "text": "内容", "type": "unstyled", "depth": 0, "inlineStyleRanges": [], '
        '"entityRanges": [], "data": {}}], "entityMap": {}}',
        "seo_title": "",
        "search_description": "",
        "go_live_at": "",
        "expire_at": "",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "action-publish": "1",
    }

    client.post(f"/cms/pages/add/cms/articlepage/{index.pk}/", data)

    assert ArticlePage.objects.get(slug="fresh").live
    assert "新消息" in client.get("/news/?lang=zh-hans").content.decode()


def test_an_editor_may_translate_pages(client, editor):
    page = StandardPage.objects.filter(slug="help", locale__language_code="zh-hans").get()

    assert client.get(f"/cms/pages/{page.pk}/edit/").status_code == 200
    assert editor.user.has_perm("simple_translation.submit_translation")


def test_who_lost_the_role_is_out_on_the_next_request(client, editor):
    assert client.get("/cms/").status_code == 200

    Membership.objects.update(ends_on=date(2026, 1, 2))

    assert client.get("/cms/").status_code in {302, 403}


@pytest.mark.parametrize("path", ["/cms/login/", "/cms/login/?next=//evil.example/", "/cms/login/?next=%25s"])
def test_the_admin_has_no_login_beside_ours(client, path):
    assert client.get(path).url == "/accounts/login/?next=/cms/"
    assert client.post(path, {"username": "a@b.example", "password": "x"}).status_code == 405


def test_the_admins_login_keeps_the_way_on(client):
    assert client.get("/cms/login/?next=/cms/pages/").url == "/accounts/login/?next=/cms/pages/"


@pytest.mark.parametrize("path", ["/cms/password_reset/", "/cms/failwhale/", "/cms/test404/"])
def test_the_admin_has_no_password_pages_and_no_test_pages(client, editor, path):
    assert client.get(path).status_code == 404


def test_the_admin_changes_neither_e_mail_nor_password(client, editor):
    page = client.get("/cms/account/").content.decode()

    assert "<form" in page
    assert 'type="password"' not in page
    assert 'type="email"' not in page


@pytest.mark.parametrize("path", ["/cms/choose-external-link/", "/cms/redirects/import/process/"])
def test_a_form_that_the_admin_cannot_read_is_refused_and_logged(client, superuser, path, caplog):
    assert client.post(path, {}).status_code == 400
    assert [record.exc_info is not None for record in caplog.records if record.name == "cms.middleware"] == [True]


def test_a_mistake_of_the_admins_own_stays_an_error(client, superuser, monkeypatch):
    monkeypatch.setattr("wagtail.admin.views.home.HomeView.get_context_data", lambda *_, **__: {}["gone"])
    client.raise_request_exception = False

    assert client.get("/cms/").status_code == 500


def test_rich_text_offers_no_embeds_and_no_italics():
    features = StandardPage._meta.get_field("body").features

    assert not {"embed", "italic"}.intersection(features)


def test_the_admin_lists_accounts_and_leads_to_no_page_that_changes_one(client, superuser):
    other = make_user("other@example.test", name="王小芳")
    User.objects.create_user(phone="+8613800000001")

    page = client.get("/cms/users/?ordering=-last_login").text

    assert [word for word in ("other@example.test", "王小芳") if word not in page] == []
    assert "0001" not in page
    assert re.findall(r"/cms/(?:bulk/users|users/(?:new|edit|copy|delete))/[^\"]*", page) == []
    assert client.get(f"/cms/users/edit/{other.pk}/").url == "/cms/"


@pytest.mark.parametrize("path", ["users/edit/{}/", "users/delete/{}/", "users/copy/{}/", "users/new/"])
def test_the_admin_neither_makes_nor_changes_nor_deletes_an_account(client, superuser, path):
    head = make_member(make_organisation("provider"), "manager").user
    given = {"email": "taken-over@example.test", "first_name": "x", "last_name": "y"}

    response = client.post(f"/cms/{path.format(head.pk)}", given)

    assert (response.status_code, response.url) == (302, "/cms/")
    assert User.objects.get(pk=head.pk).email == head.email
    assert User.objects.get(pk=head.pk).is_active
    assert not User.objects.filter(email="taken-over@example.test").exists()
    assert heads_exist().breaches == []


@pytest.mark.parametrize(
    ("action", "given"),
    [("delete", {}), ("set_active_state", {"mark_as_active": "False"}), ("assign_role", {"role": "1"})],
)
def test_the_admin_acts_on_no_accounts_at_once(client, superuser, action, given):
    other = make_user()

    response = client.post(f"/cms/bulk/users/user/{action}/?id={other.pk}", given)

    assert response.url == "/cms/"
    assert User.objects.filter(pk=other.pk, is_active=True, groups=None).exists()
