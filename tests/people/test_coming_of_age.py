"""Families hear thirty days before the 18th birthday what ends, once."""

from datetime import date, timedelta

import pytest

from core.time import at
from notifications.models import Message
from notifications.rendering import render
from people import coming_of_age
from people.models import Child, ToTell
from people.tasks import warn
from tests.conftest import NOW
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
BORN = date(2008, 12, 24)  # thirty days after the tests' day


def told() -> set[tuple]:
    return set(Message.objects.values_list("kind", "recipient"))


def test_each_guardian_and_the_youth_hear_once_thirty_days_before():
    first, second = make_guardian(), make_guardian()
    youth = make_child(first, birth_date=BORN, user=make_user())
    make_guardianship(second, youth)
    make_child(birth_date=BORN + timedelta(days=1))
    make_child(birth_date=date(2008, 11, 23))

    assert coming_of_age.warn(NOW - timedelta(days=1)) == 1  # whose birthday was yesterday by then
    Message.objects.all().delete()
    assert [coming_of_age.warn(NOW + timedelta(days=n)) for n in (0, 0, 1)] == [1, 1, 2]

    mine = {("ward_comes_of_age", first.user_id), ("ward_comes_of_age", second.user_id)}
    assert told() >= {*mine, ("comes_of_age", youth.user_id)}
    assert Message.objects.count() == 4


@pytest.mark.parametrize(("day", "count"), [(date(2026, 11, 23), 0), (date(2026, 11, 24), 1), (date(2026, 12, 24), 1)])
def test_from_thirty_days_before_until_the_birthday(day, count):
    make_child(birth_date=BORN)

    assert coming_of_age.warn(at(day, NOW.time())) == count
    assert coming_of_age.warn(at(date(2026, 12, 25), NOW.time())) == 0


def test_a_corrected_birth_date_is_told_anew_and_a_merged_record_never():
    youth = make_child(birth_date=BORN)
    Child.objects.filter(pk=make_child(birth_date=BORN).pk).update(merged_into=youth)
    warn_once = coming_of_age.warn(NOW)
    Child.objects.filter(pk=youth.pk).update(birth_date=BORN - timedelta(days=1))
    coming_of_age.warn(NOW)

    assert (warn_once, Message.objects.count()) == (1, 2)


def test_an_office_tells_the_family_without_a_login(time_machine):
    time_machine.move_to(NOW, tick=False)
    make_child(make_guardian(registered_by=make_family_office()), birth_date=BORN)

    warn()

    assert ToTell.objects.get().kind == "ward_comes_of_age"


@pytest.mark.parametrize(("language", "words"), [("en", "no login yet"), ("zh-hans", "12月24日")])
def test_the_words_say_the_day_and_what_to_do(language, words):
    make_child(birth_date=BORN)
    coming_of_age.warn(NOW)

    assert words in render(Message.objects.get(), language).body
