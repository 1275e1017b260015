"""Each check sees a row that was broken on purpose, and is quiet where nothing is."""

import uuid
from datetime import date, timedelta

import pytest
import time_machine

from organisations.acting import Acting, record
from people import invariants, services
from people.models import Child, ChildHistory, FamilyImport, Guardianship, ToTell
from tests.conftest import NOW
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian, make_youth
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def family():
    """A clerk's family with one child, and something to be told."""
    by = make_member(make_family_office(), "clerk")
    guardian = make_guardian(registered_by=by.organisation)
    child = make_child(guardian, age=15, name="小满")
    record(ChildHistory, by, verb="add", child=child, at=NOW)
    record(ChildHistory, by, verb="edit", note="name, birth_date", child=child, at=NOW)
    services.tell(guardian, kind="x", cause="1", context={"title": "小满节气营"}, path="/my/", now=NOW)
    Child.objects.filter(pk=child.pk).update(user=make_user())
    return child


def test_everything_holds_where_nothing_is_broken(family):
    assert [one.check().breaches for one in invariants.INVARIANTS] == [[]] * len(invariants.INVARIANTS)


def test_a_child_without_a_guardian_is_seen(family):
    Guardianship.objects.all().delete()

    assert invariants.somebody_answers().breaches == [f"child {family.pk}: nobody ever answered for it"]


def test_a_line_at_another_office_is_seen(family):
    ToTell.objects.update(office=make_family_office("天穆镇"))

    assert "did not register the family" in invariants.somebody_answers().breaches[0]


@pytest.mark.parametrize(
    ("born", "breaches"), [(date(2012, 11, 23), 0), (date(2012, 11, 24), 1), (date(2015, 1, 1), 1)]
)
def test_a_login_before_fourteen_is_seen(family, born, breaches):
    Child.objects.update(birth_date=born)

    assert len(invariants.own_logins_are_youths().breaches) == breaches


def test_a_merged_record_in_use_is_seen(family):
    other = make_child()
    youth = make_youth(merged_into=other)
    chained = make_child(merged_into=make_child(merged_into=other))

    breaches = invariants.merged_records_rest().breaches
    assert breaches == [f"child {pk}: merged, but still in use" for pk in (youth.pk, chained.pk)]


def test_a_child_that_nobody_added_is_seen(family):
    stray = make_child()
    nameless = make_child()
    record(ChildHistory, Acting(), verb="add", child=nameless, at=NOW)

    assert len(invariants.records_are_on_record().breaches) == 2
    assert f"child {stray.pk}:" in invariants.records_are_on_record().breaches[0]


def test_a_value_in_a_history_is_seen(family):
    record(ChildHistory, Acting(), verb="edit", note="name: 小满", child=family, at=NOW)

    assert "more than the names of fields" in invariants.nothing_names_a_child().breaches[0]


def test_a_childs_name_in_a_message_to_be_told_is_seen(family):
    ToTell.objects.update(context={"title": "小满"})

    assert "names a child" in invariants.nothing_names_a_child().breaches[0]


def make_list(**fields):
    """A list of families that waits for its clerk."""
    by = make_member(make_family_office(), "clerk")
    fields = {"rows": [{"number": 2}], "created_at": NOW, **fields}
    return FamilyImport.objects.create(office=by.organisation, clerk=by.user, submission_id=uuid.uuid4(), **fields)


def test_a_list_that_nobody_forgot_is_seen():
    make_list()
    late = make_list(created_at=NOW - timedelta(minutes=76))

    assert invariants.uploaded_lists_are_forgotten().breaches == [f"list {late.pk}: kept for too long"]


def test_a_list_that_was_carried_out_and_still_names_families_is_seen():
    make_list(confirmed_at=NOW, rows=[])
    odd = make_list(confirmed_at=NOW)

    assert invariants.uploaded_lists_are_forgotten().breaches == [
        f"list {odd.pk}: carried out, but it still names families"
    ]
