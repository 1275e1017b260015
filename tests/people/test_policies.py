"""Who answers for a child, and who may change the record."""

from datetime import date

import pytest

from organisations.acting import Acting, clock
from people import policies
from tests.factories.organisations import make_member, make_organisation
from tests.factories.people import make_child, make_family_office, make_guardian, make_youth
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def verdict(by, child):
    return policies.answers_for(by, child, TODAY), policies.may_edit(by, child, TODAY)


def test_guardian_answers_and_edits():
    guardian = make_guardian()

    assert verdict(Acting(user=guardian.user), make_child(guardian)) == (True, True)


def test_former_guardian_does_neither():
    guardian = make_guardian()
    child = make_child(guardian)
    child.guardianships.update(ends_on=date(2026, 11, 23))

    assert verdict(Acting(user=guardian.user), child) == (False, False)


@pytest.mark.parametrize(("age", "answers"), [(15, True), (13, False)])
def test_youth_answers_from_fourteen_and_never_edits(age, answers):
    youth = make_youth(age=age)

    assert verdict(Acting(user=youth.user), youth) == (answers, False)


@pytest.mark.parametrize(("role", "may"), [("manager", True), ("clerk", True), ("child_officer", False)])
def test_clerk_of_the_registering_office_does_both(role, may):
    office = make_family_office()
    child = make_child(make_guardian(registered_by=office))

    assert verdict(make_member(office, role), child) == (may, may)


def test_everybody_else_does_neither():
    child = make_child(make_guardian(registered_by=make_family_office()))
    others = [
        make_member(make_family_office("天穆镇"), "clerk"),
        make_member(make_organisation("league"), "officer"),
        make_member(make_organisation("provider"), "manager"),
        Acting(user=make_user(is_superuser=True)),
        Acting(),
        clock("orders.sweep"),
    ]

    assert [verdict(by, child) for by in others] == [(False, False)] * len(others)


def test_nobody_answers_for_a_merged_record():
    guardian = make_guardian()
    child = make_child(guardian, merged_into=make_child())

    assert verdict(Acting(user=guardian.user), child) == (False, False)
