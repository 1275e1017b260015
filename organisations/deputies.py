"""Standing in for somebody from day to day, and handing over when somebody leaves."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import lock, retried
from core.time import today
from organisations.acting import Acting, record
from organisations.memberships import AlreadyMember, RoleEnded, add, check_role, end, refuse_deputy
from organisations.models import Membership, Organisation, OrganisationHistory

LONGEST = timedelta(days=366)


class NotTheseDays(DomainError):
    """The days are past, the wrong way round, or too many."""


def _colleague(pk: int, organisation: Organisation, *, on: date) -> Membership:
    """Return a role in force on the day, locked.

    Raises:
        RoleEnded: it was taken away, or is another organisation's.
    """
    row = lock(Membership, pk)
    if row.organisation_id != organisation.pk or row.starts_on > on or (row.ends_on is not None and row.ends_on < on):
        raise RoleEnded(_("This role has been taken away already. Nothing was changed."))
    return row


@retried
def deputise(
    colleague: Membership, *, role: str, starts_on: date, ends_on: date, by: Acting, now: datetime
) -> Membership:
    """Let a colleague stand in with a role from one day to another, for a year at most. It ends by itself.

    Raises:
        RoleNotOfKind: the organisation has no such role.
        NotTheseDays: they are past, the wrong way round, or too many.
        RoleEnded: the colleague has left in the meantime.
        AlreadyMember: the colleague has the role on one of the days.
        DeputyMayNot: a deputy would make another one.
    """
    organisation, day = colleague.organisation, today(now)
    check_role(organisation, role)
    if not day <= starts_on <= ends_on:
        raise NotTheseDays(_("The days lie in the past, or the last one before the first."), field="ends_on")
    if ends_on - starts_on > LONGEST:
        raise NotTheseDays(_("Somebody stands in for a year at most."), field="ends_on")
    with transaction.atomic():
        lock(Organisation, organisation.pk)
        refuse_deputy(organisation, role, by=by, on=day)
        user = _colleague(colleague.pk, organisation, on=day).user
        held = Membership.objects.filter(user=user, organisation=organisation, role=role, starts_on__lte=ends_on)
        if held.exclude(ends_on__lt=starts_on).exists():
            raise AlreadyMember(_("This person has this role already."), field="role")
        made = Membership.objects.create(
            user=user, organisation=organisation, role=role, starts_on=starts_on, ends_on=ends_on
        )
        days = f"{starts_on.isoformat()} – {ends_on.isoformat()}"
        record(
            OrganisationHistory,
            by,
            verb="deputise",
            after=role,
            at=now,
            note=days,
            organisation=organisation,
            member=user,
        )
    return made


@retried
def hand_over(leaving: Membership, *, to: Membership, by: Acting, now: datetime) -> None:
    """Give a leaving member's role to a colleague, without an end, and take it from the one who leaves: both or none.

    So the last head can leave too, and the organisation is never without one.

    Raises:
        RoleEnded: one of them has left in the meantime.
        AlreadyMember: it would go to the person who leaves.
        LastHead: the colleague may not sign in any more, and nobody else leads.
        DeputyMayNot: a deputy would name a head.
    """
    organisation, day = leaving.organisation, today(now)
    with transaction.atomic():
        lock(Organisation, organisation.pk)
        heir = _colleague(to.pk, organisation, on=day)
        if heir.user_id == leaving.user_id:
            raise AlreadyMember(_("Choose somebody else to take over."), field="to")
        refuse_deputy(organisation, leaving.role, by=by, on=day)
        mine = Membership.objects.current(day).filter(user=heir.user, organisation=organisation, role=leaving.role)
        if not mine.filter(ends_on=None).exists():
            add(organisation, user=heir.user, role=leaving.role, by=by, now=now)
        end(leaving, by=by, now=now)
