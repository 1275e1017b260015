"""What must always hold of shifts and of everybody on duty."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q
from django.utils import timezone

from activities.models import CrewAssignment, Session, SignUpHistory
from core.invariants import Finding, Invariant
from core.privacy import TEN_YEARS
from core.time import today
from safeguarding import clearance
from volunteering import supervision
from volunteering.models import Assignment, AssignmentHistory, Shift
from volunteering.shifts import AROUND_SESSION

_CHUNK = 500
SWEEP_GRACE = timedelta(minutes=5)  # the sweep runs each minute


def one_place_per_volunteer_and_shift() -> Finding:
    """A2: nobody is twice in a shift."""
    rows = Assignment.objects.active().values("shift_id", "user_id").annotate(n=Count("pk")).filter(n__gt=1)
    breaches = [f"shift {row['shift_id']}: account {row['user_id']} has {row['n']} places" for row in rows]
    return Finding(checked=Assignment.objects.active().count(), breaches=breaches)


def places_taken_are_confirmed() -> Finding:
    """A1: a shift counts exactly its confirmed assignments, and never more than its places."""
    confirmed = Count("assignments", filter=Q(assignments__status=Assignment.Status.CONFIRMED))
    rows = Shift.objects.annotate(confirmed=confirmed).exclude(taken=F("confirmed"), confirmed__lte=F("places"))
    figures = rows.values_list("pk", "confirmed", "taken", "places")
    breaches = [f"shift {pk}: {n} confirmed, {taken} counted, {places} places" for pk, n, taken, places in figures]
    return Finding(checked=Shift.objects.count(), breaches=breaches)


def no_overlapping_shifts() -> Finding:
    """A3: nobody has two confirmed shifts at the same time, nor a shift while they run a session."""
    confirmed = Assignment.objects.confirmed()
    mine = Q(user__assignments__status=Assignment.Status.CONFIRMED, user__assignments__pk__gt=F("pk"))
    shared = Q(user__assignments__starts_at__lt=F("ends_at"), user__assignments__ends_at__gt=F("starts_at"))
    rows = confirmed.filter(mine & shared).values_list("pk", "user__assignments__pk")
    breaches = [f"assignments {a} and {b} overlap" for a, b in rows]
    runs = Q(user__crew__removed_at=None, user__crew__session__status=Session.Status.SCHEDULED)
    busy = Q(user__crew__starts_at__lt=F("ends_at"), user__crew__ends_at__gt=F("starts_at"))
    crew = confirmed.filter(runs & busy).order_by("pk").values_list("pk", "user__crew")
    breaches += [f"assignment {a} and crew assignment {b} overlap" for a, b in crew]
    return Finding(checked=confirmed.count(), breaches=breaches)


def _on_duty(*, since: datetime | None = None, until: datetime | None = None) -> Iterable[tuple[str, int, datetime]]:
    """Yield (what, account, start) of everybody who is or was on duty with children."""
    span = Q()
    if since:
        span &= Q(starts_at__gt=since)
    if until:
        span &= Q(starts_at__lte=until)
    crew = CrewAssignment.objects.active().exclude(session__status=Session.Status.CANCELLED).filter(span)
    for pk, user_id, start in crew.values_list("pk", "user_id", "starts_at").iterator():
        yield f"crew assignment {pk}", user_id, start
    helpers = Assignment.objects.confirmed().filter(span).exclude(checked_out_at__lte=F("starts_at"))
    for pk, user_id, start in helpers.values_list("pk", "user_id", "starts_at").iterator():
        yield f"assignment {pk}", user_id, start


def _cleared(rows: Iterable[tuple[str, int, datetime]], *, as_known_then: bool = False) -> Finding:
    """Ask the gate day by day; of what is past, as it was known when it began."""
    groups: dict[tuple[date, datetime | None], list[tuple[str, int]]] = defaultdict(list)
    for what, user_id, start in rows:
        groups[today(start), start if as_known_then else None].append((what, user_id))
    breaches, checked = [], 0
    for (day, known_at), people in groups.items():
        checked += len(people)
        ids = sorted({user_id for _, user_id in people})
        answers: dict[int, clearance.Clearance] = {}
        for i in range(0, len(ids), _CHUNK):
            answers |= clearance.of_workers(ids[i : i + _CHUNK], day, known_at=known_at)
        breaches += [f"{what}: not cleared on {day}" for what, user_id in people if not answers[user_id].ok]
    return Finding(checked=checked, breaches=breaches)


def shifts_lie_around_their_session() -> Finding:
    """L1: an open shift lies around its session, and its people's times are its own."""
    rows = Shift.objects.filter(status=Shift.Status.OPEN)
    early = Q(starts_at__lt=F("session__starts_at") - AROUND_SESSION)
    late = Q(ends_at__gt=F("session__ends_at") + AROUND_SESSION)
    breaches = [f"shift {pk}" for pk in rows.filter(early | late).order_by("pk").values_list("pk", flat=True)]
    torn = Assignment.objects.active().filter(~Q(starts_at=F("shift__starts_at")) | ~Q(ends_at=F("shift__ends_at")))
    breaches += [f"assignment {pk}" for pk in torn.order_by("pk").values_list("pk", flat=True)]
    return Finding(checked=rows.count(), breaches=breaches)


def everybody_was_cleared() -> Finding:
    """H1: whoever was on duty was cleared on the session's date, as long as that is kept."""
    now = timezone.now()
    return _cleared(_on_duty(since=now - timedelta(days=TEN_YEARS.days or 0), until=now), as_known_then=True)


def everybody_to_come_is_cleared() -> Finding:
    """H2: whoever is to be on duty is cleared on the session's date by what is known now."""
    return _cleared(_on_duty(since=timezone.now()))


def too_few_adults_are_told() -> Finding:
    """H4: where a session to come has too few adults, its provider was told; where it has enough, nobody fears so."""
    now = timezone.now()
    rows = list(supervision.with_rule(now).order_by("pk"))
    wrong = [row for row in rows if (row.__dict__["said"] == supervision.TOO_FEW) != bool(supervision.of(row).missing)]
    settled = [row for row in wrong if not _just_changed(row, now)]
    return Finding(checked=len(rows), breaches=[f"session {row.pk}: {supervision.of(row)}" for row in settled])


def _just_changed(row: Session, now: datetime) -> bool:
    """Tell whether something of the session changed after the last sweep, so that the next one will say it."""
    since = now - SWEEP_GRACE
    signed = SignUpHistory.objects.filter(sign_up__session=row, at__gt=since)
    return signed.exists() or AssignmentHistory.objects.filter(assignment__shift__session=row, at__gt=since).exists()


INVARIANTS = [
    Invariant("A1", "A shift counts exactly its confirmed volunteers.", places_taken_are_confirmed),
    Invariant("A2", "A volunteer has at most one place in a shift.", one_place_per_volunteer_and_shift),
    Invariant("A3", "A volunteer has no two shifts at the same time.", no_overlapping_shifts),
    Invariant("H1", "Whoever was on duty was cleared on the session's date.", everybody_was_cleared),
    Invariant("H4", "Too few adults for the children are told at once.", too_few_adults_are_told),
    Invariant("L1", "A shift lies around its session.", shifts_lie_around_their_session),
    Invariant("H2", "Whoever loses the clearance leaves future sessions at once.", everybody_to_come_is_cleared),
]
