"""The League's rule about sessions missed, and the objections of families: made, accepted, refused."""

import uuid
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities import messages, noshows, policies
from activities.models import NoShowRule, Objection, ObjectionHistory, Session, SessionHistory, SignUp
from activities.models.no_show import OBJECT_WITHIN
from core.errors import DomainError, SentByAnother, StaleState
from core.locking import lock, retried
from core.logs import request_id
from core.time import today
from notifications.services import notify
from organisations import memberships
from organisations.acting import Acting, record
from organisations.models import Membership, Organisation
from organisations.queries import leagues_above
from people.policies import answers_for

Status = Objection.Status
_BEING_CORRECTED = gettext_lazy(
    "This absence does not count now: the attendance is being corrected, or was. There is nothing to decide."
)
TRANSITIONS = {Status.OPEN: {Status.ACCEPTED, Status.REFUSED}, Status.REFUSED: {Status.ACCEPTED}}


class NotLeague(DomainError):
    """Only a League decides about sessions missed."""


class RuleTooEarly(DomainError):
    """A rule begins tomorrow at the earliest: nobody is measured by what they could not know."""


class NothingToObject(DomainError):
    """The absence does not count, or no more."""


class TooLate(DomainError):
    """The fourteen days after the closing are over."""


class AlreadyDecided(StaleState):
    """Somebody answered meanwhile."""


class BeingCorrected(StaleState):
    """The session is open again, or the mark was set right: there is no absence to decide about."""


class OwnCase(DomainError):
    """Nobody decides about their own child."""


class ReasonMissing(DomainError):
    """A refusal without a reason."""


def set_rule(
    *,
    valid_from: date,
    misses: int,
    within_days: int,
    bar_days: int,
    by: Acting,
    submission_id: uuid.UUID,
    now: datetime,
) -> NoShowRule:
    """Write down what holds in the League's area from a day on; three zeros end what held before.

    A second submission finds the first's rule.

    Raises:
        NotLeague: the person acts for no League.
        RuleTooEarly: it would begin today or before.
        SentByAnother: another League used the submission's number.
    """
    if by.user is None or by.organisation is None or not by.is_kind(Organisation.Kind.LEAGUE):
        raise NotLeague(_("Only a League committee decides about this."))
    if valid_from <= today(now):
        raise RuleTooEarly(
            _("A rule begins tomorrow at the earliest, so that families can know it."), field="valid_from"
        )
    facts = {"valid_from": valid_from, "misses": misses, "within_days": within_days, "bar_days": bar_days}
    who = {"league": by.organisation, "made_by": by.user, "made_at": now, "request_id": request_id.get()}
    row, _made = NoShowRule.objects.get_or_create(submission_id=submission_id, defaults={**facts, **who})
    if row.league_id != by.organisation.pk:
        raise SentByAnother
    return row


def closed_at(session: Session) -> datetime | None:
    """Return when the session was closed, the last time. One query."""
    rows = SessionHistory.objects.filter(session=session, verb="close")
    found: datetime | None = rows.aggregate(at=Max("at"))["at"]
    return found


def object_until(session: Session) -> datetime | None:
    """Return until when a family may object to an absence of the session; nothing if it is not closed. One query."""
    closed = closed_at(session)
    return closed + OBJECT_WITHIN if closed else None


@retried
def make(sign_up: SignUp, *, reason: str, by: Acting, submission_id: uuid.UUID, now: datetime) -> Objection:
    """Say that an absence should not count. There is one objection to an absence: a second one is the first.

    Raises:
        NothingToObject: the absence does not count under the rule in force.
        TooLate: the session was closed more than 14 days ago.
        SentByAnother: the submission's number was used for another absence.
    """
    assert by.user is not None
    row = noshows.absences([sign_up.child_id]).filter(pk=sign_up.pk)
    found = row.select_related("attendance__objection", "session__region", "session__version", "party").first()
    if found is None or not noshows.counts(found, now):
        raise NothingToObject(_("This absence does not count. There is nothing to object to."))
    known = Objection.objects.filter(attendance=found.attendance).first()
    if known is not None:
        return known
    until = object_until(found.session)
    if until is None or now >= until:
        raise TooLate(_("Objections are made within 14 days after the session was closed. Call the League committee."))
    try:
        with transaction.atomic():
            made = Objection.objects.create(
                attendance=found.attendance,
                reason=reason.strip(),
                made_by=by.user,
                made_at=now,
                submission_id=submission_id,
            )
            record(ObjectionHistory, by, verb="object", after=made.status, objection=made, at=now)
            _tell_deciders(made, found.session, now=now)
    except IntegrityError as error:
        known = Objection.objects.filter(attendance=found.attendance).first()
        if known is None:  # the number stands on another objection
            raise SentByAnother from error
        return known
    return made


def _tell_deciders(made: Objection, session: Session, *, now: datetime) -> None:
    """Tell the provider's coordinators, who decide, and the League's officers, who may."""
    role, day = Membership.Role, today(now)
    people = {user.pk: user for user in memberships.holders(session.provider, role.MANAGER, role.COORDINATOR, on=day)}
    for league in leagues_above(session.region)[:1]:
        people |= {user.pk: user for user in memberships.holders(league, role.OFFICER, on=day)}
    notify(
        people.values(),
        kind="objection_made",
        cause=f"objection:{made.pk}",
        context=messages.about(session),
        path=reverse("activities:objection", args=[made.pk]),
        now=now,
    )


@retried
def decide(objection: Objection, status: str, *, answer: str, by: Acting, now: datetime) -> Objection:
    """Accept an objection, so that the absence counts no more, or refuse it with a reason. Twice the same is once.

    What a provider refused, the League may still accept.

    Raises:
        OwnCase: it is about the person's own child.
        BeingCorrected: the absence counts no more, or not while the session is open again.
        ReasonMissing: a refusal says why.
        AlreadyDecided: it was decided otherwise.
    """
    words = answer.strip()
    assert by.user is not None
    if status == Status.REFUSED and not words:
        raise ReasonMissing(_("Say why. The family reads it."), field="answer")
    with transaction.atomic():
        row = lock(Objection, objection.pk)
        rows = SignUp.objects.select_related("child", "party", "session__version", "attendance")
        sign_up = rows.get(attendance=row.attendance_id)
        if row.made_by_id == by.user.pk or answers_for(by, sign_up.child, today(now)):
            raise OwnCase(_("This is about a child of yours. Somebody else has to decide."))
        if row.status == status:
            return row
        if not noshows.stands(sign_up):
            raise BeingCorrected(_BEING_CORRECTED)
        is_final = row.status != Status.OPEN and not policies.may_decide(by, row)
        if is_final or status not in TRANSITIONS.get(Status(row.status), set()):
            raise AlreadyDecided(_("This objection was decided meanwhile."))
        before, row.status = row.status, status
        row.decided_by, row.decided_at, row.answer = by.user, now, words
        row.save(update_fields=["status", "decided_by", "decided_at", "answer"])
        record(ObjectionHistory, by, verb="decide", before=before, after=status, objection=row, at=now)
        kind = f"objection_{status}"
        messages.tell_party(sign_up.party, kind, session=sign_up.session, now=now, by=by, event=str(row.pk))
    return row
