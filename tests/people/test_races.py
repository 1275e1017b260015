"""Two clicks at the same moment make one family, and name no sixth pick-up person."""

import uuid

import pytest

from organisations.acting import Acting
from people import pick_up, services
from people.models import Child, Guardian
from people.services import ChildFacts
from tests import races
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_region
from tests.factories.people import make_child, make_family_office

pytestmark = pytest.mark.race


def test_a_double_click_in_two_threads_registers_one_family_with_one_child(fresh_db):
    by, one = make_member(make_family_office(), "clerk"), uuid.uuid4()
    child = ChildFacts("小满", NOW.date().replace(year=2017), make_region("翡翠城社区"))

    race = races.run_same(
        2,
        lambda: services.register_family(
            name="王奶奶", phone="", child=child, relation="grandparent", by=by, submission_id=one, now=NOW
        ),
    )

    assert race.errors == []
    assert (Guardian.objects.count(), Child.objects.count()) == (1, 1)


def test_three_names_at_the_same_moment_fill_the_last_place_once(fresh_db):
    child = make_child(age=7)

    def name():
        return pick_up.name_person(child, name="钱姥姥", phone="", by=Acting(), submission_id=uuid.uuid4(), now=NOW)

    for _ in range(4):
        name()

    race = races.run_same(3, name)

    assert [type(error) for error in race.errors] == [pick_up.TooManyPersons] * 2
    assert child.pick_up_persons.count() == 5
