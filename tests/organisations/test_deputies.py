"""Standing in has a first and a last day and names no heads; a role is handed over in the act that ends it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.time import today
from organisations import deputies, memberships
from organisations.acting import acting_for
from organisations.invariants import heads_exist
from organisations.models import Membership
from tests import races
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user

DAY = today(NOW)
ROUNDS = 10


def role_of(person, role):
    return Membership.objects.get(user=person.user, role=role)


@pytest.fixture
def team(db):
    """A provider's head and a coordinator."""
    organisation = make_organisation("provider")
    return make_member(organisation, "manager"), make_member(organisation, "coordinator")


def deputise(team, *, begins=0, ends=7, role="manager", by=None):
    head, colleague = team
    return deputies.deputise(
        role_of(colleague, "coordinator"),
        role=role,
        starts_on=DAY + timedelta(begins),
        ends_on=DAY + timedelta(ends),
        by=by or head,
        now=NOW,
    )


def heads(organisation, on=DAY) -> set[int]:
    rows = Membership.objects.current(on).filter(organisation=organisation, role="manager")
    return set(rows.values_list("user_id", flat=True))


def test_a_deputy_has_the_role_from_the_first_to_the_last_day(team):
    head, colleague = team

    made = deputise(team, begins=1, ends=3)

    found = [colleague.user.pk in heads(head.organisation, DAY + timedelta(n)) for n in range(5)]
    assert found == [False, True, True, True, False]
    step = head.organisation.history.get(verb="deputise")
    assert (step.member, step.actor, step.after) == (made.user, head.user, "manager")


@pytest.mark.parametrize(
    ("days", "refusal"),
    [
        ({"begins": -1}, deputies.NotTheseDays),
        ({"begins": 5, "ends": 4}, deputies.NotTheseDays),
        ({"ends": 367}, deputies.NotTheseDays),
        ({"role": "coordinator"}, memberships.AlreadyMember),
        ({"role": "officer"}, memberships.RoleNotOfKind),
    ],
)
def test_days_and_roles_that_make_no_deputy_are_refused(team, days, refusal):
    with pytest.raises(refusal):
        deputise(team, **days)

    assert not Membership.objects.exclude(ends_on=None).exists()


def test_a_deputy_does_everything_but_name_or_end_heads(team):
    head, colleague = team
    deputise(team)
    stands_in = acting_for(colleague.user, head.organisation, "manager", "coordinator")
    other = make_member(head.organisation, "manager")

    memberships.invite(head.organisation, email="x@example.test", role="finance", by=stands_in, now=NOW)
    for forbidden in (
        lambda: memberships.invite(head.organisation, email="x@example.test", role="manager", by=stands_in, now=NOW),
        lambda: memberships.end(role_of(other, "manager"), by=stands_in, now=NOW),
        lambda: memberships.change_role(role_of(other, "manager"), role="finance", by=stands_in, now=NOW),
        lambda: deputies.hand_over(
            role_of(other, "manager"), to=role_of(colleague, "coordinator"), by=stands_in, now=NOW
        ),
        lambda: deputise((head, make_member(head.organisation, "coordinator")), by=stands_in),
    ):
        with pytest.raises(memberships.DeputyMayNot):
            forbidden()

    memberships.end(role_of(colleague, "manager"), by=stands_in, now=NOW)
    assert heads(head.organisation) == {head.user.pk, other.user.pk}


def test_a_deputy_makes_nobody_head_by_changing_a_role(team):
    """Whoever stands in for a week would lead the organisation for good, or name who does."""
    head, colleague = team
    deputise(team)
    stands_in = acting_for(colleague.user, head.organisation, "manager", "coordinator")
    third = make_member(head.organisation, "coordinator")

    for person in (third, colleague):
        with pytest.raises(memberships.DeputyMayNot):
            memberships.change_role(role_of(person, "coordinator"), role="manager", by=stands_in, now=NOW)

    memberships.change_role(role_of(third, "coordinator"), role="finance", by=stands_in, now=NOW)
    assert Membership.objects.filter(role="manager", ends_on=None).get().user == head.user


def test_a_deputy_is_no_successor_of_the_last_head(team):
    head, _ = team
    deputise(team)

    with pytest.raises(memberships.LastHead):
        memberships.end(role_of(head, "manager"), by=head, now=NOW)


def test_the_last_head_leaves_by_handing_over(team):
    head, colleague = team

    deputies.hand_over(role_of(head, "manager"), to=role_of(colleague, "coordinator"), by=head, now=NOW)

    assert heads(head.organisation) == {colleague.user.pk}
    assert role_of(colleague, "manager").ends_on is None
    assert heads_exist().breaches == []


def test_handing_over_to_oneself_or_to_who_may_not_sign_in_changes_nothing(team):
    head, _ = team
    gone = make_member(head.organisation, "coordinator", user=make_user(is_active=False))

    with pytest.raises(memberships.AlreadyMember):
        deputies.hand_over(role_of(head, "manager"), to=role_of(head, "manager"), by=head, now=NOW)
    with pytest.raises(memberships.LastHead):
        deputies.hand_over(role_of(head, "manager"), to=role_of(gone, "coordinator"), by=head, now=NOW)
    stranger = make_member(make_organisation("provider"), "coordinator")
    with pytest.raises(memberships.RoleEnded):
        deputies.hand_over(role_of(head, "manager"), to=role_of(stranger, "coordinator"), by=head, now=NOW)

    assert heads(head.organisation) == {head.user.pk}


def test_pages_name_a_deputy_and_hand_over(client, team):
    head, colleague = team
    client.force_login(head.user)
    row = role_of(colleague, "coordinator")
    path = f"/organisations/members/{row.pk}/deputy/"
    last = today(NOW) + timedelta(days=400)

    assert client.get(path).status_code == 200
    assert client.post(path, {"role": "manager", "starts_on": "2026-01-01", "ends_on": "x"}).status_code == 422
    assert client.post(path, {"role": "manager", "starts_on": last, "ends_on": "2026-01-01"}).status_code == 422
    end = f"/organisations/members/{role_of(head, 'manager').pk}/end/"
    assert client.post(end, {"to": "999"}).status_code == 422
    assert client.post(end, {"to": ""}).status_code == 409
    assert client.post(end, {"to": row.pk}).url == "/workbench/"
    assert heads(head.organisation, today(timezone.now())) == {colleague.user.pk}


def two_hand_overs_at_once() -> tuple[races.Race, int]:
    """One head hands over to each of two colleagues; how many heads are there?"""
    organisation = make_organisation("provider")
    head = make_member(organisation, "manager")
    heirs = [role_of(make_member(organisation, "coordinator"), "coordinator") for _ in range(2)]
    leaving = role_of(head, "manager")
    race = races.run(*[lambda to=to: deputies.hand_over(leaving, to=to, by=head, now=NOW) for to in heirs])
    return race, len(heads(organisation))


@pytest.mark.race
def test_a_role_handed_over_twice_at_once_goes_to_one(fresh_db):
    for _ in range(ROUNDS):
        race, left = two_hand_overs_at_once()
        assert race.errors_other_than(memberships.RoleEnded, memberships.DeputyMayNot) == []
        assert left == 1


@pytest.mark.race
@pytest.mark.postgresql
def test_without_the_organisations_lock_both_may_get_it(fresh_db, monkeypatch):
    """The negative control: SQLite takes one writer at a time anyway, PostgreSQL does not."""
    for module in (memberships, deputies):
        monkeypatch.setattr(module, "lock", lambda model, pk: model.objects.get(pk=pk))

    assert 2 in [two_hand_overs_at_once()[1] for _ in range(ROUNDS * 2)]
