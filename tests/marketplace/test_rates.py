"""How often somebody may try: a school behind one address comes in whole, one account is still guarded."""

import subprocess

import pytest
from allauth.core import ratelimit
from django.conf import settings as real
from django.test import RequestFactory

from tests.factories.users import make_user
from tests.marketplace.production import PYTHON, environment

SHARED = ("login", "login_failed", "signup", "reset_password", "reset_password_from_key", "concern_without_login")
FORM = {"email": "a@example.test", "password1": "short", "password2": "short"}


@pytest.mark.parametrize("action", SHARED)
def test_five_hundred_families_behind_one_address_get_in_at_the_same_minute(action):
    request = RequestFactory().post("/")

    assert all(ratelimit.consume(request, action=action, key=f"family {n}") for n in range(500))


@pytest.mark.django_db
def test_a_sixth_wrong_password_for_one_account_is_refused(client):
    make_user("own@example.test")

    for password in ("wrong", "wrong", "wrong", "wrong", "wrong", "demo-city-2026"):
        page = client.post("/accounts/login/?lang=en", {"login": "own@example.test", "password": password})

    assert "Too many wrong logins" in page.text
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_each_address_behind_our_proxy_has_its_own_limit(client, settings):
    """Without it the whole city shares one; what a client writes in front of it counts for nothing."""
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/m/ip"}
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    answers = [
        client.post("/accounts/signup/", FORM, headers={"X-Forwarded-For": address}).status_code
        for address in ("192.0.2.1", "192.0.2.2", "192.0.2.9, 192.0.2.2")
    ]

    assert answers == [200, 200, 429]


@pytest.mark.slow
def test_production_trusts_its_own_proxy_alone(tmp_path):
    asked = "from django.conf import settings; print(settings.ALLAUTH_TRUSTED_PROXY_COUNT)"
    env = environment(VAR_DIR=str(tmp_path))
    run = subprocess.run([PYTHON, "-c", asked], cwd=real.BASE_DIR, env=env, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "1"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lang", "said"), [("zh-hans", ("请等一会儿", "等五分钟再试")), ("en", ("One moment, please", "Wait five minutes"))]
)
def test_who_tried_too_often_is_told_what_to_do_in_our_words(client, settings, lang, said):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/m/ip"}

    client.post("/accounts/signup/", FORM)
    page = client.post(f"/accounts/signup/?lang={lang}", FORM)

    assert page.status_code == 429
    assert [
        words for words in (*said, settings.SITE_PHONE[:4], 'href="/accounts/signup/') if words not in page.text
    ] == []
