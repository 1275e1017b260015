"""The order slip on a programme's page."""

import pytest

from organisations.models import Organisation
from tests.factories.orders import make_stage
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def stage():
    return make_stage()


def _page(client, stage, user) -> str:
    if user:
        client.force_login(user)
    return client.get(f"/catalog/{stage.programme.slug}/", headers=ENGLISH).content.decode()


def test_an_office_sees_price_total_and_what_its_budget_has_left(client, stage):
    page = _page(client, stage, stage.office.user)

    assert [text in page for text in ('action="/orders/new/"', "¥3,200.00", "¥40,000.00")] == [True] * 3


def test_an_office_without_a_league_sees_the_slip_without_a_budget(client, stage):
    Organisation.objects.filter(kind="league").update(status="suspended")

    page = _page(client, stage, stage.office.user)

    assert 'action="/orders/new/"' in page
    assert "Your budget has left" not in page


def test_others_see_no_slip(client, stage):
    pages = [_page(client, stage, user) for user in (None, make_user(), stage.provider.user)]

    assert ['action="/orders/new/"' in page for page in pages] == [False] * 3
