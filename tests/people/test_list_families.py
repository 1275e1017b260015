"""Which of the office's own families a list finds, and who still sees a list."""

import uuid
from datetime import date, timedelta

import pytest

from organisations.acting import acting_for
from people import imports
from people.models import Child, FamilyImport, Guardian, Guardianship
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship
from tests.factories.sheets import make_xlsx, row

pytestmark = pytest.mark.django_db
PHONE = "+8613900000001"  # of the list's row
BORN = date(2017, 5, 4)


@pytest.fixture
def clerk():
    make_organisation("league", region=make_region("北辰区"))
    return make_member(make_organisation("school", region=make_region("瑞景街道")), "clerk")


def start(clerk):
    return imports.start(make_xlsx(row()), by=clerk, submission_id=uuid.uuid4(), now=NOW)


def judged(clerk):
    """What the list's one row would do."""
    [line] = imports.look(start(clerk), NOW)
    return line


def family(clerk, phone):
    return make_guardian(registered_by=clerk.organisation, phone=phone)


def test_who_answered_for_a_child_once_does_not_make_it_theirs(clerk):
    former, present = family(clerk, PHONE), family(clerk, "+8613800000009")
    child = make_child(former, name="谷雨", birth_date=BORN)
    Guardianship.objects.filter(guardian=former).update(ends_on=date(2026, 6, 1))
    make_guardianship(present, child)

    line = judged(clerk)

    assert (line.outcome, line.family) == ("same", present)


def test_a_record_that_was_merged_into_another_is_nobody(clerk):
    guardian = family(clerk, PHONE)
    merged, kept = make_child(guardian, name="谷雨", birth_date=BORN), make_child(guardian, name="林谷雨")
    Child.objects.filter(pk=merged.pk).update(merged_into=kept)

    assert judged(clerk).outcome == "new"


def test_a_phone_of_another_offices_family_is_a_family_of_its_own_here(clerk):
    elsewhere = make_guardian(registered_by=make_family_office("天穆镇"), phone=PHONE)

    line = judged(clerk)

    assert (line.family, line.remark) == (None, "")
    imports.confirm(start(clerk), by=clerk, now=NOW)
    assert Child.objects.get().guardianships.get().guardian != elsewhere


def test_of_two_families_with_one_phone_the_older_is_joined(clerk):
    older, _newer = family(clerk, PHONE), family(clerk, PHONE)

    imports.confirm(start(clerk), by=clerk, now=NOW)

    assert (Guardianship.objects.get().guardian, Guardian.objects.count()) == (older, 2)


def test_of_a_childs_two_guardians_the_first_is_named(clerk):
    first, second = family(clerk, "+8613800000008"), family(clerk, "+8613800000009")
    make_guardianship(second, make_child(first, name="谷雨", birth_date=BORN))

    assert judged(clerk).family == first


def test_a_list_is_seen_for_the_office_in_a_role_that_registers_families_and_for_a_day(clerk):
    listed = imports.confirm(start(clerk), by=clerk, now=NOW)
    child_officer = acting_for(clerk.user, clerk.organisation, "child_officer")
    elsewhere = acting_for(clerk.user, make_family_office("天穆镇"), "clerk")

    def sees(by, now=NOW):
        return list(FamilyImport.objects.visible_to(by, now))

    assert [sees(by) for by in (clerk, child_officer, elsewhere)] == [[listed], [], []]
    assert sees(clerk, NOW + timedelta(days=1)) == []
