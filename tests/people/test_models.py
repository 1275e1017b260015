"""Who sees a child, and what the database refuses."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from organisations.acting import Acting, clock
from people.models import Child, Guardian, Guardianship, ToTell
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_guardian, make_youth
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


def test_child_is_visible_to_current_guardian_only():
    child = make_child()
    other = make_child()
    former = make_guardian()
    Guardianship.objects.create(
        guardian=former, child=child, starts_on=TODAY - timedelta(days=9), ends_on=TODAY - timedelta(days=1)
    )
    by = Acting(user=child.guardianships.get(ends_on__gt=TODAY).guardian.user)

    assert list(Child.objects.visible_to(by, TODAY)) == [child]
    assert list(Child.objects.visible_to(Acting(user=former.user), TODAY)) == []
    assert other not in Child.objects.visible_to(by, TODAY)


def test_child_is_visible_to_the_youth_themself():
    youth = make_youth()

    assert list(Child.objects.visible_to(Acting(user=youth.user), TODAY)) == [youth]


@pytest.mark.parametrize(("role", "seen"), [("manager", 1), ("clerk", 1), ("child_officer", 0)])
def test_child_is_visible_to_the_clerks_of_the_office_that_registered_it(role, seen):
    office = make_organisation("office", region=make_region())
    make_child(make_guardian(registered_by=office))

    assert Child.objects.visible_to(make_member(office, role), TODAY).count() == seen


def test_child_is_hidden_from_another_office_the_clock_superusers_and_the_league():
    make_child(make_guardian(registered_by=make_organisation("office", region=make_region())))
    elsewhere = make_member(make_organisation("office", region=make_region("天穆镇")), "manager")
    league = make_member(make_organisation("league"), "officer")
    superuser = Acting(user=make_user(is_superuser=True))

    for by in (elsewhere, league, superuser, clock("orders.sweep"), Acting()):
        assert not Child.objects.visible_to(by, TODAY).exists()
        assert not Guardian.objects.visible_to(by).exists()
        assert not ToTell.objects.visible_to(by).exists()


def test_child_of_a_suspended_office_is_hidden_from_its_clerk():
    office = make_organisation("office", region=make_region(), status="suspended")
    make_child(make_guardian(registered_by=office))

    assert not Child.objects.visible_to(make_member(office, "clerk"), TODAY).exists()


def test_merged_child_is_seen_by_nobody():
    child = make_child()
    guardian = child.guardianships.get().guardian
    make_child(guardian, merged_into=child)

    assert list(Child.objects.visible_to(Acting(user=guardian.user), TODAY)) == [child]


def test_guardian_without_account_and_office_is_refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        Guardian.objects.create(name="无名")


def test_second_current_guardianship_of_the_same_two_is_refused():
    child = make_child()

    with pytest.raises(IntegrityError), transaction.atomic():
        Guardianship.objects.create(guardian=child.guardianships.get().guardian, child=child, starts_on=TODAY)


def test_legal_age_of_fourteen_counts_from_the_day_after_the_birthday():
    child = make_child(birth_date=date(2012, 11, 24))

    assert (child.age(TODAY), child.is_youth(TODAY), child.is_youth(date(2026, 11, 25))) == (14, False, True)


def test_told_line_names_who_told_it():
    office = make_organisation("office", region=make_region())

    with pytest.raises(IntegrityError), transaction.atomic():
        ToTell.objects.create(
            guardian=make_guardian(registered_by=office), office=office, kind="x", cause="x:1", told_at=NOW
        )
