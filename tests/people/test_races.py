"""Two clicks at the same moment make one family."""

import uuid

import pytest

from people import services
from people.models import Child, Guardian
from people.services import ChildFacts
from tests import races
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_region
from tests.factories.people import make_family_office

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
