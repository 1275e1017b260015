"""Two people at the same moment: an organisation keeps its head, a link works once."""

import re

import pytest

from core.time import today
from notifications.models import Letter
from organisations import memberships
from organisations.models import Membership
from tests import races
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user

pytestmark = pytest.mark.race
ROUNDS = 20


def two_heads_leave_at_once() -> tuple[races.Race, int]:
    """Each of two managers ends the other's role; how many are left?"""
    organisation = make_organisation("provider")
    first, second = make_member(organisation, "manager"), make_member(organisation, "manager")
    roles = {row.user_id: row for row in Membership.objects.filter(organisation=organisation)}
    race = races.run(
        lambda: memberships.end(roles[second.user.pk], by=first, now=NOW),
        lambda: memberships.end(roles[first.user.pk], by=second, now=NOW),
    )
    return race, Membership.objects.current(today(NOW)).filter(organisation=organisation).count()


@pytest.mark.slow
def test_two_heads_who_end_each_others_role_leave_one(fresh_db):
    for _ in range(ROUNDS):
        race, left = two_heads_leave_at_once()
        assert race.errors_other_than(memberships.LastHead) == []
        assert left == 1


@pytest.mark.slow
@pytest.mark.postgresql
def test_without_the_organisations_lock_nobody_may_be_left(fresh_db, monkeypatch):
    """The negative control: SQLite takes one writer at a time anyway, PostgreSQL does not."""
    monkeypatch.setattr(memberships, "lock", lambda model, pk: model.objects.get(pk=pk))

    assert 0 in [two_heads_leave_at_once()[1] for _ in range(ROUNDS)]


def test_one_link_taken_up_by_two_people_gives_one_role(fresh_db):
    head = make_member(make_organisation("provider"), "manager")
    memberships.invite(head.organisation, email="new@example.test", role="finance", by=head, now=NOW)
    secret = re.search(r"/invitations/([\w-]+)/", Letter.objects.latest("pk").body)[1]
    users = [make_user(), make_user()]

    race = races.run(*[lambda user=user: memberships.accept(secret, user=user, now=NOW) for user in users])

    assert race.errors_other_than(memberships.InvitationGone) == []
    assert Membership.objects.filter(role="finance").count() == 1
