"""Each check sees a row that was broken on purpose, and is quiet where nothing is."""

import uuid
from datetime import date, timedelta

import pytest
import time_machine

from organisations import invariants, lifecycle, memberships, services
from organisations.acting import Acting, clock, record
from organisations.models import Invitation, Membership, Organisation, OrganisationHistory, Region
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def provider():
    """A provider that applied, was admitted, suspended and resumed, with its manager."""
    officer = make_member(make_organisation("league"), "officer")
    record(
        OrganisationHistory, clock("seed"), verb="found", after="admitted", organisation=officer.organisation, at=NOW
    )
    made = services.apply(
        kind="provider", name="晨光", region=make_region(), submission_id=uuid.uuid4(), by=Acting(), now=NOW
    )
    make_member(made, "manager")
    lifecycle.admit(made, by=officer, now=NOW)
    lifecycle.suspend(made, by=officer, now=NOW, reason="核查")
    lifecycle.resume(made, by=officer, now=NOW)
    return made


def test_everything_holds_where_nothing_is_broken(provider):
    assert [one.check().breaches for one in invariants.INVARIANTS] == [[]] * len(invariants.INVARIANTS)
    assert all(one.check().checked for one in invariants.INVARIANTS)


@pytest.mark.parametrize("lineage", ["120113008001/", "120000000000/120113008001/"])
def test_a_torn_lineage_is_seen(provider, lineage):
    Region.objects.filter(name="翡翠城社区").delete()
    Region.objects.create(
        code="120113008001", name="翡翠城社区", level="village", parent_id="120113008000", lineage=lineage
    )

    assert invariants.tree_is_whole().breaches == ["region 120113008001: its lineage is not its parent's"]


def test_a_torn_top_is_seen(provider):
    Region.objects.create(code="130000000000", name="河北省", level="province", lineage="x/")

    assert invariants.tree_is_whole().breaches == ["region 130000000000: its lineage is not its parent's"]


def test_a_level_upside_down_is_seen(provider):
    Region.objects.filter(name="天穆村").update(level="township")

    assert invariants.tree_is_whole().breaches == ["region 120113101001: not below its parent"]


def test_an_organisation_without_its_head_is_seen(provider):
    Membership.objects.filter(organisation=provider).update(ends_on=date(2026, 11, 23))

    assert invariants.heads_exist().breaches == [f"organisation {provider.pk}: nobody is its manager"]


def test_a_head_who_cannot_sign_in_is_no_head(provider):
    user = Membership.objects.get(organisation=provider).user
    user.is_active = False
    user.save()

    assert len(invariants.heads_exist().breaches) == 1


def test_an_invitation_to_the_head_role_is_enough_until_it_is_withdrawn(provider):
    Membership.objects.filter(organisation=provider).update(ends_on=date(2026, 11, 23))
    by = Acting(organisation=provider)
    invitation = memberships.invite(provider, email="x@example.test", role="manager", by=by, now=NOW)
    assert invariants.heads_exist().breaches == []

    Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=NOW + timedelta(hours=1))
    assert len(invariants.heads_exist().breaches) == 1


def test_a_role_of_another_kind_is_seen(provider):
    membership = Membership.objects.get(organisation=provider)
    Membership.objects.filter(pk=membership.pk).update(role="officer")

    assert invariants.roles_fit().breaches == [f"membership {membership.pk}: officer of a provider"]


def test_a_status_that_is_not_on_record_is_seen(provider):
    Organisation.objects.filter(pk=provider.pk).update(status="suspended")

    breaches = invariants.admissions_are_recorded().breaches
    assert breaches == [f"organisation {provider.pk}: suspended, but not so on record"]


def test_an_organisation_without_a_history_is_seen(provider):
    stray = make_organisation()

    breaches = invariants.admissions_are_recorded().breaches
    assert breaches == [f"organisation {stray.pk}: admitted, but not so on record"]


def test_a_step_that_skips_an_edge_is_seen(provider):
    record(
        OrganisationHistory,
        clock("x"),
        verb="admit",
        before="admitted",
        after="admitted",
        organisation=provider,
        at=NOW,
    )

    assert "does not follow the one before" in invariants.admissions_are_recorded().breaches[0]


def test_a_step_that_nobody_took_is_seen(provider):
    record(
        OrganisationHistory,
        Acting(),
        verb="suspend",
        before="admitted",
        after="suspended",
        organisation=provider,
        at=NOW,
    )
    Organisation.objects.filter(pk=provider.pk).update(status="suspended")

    assert "says nobody took it" in invariants.admissions_are_recorded().breaches[0]
