"""What must hold before an order is asked for or taken: each problem is a sentence with what to do."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Self

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities import adults
from activities.models import CrewAssignment, Session
from activities.models.session import CLOSES_BEFORE_START
from activities.scheduling import Clash
from catalog.models import Programme, ProgrammeContent
from core.errors import DomainError
from core.formats import daytime_text
from core.time import today
from orders.models import Order, PlannedSession
from organisations.models import Membership, Organisation

MAX_SESSIONS = 60
HORIZON = timedelta(days=366)
_CREW_ROLES = (Membership.Role.MANAGER, Membership.Role.COORDINATOR)


class Clashes(DomainError):
    """Crew or venue are taken at one of the times; each clash is a sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the clashes one by one for the page."""
        super().__init__(" ".join(problems))
        self.problems = list(problems)


class Problem(str):
    """A sentence, with the step, the session and the field where it can be put right."""

    __slots__ = ("field", "position", "step")
    step: str
    position: int
    field: str

    def __new__(cls, sentence: str, *, step: str = "", position: int = 0, field: str = "") -> Self:
        """Keep where the problem lies beside its sentence."""
        found = super().__new__(cls, sentence)
        found.step, found.position, found.field = step, position, field
        return found

    @property
    def anchor(self) -> str:
        """The id of the field on its step's page."""
        return f"id_form-{self.position - 1}-{self.field}" if self.position else f"id_{self.field}"


def trial_limit() -> int:
    """Return how many sessions an order to a provider in its trial stage may hold (``TRIAL_MAX_SESSIONS``)."""
    return settings.TRIAL_MAX_SESSIONS


def problems(order: Order, planned: Sequence[PlannedSession], *, now: datetime) -> list[Problem]:
    """Return what stands against submitting the order, in sentences; nothing if it can go. One query."""
    programme = Programme.objects.on_menu().select_related("current_version").filter(pk=order.programme_id).first()
    if programme is None or programme.current_version is None:
        sentence = _(
            "This programme is not on the menu any more. Choose another one; your dates are kept in this draft."
        )
        return [Problem(sentence)]
    found = written_problems(programme.current_version, order.provider, planned, order.group_size, now=now)
    found += opening_problems(order, planned, now=now)
    return list(dict.fromkeys(found))


def written_problems(
    version: ProgrammeContent,
    provider: Organisation,
    planned: Sequence[PlannedSession],
    group_size: int,
    *,
    now: datetime,
) -> list[Problem]:
    """Return what stands against what a clerk wrote, each at its field; the sessions need not be saved."""
    if not planned:
        return [Problem(_("Choose at least one date."), step="dates")]
    return [
        *_count_problems(provider, len(planned)),
        *_group_problems(version, group_size),
        *_date_problems(version, planned, group_size, now),
    ]


def group_problems(version: ProgrammeContent, planned: Sequence[PlannedSession], group_size: int) -> list[Problem]:
    """Return what stands against the size of the group: the programme's bounds, a venue that is too small."""
    too_small = [problem for one in planned for problem in _capacity_problems(one, group_size)]
    return [*_group_problems(version, group_size), *too_small]


def opening_problems(order: Order, planned: Sequence[PlannedSession], *, now: datetime | None = None) -> list[Problem]:
    """Return what stands against when sign-up opens; without ``now`` it may have passed, and opens at the approval."""
    opens_at = order.opens_at
    if opens_at is None or not planned:
        return []
    closes_at = min(one.starts_at for one in planned) - CLOSES_BEFORE_START
    to_all_at = closes_at - timedelta(days=order.keeps_days)
    sentence, until = "", closes_at
    if now is not None and today(opens_at) < today(now):
        sentence = _("Sign-up cannot open before today.")
    elif opens_at >= closes_at:
        sentence = _("Sign-up would open %(opens)s, but for the first session it closes %(until)s.")
    elif (order.reserve_places or order.first_timers) and opens_at >= to_all_at:
        sentence, until = _("Sign-up would open %(opens)s, but the kept places open to everybody %(until)s."), to_all_at
    words = {"opens": daytime_text(opens_at), "until": daytime_text(until)}
    return [Problem(sentence % words, step="details", field="opens_on")] if sentence else []


def date_problems(order: Order, planned: Sequence[PlannedSession], *, now: datetime) -> list[Problem]:
    """Return what stands against the dates and places of an order that was submitted, its opening of sign-up too."""
    assert order.version is not None  # frozen at submission
    found = [*_date_problems(order.version, planned, order.group_size, now), *opening_problems(order, planned)]
    return list(dict.fromkeys(found))


def late_answer(version: ProgrammeContent, planned: Sequence[PlannedSession], until: datetime) -> str:
    """Return a warning if the provider may answer after the last moment to approve; else nothing."""
    if not planned:
        return ""
    first = min(one.starts_at for one in planned)
    last = first - timedelta(days=version.lead_days)
    if until <= last:
        return ""
    sentence = _(
        "The provider may take until %(until)s to answer, but the first session is on %(first)s and the League has to "
        "approve by %(last)s; after that the order lapses. Agree by phone, or choose a later first date."
    )
    return sentence % {"until": daytime_text(until), "first": daytime_text(first), "last": daytime_text(last)}


def _count_problems(provider: Organisation, count: int) -> list[Problem]:
    found = []
    if count > MAX_SESSIONS:
        sentence = _("An order holds at most %(count)d sessions. Write a second one.")
        found.append(Problem(sentence % {"count": MAX_SESSIONS}, step="dates", field="count"))
    if provider.is_on_trial and count > trial_limit():
        sentence = ngettext(
            "%(provider)s is in its trial stage: an order may hold %(count)d session.",
            "%(provider)s is in its trial stage: an order may hold at most %(count)d sessions.",
            trial_limit(),
        )
        words = {"provider": provider, "count": trial_limit()}
        found.append(Problem(sentence % words, step="dates", field="count"))
    return found


def _group_problems(version: ProgrammeContent, group_size: int) -> list[Problem]:
    if version.min_group <= group_size <= version.max_group:
        return []
    sentence = _("The programme is for groups of %(low)d to %(high)d; you asked for %(count)d places a session.")
    words = {"low": version.min_group, "high": version.max_group, "count": group_size}
    return [Problem(sentence % words, step="details", field="group_size")]


def _date_problems(
    version: ProgrammeContent, planned: Sequence[PlannedSession], group_size: int, now: datetime
) -> list[Problem]:
    found = []
    for one in planned:
        found += _moment_problems(version, one, now)
        found += _place_problems(one)
        found += _capacity_problems(one, group_size)
    return found + _overlaps(planned)


def session_problems(one: PlannedSession, group_size: int, now: datetime) -> list[Problem]:
    """Return what stands against the date and place of one session. No query."""
    return [*_time_problems(one, now), *_place_problems(one), *_capacity_problems(one, group_size)]


def _time_problems(one: PlannedSession, now: datetime) -> list[Problem]:
    sentence = ""
    if one.starts_at <= now:
        sentence = _("Session %(number)d lies in the past.") % {"number": one.position}
    elif one.starts_at > now + HORIZON:
        sentence = _("Session %(number)d is more than a year ahead.") % {"number": one.position}
    return [Problem(sentence, step="dates", position=one.position, field="starts_on")] if sentence else []


def _moment_problems(version: ProgrammeContent, one: PlannedSession, now: datetime) -> list[Problem]:
    earliest = now + timedelta(days=version.lead_days)
    found = _time_problems(one, now)
    if found or one.starts_at > earliest:
        return found
    sentence = _("The provider needs %(days)d days of notice: no session can be before %(moment)s.")
    sentence %= {"days": version.lead_days, "moment": daytime_text(earliest)}
    return [Problem(sentence, step="dates", position=one.position, field="starts_on")]


def _place_problems(one: PlannedSession) -> list[Problem]:
    words = {"number": one.position, "venue": one.venue}
    if one.venue is None and not one.address.strip():
        sentence = _("Session %(number)d has no place: choose a venue or write an address.") % words
    elif one.venue is not None and not one.venue.is_active:
        sentence = _("Session %(number)d: the venue “%(venue)s” is not in use.") % words
    else:
        return []
    return [Problem(sentence, step="dates", position=one.position, field="venue")]


def _capacity_problems(one: PlannedSession, group_size: int) -> list[Problem]:
    if one.venue is None or one.venue.capacity >= group_size:
        return []
    sentence = _("Session %(number)d: the venue “%(venue)s” holds %(count)d people, fewer than the group.")
    words = {"number": one.position, "venue": one.venue, "count": one.venue.capacity}
    return [Problem(sentence % words, step="dates", position=one.position, field="venue")]


def crew_not_cleared() -> str:
    """Return what stands against a date on which somebody of the crew may not be with children: it names nobody."""
    return _("Somebody of the crew may not be with children on that day. The provider names somebody else first.")


def _overlap(one: PlannedSession, other: PlannedSession | Session | CrewAssignment) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _overlaps(planned: Sequence[PlannedSession]) -> list[Problem]:
    sentence = _("Sessions %(one)d and %(other)d overlap at the same venue.")
    return [
        Problem(
            sentence % {"one": one.position, "other": other.position},
            step="dates",
            position=other.position,
            field="starts_on",
        )
        for one, other in combinations(planned, 2)
        if one.venue_id is not None and one.venue_id == other.venue_id and _overlap(one, other)
    ]


def crew_problems(
    order: Order, planned: Sequence[PlannedSession], crew: Mapping[int, Sequence[tuple[int, bool]]]
) -> list[str]:
    """Return what stands against the named crew: too few, no lead, not theirs, in two places at once. One query."""
    assert order.version is not None  # frozen at submission
    ids = {membership_id for rows in crew.values() for membership_id, _lead in rows}
    known = Membership.objects.filter(pk__in=ids, organisation=order.provider_id).with_role(*_CREW_ROLES)
    members = {member.pk: member for member in known.select_related("user")}
    found = []
    for one in planned:
        rows = crew.get(one.position, ())
        words = {"number": one.position, "count": order.version.crew_size}
        if len(rows) < order.version.crew_size:
            sentence = ngettext(
                "Session %(number)d needs %(count)d social worker.",
                "Session %(number)d needs %(count)d social workers.",
                order.version.crew_size,
            )
            found.append(sentence % words)
        elif sum(is_lead for _id, is_lead in rows) != 1:
            found.append(_("Session %(number)d needs one person who leads it.") % words)
        elif (
            short := adults.shortage(order.version, children=order.group_size, crew=len(rows))
        ) and short not in found:
            found.append(short)
        if not all(_is_member_on(members.get(membership_id), one) for membership_id, _lead in rows):
            found.append(_("Session %(number)d: somebody is not a member of your organisation on that day.") % words)
    return found + _sent_twice(planned, crew, members)


def _is_member_on(member: Membership | None, planned: PlannedSession) -> bool:
    day = today(planned.starts_at)
    return member is not None and member.starts_on <= day and (member.ends_on is None or member.ends_on >= day)


def _sent_twice(
    planned: Sequence[PlannedSession],
    crew: Mapping[int, Sequence[tuple[int, bool]]],
    members: Mapping[int, Membership],
) -> list[str]:
    found = []
    for one, other in combinations(planned, 2):
        if not _overlap(one, other):
            continue
        people = [{members[pk].user for pk, _lead in crew.get(p.position, ()) if pk in members} for p in (one, other)]
        found += [
            _("%(name)s cannot be in sessions %(one)d and %(other)d: they overlap.")
            % {"name": person, "one": one.position, "other": other.position}
            for person in sorted(people[0] & people[1], key=str)
        ]
    return found


def people_of(crew: Mapping[int, Sequence[tuple[int, bool]]]) -> dict[int, Membership]:
    """Return the members who are named, by id. One query."""
    ids = {membership_id for rows in crew.values() for membership_id, _lead in rows}
    return {member.pk: member for member in Membership.objects.filter(pk__in=ids).select_related("user")}


def clashes(
    planned: Sequence[PlannedSession],
    crew: Mapping[int, Sequence[tuple[int, bool]]],
    members: Mapping[int, Membership] | None = None,
) -> list[str]:
    """Return who or what is taken at which of the times, in sentences. Two queries, three without ``members``."""
    start, end = min(one.starts_at for one in planned), max(one.ends_at for one in planned)
    around = Session.objects.not_cancelled().overlapping(start, end)
    rooms = around.filter(venue__in={one.venue_id for one in planned}).select_related("venue").order_by("starts_at")
    if members is None:
        members = people_of(crew)
    busy = CrewAssignment.objects.active().filter(starts_at__lt=end, ends_at__gt=start).select_related("session")
    busy = busy.filter(user__in={member.user_id for member in members.values()}).order_by("starts_at")
    booked, on_duty = list(rooms), list(busy)
    found = []
    for one in planned:
        people = {members[pk].user_id: members[pk] for pk, _lead in crew.get(one.position, ()) if pk in members}
        taken = [Clash(session=s, venue=s.venue) for s in booked if s.venue_id == one.venue_id and _overlap(one, s)]
        taken += [
            Clash(session=row.session, membership=people[row.user_id])
            for row in on_duty
            if row.user_id in people and _overlap(one, row)
        ]
        found += [_("Session %(number)d: %(clash)s") % {"number": one.position, "clash": c.sentence} for c in taken]
    return found


def refuse_clashes(planned: Sequence[PlannedSession], crew: Mapping[int, Sequence[tuple[int, bool]]]) -> None:
    """Raise ``Clashes`` if anybody or any venue is taken."""
    found = clashes(planned, crew)
    if found:
        raise Clashes(found)
