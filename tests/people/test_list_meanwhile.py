"""What happens between a list's upload and the clerk's yes: only what was shown is ever added."""

import uuid

import pytest

from organisations.models import Region
from people import imports
from people.models import Child, Guardian
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_guardian
from tests.factories.sheets import make_xlsx, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    make_organisation("league", region=make_region("北辰区"))
    return make_member(make_organisation("school", region=make_region("瑞景街道")), "clerk")


def start(clerk, *rows):
    return imports.start(make_xlsx(*rows), by=clerk, submission_id=uuid.uuid4(), now=NOW)


def test_what_came_in_meanwhile_is_not_added_again(clerk):
    first, second = start(clerk, row()), start(clerk, row(), row(a="白露"))
    imports.confirm(first, by=clerk, now=NOW)
    imports.confirm(second, by=clerk, now=NOW)

    assert sorted(Child.objects.values_list("name", flat=True)) == ["白露", "谷雨"]
    assert Guardian.objects.count() == 1


def test_a_row_that_was_not_shown_as_new_is_not_added_later(clerk):
    listed = start(clerk, row(), row(a="白露", c="新村"))
    assert [line.outcome for line in imports.look(listed, NOW)] == ["new", "error"]
    parent = make_region("瑞景街道")
    Region.objects.create(
        code="120113008099", name="新村", level="village", parent=parent, lineage=f"{parent.lineage}120113008099/"
    )

    imports.confirm(listed, by=clerk, now=NOW)

    assert [child.name for child in Child.objects.all()] == ["谷雨"]


def test_a_child_is_added_to_no_other_family_than_the_one_that_was_shown(clerk):
    """The clerk said yes to a family of its own; who registered the phone meanwhile may be somebody else."""
    listed = start(clerk, row(), row(a="小满"), row(a="白露", e="13900000002"))
    make_guardian(registered_by=clerk.organisation, name="王秀英", phone="+8613900000001")

    lines = imports.look(listed, NOW)
    assert [(line.outcome, line.remark) for line in lines] == [("error", ""), ("error", ""), ("new", "")]
    assert "has changed since the upload" in lines[0].problems[0][1]
    imports.confirm(listed, by=clerk, now=NOW)

    assert [child.name for child in Child.objects.all()] == ["白露"]


def test_a_child_whose_family_has_another_phone_by_now_makes_no_second_family(clerk):
    family = make_guardian(registered_by=clerk.organisation, name="王秀英", phone="+8613900000001")
    listed = start(clerk, row())
    Guardian.objects.filter(pk=family.pk).update(phone="+8613900000009")

    imports.confirm(listed, by=clerk, now=NOW)

    assert (Child.objects.count(), Guardian.objects.count()) == (0, 1)
