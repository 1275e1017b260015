"""The staff of a session write to everybody who has a place in it: "bring rain boots".

It goes to every family whose child holds a place, sure or offered: who decides about an offer wants to know what to
bring as well. Who gets a place later, and volunteers, read it on the page. A guardian of several children gets it once.
"""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activities import messages
from activities.messages import Concerned
from activities.models import Announcement, Session, SessionHistory, SignUp
from activities.models.announcement import MAX_TEXT, MOST_A_DAY
from core.errors import DomainError, SentByAnother
from core.locking import lock, retried
from core.time import today
from organisations.acting import Acting, record


class SessionOver(DomainError):
    """Nobody is told what to bring to a session that is over, closed or cancelled."""


class NobodyThere(DomainError):
    """No child holds a place."""


class NothingToSay(DomainError):
    """The message has no words, or too many."""


class EnoughForToday(DomainError):
    """The session has sent as many messages today as families can stand."""


def readers(session: Session, now: datetime) -> Concerned:
    """Return who gets a message: guardians, each once, and youths with a login."""
    return messages.concerned(SignUp.objects.holding().filter(session=session), now)


def is_over(session: Session, now: datetime) -> bool:
    """Tell whether nothing can be written to its families any more."""
    return session.status != Session.Status.SCHEDULED or now >= session.ends_at


@retried
def announce(session: Session, *, text: str, by: Acting, now: datetime, submission_id: uuid.UUID) -> Announcement:
    """Write to everybody who has a place, once per person; a second call with the same number sends nothing.

    Within a day of the start, and during the session, it does not wait for the morning.

    Raises:
        NothingToSay: no words, or more than fit.
        SessionOver: it has ended, or is closed or cancelled.
        NobodyThere: no child holds a place.
        EnoughForToday: five messages were sent about this session today.
        SentByAnother: the form's number was used by somebody else.
    """
    words = text.strip()
    if not 0 < len(words) <= MAX_TEXT:
        raise NothingToSay(_("Write a message of at most %(most)d characters.") % {"most": MAX_TEXT}, field="text")
    with transaction.atomic():
        row = lock(Session, session.pk)
        known = _known(row, by, submission_id)
        return known or _announce(row, words, by=by, now=now, submission_id=submission_id)


def _known(session: Session, by: Acting, submission_id: uuid.UUID) -> Announcement | None:
    """Return what the form made before."""
    found = Announcement.objects.filter(submission_id=submission_id).first()
    if found is not None and (found.session_id, found.sent_by_id) != (session.pk, by.user.pk if by.user else None):
        raise SentByAnother
    return found


def _announce(session: Session, text: str, *, by: Acting, now: datetime, submission_id: uuid.UUID) -> Announcement:
    assert by.user is not None  # the clock has nothing to say
    assert by.organisation is not None
    if is_over(session, now):
        raise SessionOver(_("The session is over or was called off, so nothing more is sent about it."))
    to = readers(session, now)
    if not to:
        raise NobodyThere(_("No child has a place yet, so there is nobody to write to."))
    sent = Announcement.objects.create(
        session=session,
        text=text,
        sent_by=by.user,
        on_behalf_of=by.organisation,
        sent_at=now,
        day=today(now),
        number=_next_number(session, now),
        guardians=len(to.guardians),
        youths=len(to.youths),
        submission_id=submission_id,
    )
    record(SessionHistory, by, verb="announce", note=str(sent.pk), session=session, at=now)
    messages.tell_concerned(
        to,
        kind="announced",
        cause=f"announced:{sent.pk}",
        session=session,
        now=now,
        urgent=messages.is_soon(session, now),
        text=text,
    )
    return sent


def _next_number(session: Session, now: datetime) -> int:
    """Return the day's next number; the session is locked, and the database refuses a number given twice."""
    last = Announcement.objects.filter(session=session, day=today(now)).order_by("-number").first()
    number = last.number + 1 if last else 1
    if number > MOST_A_DAY:
        sentence = _("%(most)d messages about this session were sent today already. Write again tomorrow, or call.")
        raise EnoughForToday(sentence % {"most": MOST_A_DAY})
    return number


def sent_about(session: Session) -> list[Announcement]:
    """Return what was sent about a session, newest first, with who sent it. One query."""
    return list(session.announcements.select_related("sent_by", "on_behalf_of").order_by("-sent_at", "-pk"))
