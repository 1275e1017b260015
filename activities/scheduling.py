"""Opening sessions: the venue and the crew are locked, clashes are refused by name, the crew passes the gate."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from activities import adults, bookings, cards
from activities.models import CrewAssignment, Session, SessionHistory
from activities.models.session import CLOSES_BEFORE_START, OPENS_TO_ALL_BEFORE_CLOSING
from activities.signals import crew_named
from catalog.models import ProgrammeVersion
from core.errors import DomainError
from core.formats import period_text
from core.inserting import insert
from core.time import today
from organisations.acting import Acting
from organisations.models import Membership, Organisation, Region, Venue
from safeguarding import clearance
from users.models import User

CREW_ROLES = (Membership.Role.MANAGER, Membership.Role.COORDINATOR)


class VenueTaken(DomainError):
    """Another session is in that room at that time."""


class CrewTaken(DomainError):
    """Somebody of the crew runs another session at that time."""


class NotOfProvider(DomainError):
    """Somebody named for the crew is no social worker of the provider on that day."""


class BadTimes(DomainError):
    """The session would lie in the past or end before it starts."""


class BadPlaces(DomainError):
    """A session needs at least one place, and not more reserved or kept for first-timers than there are."""


@dataclass(frozen=True)
class Clash:
    """A booking that stands in the way: of a venue, or of a person of the crew."""

    session: Session
    venue: Venue | None = None
    membership: Membership | None = None

    @property
    def sentence(self) -> str:
        """Who or what is taken, and when."""
        what = self.venue or (self.membership.user if self.membership else "")
        when = period_text(self.session.starts_at, self.session.ends_at)
        return _("%(what)s is taken %(when)s. Choose another time.") % {"what": what, "when": when}


@dataclass(frozen=True)
class SessionPlan:
    """What a session is opened from. ``crew`` names memberships of the provider and who of them leads.

    ``series`` is the same for dates that were ordered together.
    """

    version: ProgrammeVersion
    provider: Organisation
    region: Region
    starts_at: datetime
    ends_at: datetime
    capacity: int
    office: Organisation | None = None
    venue: Venue | None = None
    address: str = ""
    reserved: int = 0
    first_timers: int = 0
    crew: Sequence[tuple[int, bool]] = ()
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    opens_to_all_at: datetime | None = None
    contact_phone: str = ""
    series: UUID | None = None

    @property
    def membership_ids(self) -> list[int]:
        """The crew."""
        return [pk for pk, _is_lead in self.crew]


def clashes(
    *,
    venue_id: int | None,
    membership_ids: Iterable[int],
    starts_at: datetime,
    ends_at: datetime,
    exclude_session: Session | None = None,
) -> list[Clash]:
    """Return what stands in the way of a session at that time: venue first, then people. Two queries at most."""
    found = []
    own = exclude_session.pk if exclude_session else 0
    if venue_id is not None:
        held = Session.objects.not_cancelled().overlapping(starts_at, ends_at).filter(venue=venue_id).exclude(pk=own)
        found += [Clash(session=row, venue=row.venue) for row in held.select_related("venue").order_by("starts_at")]
    people = {row.user_id: row for row in Membership.objects.filter(pk__in=list(membership_ids)).select_related("user")}
    if people:
        busy = CrewAssignment.objects.active().filter(user__pk__in=people, starts_at__lt=ends_at, ends_at__gt=starts_at)
        rows = busy.exclude(session=own).select_related("session").order_by("starts_at")
        found += [Clash(session=row.session, membership=people[row.user_id]) for row in rows]
    return found


@dataclass(frozen=True)
class NewTime:
    """A session, in its own venue with its own crew, at another time."""

    session: Session
    starts_at: datetime
    ends_at: datetime


def clashes_of(wanted: Sequence[NewTime], crew: Iterable[CrewAssignment]) -> list[list[Clash]]:
    """Return what stands in the way of each, as ``clashes`` would. Two queries, however many.

    ``crew`` is who is on duty in the sessions, with their memberships and people loaded.
    """
    if not wanted:
        return []
    people: dict[int, dict[int, Membership]] = defaultdict(dict)
    for row in crew:
        people[row.session_id][row.user_id] = row.membership
    start, end = min(one.starts_at for one in wanted), max(one.ends_at for one in wanted)
    around = Session.objects.not_cancelled().overlapping(start, end)
    held = around.filter(venue__in={one.session.venue_id for one in wanted} - {None}).select_related("venue")
    on_duty = CrewAssignment.objects.active().filter(starts_at__lt=end, ends_at__gt=start)
    busy = on_duty.filter(user__in={pk for found in people.values() for pk in found}).select_related("session")
    rooms, duties = list(held.order_by("starts_at", "pk")), list(busy.order_by("starts_at", "pk"))
    return [
        [Clash(session=row, venue=row.venue) for row in rooms if row.venue_id == own.venue_id and _meets(one, row)]
        + [
            Clash(session=row.session, membership=people[own.pk][row.user_id])
            for row in duties
            if row.user_id in people[own.pk] and _meets(one, row.session)
        ]
        for one in wanted
        for own in [one.session]
    ]


def _meets(one: NewTime, other: Session) -> bool:
    return other.pk != one.session.pk and other.starts_at < one.ends_at and other.ends_at > one.starts_at


def refuse_clashes(found: Sequence[Clash]) -> None:
    """Pass if nothing stands in the way.

    Raises:
        VenueTaken: the venue has another session then.
        CrewTaken: somebody of the crew has.
    """
    for clash in found:
        if clash.venue:
            raise VenueTaken(clash.sentence, field="venue")
        raise CrewTaken(clash.sentence, field="crew")


def open_session(
    *,
    version: ProgrammeVersion,
    provider: Organisation,
    region: Region,
    office: Organisation | None,
    starts_at: datetime,
    ends_at: datetime,
    venue: Venue | None,
    address: str,
    capacity: int,
    reserved: int,
    crew: list[tuple[int, bool]],
    by: Acting,
    now: datetime,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    opens_to_all_at: datetime | None = None,
    contact_phone: str = "",
    series: UUID | None = None,
    first_timers: int = 0,
) -> Session:
    """Open one session; see ``open_sessions`` for what may be refused."""
    plan = SessionPlan(
        version=version,
        provider=provider,
        region=region,
        office=office,
        starts_at=starts_at,
        ends_at=ends_at,
        venue=venue,
        address=address,
        capacity=capacity,
        reserved=reserved,
        first_timers=first_timers,
        crew=crew,
        opens_at=opens_at,
        closes_at=closes_at,
        opens_to_all_at=opens_to_all_at,
        contact_phone=contact_phone,
        series=series,
    )
    return open_sessions([plan], by=by, now=now)[0]


def open_sessions(plans: Iterable[SessionPlan], *, by: Acting, now: datetime) -> list[Session]:
    """Open sessions in one transaction, all or none: book venues and crew, open the sign-up.

    Sign-up opens now, closes two hours before the start, and kept places open to all 72 hours before closing, unless
    the plan says otherwise.

    Raises:
        BadTimes, BadPlaces: a plan makes no sense.
        TooFewAdults: crew and volunteers would be fewer than the programme's rule asks for.
        VenueTaken, CrewTaken: a clash, also between two of the plans.
        NotOfProvider, NotCleared: somebody of the crew may not be on duty that day.
    """
    with transaction.atomic():
        return open_in_transaction(plans, by=by, now=now)


def open_in_transaction(plans: Iterable[SessionPlan], *, by: Acting, now: datetime) -> list[Session]:
    """Open sessions as ``open_sessions`` does; a refusal has to undo the caller's transaction.

    Raises: as ``open_sessions``.
    """
    plans = [with_sign_up_times(plan, now) for plan in plans]
    for plan in plans:
        _check_sense(plan, now)
        adults.require_planned(plan.version, children=plan.capacity, crew=len(plan.crew))
    crew = lock_bookings(plans)
    _refuse_any_clash(plans, crew)
    _check_crew(plans, crew)
    sessions = [_build(plan, now) for plan in plans]
    on_duty = [
        [crew_row(session, crew[pk], is_lead=is_lead) for pk, is_lead in plan.crew]
        for session, plan in zip(sessions, plans, strict=True)
    ]
    for session, rows in zip(sessions, on_duty, strict=True):
        history = SessionHistory(session=session, verb="open", after=session.status, at=now, **by.history())
        insert(session, *rows, history)
    crew_named.send(CrewAssignment, rows=[row for rows in on_duty for row in rows])
    for programme_id in {plan.version.programme_id for plan in plans}:
        cards.refresh(programme_id, now=now)
    return sessions


def with_sign_up_times(plan: SessionPlan, now: datetime) -> SessionPlan:
    """Fill in when sign-up opens, when kept places open to all, and when sign-up closes."""
    opens_at = min(plan.opens_at or now, plan.starts_at)
    closes_at = max(opens_at, min(plan.closes_at or plan.starts_at - CLOSES_BEFORE_START, plan.starts_at))
    to_all = plan.opens_to_all_at or closes_at - OPENS_TO_ALL_BEFORE_CLOSING
    return replace(plan, opens_at=opens_at, closes_at=closes_at, opens_to_all_at=to_all)


def require_future(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Pass if a session at that time makes sense.

    Raises:
        BadTimes: it would end before it starts, or has begun already.
    """
    if ends_at <= starts_at:
        raise BadTimes(_("A session must end after it starts."), field="ends_at")
    if starts_at <= now:
        raise BadTimes(_("A session must start in the future."), field="starts_at")


def _check_sense(plan: SessionPlan, now: datetime) -> None:
    require_future(plan.starts_at, plan.ends_at, now)
    fits = all(0 <= kept <= plan.capacity for kept in (plan.reserved, plan.first_timers))
    if plan.capacity < 1 or not fits:
        raise BadPlaces(_("A session needs at least one place, and at most as many reserved ones."), field="capacity")


def lock_bookings(plans: Iterable[SessionPlan]) -> dict[int, Membership]:
    """Lock the venues, then the crew members, each in ascending order. Return the crew by membership."""
    plans = list(plans)
    bookings.hold_venues({plan.venue.pk for plan in plans if plan.venue})
    return bookings.lock_members({pk for plan in plans for pk in plan.membership_ids})


def _refuse_any_clash(plans: Sequence[SessionPlan], crew: dict[int, Membership]) -> None:
    """Refuse clashes with what is booked and among the plans. Two queries, however many plans."""
    start, end = min(plan.starts_at for plan in plans), max(plan.ends_at for plan in plans)
    known: dict[tuple[str, int], list[Session]] = defaultdict(list)
    for session in bookings.booked({plan.venue.pk for plan in plans if plan.venue}, start, end):
        known["venue", session.venue_id or 0].append(session)
    for row in bookings.on_duty({row.user_id for row in crew.values()}, start, end):
        known["crew", row.user_id].append(row.session)
    for plan in plans:
        mine = Session(starts_at=plan.starts_at, ends_at=plan.ends_at)
        wanted: list[tuple[tuple[str, int], Clash]] = []
        if plan.venue:
            wanted.append((("venue", plan.venue.pk), Clash(session=mine, venue=plan.venue)))
        members = [crew[pk] for pk in plan.membership_ids if pk in crew]
        wanted += [(("crew", row.user_id), Clash(session=mine, membership=row)) for row in members]
        for key, clash in wanted:
            in_the_way = [s for s in known[key] if s.starts_at < plan.ends_at and s.ends_at > plan.starts_at]
            refuse_clashes([replace(clash, session=session) for session in in_the_way])
            known[key].append(mine)


def _check_crew(plans: Sequence[SessionPlan], crew: dict[int, Membership]) -> None:
    on_duty: dict[date, dict[int, User]] = defaultdict(dict)
    for plan in plans:
        day = today(plan.starts_at)
        members = [crew.get(pk) for pk in plan.membership_ids]
        for member in members:
            require_of_provider(member, plan.provider, day)
        on_duty[day] |= {member.user_id: member.user for member in members if member}
    clearance.require_duties({day: people.values() for day, people in on_duty.items()})


def is_of_provider(member: Membership, provider: Organisation, day: date) -> bool:
    """Tell whether the membership lets its person run sessions of the provider on the day."""
    is_in_force = member.starts_on <= day and (member.ends_on is None or member.ends_on >= day)
    return member.organisation_id == provider.pk and member.role in CREW_ROLES and is_in_force


def require_of_provider(member: Membership | None, provider: Organisation, day: date) -> None:
    """Pass if the member may run sessions of the provider on the day.

    Raises:
        NotOfProvider: another organisation's, another role's, or not in force on that day.
    """
    if member is None or not is_of_provider(member, provider, day):
        who = str(member.user) if member else ""
        raise NotOfProvider(
            _("%(name)s is no social worker of the provider on that day.") % {"name": who}, field="crew"
        )


def _build(plan: SessionPlan, now: datetime) -> Session:
    assert plan.opens_at
    assert plan.closes_at
    assert plan.opens_to_all_at
    return Session(
        version=plan.version,
        provider=plan.provider,
        region=plan.region,
        office=plan.office,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        venue=plan.venue,
        address=plan.address or (plan.venue.address if plan.venue else ""),
        capacity=plan.capacity,
        ceiling=plan.capacity,
        reserved=plan.reserved,
        first_timers=plan.first_timers,
        opens_at=plan.opens_at,
        opens_to_all_at=plan.opens_to_all_at,
        closes_at=plan.closes_at,
        contact_phone=plan.contact_phone,
        series=plan.series,
        created_at=now,
    )


def crew_row(session: Session, member: Membership, *, is_lead: bool) -> CrewAssignment:
    """Return an unsaved assignment of the member to the session, at the session's time."""
    return CrewAssignment(
        session=session,
        membership=member,
        user_id=member.user_id,
        is_lead=is_lead,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
    )
