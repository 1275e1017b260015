"""A child for whom two guardians answer is deleted when both have asked, and by neither alone."""

from datetime import date, timedelta

import pytest
import time_machine

from core.time import today
from notifications.models import Message
from organisations.acting import Acting
from people.models import Child, Guardianship, ToTell
from privacy import erasure, wishes
from privacy.models import ErasureWish
from privacy.privacy import forget
from tests.conftest import NOW
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship, make_youth

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_ten(settings, tmp_path):
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def first():
    return make_guardian(name="窦天章")


@pytest.fixture
def second():
    return make_guardian(name="蔡婆婆", phone="+8613800009999")


@pytest.fixture
def child(first, second):
    child = make_child(first, name="窦娥")
    make_guardianship(second, child)
    return child


def ask(child, guardian, now=NOW) -> bool:
    return wishes.ask(child, by=Acting(user=guardian.user), now=now)


def is_deleted(child) -> bool:
    return Child.objects.get(pk=child.pk).erased_at is not None


def page(child) -> str:
    return f"/my/children/{child.pk}/delete/"


def test_one_guardian_alone_deletes_nothing_and_the_other_is_asked_once(child, first, second):
    assert (ask(child, first), ask(child, first)) == (False, False)

    assert not is_deleted(child)
    message = Message.objects.get(kind="erasure_wished")
    assert (message.recipient, message.path) == (second.user, page(child))


def test_when_both_have_asked_the_record_goes_with_the_wishes(child, first, second):
    ask(child, first)

    assert ask(child, second)
    assert is_deleted(child)
    assert not ErasureWish.objects.exists()
    with pytest.raises(erasure.NobodyThere):
        ask(child, first)


def test_all_of_three_are_needed(child, first, second):
    third = make_guardian()
    make_guardianship(third, child)

    assert [ask(child, one) for one in (first, second, third)] == [False, False, True]


def test_a_guardian_who_answers_no_more_is_not_asked(child, first, second):
    Guardianship.objects.filter(guardian=second).update(ends_on=today(NOW) - timedelta(days=1))

    assert ask(child, first)


def test_a_wish_that_was_taken_back_counts_no_more(child, first, second):
    ask(child, first)
    wishes.take_back(child, by=Acting(user=first.user))

    assert not ask(child, second)
    assert not is_deleted(child)


def test_nobody_takes_back_the_wish_of_another(child, first, second):
    ask(child, first)

    wishes.take_back(child, by=Acting(user=second.user))

    assert ErasureWish.objects.get().guardian == first


def test_after_ninety_days_a_wish_counts_no_more_and_is_forgotten(child, first, second):
    ask(child, first)
    over = NOW + timedelta(days=90)

    assert forget(over - timedelta(seconds=1))["erasure_wishes"] == 0
    assert not ask(child, second, now=over)
    assert ErasureWish.objects.get().guardian == second
    assert forget(over + timedelta(days=90))["erasure_wishes"] == 1


def test_a_youth_deletes_the_own_record_alone(second):
    youth = make_youth()
    make_guardianship(second, youth)

    assert wishes.ask(youth, by=Acting(user=youth.user), now=NOW)
    assert is_deleted(youth)


def test_a_stranger_asks_in_vain(child):
    for by in (Acting(user=make_guardian().user), Acting()):
        with pytest.raises(wishes.NotTheirs):
            wishes.ask(child, by=by, now=NOW)
    assert not is_deleted(child)


def test_a_guardian_without_a_login_is_asked_by_their_office(first):
    child = make_child(first)
    make_guardianship(make_guardian(registered_by=make_family_office()), child)

    assert not ask(child, first)
    assert ToTell.objects.get().kind == "erasure_wished"


def test_leaving_ends_only_the_own_guardianship_and_the_wish(child, first, second):
    ask(child, first)

    erasure.erase(first.user, cause="asked", now=NOW)

    assert not is_deleted(child)
    assert Guardianship.objects.get(child=child).guardian == second
    assert not ErasureWish.objects.exists()
    assert ask(child, second)


def test_the_page_says_beforehand_that_the_other_is_asked_and_shows_neither_to_the_other(client, child, first, second):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(first.user)
    before = client.get(page(child)).text
    assert "the data stays until everybody who answers has asked" in before
    assert "Ask to delete it" in before

    after = client.post(page(child), {"sure": "on"}, follow=True).text
    assert "Nothing is deleted until everybody" in after
    mine = client.get(page(child)).text
    assert "You asked on" in mine
    assert 'name="sure"' not in mine

    client.force_login(second.user)
    theirs = client.get(page(child)).text
    assert "Another guardian asked on" in theirs
    assert "Delete for good" in theirs
    for text, other in ((before + after + mine, second), (theirs, first)):
        assert other.name not in text
        assert other.phone[3:] not in text.replace(" ", "")
    client.post(page(child), {"sure": "on"})
    assert is_deleted(child)


def test_on_the_page_a_wish_is_taken_back(client, child, first):
    client.force_login(first.user)
    client.post(page(child), {"sure": "on"})

    assert client.post(f"{page(child)}take-back/")["Location"] == "/my/data/"
    assert not ErasureWish.objects.exists()


def test_the_only_guardian_deletes_at_once(client, first):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    child = make_child(first)
    client.force_login(first.user)

    assert "Another guardian" not in client.get(page(child)).text
    client.post(page(child), {"sure": "on"})

    assert is_deleted(child)
    assert not Message.objects.exists()


def test_a_wish_for_a_record_that_is_gone_is_not_said_to_be_taken_back(child, first, second):
    ask(child, first)
    ask(child, second)

    with pytest.raises(erasure.NobodyThere):
        wishes.take_back(child, by=Acting(user=first.user))


def test_a_former_guardian_who_leaves_takes_no_record_along(first):
    """Nobody answers for who is of age; and who ended a guardianship left the child to itself or to others before."""
    grown = make_child(first, birth_date=date(2008, 1, 1))
    given_up = make_child(first)
    Guardianship.objects.filter(child=given_up).update(ends_on=date(2026, 11, 23))
    own = make_child(first)

    erasure.erase(first.user, cause="asked", now=NOW)

    assert [is_deleted(one) for one in (grown, given_up, own)] == [False, False, True]
