"""Two proofs of one number at the same moment, on a real database."""

from functools import partial

import pytest

from tests import races
from tests.factories.users import make_user
from users import services
from users.models import User

pytestmark = [pytest.mark.race]
PHONE = "+8613800000001"


@pytest.mark.usefixtures("fresh_db")
def test_two_devices_that_prove_a_new_number_at_once_are_in_one_login():
    race = races.run(*[partial(services.account_of, PHONE, language="en")] * 3)

    assert race.errors == []
    assert {user.pk for user in race.results} == {User.objects.get().pk}


@pytest.mark.usefixtures("fresh_db")
def test_two_logins_that_take_one_number_at_once_leave_it_to_one():
    race = races.run(*[partial(services.set_phone, make_user(), PHONE) for _ in range(3)])

    assert [type(error) for error in race.errors] == [services.PhoneTaken] * 2
    assert User.objects.filter(phone=PHONE).count() == 1
