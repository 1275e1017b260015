"""A login of one's own from 14 on."""

from datetime import date, timedelta

import pytest

from organisations.acting import Acting
from people import youths
from people.links import LINK_LIFE, LinkGone
from people.models import YouthLink
from tests.conftest import NOW
from tests.factories.people import make_child, make_guardian, make_youth
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


def link_for(child, *, now=NOW):
    return youths.make_link(child, by=Acting(user=child.guardianships.get().guardian.user), now=now)


def test_take_up_connects_the_account_and_writes_history():
    child, user = make_child(age=15), make_user()

    youths.take_up(link_for(child), user=user, now=NOW)

    child.refresh_from_db()
    assert child.user == user
    assert list(child.history.order_by("pk").values_list("verb", flat=True)) == ["offer_login", "connect_login"]


def test_secret_is_stored_as_a_hash_only():
    secret = link_for(make_child(age=15))

    assert secret not in str(YouthLink.objects.values().get())


@pytest.mark.parametrize("birth_date", [date(2012, 11, 24), date(2015, 1, 1)])
def test_make_link_before_the_day_after_the_fourteenth_birthday_is_refused(birth_date):
    with pytest.raises(youths.TooYoung):
        link_for(make_child(birth_date=birth_date))


def test_make_link_for_a_youth_with_an_account_is_refused():
    with pytest.raises(youths.AccountTaken):
        link_for(make_youth())


def test_second_link_ends_the_first():
    child = make_child(age=15)
    first = link_for(child)
    link_for(child)

    with pytest.raises(LinkGone):
        youths.take_up(first, user=make_user(), now=NOW)


@pytest.mark.parametrize("spoil", ["used", "old", "wrong", "merged"])
def test_take_up_of_a_link_that_is_gone_is_refused(spoil):
    child, now = make_child(age=15), NOW
    secret = link_for(child)
    if spoil == "used":
        youths.take_up(secret, user=make_user(), now=now)
    elif spoil == "old":
        now += LINK_LIFE + timedelta(seconds=1)
    elif spoil == "wrong":
        secret += "x"
    else:
        child.merged_into = make_child()
        child.save()

    with pytest.raises(LinkGone):
        youths.take_up(secret, user=make_user(), now=now)


def test_take_up_with_the_guardians_own_account_is_refused():
    guardian = make_guardian()
    child = make_child(guardian, age=15)

    with pytest.raises(youths.AccountTaken):
        youths.take_up(link_for(child), user=guardian.user, now=NOW)


def test_take_up_with_another_youths_account_is_refused():
    with pytest.raises(youths.AccountTaken):
        youths.take_up(link_for(make_child(age=15)), user=make_youth().user, now=NOW)
