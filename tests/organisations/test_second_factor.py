"""A stolen password alone opens no money and no child's name: such roles work with a second factor only."""

import pytest
from allauth.mfa.models import Authenticator

from organisations import second_factor
from organisations.models.membership import ROLES_OF
from tests.factories.cms import make_site
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
WITHOUT = {"editor"}
HELD = [(kind, role) for kind, roles in ROLES_OF.items() for role in roles]
HERE = "/accounts/2fa/"


@pytest.fixture(autouse=True)
def _required(settings):
    settings.REQUIRE_SECOND_FACTOR = True


def signed_in(client, kind, role):
    by = make_member(make_organisation(kind), role)
    client.force_login(by.user)
    return by.user


def where(response) -> str:
    return response["Location"] if response.status_code == 302 else ""


@pytest.mark.parametrize(("kind", "role"), [pair for pair in HELD if pair[1] not in WITHOUT])
def test_a_role_with_money_or_children_is_led_to_the_second_factor_until_it_is_on(client, kind, role):
    user = signed_in(client, kind, role)

    assert [where(client.get(path)) for path in ("/workbench/", "/orders/", "/cms/")] == [HERE] * 3
    assert where(client.post("/organisations/members/", {"email": "x@example.test", "role": role})) == HERE
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    assert client.get("/workbench/").status_code == 200


def test_a_passkey_is_a_second_factor_too(client):
    user = signed_in(client, "league", "finance")
    assert where(client.get("/workbench/")) == HERE

    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})

    assert client.get("/workbench/").status_code == 200


@pytest.mark.parametrize(("kind", "role"), [pair for pair in HELD if pair[1] in WITHOUT])
def test_a_role_without_either_works_as_before(client, kind, role):
    make_site()
    signed_in(client, kind, role)

    assert client.get("/workbench/").status_code == 200
    assert where(client.get("/cms/")) != HERE


def test_every_role_was_thought_of():
    assert {role for _, role in HELD} == second_factor.ROLES | WITHOUT


def test_the_page_says_why_in_one_sentence(client):
    signed_in(client, "league", "officer")

    page = client.get("/workbench/?lang=en", follow=True)

    assert page.redirect_chain == [(HERE, 302)]
    assert "Your role sees money or children" in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/", "/catalog/", "/accounts/2fa/", "/accounts/email/", "/accounts/logout/", "/accounts/password/change/",
        "/my/details/", "/inbox/", "/healthz", "/safeguarding/concern/",
    ],
)  # fmt: skip
def test_public_pages_and_ones_own_login_stay_open(client, path):
    make_site()
    signed_in(client, "league", "officer")

    response = client.get(path)

    assert (response.status_code, where(response)) == (200, "")


def test_somebody_may_go_on_for_an_organisation_whose_role_needs_none(client):
    user = signed_in(client, "league", "officer")
    other = make_organisation("league")
    make_member(other, "editor", user=user)

    client.post("/acting/", {"organisation": other.pk})

    assert client.get("/workbench/").status_code == 200


def test_recovery_codes_alone_are_no_second_factor(client):
    user = signed_in(client, "league", "officer")
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})

    assert where(client.get("/workbench/")) == HERE


def test_a_technical_administrator_is_led_there_too(client):
    make_site()
    client.force_login(make_user(is_superuser=True))

    assert where(client.get("/cms/")) == HERE


def test_a_guardian_and_a_visitor_are_asked_for_none(client):
    assert client.get("/workbench/").url.startswith("/accounts/login/")
    client.force_login(make_user())
    assert where(client.get("/my/")) != HERE


def test_a_city_may_switch_it_off(client, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    signed_in(client, "league", "officer")

    assert client.get("/workbench/").status_code == 200
