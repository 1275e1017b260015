"""Invitations and roles: the secret is nowhere but in its letter, a link works once, an organisation keeps its head."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from core.time import today
from notifications import delivery
from notifications.models import Letter
from organisations import memberships
from organisations.acting import memberships_of
from organisations.models import Invitation, Membership
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def head():
    return make_member(make_organisation("provider"), "manager")


@pytest.fixture
def invite(head):
    def invite(email="new@example.test", role="coordinator", now=NOW) -> str:
        memberships.invite(head.organisation, email=email, role=role, by=head, now=now)
        return re.search(r"/invitations/([\w-]+)/", Letter.objects.latest("pk").body)[1]

    return invite


def test_invite_stores_a_hash_and_writes_in_both_languages(invite, head):
    secret = invite(email=" New@Example.test ")

    stored = Invitation.objects.values().get()
    assert (stored["email"], secret in str(stored)) == ("new@example.test", False)
    letter = Letter.objects.get()
    assert (letter.to, letter.body.count(secret)) == ("new@example.test", 2)
    assert secret not in letter.subject
    assert head.organisation.history.get().verb == "invite"


def test_invite_again_ends_the_earlier_link(invite):
    first = invite()
    invite()

    with pytest.raises(memberships.InvitationGone):
        memberships.accept(first, user=make_user(), now=NOW)


def test_invite_to_a_role_of_another_kind_is_refused(head):
    with pytest.raises(memberships.RoleNotOfKind):
        memberships.invite(head.organisation, email="x@example.test", role="officer", by=head, now=NOW)


def test_an_invitation_waits_for_the_mail_server_and_leaves_no_secret_behind(invite, mail_is_down):
    secret = invite()
    assert delivery.deliver_due(NOW) == 0
    mail_is_down()

    assert delivery.deliver_due(NOW + delivery.BACK_OFF[0]) == 1

    (sent,) = mail.outbox
    assert secret in sent.body
    assert secret not in str(Letter.objects.values().get())


def test_accept_gives_the_role_to_whoever_holds_the_link(invite, head):
    user = make_user("other@example.test")

    membership = memberships.accept(invite(), user=user, now=NOW)

    assert (membership.organisation, membership.role, membership.starts_on) == (
        head.organisation,
        "coordinator",
        today(NOW),
    )
    assert head.organisation.history.get(verb="join").member == user


@pytest.mark.parametrize("spoil", ["used", "old", "wrong", "withdrawn"])
def test_accept_of_a_link_that_is_gone_is_refused_in_one_sentence(spoil, invite, head):
    secret, now = invite(), NOW
    if spoil == "used":
        memberships.accept(secret, user=make_user(), now=now)
    elif spoil == "old":
        now += memberships.INVITATION_LIFE
    elif spoil == "wrong":
        secret += "x"
    else:
        for _ in range(2):
            memberships.withdraw(Invitation.objects.get(), by=head, now=now)

    with pytest.raises(memberships.InvitationGone, match=r"^This link no longer works\."):
        memberships.accept(secret, user=make_user(), now=now)


def test_accept_by_somebody_who_has_the_role_uses_the_link_up(invite, head):
    memberships.accept(invite(role="manager"), user=head.user, now=NOW)

    assert Membership.objects.count() == 1
    assert Invitation.objects.get().accepted_at == NOW


def test_add_a_role_twice_is_refused(head):
    with pytest.raises(memberships.AlreadyMember):
        memberships.add(head.organisation, user=head.user, role="manager", by=head, now=NOW)


def test_add_of_another_kinds_role_is_refused(head):
    with pytest.raises(memberships.RoleNotOfKind):
        memberships.add(head.organisation, user=head.user, role="clerk", by=head, now=NOW)


def test_end_takes_effect_the_same_day_even_for_who_came_today(head):
    membership = memberships.add(head.organisation, user=make_user(), role="coordinator", by=head, now=NOW)

    memberships.end(membership, by=head, now=NOW)

    assert memberships_of(membership.user, today(NOW)) == []
    assert head.organisation.history.get(verb="leave").member == membership.user


@pytest.mark.parametrize("days", [0, 5])
def test_end_of_an_ended_role_is_refused(head, days):
    membership = memberships.add(head.organisation, user=make_user(), role="coordinator", by=head, now=NOW)
    memberships.end(membership, by=head, now=NOW)

    with pytest.raises(memberships.RoleEnded, match="taken away already"):
        memberships.end(membership, by=head, now=NOW + timedelta(days=days))

    assert head.organisation.history.filter(verb="leave").count() == 1


@pytest.mark.parametrize("role", ["finance", "coordinator"])
def test_change_of_an_ended_role_brings_nobody_back(head, role):
    """Two managers at once: one takes the role away, the other's form, opened before, gives another."""
    membership = memberships.add(head.organisation, user=make_user(), role="coordinator", by=head, now=NOW)
    opened_before = Membership.objects.get(pk=membership.pk)
    memberships.end(membership, by=head, now=NOW)

    with pytest.raises(memberships.RoleEnded):
        memberships.change_role(opened_before, role=role, by=head, now=NOW)

    assert memberships_of(membership.user, today(NOW)) == []


def test_change_of_one_role_twice_gives_one_other(head):
    membership = memberships.add(head.organisation, user=make_user(), role="coordinator", by=head, now=NOW)
    opened_before = Membership.objects.get(pk=membership.pk)
    memberships.change_role(membership, role="finance", by=head, now=NOW)

    with pytest.raises(memberships.RoleEnded):
        memberships.change_role(opened_before, role="manager", by=head, now=NOW)

    assert [row.role for row in memberships_of(membership.user, today(NOW))] == ["finance"]


@pytest.mark.parametrize("role", ["manager", "coordinator", "finance"])
def test_head_who_was_removed_does_not_come_back_by_a_link_of_their_own(head, role):
    removed = make_member(head.organisation, "manager")
    memberships.invite(head.organisation, email="own@example.test", role=role, by=removed, now=NOW)
    secret = re.search(r"/invitations/([\w-]+)/", Letter.objects.get().body)[1]
    memberships.end(Membership.objects.get(user=removed.user), by=head, now=NOW)

    with pytest.raises(memberships.InvitationGone):
        memberships.accept(secret, user=removed.user, now=NOW)


def test_what_others_offered_stays_open_when_a_head_goes(head, invite):
    secret, removed = invite(), make_member(head.organisation, "manager")

    memberships.end(Membership.objects.get(user=removed.user), by=head, now=NOW)

    assert memberships.accept(secret, user=make_user(), now=NOW)


def test_what_a_head_offered_stays_open_when_another_of_their_roles_ends(head, invite):
    secret = invite()
    make_member(head.organisation, "finance", user=head.user)

    memberships.end(Membership.objects.get(user=head.user, role="finance"), by=head, now=NOW)

    assert memberships.accept(secret, user=make_user(), now=NOW)


def test_withdrawing_an_accepted_invitation_says_that_the_person_is_in(invite, head):
    memberships.accept(invite(), user=make_user(), now=NOW)

    with pytest.raises(memberships.AlreadyAccepted, match="Take the role away"):
        memberships.withdraw(Invitation.objects.get(), by=head, now=NOW)


def test_end_of_the_last_head_is_refused(head):
    with pytest.raises(memberships.LastHead, match="Name a successor first"):
        memberships.end(Membership.objects.get(user=head.user), by=head, now=NOW)


@pytest.mark.parametrize(("fields", "allowed"), [({}, True), ({"ends_on": NOW.date()}, False)])
def test_end_of_a_head_needs_a_successor_who_stays(head, fields, allowed):
    memberships.add(head.organisation, user=make_user(), role="manager", by=head, now=NOW, **fields)
    membership = Membership.objects.get(user=head.user)

    if allowed:
        memberships.end(membership, by=head, now=NOW)
        assert memberships_of(head.user, today(NOW)) == []
    else:
        with pytest.raises(memberships.LastHead):
            memberships.end(membership, by=head, now=NOW)


def test_end_of_a_head_does_not_count_a_successor_who_cannot_sign_in(head):
    memberships.add(head.organisation, user=make_user(is_active=False), role="manager", by=head, now=NOW)

    with pytest.raises(memberships.LastHead):
        memberships.end(Membership.objects.get(user=head.user), by=head, now=NOW)


def test_change_role_ends_one_and_begins_the_other(head):
    membership = memberships.add(head.organisation, user=make_user(), role="coordinator", by=head, now=NOW)

    memberships.change_role(membership, role="finance", by=head, now=NOW)

    assert [row.role for row in memberships_of(membership.user, today(NOW))] == ["finance"]


def test_change_to_the_same_role_changes_nothing(head):
    membership = Membership.objects.get(user=head.user)

    assert memberships.change_role(membership, role="manager", by=head, now=NOW) == membership
    assert not head.organisation.history.exists()


def test_change_of_the_last_heads_role_is_refused_and_nothing_is_lost(head):
    with pytest.raises(memberships.LastHead):
        memberships.change_role(Membership.objects.get(user=head.user), role="finance", by=head, now=NOW)

    assert [row.role for row in memberships_of(head.user, today(NOW))] == ["manager"]
