"""Check-in from the list: present, absent, excused; undo; walk-ins while places are free."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from activities import cards, eligibility, log, marks, places, signups, waiting
from activities.models import Attendance, AttendanceHistory, Party, RosterAccess, Session, SignUp
from activities.policies import in_roster_window
from core.errors import DomainError, SentByAnother
from core.formats import clock_text
from core.locking import lock, retried
from core.logs import request_id
from core.time import today
from organisations.acting import Acting
from people.models import Child, Guardian
from people.models.guardian import registers_families
from people.queries import family_at_the_door
from safeguarding import consents
from safeguarding.models import ConsentText

Status = Attendance.Status
ARRIVES_FROM = timedelta(hours=2)  # before the start
MISSES = 20  # look-ups at one session's door that found nobody, by one person


class OutsideWindow(DomainError):
    """Attendance is marked from 48 hours before the start until 72 hours after it."""


class SessionOver(DomainError):
    """The session is closed or cancelled."""


class NotBegun(DomainError):
    """Nobody is missing before the session begins."""


class NoPlaceHeld(DomainError):
    """Only whoever holds a place can be marked."""


class TooEarly(DomainError):
    """Nobody is there yet: only who cannot come is marked so early."""


class TooManyMisses(DomainError):
    """Somebody tries phones and names; they are told to ask the guardian."""


class NotYet(DomainError):
    """Walk-ins are for when sign-up has closed."""


class FullHouse(DomainError):
    """No place is free for a walk-in."""


class NewerMark(DomainError):
    """Somebody marked the child after the tap that comes only now."""


def require_open_list(session: Session, now: datetime) -> None:
    """Pass if marks may be made at this moment.

    Raises:
        SessionOver, OutsideWindow: the list is closed.
    """
    if session.status != Session.Status.SCHEDULED:
        raise SessionOver(_("The session is closed. Reopen it with a reason to change the attendance."))
    if not in_roster_window(session, now):
        raise OutsideWindow(_("Attendance is marked from 48 hours before the start until 72 hours after it."))


def newer_mark(at: datetime) -> NewerMark:
    """Return the refusal of a tap that somebody overtook at that moment."""
    words = _("This child was marked again at %(time)s, after your tap. The newer mark stays.")
    return NewerMark(words % {"time": clock_text(at)})


def _require_newest(attendance: Attendance, status: str, now: datetime) -> None:
    """Pass if nobody marked something else after this moment; a hand-over is a mark of its own moment."""
    newest = max(attendance.at, attendance.checked_out_at or attendance.at)
    if newest > now and attendance.status != status:
        raise newer_mark(newest)


@retried
def mark(sign_up: SignUp, status: str, *, by: Acting, now: datetime, walk_in: bool = False) -> Attendance:
    """Mark a child as present, absent or excused. Marking the same twice counts once.

    ``now`` is the moment of the tap, which a phone without network sends later.

    Raises:
        SessionOver, OutsideWindow: the list is closed.
        NewerMark: something else was marked after ``now``.
        TooEarly: present is marked from two hours before the start.
        NoPlaceHeld: the child has no confirmed place.
    """
    with transaction.atomic():
        session = lock(Session, sign_up.session_id)
        row = SignUp.objects.get(pk=sign_up.pk)
        require_open_list(session, now)
        if status == Status.PRESENT and now < session.starts_at - ARRIVES_FROM:
            raise TooEarly(_("Children are checked in from two hours before the start."))
        if row.status != SignUp.Status.CONFIRMED:
            raise NoPlaceHeld(_("This child holds no place in the session."))
        attendance, is_new = Attendance.objects.get_or_create(
            sign_up=row, defaults={"status": status, "at": now, "by_user": by.user, "walk_in": walk_in}
        )
        _require_newest(attendance, status, now)
        before = "" if is_new else attendance.status
        if before != status:
            marks.write(attendance, status, before=before, verb="mark", by=by, now=now)
    return attendance


@retried
def undo(sign_up: SignUp, *, by: Acting, now: datetime) -> Attendance:
    """Take back what was marked. A review that rested on it counts no more; twice is the same as once.

    Raises:
        SessionOver, OutsideWindow: the list is closed.
        NewerMark: something was marked after ``now``.
        NoPlaceHeld: nothing was marked.
    """
    with transaction.atomic():
        require_open_list(lock(Session, sign_up.session_id), now)
        attendance = Attendance.objects.filter(sign_up=sign_up).select_related("sign_up").first()
        if attendance is None:
            raise NoPlaceHeld(_("Nothing was marked for this child."))
        _require_newest(attendance, Status.VOIDED, now)
        if attendance.status != Status.VOIDED:
            marks.write(attendance, Status.VOIDED, before=attendance.status, verb="undo", by=by, now=now)
    return attendance


@retried
def mark_missing(session: Session, *, by: Acting, now: datetime) -> int:
    """Mark everybody as absent about whom nothing was said, once the session has begun; return how many.

    Raises:
        SessionOver, OutsideWindow: the list is closed.
        NotBegun: it has not begun; the children may be on their way.
    """
    with transaction.atomic():
        row = lock(Session, session.pk)
        require_open_list(row, now)
        if now < row.starts_at:
            raise NotBegun(_("The session has not begun. Whoever is not here yet may be on the way."))
        return marks.absent_rest(row, verb="mark", by=by, now=now)


@retried
def look_up(session: Session, *, phone: str, name: str, by: Acting, now: datetime) -> tuple[Guardian, Child] | None:
    """Find a family at the door by exactly its phone and the child's name. Every look is logged, also the vain one.

    Raises:
        SessionOver, OutsideWindow, NotYet: walk-ins are for when sign-up has closed.
        TooManyMisses: the person found nobody too often.
    """
    with transaction.atomic():
        row = lock(Session, session.pk)  # looks at one moment are counted one after the other
        _require_open_door(row, now)
        vain = RosterAccess.objects.filter(session=row, viewer=by.user, purpose=RosterAccess.Purpose.WALK_IN, count=0)
        if vain.count() >= MISSES:
            sentence = _("No family was found too often. Ask the guardian to show the child on their own phone.")
            raise TooManyMisses(sentence)
        found = family_at_the_door(phone, name, today(now))
        log_roster_access(row, purpose="walk_in", children=[found[1].pk] if found else [], by=by, now=now)
    return found


def _require_open_door(session: Session, now: datetime) -> None:
    require_open_list(session, now)
    if now < session.closes_at:
        raise NotYet(_("Sign-up is still open, and families who wait come first. Sign up on the session's page."))


@waiting.settled
def walk_in(
    session: Session,
    child: Child,
    *,
    guardian: Guardian,
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID | None = None,
    signed: ConsentText | None = None,
) -> SignUp:
    """Give a free place to a child that is there, and check it in. The same submission twice is one.

    ``signed``: the text that the guardian has just signed on paper; the consent is kept only if the child gets its
    place.

    Raises:
        SessionOver, OutsideWindow: the list is closed.
        NotYet: sign-up is still open: sign up there, the waiting list comes first.
        NotEligible: the child may not be in the session.
        TextChanged: the signed text counts no more.
        FullHouse: no place is free.
        SentByAnother: the submission's number was used elsewhere, or by somebody else.
    """
    number = submission_id or uuid.uuid4()
    with transaction.atomic():
        row = lock(Session, session.pk)
        known = SignUp.objects.filter(party__submission_id=number).select_related("party").first()
        if known is not None and (known.session_id, known.party.submitted_by_id) != (row.pk, by.user and by.user.pk):
            raise SentByAnother
        if known is not None:
            return known
        _require_open_door(row, now)
        if signed is not None:
            consents.answer(
                child,
                guardian=guardian,
                purpose=signed.purpose,
                text=signed,
                given=True,
                by=by,
                now=now,
                paper_on=today(now),
            )
        eligibility.require_eligible(row, [child], now, guardian=guardian, at_the_door=True)
        sign_up = _seat(row, child, guardian, number, by=by, now=now)
        mark(sign_up, Status.PRESENT, by=by, now=now, walk_in=True)
    return sign_up


def _seat(
    session: Session, child: Child, guardian: Guardian, number: uuid.UUID, *, by: Acting, now: datetime
) -> SignUp:
    """Take a free place of the locked session for one child, or refuse."""
    been = places.been_before(session, [child], now)
    need = places.need_of(session, [child], been)
    if not places.claim_at_the_door(session, need):
        raise FullHouse(_("All places are taken."))
    party = Party.objects.create(
        session=session,
        guardian=guardian,
        submitted_by=by.user,
        on_behalf_of=by.organisation,
        submission_id=number,
        size=need.size,
        outside=need.outside,
        returning=need.returning,
        created_at=now,
    )
    sign_up = signups.build(party, session, child, SignUp.Status.CONFIRMED, now, been=been)
    sign_up.save()
    log.sign_ups_changed([sign_up], by, verb="walk_in", now=now)
    cards.places_changed(session, now=now)
    return sign_up


def bulk_mark(given: Iterable[tuple[SignUp, str]], *, by: Acting, now: datetime) -> int:
    """Mark many at once, for the demo city and for lists that come from outside; what was marked stays.

    Raises like ``mark``, before anything is written.
    """
    rows = list(given)
    for session in {sign_up.session_id: sign_up.session for sign_up, _status in rows}.values():
        require_open_list(session, now)
    if any(sign_up.status != SignUp.Status.CONFIRMED for sign_up, _status in rows):
        raise NoPlaceHeld(_("This child holds no place in the session."))
    with transaction.atomic():
        pks = [sign_up.pk for sign_up, _status in rows]
        known = set(Attendance.objects.filter(sign_up__in=pks).values_list("sign_up_id", flat=True))
        fresh = [(sign_up, status) for sign_up, status in rows if sign_up.pk not in known]
        made = Attendance.objects.bulk_create(
            [Attendance(sign_up=sign_up, status=status, at=now, by_user=by.user) for sign_up, status in fresh],
            batch_size=500,
        )
        actor = by.history()
        AttendanceHistory.objects.bulk_create(
            [AttendanceHistory(attendance=one, verb="mark", after=one.status, at=now, **actor) for one in made],
            batch_size=500,
        )
        if by.user is not None:
            for session in {sign_up.session_id: sign_up.session for sign_up, _status in fresh}.values():
                seen = [sign_up.child_id for sign_up, _status in fresh if sign_up.session_id == session.pk]
                log_roster_access(session, purpose="check_in", children=seen, by=by, now=now)
    return len(made)


def log_look(session: Session | None, *, purpose: str, children: list[int], by: Acting, now: datetime) -> None:
    """Write down a look elsewhere than at the door, such as at families of an office; none if nobody was shown."""
    if children:
        log_roster_access(session, purpose=purpose, children=children, by=by, now=now)


def log_look_of_office(party: Party, *, children: list[int], by: Acting, now: datetime) -> None:
    """Write down that a clerk, not the family, is shown a party's page; ``party`` comes with its guardian."""
    own = party.guardian is not None and by.user is not None and party.guardian.user_id == by.user.pk
    if registers_families(by) and not own:
        log_look(party.session, purpose="on_behalf", children=children, by=by, now=now)


def log_roster_access(
    session: Session | None,
    *,
    purpose: str,
    children: Iterable[int],
    by: Acting,
    now: datetime,
    is_export: bool = False,
) -> RosterAccess:
    """Write down that the person saw the names of these children (their numbers), so that each family can read it."""
    assert by.user is not None
    shown = sorted(set(children))
    return RosterAccess.objects.create(
        session=session,
        viewer=by.user,
        on_behalf_of=by.organisation,
        purpose=purpose,
        count=len(shown),
        shown=shown,
        is_export=is_export,
        at=now,
        request_id=request_id.get(),
    )
