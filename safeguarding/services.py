"""Records of people who work with children: pledges, checks, trainings, suspensions."""

import uuid
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.errors import DomainError, SentByAnother
from core.locking import lock
from core.time import has_legal_age, today
from notifications.services import notify
from organisations import memberships
from organisations.acting import Acting, record
from organisations.models import Membership
from organisations.queries import leagues_above
from people.models import Child
from people.models.child import ADULT_AGE
from safeguarding import leaving
from safeguarding.models import BackgroundCheck, Pledge, PledgeText, Suspension, Training, WorkerHistory
from safeguarding.policies import may_lift
from safeguarding.queries import checks_asked_for
from safeguarding.signals import clearance_lost
from users.models import User


class OwnRecord(DomainError):
    """Somebody tried to write their own check, training or suspension."""


class OfAnotherLeague(DomainError):
    """Another League decided it."""


class NobodyToAsk(DomainError):
    """No safeguarding officer works in the area."""


class NotOfAge(DomainError):
    """By their own record the person is under 18, whatever somebody has seen."""


class BadDate(DomainError):
    """A date cannot be right."""


def _not_oneself(user: User, by: Acting) -> None:
    if by.user is not None and by.user.pk == user.pk:
        raise OwnRecord(_("Nobody writes their own record. Ask a colleague."))


def pledge_to_sign(user: User, on: date) -> PledgeText | None:
    """Return the text that the person is asked to sign on the day, or nothing if they have signed it or a newer one."""
    text = PledgeText.objects.offered(on).first()
    if text is None or Pledge.objects.filter(user=user, text__version__gte=text.version).exists():
        return None
    return text


def sign_pledge(user: User, *, text: PledgeText, by: Acting, now: datetime) -> Pledge:
    """Sign the pledge; signing twice is signing once.

    Raises:
        OwnRecord: somebody signs for another person.
    """
    if not by.system and (by.user is None or by.user.pk != user.pk):
        raise OwnRecord(_("Everybody signs for themselves."))
    with transaction.atomic():
        pledge, is_new = Pledge.objects.get_or_create(user=user, text=text, defaults={"signed_at": now})
        if is_new:
            record(WorkerHistory, by, verb="sign_pledge", after=str(text.version), person=user, at=now)
    return pledge


def _check_ends(checked_on: date, valid_until: date | None, on: date) -> date:
    """Return the last day on which a check holds, a year from its query at most, if its days can be right.

    Source: the Law on the Protection of Minors, article 62, asks for a query every year.
    """
    longest = checked_on + timedelta(days=settings.CHECK_VALID_DAYS)
    until = valid_until or longest
    if checked_on > on:
        raise BadDate(_("The day of the query lies in the future."), field="checked_on")
    if until < checked_on:
        raise BadDate(_("The check would end before it began."), field="valid_until")
    if until > longest:
        words = {"day": date_format(longest, "DATE_FORMAT")}
        raise BadDate(
            _("By the law a check is made anew each year: at most until %(day)s.") % words, field="valid_until"
        )
    return until


def _refuse_known_minor(user: User, on: date, *, of_age: bool) -> None:
    born = Child.objects.filter(user=user).values_list("birth_date", flat=True).first()
    if of_age and born is not None and not has_legal_age(born, ADULT_AGE, on):
        raise NotOfAge(_("By their own record this person is under 18. Look at the document again."), field="of_age")


def record_check(
    user: User,
    *,
    result: str,
    checked_on: date,
    reference: str,
    by: Acting,
    now: datetime,
    valid_until: date | None = None,
    of_age: bool = False,
    submission_id: uuid.UUID | None = None,
) -> BackgroundCheck:
    """Record the result of a query; it is valid for ``CHECK_VALID_DAYS`` at most, or as long as it says.

    An adverse one takes the person out of every duty to come in the same transaction, and tells their employers until
    when the work has to end. A clear one may be recorded before the old one ends: the newest counts.
    ``of_age``: whoever records it saw on an identity document that the person is 18.

    Raises:
        SentByAnother: the submission's number stands on somebody else's check.
        OwnRecord: somebody records their own.
        NotOfAge: it says of age of whose own record says otherwise.
        BadDate: the query lies in the future, ends before it began, or would hold for too long.
    """
    _not_oneself(user, by)
    until = _check_ends(checked_on, valid_until, today(now))
    _refuse_known_minor(user, today(now), of_age=of_age)
    with transaction.atomic():
        check, is_new = BackgroundCheck.objects.get_or_create(
            submission_id=submission_id or uuid.uuid4(),
            defaults={
                "user": user,
                "result": result,
                "checked_on": checked_on,
                "valid_until": until,
                "reference": reference,
                "of_age": of_age,
                "recorded_at": now,
                "recorded_by": by.user,
            },
        )
        if check.user_id != user.pk:
            raise SentByAnother
        if is_new:
            record(WorkerHistory, by, verb="record_check", after=result, person=user, at=now)
        if is_new and result == BackgroundCheck.Result.ADVERSE:
            clearance_lost.send(BackgroundCheck, user=user, by=by, now=now)
            leaving.tell_employers(user, now=now)
    return check


def ask_for_check(user: User, *, by: Acting, now: datetime) -> None:
    """Ask the area's safeguarding officers to query a member's record. Within 14 days twice is once.

    Raises:
        NobodyToAsk: no League committee of the area has a safeguarding officer.
    """
    organisation = by.organisation
    leagues = leagues_above(organisation.region) if organisation else []
    role, day = Membership.Role.SAFEGUARDING, today(now)
    to = next((found for league in leagues if (found := list(memberships.holders(league, role, on=day)))), None)
    if organisation is None or to is None:
        raise NobodyToAsk(_("No safeguarding officer works in your area yet. Please call the League committee."))
    with transaction.atomic():
        lock(User, user.pk)
        if checks_asked_for([user], now):
            return
        record(WorkerHistory, by, verb="ask_check", person=user, at=now)
        notify(
            to,
            kind="check_asked_for",
            cause=f"check:{user.pk}:{now.isoformat()}",
            context={"organisation": organisation.name},
            path=reverse("safeguarding:person", args=[user.pk]),
            now=now,
        )


def record_training(
    user: User, *, course: str, completed_on: date, by: Acting, now: datetime, valid_until: date | None = None
) -> Training:
    """Record a completed course; the same course on the same day is recorded once.

    Raises:
        OwnRecord: somebody records their own.
        BadDate: the course lies in the future, or ends before it was completed.
    """
    _not_oneself(user, by)
    if completed_on > today(now):
        raise BadDate(_("The day of the course lies in the future."), field="completed_on")
    if valid_until is not None and valid_until < completed_on:
        raise BadDate(_("The course would end before it was completed."), field="valid_until")
    with transaction.atomic():
        training, is_new = Training.objects.get_or_create(
            user=user, course=course, completed_on=completed_on, defaults={"valid_until": valid_until}
        )
        if is_new:
            record(WorkerHistory, by, verb="record_training", after=course[:40], person=user, at=now)
    return training


def suspend(
    user: User,
    *,
    from_on: date,
    until_on: date | None,
    reason: str,
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID | None = None,
) -> Suspension:
    """Keep a person away from children, from today or later on. The same submission twice suspends once.

    Raises:
        SentByAnother: the submission's number stands on somebody else's suspension.
        OwnRecord: somebody suspends themself.
        BadDate: it would begin in the past or end before it began.
    """
    _not_oneself(user, by)
    if by.user is None:
        raise OwnRecord(_("A suspension is decided by a person."))
    if from_on < today(now) or (until_on and until_on < from_on):
        raise BadDate(_("A suspension begins today or later and ends after it began."), field="from_on")
    with transaction.atomic():
        suspension, is_new = Suspension.objects.get_or_create(
            submission_id=submission_id or uuid.uuid4(),
            defaults={
                "user": user,
                "from_on": from_on,
                "until_on": until_on,
                "reason": reason,
                "by": by.user,
                "league": by.organisation,
            },
        )
        if suspension.user_id != user.pk:
            raise SentByAnother
        if is_new:
            record(WorkerHistory, by, verb="suspend", person=user, at=now)
            clearance_lost.send(Suspension, user=user, by=by, now=now)
    return suspension


def lift(suspension: Suspension, *, by: Acting, now: datetime) -> None:
    """End a suspension: from tomorrow on it keeps nobody away; one that has not begun ends on its first day.

    Raises:
        OwnRecord: somebody lifts their own.
        OfAnotherLeague: another League decided it, which is not below this one.
    """
    _not_oneself(suspension.user, by)
    if not may_lift(by, suspension):
        words = {"league": suspension.league}
        raise OfAnotherLeague(_("%(league)s suspended this person. Only it, or a League above it, lifts that.") % words)
    last = max(today(now), suspension.from_on)
    with transaction.atomic():
        rows = Suspension.objects.filter(pk=suspension.pk).exclude(until_on__lte=last)
        if rows.update(until_on=last):
            record(WorkerHistory, by, verb="lift", person=suspension.user, at=now)
