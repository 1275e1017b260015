"""Putting staff on duty and substituting them, through the gate, until the session ends."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from activities import messages, scheduling
from activities.models import CrewAssignment, Session, SessionHistory
from activities.signals import crew_named
from core.errors import DomainError, StaleState
from core.locking import lock, lock_all, retried
from core.time import today
from notifications.services import notify
from organisations.acting import Acting, record
from organisations.models import Membership
from safeguarding import clearance
from users.models import User


class SessionEnded(DomainError):
    """The crew of a session that is over, closed or cancelled stays as it was."""


class AlreadyReplaced(StaleState):
    """Somebody else has taken this person out of the crew."""


class AlreadyInCrew(DomainError):
    """The person named runs this session already."""


@retried
def substitute(assignment: CrewAssignment, member: Membership, *, by: Acting, now: datetime) -> CrewAssignment:
    """Put another member of the provider in somebody's place; who led is followed by who leads.

    Raises:
        SessionEnded, AlreadyReplaced, AlreadyInCrew: there is nothing to substitute.
        NotOfProvider, NotCleared, Clashes: the person may not be on duty there and then.
    """
    with transaction.atomic():
        lock_all(Membership, [assignment.membership_id, member.pk])
        session = lock(Session, assignment.session_id)
        old = CrewAssignment.objects.select_related("user").get(pk=assignment.pk)
        if old.removed_at is not None:
            raise AlreadyReplaced(_("Somebody else has replaced this person already. Look at the crew again."))
        _require_free(session, member, now)
        CrewAssignment.objects.filter(pk=old.pk).update(removed_at=now)
        new = scheduling.crew_row(session, member, is_lead=old.is_lead)
        new.save()
        crew_named.send(CrewAssignment, rows=[new])
        note = f"{old.membership_id} → {member.pk}"
        record(SessionHistory, by, verb="substitute", note=note, session=session, at=now)
        _tell(session, [old.user, member.user], cause=f"crew:{old.pk}:{new.pk}", now=now)
    return new


@retried
def assign(session: Session, member: Membership, *, by: Acting, now: datetime) -> CrewAssignment:
    """Put a member of the provider on duty: one more, or where somebody was taken off. Without a lead they lead.

    Raises:
        SessionEnded, AlreadyInCrew: there is nobody to add.
        NotOfProvider, NotCleared, Clashes: the person may not be on duty there and then.
    """
    with transaction.atomic():
        lock_all(Membership, [member.pk])
        row = lock(Session, session.pk)
        _require_free(row, member, now)
        has_lead = CrewAssignment.objects.active().filter(session=row, is_lead=True).exists()
        new = scheduling.crew_row(row, member, is_lead=not has_lead)
        new.save()
        crew_named.send(CrewAssignment, rows=[new])
        record(SessionHistory, by, verb="assign", note=str(member.pk), session=row, at=now)
        _tell(row, [member.user], cause=f"crew:{new.pk}", now=now)
    return new


def _tell(session: Session, people: list[User], *, cause: str, now: datetime) -> None:
    notify(
        people,
        kind="crew_changed",
        cause=cause,
        context=messages.about(session),
        path=reverse("activities:session", args=[session.pk]),
        now=now,
        urgent=messages.is_soon(session, now),
    )


def _require_free(session: Session, member: Membership, now: datetime) -> None:
    """Pass if the member may be put on duty in the locked session."""
    if session.status != Session.Status.SCHEDULED or now >= session.ends_at:
        raise SessionEnded(_("The session is over, so its crew stays as it was."))
    if CrewAssignment.objects.active().filter(session=session, user_id=member.user_id).exists():
        raise AlreadyInCrew(_("This person is in the crew already."), field="member")
    day = today(session.starts_at)
    scheduling.require_of_provider(member, session.provider, day)
    clearance.require_worker(member.user, day)
    clashes = scheduling.clashes(
        venue_id=None,
        membership_ids=[member.pk],
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        exclude_session=session,
    )
    scheduling.refuse_clashes(clashes)
