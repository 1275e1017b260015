"""Passkeys in Chromium with an authenticator of its own: added, used to log in alone, used as the second step."""

import pytest
from allauth.mfa.models import Authenticator

from tests.factories.users import make_user

PASSWORD = "demo-city-2026"


@pytest.fixture
def site(new_person, live_site):
    """A browser with a platform authenticator whose owner is there, on a host that passkeys know."""
    page = new_person(lang="en", extra_http_headers={"Accept-Language": "en"})
    page.set_default_timeout(30_000)
    wrong = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.host = live_site.replace("127.0.0.1", "localhost")
    page.owner_says = lambda yes: session.send(
        "WebAuthn.setUserVerified", {"authenticatorId": made["authenticatorId"], "isUserVerified": yes}
    )
    yield page
    assert wrong == []


def log_in(page):
    page.goto(f"{page.host}/accounts/login/")
    page.fill("input[name=login]", "own@example.test")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Log in with the password").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def log_out(page):
    page.goto(f"{page.host}/accounts/logout/")
    page.locator("main form button").first.click()
    page.goto(f"{page.host}/accounts/login/")


def add_passkey(page):
    page.goto(f"{page.host}/accounts/2fa/webauthn/add/")
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form button").first.click()
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url("**/recovery-codes/")


def test_a_passkey_is_added_opens_the_login_alone_and_is_the_second_step(site, axe):
    user = make_user("own@example.test")
    log_in(site)
    add_passkey(site)
    kept = Authenticator.objects.get(user=user, type=Authenticator.Type.WEBAUTHN)
    assert kept.wrap().is_passwordless
    site.goto(f"{site.host}/accounts/2fa/webauthn/")
    assert axe(site) == []

    log_out(site)
    assert axe(site) == []
    site.get_by_role("button", name="Use a passkey").click()
    site.wait_for_url(lambda url: "/accounts/" not in url)

    log_out(site)
    log_in(site)
    site.wait_for_url("**/2fa/authenticate/")
    site.get_by_role("button", name="Use a passkey").click()
    site.wait_for_url(lambda url: "/accounts/" not in url)


def test_a_refused_passkey_is_said_in_a_sentence(site):
    make_user("own@example.test")
    log_in(site)
    add_passkey(site)
    log_out(site)
    site.owner_says(False)

    site.get_by_role("button", name="Use a passkey").click()

    site.get_by_role("alert").filter(has_text="The passkey was not used").wait_for()
    assert "/accounts/login/" in site.url
