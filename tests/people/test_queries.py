"""Families as pages and higher apps ask for them."""

from datetime import date

import pytest

from people import queries
from people.models import Guardianship, ToTell
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def test_children_of_a_guardian_are_the_current_ones_eldest_first():
    guardian = make_guardian()
    younger, older = make_child(guardian, age=6), make_child(guardian, age=12)
    make_child(guardian, age=9).guardianships.update(ends_on=date(2026, 11, 23))
    make_child(guardian, age=9, merged_into=older)
    make_child()

    assert list(queries.children_of(guardian, TODAY)) == [older, younger]


def test_guardians_of_a_child_are_the_current_ones():
    child, second = make_child(), make_guardian()
    Guardianship.objects.create(guardian=second, child=child, starts_on=TODAY)
    Guardianship.objects.create(guardian=make_guardian(), child=child, starts_on=date(2026, 11, 25))

    assert list(queries.guardians_of(child, TODAY)) == [child.guardianships.earliest("pk").guardian, second]


@pytest.mark.parametrize("q", ["王", "小明", "138 0000 7777", "7777", ""])
def test_families_are_found_by_guardian_child_and_phone(q):
    by = make_member(make_family_office(), "clerk")
    guardian = make_guardian(registered_by=by.organisation, name="王奶奶", phone="+8613800007777")
    make_child(guardian, name="李小明")

    assert list(queries.families_of(by, TODAY, q=q)) == [guardian]


def test_families_of_others_are_not_found():
    by = make_member(make_family_office(), "clerk")
    make_child(make_guardian(registered_by=make_family_office("天穆镇"), name="王奶奶"))
    make_guardian(user=by.user, name="王奶奶")

    assert list(queries.families_of(by, TODAY, q="王")) == []


def test_to_be_told_is_the_offices_own_and_untold():
    by = make_member(make_family_office(), "clerk")
    elsewhere = make_family_office("天穆镇")
    mine = make_guardian(registered_by=by.organisation)
    line = ToTell.objects.create(guardian=mine, office=by.organisation, kind="x", cause="1")
    other = make_guardian(registered_by=elsewhere)
    ToTell.objects.create(guardian=other, office=elsewhere, kind="x", cause="1")

    assert list(queries.to_be_told(by)) == [line]
