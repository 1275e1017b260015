"""Pages and mails about one's own login are allauth's, in our words, our voice and the site's name."""

import re
from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from babel.messages.pofile import read_po
from django.core import mail
from django.utils import timezone, translation

from notifications import delivery
from notifications.models import Letter
from tests.factories.users import make_user
from users.models import User

# Parts of allauth that nobody reaches here: no accounts of other sites, pages of which ours stand in place.
ELSEWHERE = re.compile(
    r"admin|models\.py|apps\.py|signup_by_passkey|webauthn/forms\.py|webauthn/signup_form|reset_code|phone_verification_sent|phone_verified|base_confirm_code"
)
OURS = re.compile(r"(templates/)?(account|mfa|usersessions|core)/")
FOREIGN = re.compile(r"您|mail|token|登出|令牌", re.IGNORECASE)
PAGES = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-none/",
    "/accounts/password/reset/key/done/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/none/",
    "/accounts/inactive/",
]
NEW = {"email": "new@example.test"}
OWN_PAGES = [
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/sessions/",
    "/accounts/reauthenticate/",
]


def said_by_allauth():
    source = Path(allauth.__file__).parent / "locale/zh_Hans/LC_MESSAGES/django.po"
    with source.open("rb") as file:
        for message in read_po(file):
            places = [place for place, _ in message.locations if OURS.match(place)]
            if message.id and any(not ELSEWHERE.search(place) for place in places):
                yield message.id if isinstance(message.id, str) else message.id[0]


def shown(html: str) -> str:
    """What a page says, without its tags and without addresses of mail."""
    body = re.sub(r"<(script|style|head).*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"<[^>]+>|\S+@\S+", " ", body)


def test_every_chinese_sentence_of_allauth_says_you_as_we_do():
    with translation.override("zh-hans"):
        said = {text: translation.gettext(text) for text in said_by_allauth()}

    assert len(said) > 100
    bare = {text: re.sub(r"%\(\w+\)s|<[^>]+>|\{\w+\}", "", words) for text, words in said.items()}
    assert {text: words for text, words in bare.items() if FOREIGN.search(words)} == {}


@pytest.mark.django_db
@pytest.mark.parametrize(("lang", "name"), [("zh-hans", "青春菜单"), ("en", "Youth Menu")])
def test_every_page_about_the_login_carries_our_name_and_words(client, lang, name):
    with_login = make_user("own@example.test", name="林家长")
    EmailAddress.objects.create(user=with_login, email=with_login.email, verified=True, primary=True)
    pages = [client.get(f"{path}?lang={lang}", follow=True) for path in PAGES]
    client.post("/accounts/login/", {"login": with_login.email, "password": "demo-city-2026"})
    pages += [client.get(f"{path}?lang={lang}", follow=True) for path in OWN_PAGES]

    for page in pages:
        title = re.search(r"<title>(.*?)</title>", page.text, re.DOTALL)
        assert title
        assert re.fullmatch(rf"\S.* · {name}", " ".join(title[1].split())), page.request["PATH_INFO"]
        foreign = re.findall(r"您|example\.com|testserver|\bSign (?:In|Up|Out)\b|\bEmail\b", shown(page.text))
        assert foreign == [], page.request["PATH_INFO"]


@pytest.mark.django_db
def test_mail_to_reset_a_password_says_who_writes_and_what_to_do(client, settings):
    make_user("own@example.test")

    client.post("/accounts/password/reset/", {"email": "own@example.test"})
    client.post("/accounts/password/reset/?lang=en", {"email": "own@example.test"})

    chinese, english = Letter.objects.order_by("pk")
    assert chinese.subject == "【青春菜单】重设密码"
    assert english.subject == "Youth Menu: Set a new password"
    for letter in (chinese, english):
        assert "/accounts/password/reset/key/" in letter.body
        assert settings.SITE_URL in letter.body
        assert settings.SITE_PHONE in letter.body
        assert not re.search(r"您|example\.com|Hello from", letter.subject + letter.body)
    assert "不用理会，密码不会变" in chinese.body


@pytest.mark.django_db
def test_mail_after_signing_up_asks_to_confirm_in_the_sites_name(client):
    given = {"email": "new@example.test", "password1": "demo-city-2026", "password2": "demo-city-2026"}

    client.post("/accounts/signup/", given)

    letter = Letter.objects.get()
    assert letter.subject == "【青春菜单】请确认你的邮箱"
    assert "/accounts/confirm-email/" in letter.body
    assert "testserver 上" not in letter.body
    assert "您" not in letter.body


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["Kx7!", "123", "password", "new@example", "1234567890123"])
def test_what_is_wrong_with_a_password_is_said_in_chinese(client, password):
    pages = [client.post("/accounts/signup/", {**NEW, "password1": password, "password2": password})]
    client.force_login(make_user(**NEW))
    given = {"oldpassword": "demo-city-2026", "password1": password, "password2": password}
    pages.append(client.post("/accounts/password/change/", given))

    for page in pages:
        said = [text for texts in page.context["form"].errors.values() for text in texts]
        assert said
        assert [text for text in said if re.search(r"[A-Za-z]{2}", text)] == []


@pytest.mark.django_db
def test_signing_up_and_forgetting_ones_password_work_while_mail_is_down(client, mail_is_down):
    """Without it a mail server at rest is an error page for each family that signs up, and a link that never comes."""
    client.post("/accounts/signup/", {**NEW, "password1": "demo-city-2026", "password2": "demo-city-2026"})
    client.post("/accounts/logout/")
    page = client.post("/accounts/password/reset/", NEW, follow=True)
    delivery.deliver_due(timezone.now())

    assert page.status_code == 200
    assert User.objects.filter(**NEW).exists()
    assert mail.outbox == []
    mail_is_down()
    delivery.deliver_due(timezone.now() + delivery.BACK_OFF[0])
    confirm, reset = (letter.body for letter in mail.outbox)
    assert ("/confirm-email/" in confirm, "/password/reset/key/" in reset) == (True, True)


@pytest.mark.django_db
def test_authenticator_apps_list_the_login_under_the_sites_name():
    assert get_adapter().get_totp_issuer() == "青春菜单"


@pytest.mark.django_db
def test_a_mistake_in_a_new_address_is_summed_up_once(client):
    user = make_user("own@example.test")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.force_login(user)

    page = client.post("/accounts/email/", {"email": "own@example.test", "action_add": ""})

    assert page.text.count('id="error-summary-title"') == 1
