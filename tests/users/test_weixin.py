"""WeChat opens a login whose number was proven once; where a city does not use it, it is not there."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from notifications.models import Text
from tests.factories.users import make_user
from tests.fakes import weixin_server
from users.models import User

pytestmark = pytest.mark.django_db
BEGIN, BACK = "/accounts/weixin/login/", "/accounts/weixin/login/callback/"
ASK, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"
PHONE = "+8613800000001"


@pytest.fixture(autouse=True)
def _as_in_a_city(settings):
    """A real city lets nobody in by an address that is not confirmed."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


@pytest.fixture
def weixin(settings):
    """The city uses WeChat, and a stand-in on loopback takes its place."""
    with weixin_server.running() as fake:
        app = {"client_id": weixin_server.APP, "secret": weixin_server.SECRET, "key": ""}
        settings.SOCIALACCOUNT_PROVIDERS = {"weixin": {**settings.SOCIALACCOUNT_PROVIDERS["weixin"], "APPS": [app]}}
        settings.WEIXIN_APP_ID, settings.WEIXIN_API_BASE = weixin_server.APP, fake.url
        yield fake


def come_back(client, code: str, *, next_page: str = ""):
    """Go to WeChat and return with a code."""
    sent = urlsplit(client.post(BEGIN, {"next": next_page} if next_page else {}).url)
    asked = parse_qs(sent.query)
    assert sent.hostname == "open.weixin.qq.com"
    assert asked["redirect_uri"][0].endswith(BACK)
    return client.get(BACK, {"code": code, "state": asked["state"][0]})


def prove(client, phone=PHONE):
    client.post(ASK, {"phone": phone})
    return client.post(CONFIRM, {"code": re.search(r"\b\d{6}\b", Text.objects.latest("pk").body)[0]})


def who(client) -> int | None:
    return int(client.session.get("_auth_user_id", 0)) or None


def test_without_an_account_with_wechat_nobody_is_offered_it(client):
    assert [client.post(BEGIN).status_code, client.get(BACK).status_code] == [404, 404]
    assert BEGIN not in client.get("/accounts/login/").text


def test_who_comes_for_the_first_time_proves_a_number_and_the_second_time_nothing(client, weixin):
    assert BEGIN in client.get("/accounts/login/").text

    first = come_back(client, weixin.person("a", "openid-1"), next_page="/catalog/")
    assert first.url == f"{ASK}?next=%2Fcatalog%2F"
    assert not User.objects.exists()
    prove(client)

    made, other = User.objects.get(), Client()
    assert (made.phone, who(client)) == (PHONE, made.pk)
    answer = come_back(other, weixin.person("b", "openid-1"), next_page="/catalog/")
    assert (answer.url, who(other)) == ("/catalog/", made.pk)
    assert SocialAccount.objects.get().extra_data in ({}, {"openid": "openid-1"})
    assert {row["path"] for row in weixin.asked} == {"/sns/oauth2/access_token"}


def test_a_number_that_has_a_login_is_tied_to_that_one_after_the_second_factor_only(client, weixin):
    user = make_user(phone=PHONE)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "A"})
    come_back(client, weixin.person("a", "openid-1"))

    assert prove(client).url.startswith("/accounts/2fa/authenticate/")

    assert who(client) is None
    assert not SocialAccount.objects.exists()


def test_a_wechat_that_waits_is_not_tied_to_who_comes_in_by_password_or_later(client, weixin, time_machine):
    time_machine.move_to("2026-11-24T10:00:00Z")
    user = make_user("own@example.test")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    come_back(client, weixin.person("a", "openid-1"))
    client.post("/accounts/login/", {"login": "own@example.test", "password": "demo-city-2026"})
    assert who(client) == user.pk

    late = Client()
    come_back(late, weixin.person("b", "openid-2"))
    time_machine.move_to("2026-11-24T10:12:00Z")
    prove(late)

    assert who(late) is not None
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "answer", [{"errcode": 40029}, {"access_token": "t"}, {"access_token": "t", "openid": 7}, [], b"not json"]
)
def test_what_wechat_refuses_is_said_in_a_sentence(client, weixin, answer):
    weixin.answers["a"] = answer

    page = client.get(come_back(client, "a").url)

    assert "微信登录没有成功" in page.text
    assert who(client) is None


def test_a_code_without_its_state_lets_nobody_in(client, weixin):
    weixin.person("a", "openid-1")

    client.get(BACK, {"code": "a", "state": "made-up"})

    assert weixin.asked == []
    assert "users_weixin" not in client.session
