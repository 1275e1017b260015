"""Marks that a phone kept while the network was away: each counts once, as of the moment it was tapped.

A mark names the sign-up by its number, the one that stands in the list's own addresses. The number tells nobody a
name, and it is read here only within a session that the person runs; so a phone keeps numbers, and nothing about a
child.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from activities import checkin
from activities.models import Attendance, Session, SignUp, UploadedMark
from core.errors import DomainError, SentByAnother
from core.formats import clock_text
from core.locking import lock, retried
from organisations.acting import Acting

Status = Attendance.Status
UNDO = "undo"
VERBS = (Status.PRESENT.value, Status.EXCUSED.value, Status.ABSENT.value, UNDO)
APPLIED, ALREADY, REFUSED = "applied", "already", "refused"


class NotOnThisList(DomainError):
    """The mark is for a child of another session, or of none."""


class OtherMark(DomainError):
    """The phone's number stands for another mark already."""


@dataclass(frozen=True)
class QueuedMark:
    """One tap that a phone kept."""

    id: UUID
    sign_up: int
    verb: str
    made_at: datetime


@dataclass(frozen=True)
class Answer:
    """What became of a mark, and what the list says about the child now."""

    id: UUID
    sign_up: int
    outcome: str
    words: str
    state: str
    time: str


def take_in(session: Session, queued: Iterable[QueuedMark], *, by: Acting, now: datetime) -> list[Answer]:
    """Count each mark once, the oldest first. One that is refused does not stop the others."""
    told = []
    for one in sorted(queued, key=lambda one: one.made_at):
        try:
            told.append((one, _count_once(session, one, by=by, now=now), ""))
        except DomainError as refusal:
            told.append((one, REFUSED, str(refusal)))
    marked = Attendance.objects.filter(sign_up__session=session, sign_up__in=[one.sign_up for one, *_rest in told])
    states = {row.sign_up_id: (row.status, clock_text(row.at)) for row in marked.exclude(status=Status.VOIDED)}
    return [Answer(one.id, one.sign_up, done, words, *states.get(one.sign_up, ("", ""))) for one, done, words in told]


@retried
def _count_once(session: Session, one: QueuedMark, *, by: Acting, now: datetime) -> str:
    """Apply the mark and keep its receipt, in one transaction.

    Raises:
        NotOnThisList: the sign-up is none of the session's.
        OtherMark, SentByAnother: the number was used for something else, or by somebody else.
        SessionOver, OutsideWindow, TooEarly, NoPlaceHeld, NewerMark: as for any mark.
    """
    assert by.user is not None
    with transaction.atomic():
        row = lock(Session, session.pk)
        sign_up = SignUp.objects.filter(session=row, pk=one.sign_up).first()
        if sign_up is None:
            raise NotOnThisList(_("This child is not on the list of this session."))
        tapped = {"session": row, "sign_up": sign_up, "verb": one.verb}
        known = {**tapped, "by_user": by.user, "made_at": one.made_at, "received_at": now}
        receipt, is_new = UploadedMark.objects.get_or_create(uuid=one.id, defaults=known)
        if receipt.by_user_id != by.user.pk:
            raise SentByAnother
        if (receipt.session_id, receipt.sign_up_id, receipt.verb) != (row.pk, sign_up.pk, one.verb):
            raise OtherMark(_("This mark was sent for something else already. Mark the child again."))
        if not is_new:
            return ALREADY
        later = UploadedMark.objects.filter(sign_up=sign_up, made_at__gt=one.made_at).exclude(verb=one.verb)
        if (at := later.aggregate(at=Max("made_at"))["at"]) is not None:
            raise checkin.newer_mark(at)
        checkin.require_open_list(row, now)
        attendance = _apply(sign_up, one, by=by)
    return APPLIED if attendance.at == one.made_at else ALREADY


def _apply(sign_up: SignUp, one: QueuedMark, *, by: Acting) -> Attendance:
    if one.verb == UNDO:
        return checkin.undo(sign_up, by=by, now=one.made_at)
    return checkin.mark(sign_up, one.verb, by=by, now=one.made_at)
