"""The waiting list: ranks come from the locked session, freed places go to the first that is eligible and fits."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_noop

from activities import cards, eligibility, log, messages, places
from activities.models import Party, Session, SignUp
from core.locking import lock, retried
from core.time import awake_deadline, today
from organisations.acting import Acting, clock

OFFER_LASTS = timedelta(hours=12)
OFFERS_UNTIL_BEFORE_CLOSING = timedelta(hours=24)
CHUNK = 50
OFFER_EXPIRED, NOT_ELIGIBLE, CLOSED_FULL = "offer_expired", "not_eligible", "closed_full"
SENTENCES = {
    OFFER_EXPIRED: gettext_noop("The offer was not answered in time."),
    NOT_ELIGIBLE: gettext_noop("The conditions are no longer met."),
    CLOSED_FULL: gettext_noop("Sign-up closed and no place had become free."),
}
P = ParamSpec("P")
R = TypeVar("R")


def settled(function: Callable[P, R]) -> Callable[P, R]:
    """Run a verb that may give places once more when a child got another place in that same instant.

    The database refuses the overlap at the commit; the second run sees it and passes that child over.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except IntegrityError as error:
            if connection.in_atomic_block or "signup_child_overlap" not in str(error):
                raise
            return function(*args, **kwargs)

    return retried(run)


def position(party: Party) -> int | None:
    """Return the party's place in the line, 1 for the first; nothing if it does not wait. One query."""
    waits = SignUp.objects.waiting().filter(session=party.session_id)
    mine = Party.objects.filter(pk=party.pk).values("join_seq")
    ahead = set(waits.filter(party__join_seq__lte=Subquery(mine)).values_list("party_id", flat=True))
    return len(ahead) if party.pk in ahead else None


def positions(parties: Iterable[Party]) -> dict[int, int]:
    """Return the places in their lines of those of the parties that wait. One query."""
    waits = SignUp.objects.waiting().filter(session=OuterRef("session"), party__join_seq__lte=OuterRef("join_seq"))
    ahead = waits.order_by().values("session").annotate(n=Count("party", distinct=True)).values("n")
    own = SignUp.objects.waiting().filter(party=OuterRef("pk"))
    rows = Party.objects.filter(Exists(own), pk__in=[party.pk for party in parties])
    return dict(rows.annotate(ahead=Subquery(ahead)).values_list("pk", "ahead"))


def offer_deadline(session: Session, now: datetime) -> datetime:
    """Return until when an offer made now holds its place: 12 waking hours, at the latest the closing."""
    return min(awake_deadline(now, OFFER_LASTS), session.closes_at)


@settled
def fill(session_id: int, *, now: datetime, by: Acting) -> list[Party]:
    """Give free places to waiting parties in their order. Return those that got one."""
    with transaction.atomic():
        return fill_locked(lock(Session, session_id), now=now, by=by)


def fill_locked(session: Session, *, now: datetime, by: Acting) -> list[Party]:
    """Give free places to waiting parties; the caller holds the session's lock. ``session`` is read again.

    Each party in turn that is eligible now and fits gets its places, until none does. A child that may never come is
    taken out; a party passed over keeps its rank and is told.
    """
    session.refresh_from_db()
    if not session.is_open(now) or not session.waiting_parties:
        return []
    promoted: list[Party] = []
    for chunk in _in_line(session, now=now, by_places=True):
        promoted += [one.party for one in chunk if _promote(session, one, now=now, by=by)]
        session.refresh_from_db()
    if promoted:
        cards.places_changed(session, now=now)
        tell_passed_over(session, before=promoted[-1].join_seq or 0, now=now)
    return promoted


def _in_line(session: Session, *, now: datetime, by_places: bool) -> Iterator[list["_Waiting"]]:
    """Yield the waiting parties in their order, some at a time, with what stands against each of their children.

    Of a party that is too large a child may be taken out, so all with several children are looked at; of the others
    only those that fit. ``by_places``: end when no place is free any more.
    """
    seen = 0
    while session.free or not by_places:
        fitting = Q(size__gt=1) | Q(
            size__lte=session.free,
            outside__lte=session.free_outside(now),
            returning__lte=session.free_returning(now),
        )
        waiting = SignUp.objects.waiting().filter(session=session).values("party_id")
        ranked = Party.objects.filter(fitting, session=session, join_seq__gt=seen, pk__in=waiting)
        parties = list(ranked.order_by("join_seq")[:CHUNK])
        if not parties:
            return
        seen = parties[-1].join_seq or 0
        yield _with_obstacles(session, parties, now)


@dataclass
class _Waiting:
    """A waiting party: its children who could come now, those who never may, and whether somebody has to wait on."""

    party: Party
    welcome: list[SignUp]
    out: list[SignUp]
    is_held_up: bool

    @property
    def join_seq(self) -> int | None:
        """Its rank."""
        return self.party.join_seq

    def fits(self, session: Session, now: datetime) -> bool:
        """Tell whether its children, all who are left, could have places now."""
        return bool(self.welcome) and not self.is_held_up and places.fits(session, places.Need.of(self.welcome), now)


def _with_obstacles(session: Session, parties: Sequence[Party], now: datetime) -> list[_Waiting]:
    """Look at each party's children. A fixed number of queries."""
    rows = SignUp.objects.waiting().filter(party__in=parties).select_related("child", "party__guardian").order_by("pk")
    by_party: dict[int, list[SignUp]] = {party.pk: [] for party in parties}
    for row in rows:
        by_party[row.party_id].append(row)
    families = {row.child: row.party.guardian for row in rows}
    found = eligibility.find(session, families, now, guardian=families, is_waiting=True)
    looked_at = []
    for party in parties:
        mine = by_party[party.pk]
        out = [row for row in mine if any(one.is_lasting for one in found[row.child_id])]
        left = [row for row in mine if row not in out]
        looked_at.append(_Waiting(party, left, out, is_held_up=any(found[row.child_id] for row in left)))
    return looked_at


def left_behind(session: Session, *, now: datetime) -> list[Party]:
    """Return the waiting parties that are eligible and fit, though they wait: after a commit there is none."""
    chunks = _in_line(session, now=now, by_places=False)
    return [one.party for chunk in chunks for one in chunk if one.fits(session, now)]


def _promote(session: Session, one: _Waiting, *, now: datetime, by: Acting) -> bool:
    """Give the party its places if its children are eligible and the claim succeeds."""
    if one.out:
        take_out(session, one.party, one.out, now=now, by=by)
    if not one.welcome or one.is_held_up:
        return False
    if not places.claim(session, places.Need.of(one.welcome), now=now, queue_jumped=True):
        return False
    give(session, one.party, one.welcome, now=now, by=by)
    return True


def give(session: Session, party: Party, rows: Sequence[SignUp], *, now: datetime, by: Acting) -> None:
    """Turn waiting sign-ups, whose places are claimed, into offers or, shortly before closing, into places."""
    is_alone = party.guardian_id is None and session.version.is_risky
    must_ask = is_alone and not all(row.child.is_grown(today(now)) for row in rows)
    is_early = session.closes_at - now > OFFERS_UNTIL_BEFORE_CLOSING
    offers = must_ask or (is_early and not nobody_answers(rows, now))
    deadline = offer_deadline(session, now) if offers else None
    status = SignUp.Status.OFFERED if offers else SignUp.Status.CONFIRMED
    SignUp.objects.filter(pk__in=[row.pk for row in rows]).update(status=status, offered_until=deadline)
    places.leave_queue(session, 1)
    log.sign_ups_changed(rows, by, verb="promote", before=SignUp.Status.WAITING, after=status, now=now)
    if deadline:
        messages.tell_party(party, "place_offered", session=session, now=now, deadline=deadline)
    else:
        has_ticket = not nobody_answers(rows, now)
        messages.tell_party(party, "place_given", session=session, now=now, has_ticket=has_ticket)


def nobody_answers(rows: Iterable[SignUp], now: datetime) -> bool:
    """Tell whether nobody could take an offer: all are of age, and none has a login. Load ``child``. No query."""
    return all(row.child.is_grown(today(now)) and row.child.user_id is None for row in rows)


def take_out(session: Session, party: Party, rows: Sequence[SignUp], *, now: datetime, by: Acting) -> None:
    """Take children out who may never come; the others keep the party's rank."""
    leave(party, rows, status=SignUp.Status.CANCELLED, reason=NOT_ELIGIBLE)
    log.sign_ups_changed(
        rows, by, verb="take_out", before=SignUp.Status.WAITING, after=SignUp.Status.CANCELLED, now=now
    )
    if not party.size:
        places.leave_queue(session, 1)
    messages.tell_party(party, "taken_out", session=session, now=now, count=len(rows), event=str(rows[0].pk))


def leave(party: Party, rows: Sequence[SignUp], *, status: str, reason: str) -> None:
    """End sign-ups of a party and count them out of it. ``party`` gets its new figures."""
    need = places.Need.of(rows)
    SignUp.objects.filter(pk__in=[row.pk for row in rows]).update(status=status, reason=reason, offered_until=None)
    Party.objects.filter(pk=party.pk).update(
        size=F("size") - need.size, outside=F("outside") - need.outside, returning=F("returning") - need.returning
    )
    party.refresh_from_db(fields=["size", "outside", "returning"])


def tell_passed_over(session: Session, *, before: int, now: datetime) -> None:
    """Tell those who still wait in front of somebody that got a place; once per family and session."""
    waiting = SignUp.objects.waiting().filter(session=session).values("party_id")
    ahead = list(Party.objects.filter(pk__in=waiting, join_seq__lt=before))
    if ahead:
        messages.tell(ahead, kind="passed_over", cause=f"passed_over:{session.pk}", session=session, now=now)


def fill_elsewhere(children: Iterable[int], starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    """After a clash has ended: fill the sessions at that time where the children wait."""
    waits = SignUp.objects.waiting().filter(child__in=list(children), starts_at__lt=ends_at, ends_at__gt=starts_at)
    for session_id in sorted(set(waits.values_list("session_id", flat=True))):
        fill(session_id, now=now, by=clock("activities.clash_ended"))


def expire_offers(now: datetime) -> int:
    """End the offers whose deadline has passed and pass their places on. Return how many sign-ups ended.

    Where nobody could have answered any more, as everybody is of age and has no login, the places stay theirs.
    """
    due = SignUp.objects.offered().filter(offered_until__lte=now)
    sessions = sorted(set(due.values_list("session_id", flat=True)))
    return sum(_expire_in(session_id, now) for session_id in sessions)


@settled
def _expire_in(session_id: int, now: datetime) -> int:
    by = clock("activities.sweep")
    with transaction.atomic():
        session = lock(Session, session_id)
        due = SignUp.objects.offered().filter(session=session, offered_until__lte=now)
        rows = _confirm_unanswerable(session, list(due.select_related("party", "child").order_by("pk")), by, now)
        end_whole(rows, status=SignUp.Status.CANCELLED, reason=OFFER_EXPIRED)
        for party in parties_of(rows):
            messages.tell_party(party, "offer_expired", session=session, now=now)
        log.sign_ups_changed(
            rows, by, verb="expire", before=SignUp.Status.OFFERED, after=SignUp.Status.CANCELLED, now=now
        )
        if rows:
            places.give_back(session, places.Need.of(rows))
            cards.places_changed(session, now=now)
            fill_locked(session, now=now, by=by)
    return len(rows)


def _confirm_unanswerable(session: Session, due: Sequence[SignUp], by: Acting, now: datetime) -> list[SignUp]:
    """Let those keep their places for whom nobody could answer since a birthday; return the others' sign-ups."""
    by_party: dict[int, list[SignUp]] = {}
    for row in due:
        by_party.setdefault(row.party_id, []).append(row)
    kept = [row for rows in by_party.values() if nobody_answers(rows, now) for row in rows]
    if kept:
        before, after = SignUp.Status.OFFERED, SignUp.Status.CONFIRMED
        SignUp.objects.filter(pk__in=[row.pk for row in kept]).update(status=after, offered_until=None)
        log.sign_ups_changed(kept, by, verb="accept", before=before, after=after, now=now)
        for party in parties_of(kept):
            messages.tell_party(party, "place_given", session=session, now=now, has_ticket=False)
    answered = {row.pk for row in kept}
    return [row for row in due if row.pk not in answered]


def parties_of(rows: Iterable[SignUp]) -> list[Party]:
    """The parties of some sign-ups, each once, in the order of the rows."""
    return list({row.party_id: row.party for row in rows}.values())


def end_whole(rows: Sequence[SignUp], *, status: str, reason: str) -> None:
    """End all active sign-ups of whole parties. Two queries, however many."""
    SignUp.objects.filter(pk__in=[row.pk for row in rows]).update(status=status, reason=reason, offered_until=None)
    Party.objects.filter(pk__in={row.party_id for row in rows}).update(size=0, outside=0, returning=0)


def refuse_rest(now: datetime) -> int:
    """After closing: end the wait of those who got no place, and tell them. Return how many sign-ups ended."""
    over = Session.objects.scheduled().filter(closes_at__lte=now, waiting_parties__gt=0)
    return sum(_refuse_in(session_id, now) for session_id in over.order_by("pk").values_list("pk", flat=True))


@retried
def _refuse_in(session_id: int, now: datetime) -> int:
    with transaction.atomic():
        session = lock(Session, session_id)
        if session.closes_at > now:
            return 0  # moved to a later time since
        return end_waits(session, now=now, by=clock("activities.sweep"))


def end_waits(session: Session, *, now: datetime, by: Acting) -> int:
    """End every wait for a locked session whose sign-up is over."""
    waits = list(SignUp.objects.waiting().filter(session=session).select_related("party").order_by("pk"))
    parties = parties_of(waits)
    end_whole(waits, status=SignUp.Status.REFUSED, reason=CLOSED_FULL)
    places.leave_queue(session, len(parties))
    before, after = SignUp.Status.WAITING, SignUp.Status.REFUSED
    log.sign_ups_changed(waits, by, verb="refuse", before=before, after=after, now=now)
    cause = f"no_place_left:{session.pk}"
    messages.tell(parties, kind="no_place_left", cause=cause, session=session, now=now, urgent=True)
    return len(waits)


def fill_all(now: datetime) -> int:
    """Fill every session where families wait and a place is free. Return how many parties got one."""
    by = clock("activities.sweep")
    rows = Session.objects.open_for_sign_up(now).filter(waiting_parties__gt=0, taken__lt=F("capacity"))
    return sum(len(fill(pk, now=now, by=by)) for pk in rows.order_by("pk").values_list("pk", flat=True))
