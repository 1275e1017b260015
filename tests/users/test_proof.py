"""What opens a login is changed only by who has just shown who they are, and the old contact hears of it."""

import re

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.test import Client

from notifications.models import Letter, Text
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db
OLD, NEW, OTHER = "+8613800000001", "+8613800000002", "+8613800000003"
PROVE, PHONE = "/accounts/reauthenticate/code/", "/accounts/phone/change/"


def code_to(phone: str) -> str:
    return re.search(r"\b\d{6}\b", Text.objects.filter(to=phone).latest("pk").body)[0]


def app_code(secret: str) -> str:
    """What an authenticator app shows at this moment."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def signed_in(client, **fields) -> User:
    user = make_user("own@example.test", **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.force_login(user)
    return user


def by_phone(client) -> User:
    user = User.objects.create_user(phone=OLD)
    client.force_login(user)
    return user


def prove_by_password(client):
    return client.post("/accounts/reauthenticate/", {"password": "demo-city-2026"})


@pytest.mark.parametrize(
    ("path", "given"),
    [
        (PHONE, {"phone": NEW}),
        ("/accounts/email/", {"email": "new@example.test", "action_add": ""}),
        ("/accounts/2fa/totp/activate/", None),
        ("/accounts/2fa/webauthn/add/", None),
    ],
)
def test_contacts_and_factors_ask_for_the_password_first(client, path, given):
    signed_in(client)

    answer = client.post(path, given) if given else client.get(path)

    assert answer.url.startswith("/accounts/reauthenticate/")
    assert not Text.objects.exists()
    assert not EmailAddress.objects.filter(email="new@example.test").exists()


def test_a_number_is_changed_by_its_own_code_and_the_old_one_and_the_address_are_told(client):
    user = signed_in(client, phone=OLD)
    client.post(PHONE, {"phone": "138 0000 0002"})
    prove_by_password(client)
    client.post(PHONE, {"phone": "138 0000 0002"})
    client.post("/accounts/phone/verify/", {"code": "wrong"})
    user.refresh_from_db()
    assert user.phone == OLD

    client.post("/accounts/phone/verify/", {"code": code_to(NEW)})

    user.refresh_from_db()
    assert user.phone == NEW
    assert not re.search(r"\d{6}\b", Text.objects.get(to=OLD).body.replace(" ", "")[:20])
    assert Letter.objects.get(to=user.email)


@pytest.mark.parametrize("taken", [True, False])
def test_changing_to_a_number_says_only_to_its_owner_that_it_has_a_login(client, settings, taken):
    settings.DEMO = False
    user = signed_in(client)
    if taken:
        make_user(phone=OTHER)
    prove_by_password(client)

    asked = client.post(PHONE, {"phone": OTHER})
    wrong = client.post("/accounts/phone/verify/?lang=en", {"code": "wrong"})
    right = client.post("/accounts/phone/verify/?lang=en", {"code": code_to(OTHER)})

    assert (asked.url, wrong.status_code) == ("/accounts/phone/verify/", 200)
    user.refresh_from_db()
    assert (user.phone, right.status_code) == ((None, 200) if taken else (OTHER, 302))
    assert not taken or "Another login has this number" in right.text


def test_who_has_no_password_shows_who_they_are_by_a_code(client):
    """allauth asks them nothing: a phone left on a bench would be enough to take the login."""
    user = by_phone(client)
    assert client.post(PHONE, {"phone": NEW}).url.startswith(PROVE)
    assert not Text.objects.exists()

    client.post(PROVE, {"action": "send"})
    assert client.post(PROVE, {"code": "wrong"}).status_code == 200
    client.post(PROVE, {"code": code_to(OLD)})
    client.post(PHONE, {"phone": NEW})
    client.post("/accounts/phone/verify/", {"code": code_to(NEW)})

    user.refresh_from_db()
    assert user.phone == NEW


def proven(client) -> User:
    """Somebody with a number and nothing else, who has just shown who they are."""
    user = by_phone(client)
    client.post(PROVE, {"action": "send"})
    client.post(PROVE, {"code": code_to(OLD)})
    Text.objects.all().delete()
    return user


def told_by_text() -> list[str]:
    """What the number was told, without who says it and whom to call."""
    return [re.search(r"[：:] ?(.+? (?:changed|login)\.)", text.body)[1] for text in Text.objects.filter(to=OLD)]


def test_who_has_a_number_only_is_told_by_text_of_a_password(client):
    user = proven(client)
    long = {"password1": "long-enough-2026", "password2": "long-enough-2026"}

    client.post("/accounts/password/set/?lang=en", long)

    user.refresh_from_db()
    assert user.has_usable_password()
    assert told_by_text() == ["The password of your login was changed."]


def test_who_has_a_number_only_is_told_by_text_of_a_second_factor(client, django_capture_on_commit_callbacks):
    user = proven(client)
    client.get("/accounts/2fa/totp/activate/?lang=en")
    secret = client.session["mfa.totp.secret"]

    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/totp/activate/", {"code": app_code(secret)})

    assert Authenticator.objects.filter(user=user, type="totp").exists()
    assert set(told_by_text()) == {"The second factor of your login was changed."}


def test_who_has_a_number_only_is_told_by_text_of_a_first_address_and_of_no_second_one(client):
    user = proven(client)

    client.post("/accounts/email/?lang=en", {"email": "new@example.test", "action_add": ""})
    first = EmailAddress.objects.get(user=user)
    Client().post(f"/accounts/confirm-email/{EmailConfirmationHMAC(first).key}/")
    client.post("/accounts/email/?lang=en", {"email": "second@example.test", "action_add": ""})

    user.refresh_from_db()
    assert (user.email, user.emailaddress_set.count()) == ("new@example.test", 2)
    assert told_by_text() == ["An e-mail address was added to your login."]
    assert "new@" not in Text.objects.get().body


def test_who_has_an_address_is_told_there_of_a_password_and_not_by_text(client):
    user = signed_in(client, phone=OLD)
    prove_by_password(client)
    new = {"oldpassword": "demo-city-2026", "password1": "long-enough-2026", "password2": "long-enough-2026"}

    client.post("/accounts/password/change/", new)

    assert Letter.objects.filter(to=user.email).exists()
    assert not Text.objects.exists()


def test_a_number_is_warned_six_times_an_hour_at_most(client):
    proven(client)

    for number in range(8):
        client.post("/accounts/email/", {"email": f"new{number}@example.test", "action_add": ""})

    assert Text.objects.filter(to=OLD).count() == 6


@pytest.mark.parametrize(
    "path", ["/accounts/password/set/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"]
)
def test_who_has_no_password_shows_it_before_anything_that_opens_the_login(client, path):
    by_phone(client)

    assert client.get(path).url.startswith(PROVE)


def test_a_proof_ends_after_three_wrong_codes_and_counts_five_minutes(client, time_machine):
    time_machine.move_to("2026-11-24T10:00:00Z")
    by_phone(client)
    client.post(PROVE, {"action": "send"})
    for _ in range(3):
        client.post(PROVE, {"code": "wrong"})
    assert client.post(PROVE, {"code": code_to(OLD)}).status_code == 200
    assert client.get("/accounts/password/set/").url.startswith(PROVE)
    client.post(PROVE, {"action": "send"})
    client.post(PROVE, {"code": code_to(OLD)})
    assert client.get("/accounts/password/set/").status_code == 200
    time_machine.move_to("2026-11-24T10:07:00Z")

    assert client.get("/accounts/password/set/").url.startswith(PROVE)


def test_who_has_a_password_is_asked_for_that_and_not_for_a_code(client):
    signed_in(client, phone=OLD)

    assert client.get(PROVE).url.startswith("/accounts/reauthenticate/")
    assert client.post(PROVE, {"action": "send"}).url.startswith("/accounts/reauthenticate/")
    assert not Text.objects.exists()


def test_a_device_is_logged_out_by_its_owner_only(client):
    make_user("own@example.test")
    make_user("other@example.test")
    browsers = [client, Client(), Client()]
    for browser, email in zip(browsers, ["own@example.test", "own@example.test", "other@example.test"], strict=True):
        browser.post("/accounts/login/", {"login": email, "password": "demo-city-2026"})
        browser.get("/accounts/sessions/")
    keys = [UserSession.objects.get(session_key=browser.session.session_key).pk for browser in browsers]

    answers = [client.post(f"/accounts/sessions/{key}/end/").status_code for key in keys[1:]]

    assert answers == [302, 404]
    assert [browser.get("/my/details/").status_code for browser in browsers] == [200, 302, 200]
