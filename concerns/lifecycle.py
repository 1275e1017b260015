"""What happens to a concern: its verbs. Each locks the row, checks the edge, writes history in one transaction."""

import uuid
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from concerns import desks, telling
from concerns.models import Concern, ConcernHistory, HandOff, Note
from concerns.policies import handles, may_take_up
from core.errors import DomainError, StaleState
from core.locking import lock, retried
from core.time import add_working_days, is_working_day, today
from organisations.acting import Acting, clock, record
from organisations.meanwhile import with_who

_S = Concern.Status
# verb -> status it may start from -> status it ends in
TRANSITIONS: dict[str, dict[str, str]] = {
    "accept": {_S.REPORTED: _S.ACCEPTED},
    "refer": {_S.ACCEPTED: _S.REFERRED, _S.REFERRED: _S.REFERRED, _S.FOLLOWING: _S.REFERRED},
    "follow": {_S.ACCEPTED: _S.FOLLOWING, _S.REFERRED: _S.FOLLOWING, _S.FOLLOWING: _S.FOLLOWING},
    "close": {_S.ACCEPTED: _S.CLOSED, _S.FOLLOWING: _S.CLOSED},
    "escalate": {each: each for each in (_S.REPORTED, _S.ACCEPTED, _S.REFERRED, _S.FOLLOWING)},
}
ACT_WITHIN = 2  # working days from taking on to the first step
ASK_WITHIN = 5  # working days from handing on to asking what became of it
LONGEST_FOLLOW_UP = timedelta(days=30)


class AlreadyMoved(StaleState):
    """Somebody else moved the concern meanwhile."""


class NotYourDesk(DomainError):
    """The concern lies at another desk."""


class AtTheTop(DomainError):
    """No desk lies above this one."""


class BadDate(DomainError):
    """A day that cannot be meant."""


class OutcomeMissing(DomainError):
    """A concern is closed with an outcome."""


def _move(concern: Concern, verb: str, *, by: Acting, now: datetime) -> Concern:
    """Lock the row, check desk and edge, set the new status and write the history; the caller saves.

    Raises:
        NotYourDesk: it lies at a desk for which the person does not act.
        AlreadyMoved: the concern is not where the verb begins.
    """
    lock(Concern, concern.pk)
    row = Concern.objects.select_related("desk__region", "about", "region", "category").get(pk=concern.pk)
    if by.user is not None and not handles(by, row) and not (verb == "escalate" and may_take_up(by, row)):
        raise NotYourDesk(_("This concern lies at %(desk)s. Somebody there has to act.") % {"desk": row.desk})
    before, after = row.status, TRANSITIONS[verb].get(row.status)
    if after is None:
        sentence = _("It is “%(status)s” by now.") % {"status": row.get_status_display()}
        raise AlreadyMoved(with_who(sentence, ConcernHistory.objects.filter(concern=row), by))
    row.status = after
    record(ConcernHistory, by, verb=verb, before=before, after=after, concern=row, at=now)
    return row


def _note(row: Concern, verb: str, words: str, *, by: Acting, now: datetime, submission_id: uuid.UUID) -> None:
    assert by.user is not None
    Note.objects.create(concern=row, verb=verb, words=words.strip(), by=by.user, at=now, submission_id=submission_id)


@retried
def accept(concern: Concern, *, by: Acting, now: datetime) -> Concern:
    """Take a concern on; from then on the desk has two working days for its first step.

    Raises:
        NotYourDesk, AlreadyMoved: as named.
    """
    with transaction.atomic():
        row = _move(concern, "accept", by=by, now=now)
        row.due_on = add_working_days(today(now), ACT_WITHIN)
        row.save(update_fields=["status", "due_on"])
    return row


@retried
def refer(
    concern: Concern,
    *,
    agency: str,
    told_at: datetime,
    reference: str,
    words: str,
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID,
) -> Concern:
    """Write down to whom the concern was handed on; within five working days the desk asks what became of it.

    A second submission changes nothing.

    Raises:
        BadDate: it would have been handed on in the future, or before it was reported.
        NotYourDesk, AlreadyMoved: as named.
    """
    with transaction.atomic():
        if HandOff.objects.filter(submission_id=submission_id, concern=concern).exists():
            return concern
        row = _move(concern, "refer", by=by, now=now)
        if told_at > now or today(told_at) < today(row.reported_at):
            raise BadDate(_("Handed on between the report and now."), field="told_at")
        assert by.user is not None
        HandOff.objects.create(
            concern=row,
            agency=agency,
            told_at=told_at,
            reference=reference.strip(),
            words=words.strip(),
            by=by.user,
            submission_id=submission_id,
        )
        row.due_on = add_working_days(today(now), ASK_WITHIN)
        row.save(update_fields=["status", "due_on"])
    return row


@retried
def follow(
    concern: Concern, *, words: str, next_on: date, by: Acting, now: datetime, submission_id: uuid.UUID
) -> Concern:
    """Write down what was found, and until when somebody looks again: within thirty days. Twice is once.

    Raises:
        BadDate: the next look lies in the past or too far ahead.
        NotYourDesk, AlreadyMoved: as named.
    """
    on = today(now)
    if not on < next_on <= on + LONGEST_FOLLOW_UP:
        raise BadDate(_("Look again tomorrow at the earliest, in 30 days at the latest."), field="next_on")
    with transaction.atomic():
        if Note.objects.filter(submission_id=submission_id, concern=concern).exists():
            return concern
        row = _move(concern, "follow", by=by, now=now)
        _note(row, "follow", words, by=by, now=now, submission_id=submission_id)
        row.due_on = next_on
        row.save(update_fields=["status", "due_on"])
    return row


@retried
def close(
    concern: Concern, *, outcome: str, words: str, by: Acting, now: datetime, submission_id: uuid.UUID
) -> Concern:
    """End a concern with what came out of it. What was handed on is followed up first. Twice is once.

    Raises:
        NotYourDesk, AlreadyMoved: as named.
    """
    with transaction.atomic():
        if Note.objects.filter(submission_id=submission_id, concern=concern).exists():
            return concern
        row = _move(concern, "close", by=by, now=now)
        _note(row, "close", words, by=by, now=now, submission_id=submission_id)
        row.outcome, row.closed_at, row.due_on = outcome, now, None
        row.save(update_fields=["status", "outcome", "closed_at", "due_on"])
    return row


@retried
def escalate(concern: Concern, *, by: Acting, now: datetime) -> Concern:
    """Lay a concern on the next desk above, with a new deadline; the desk above may also take it up by itself.

    Raises:
        AtTheTop: no desk lies above.
        NotYourDesk, AlreadyMoved: as named.
    """
    with transaction.atomic():
        row = _move(concern, "escalate", by=by, now=now)
        desk = desks.above(row.desk, row.region, row.about, today(now))
        if desk is None:
            raise AtTheTop(_("No desk lies above this one. Call 12345 or 110 where you cannot go on alone."))
        row.desk, row.due_on = desk, add_working_days(today(now), row.category.answer_days)
        row.save(update_fields=["desk", "due_on"])
        telling.desk(row, "concern_climbed", event=f"climbed:{desk.pk}:{row.due_on}", now=now)
    return row


def sweep(now: datetime) -> int:
    """Let climb whatever passed its deadline; at the top, remind on each working day. Return how many were late."""
    late = list(Concern.objects.overdue(today(now)).order_by("pk"))
    for concern in late:
        try:
            escalate(concern, by=clock("concerns.sweep"), now=now)
        except AtTheTop:
            if is_working_day(today(now)):
                telling.desk(concern, "concern_overdue", event=f"overdue:{today(now)}", now=now)
        except AlreadyMoved:
            continue  # somebody closed it in this moment
    return len(late)
