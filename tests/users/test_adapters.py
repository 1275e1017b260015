"""Signing up and where one is sent afterwards."""

import pytest
from django.test import RequestFactory

from users.adapters import AccountAdapter
from users.models import User


@pytest.mark.django_db
def test_signing_up_keeps_the_pages_language(client):
    given = {"email": "new@example.test", "password1": "demo-city-2026", "password2": "demo-city-2026"}

    client.post("/accounts/signup/?lang=en", given)

    assert User.objects.get(email="new@example.test").language == "en"


@pytest.mark.parametrize(
    ("url", "safe"),
    [("/my/", True), ("https://evil.test/", False), ("//evil.test/", False), ("", False), (None, False)],
)
def test_redirects_stay_on_our_own_pages(url, safe):
    assert AccountAdapter(RequestFactory().get("/")).is_safe_url(url) is safe
