"""Signing up and leaving: one POST decides, by one statement that takes the places and writes who has them."""

import uuid
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from activities import cards, eligibility, log, marks, places, waiting
from activities.messages import Tell, tell_party
from activities.models import Attendance, Party, Session, SignUp
from activities.reading import session_now
from core.commit import after_commit
from core.errors import DomainError, StaleState
from core.inserting import Given, insert_if
from core.locking import lock, retried
from core.time import today
from organisations.acting import Acting
from people.models import Child, Guardian, Guardianship
from safeguarding import consents
from safeguarding.models import ConsentText

Status = SignUp.Status


class TooLate(DomainError):
    """The session has begun."""


class NotActive(StaleState):
    """The sign-up has ended already."""


class OfferOver(StaleState):
    """There is no offer to answer any more."""


class NobodyChosen(DomainError):
    """A sign-up without a child."""


class NoRoom(DomainError):
    """The whole party finds no places now, and does not want to wait here."""


class GuardianNeeded(DomainError):
    """A youth alone cannot sign up for a risky session when no guardian is known who could agree."""


@dataclass(frozen=True)
class ConsentAnswer:
    """What was answered for one child to the text that stood on the form."""

    child: Child
    text: ConsentText
    given: bool
    paper_on: date | None = None


@dataclass(frozen=True)
class Draft:
    """One sign-up as the form gave it, against the session as it was read; ``been``: the children who came before."""

    session: Session
    children: Sequence[Child]
    guardian: Guardian | None
    by: Acting
    now: datetime
    submission_id: uuid.UUID
    been: frozenset[int]
    waits: bool = True
    tell: Tell = tell_party

    @property
    def need(self) -> places.Need:
        """How many places, and of which kind of children."""
        return places.need_of(self.session, self.children, self.been)

    @property
    def status_with_place(self) -> str:
        """Confirmed; for a youth alone in a risky programme an offer that a guardian has to take."""
        return Status.OFFERED if self.must_ask else Status.CONFIRMED

    @property
    def must_ask(self) -> bool:
        """Whether a guardian has to agree: to a risky programme, for a youth alone; nobody does for who is of age."""
        is_alone = self.guardian is None and self.session.version.is_risky
        return is_alone and not all(child.is_grown(today(self.now)) for child in self.children)

    @property
    def is_for_others(self) -> bool:
        """Whether somebody else than the guardian or the youth does it, such as an office's clerk."""
        return self.guardian is not None and (self.by.user is None or self.guardian.user_id != self.by.user.pk)

    @property
    def tells_others(self) -> bool:
        """Whether somebody has to be told: not the guardian who does it."""
        return self.is_for_others or self.guardian is None

    @property
    def is_one_statement(self) -> bool:
        """Whether what is written needs no transaction of its own around it: the statement is one, or fails alone."""
        return connection.vendor == "postgresql" and not self.tells_others and not connection.in_atomic_block


@waiting.settled
def sign_up(
    session_id: int,
    *,
    children: list[Child],
    guardian: Guardian | None,
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID,
    answers: Sequence[ConsentAnswer] = (),
    waits: bool = True,
    tell: Tell = tell_party,
) -> Party:
    """Sign children up in one act: all get places, or the party waits together.

    ``guardian`` is empty when a youth from 14 on signs up alone. ``answers`` to consents given on the same form are
    recorded with it. The same submission twice is one party. ``waits``: if full, join the line. ``tell`` tells others.

    Raises:
        NotOpen, NobodyChosen, GuardianNeeded: nobody can sign up now, or not in this way.
        NotEligible: at least one child may not; ``obstacles`` says why.
        NoRoom: not all of them find places, and they do not wait.
    """
    if not children:
        raise NobodyChosen(_("Choose who takes part."), field="children")
    session = session_now(session_id)
    been = places.been_before(session, children, now)
    draft = Draft(session, children, guardian, by, now, submission_id, been, waits, tell)
    try:
        _answer_and_check(draft, answers)
        party = _write_as_read(draft) or _decide_under_lock(draft)
    except (DomainError, IntegrityError) as refusal:
        known = Party.objects.filter(submission_id=submission_id, session=session_id, submitted_by=by.user).first()
        if known is not None:
            return known
        if isinstance(refusal, IntegrityError):
            eligibility.require_eligible(session, children, now, guardian=guardian)  # another guardian was faster
        raise
    return party


def _answer_and_check(draft: Draft, answers: Sequence[ConsentAnswer]) -> None:
    """Record the answers of the form, and ask whether the children may come; a no leaves no answer behind."""
    with transaction.atomic() if answers else nullcontext():
        for one in answers:
            consents.answer(
                one.child,
                guardian=draft.guardian,
                purpose=one.text.purpose,
                text=one.text,
                given=one.given,
                by=draft.by,
                now=draft.now,
                paper_on=one.paper_on,
            )
        eligibility.require_open(draft.session, draft.now)
        _require_guardian_of_youth(draft)
        eligibility.require_eligible(draft.session, draft.children, draft.now, guardian=draft.guardian)


def _require_guardian_of_youth(draft: Draft) -> None:
    """A risky programme is offered to the guardian of a youth who signs up alone: there must be one."""
    if not draft.must_ask:
        return
    wards = Guardianship.objects.current(today(draft.now)).filter(child__in=draft.children)
    if not wards.exists():
        raise GuardianNeeded(_("A guardian must agree to this programme. Ask them to sign you up."))


def _write_as_read(draft: Draft) -> Party | None:
    """Write what the session looked like when it was read; nothing if it has changed since."""
    session, now = draft.session, draft.now
    if not places.fits(session, draft.need, now):
        if not draft.waits:
            raise NoRoom(_("There is no room for all chosen children."))
        return _insert(draft, Status.WAITING, places.queueing(session, draft.need, now))
    if session.waiting_parties:
        return None
    return _insert(draft, draft.status_with_place, places.claiming(session, draft.need, now))


def _decide_under_lock(draft: Draft) -> Party:
    """Decide with the session's row locked: first those who wait, then the newcomer, else the end of the line."""
    now = draft.now
    with transaction.atomic():
        session = lock(Session, draft.session.pk)
        eligibility.require_open(session, now)
        if session.sequence != draft.session.sequence:
            eligibility.require_eligible(session, draft.children, now, guardian=draft.guardian)
        waiting.fill_locked(session, now=now, by=draft.by)
        session.version, session.region = draft.session.version, draft.session.region
        draft = replace(draft, session=session)
        party = _insert(draft, draft.status_with_place, places.claiming(session, draft.need, now, queue_jumped=True))
        if party is not None and session.waiting_parties:
            waiting.tell_passed_over(session, before=session.join_counter + 1, now=now)
        if party is None and draft.waits:
            party = _insert(draft, Status.WAITING, places.queueing_under_lock(session))
    if party is None:
        raise NoRoom(_("There is no room for all chosen children."))
    return party


def _insert(draft: Draft, status: str, given: Given) -> Party | None:
    """Insert the party, its sign-ups and their history if the one conditional update finds its row, else nothing.

    Who did not do it themselves is told. Where nobody has to be, PostgreSQL decides and writes in one statement.
    """
    session, by, now = draft.session, draft.by, draft.now
    party = new_party(draft)
    rows = [build(party, session, child, status, now, been=draft.been) for child in draft.children]
    with nullcontext() if draft.is_one_statement else transaction.atomic():
        if status != Status.WAITING:
            eligibility.refuse_overlap(session, draft.children)
        found = insert_if(given, party, *rows, *log.entries(rows, by, verb="sign_up", now=now))
        if found is None:
            return None
        if draft.tells_others:
            kind = {Status.WAITING: "signed_up_waiting", Status.OFFERED: "guardian_asked"}.get(
                Status(status), "signed_up"
            )
            draft.tell(party, kind, session=session, now=now, by=by, count=len(rows))
        if status != Status.WAITING:
            places.see_taken(session, found)
            cards.places_changed(session, now=now)
    return party


def new_party(draft: Draft) -> Party:
    """Return an unsaved party."""
    need = draft.need
    return Party(
        session=draft.session,
        guardian=draft.guardian,
        submitted_by=draft.by.user,
        on_behalf_of=draft.by.organisation if draft.is_for_others else None,
        submission_id=draft.submission_id,
        size=need.size,
        outside=need.outside,
        returning=need.returning,
        created_at=draft.now,
    )


def build(party: Party, session: Session, child: Child, status: str, now: datetime, *, been: Collection[int]) -> SignUp:
    """Return an unsaved sign-up of the child; ``been`` are the children who came before."""
    is_offer = status == Status.OFFERED
    return SignUp(
        party=party,
        session=session,
        child=child,
        status=status,
        is_outside=places.is_outside(session, child),
        is_returning=child.pk in been,
        offered_until=waiting.offer_deadline(session, now) if is_offer else None,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        created_at=now,
    )


def cancel(sign_up: SignUp, *, by: Acting, now: datetime, reason: str = "") -> SignUp:
    """Give one child's place or rank back; what it frees goes to the waiting list in the same transaction.

    Raises:
        NotActive: it has ended already.
        TooLate: the session has begun.
    """
    cancel_rows(sign_up.session_id, [sign_up.pk], by=by, now=now, reason=reason)
    sign_up.refresh_from_db()
    return sign_up


def cancel_party(party: Party, *, by: Acting, now: datetime, reason: str = "") -> Party:
    """Give back what the whole party has: its places, its offer, or its rank. Raises like ``cancel``."""
    pks = list(party.sign_ups.active().values_list("pk", flat=True))
    cancel_rows(party.session_id, pks, by=by, now=now, reason=reason)
    party.refresh_from_db()
    return party


@waiting.settled
def cancel_rows(
    session_id: int, pks: Sequence[int], *, by: Acting, now: datetime, reason: str, tell: Tell = tell_party
) -> int:
    """Give back what sign-ups of one party have, in one transaction. Return how many. Raises like ``cancel``."""
    with transaction.atomic():
        session = lock(Session, session_id)
        rows = list(SignUp.objects.active().filter(pk__in=pks).select_related("party").order_by("pk"))
        if not rows:
            raise NotActive(_("This sign-up has ended already."))
        was_there = Attendance.objects.filter(sign_up__in=rows, status=Attendance.Status.PRESENT)
        if now >= session.starts_at or was_there.exists():
            raise TooLate(_("The session has begun. Tell the staff at the door."))
        held = [row for row in rows if row.holds_place]
        party, before = rows[0].party, rows[0].status
        waiting.leave(party, rows, status=Status.CANCELLED, reason=reason[:200])
        marks.void(held, by=by, now=now)
        said = "" if by.user else reason  # what a person typed stands on the sign-up, from where it can be erased
        log.sign_ups_changed(rows, by, verb="cancel", before=before, after=Status.CANCELLED, note=said, now=now)
        if held:
            places.give_back(session, places.Need.of(held))
            cards.places_changed(session, now=now)
        elif not party.size:
            places.leave_queue(session, 1)
        tell(party, "sign_up_cancelled", session=session, now=now, by=by, count=len(rows), event=str(rows[0].pk))
        waiting.fill_locked(session, now=now, by=by)
    if children := [row.child_id for row in held]:
        after_commit(waiting.fill_elsewhere, children, session.starts_at, session.ends_at, now=now)
    return len(rows)


@retried
def accept_offer(party: Party, *, by: Acting, now: datetime) -> Party:
    """Take the offered places.

    Raises:
        OfferOver: the offer has ended, or was answered already.
        NotEligible: a child may not come any more, such as without consent; the offer stands until its deadline.
    """
    with transaction.atomic():
        session = lock(Session, party.session_id)
        offered = SignUp.objects.offered().filter(party=party, offered_until__gt=now).select_related("child")
        rows = list(offered.order_by("pk"))
        if not rows or not session.is_open(now):
            raise OfferOver(_("This offer has ended. The place went to the next family."))
        who = {row.child: party.guardian for row in rows}
        eligibility.require_eligible(session, who, now, guardian=who, is_waiting=True)
        SignUp.objects.filter(pk__in=[row.pk for row in rows]).update(status=Status.CONFIRMED, offered_until=None)
        log.sign_ups_changed(rows, by, verb="accept", before=Status.OFFERED, after=Status.CONFIRMED, now=now)
        tell_party(party, "place_given", session=session, now=now, by=by)
    return party
