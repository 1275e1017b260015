"""Two clicks at once on a real database leave one calendar address."""

from functools import partial

import pytest

from tests import races
from tests.conftest import NOW
from tests.factories.users import make_user
from users import feeds

pytestmark = [pytest.mark.race]


@pytest.mark.usefixtures("fresh_db")
def test_two_clicks_at_once_leave_one_address():
    user = make_user()

    race = races.run(*[partial(feeds.make_feed, user, now=NOW)] * 3)

    assert race.errors == []
    assert [feeds.reader_of(secret) for secret in race.results].count(user) == 1
