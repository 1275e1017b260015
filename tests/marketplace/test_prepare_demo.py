"""What ``make demo`` prepares."""

import pytest
from django.core.management import call_command

from marketplace import demo_logins
from marketplace.management.commands import prepare_demo
from tests.factories.organisations import make_organisation


@pytest.fixture
def folder(settings, tmp_path):
    """A folder of the demo's own, with static files that cost nothing."""
    settings.VAR_DIR, settings.BROKER_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "broker", tmp_path / "static"
    settings.STATICFILES_FINDERS = []
    return tmp_path


@pytest.fixture
def called(monkeypatch):
    """The commands that the preparation calls."""
    names = []
    monkeypatch.setattr(prepare_demo, "call_command", lambda name, **options: names.append((name, options)))
    return names


@pytest.mark.django_db
def test_prepare_demo_fills_an_empty_city_with_the_known_seed(folder, called):
    call_command("prepare_demo")

    name, options = called[-1]
    assert (name, options["seed"], options["scale"]) == ("seed_demo", 2026, 1)
    assert sorted(path.name for path in (folder / "broker").iterdir()) == ["control", "messages", "processed"]


@pytest.mark.django_db
def test_prepare_demo_keeps_a_city_that_is_there(folder, called):
    make_organisation()

    call_command("prepare_demo")
    call_command("prepare_demo")

    assert [name for name, _ in called] == ["collectstatic"]


def test_welcome_names_the_address_and_a_login_for_each_role():
    text = prepare_demo.welcome("http://127.0.0.1:8123")

    assert "http://127.0.0.1:8123/accounts/login/" in text
    assert demo_logins.PASSWORD in text
    names = "league finance finance2 auditor safeguarding editor ngo ngo2 office clerk office2 child-officer school"
    for name in f"{names} guardian guardian2 youth volunteer reviewer".split():
        assert f" {name}@demo.test " in text
