"""What ``verify`` asks about sessions, sign-ups, the waiting list, attendance and reviews."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from activities import cards, waiting
from activities.models import (
    Attendance,
    AttendanceHistory,
    CrewAssignment,
    Objection,
    ObjectionHistory,
    Party,
    Review,
    ReviewHistory,
    RosterAccess,
    Session,
    SessionHistory,
    SignUp,
    SignUpHistory,
    UploadedMark,
)
from activities.policies import ROSTER_FROM, ROSTER_UNTIL
from catalog.models import Programme
from core.invariants import Finding, Invariant, untold
from core.privacy import THREE_YEARS
from core.time import today
from organisations.models import Membership
from safeguarding import clearance
from safeguarding.models import Consent, ConsentText, Purpose

LIST_OPEN = timedelta(days=14)  # no list is open longer: a mark's look is at most so much older
SWEEP_GRACE = timedelta(minutes=5)  # the sweep runs each minute


def _lines(rows: QuerySet[Any], label: str) -> list[str]:
    return [f"{label} {pk}" for pk in rows.order_by("pk").values_list("pk", flat=True)]


def _per_session(rows: QuerySet[SignUp], what: str = "pk") -> dict[int, int]:
    counted = rows.values("session_id").annotate(n=Count(what, distinct=what != "pk"))
    return {row["session_id"]: row["n"] for row in counted}


def places() -> Finding:
    """A1: the counters tell what the rows tell, and nothing is taken beyond the ceiling."""
    held = _per_session(SignUp.objects.holding())
    outside = _per_session(SignUp.objects.holding().filter(is_outside=True))
    returning = _per_session(SignUp.objects.holding().filter(is_returning=True))
    waits = _per_session(SignUp.objects.waiting(), "party_id")
    breaches, checked = [], 0
    counters = ("taken", "taken_outside", "taken_returning", "waiting_parties")
    for row in Session.objects.only(*counters, "ceiling").order_by("pk").iterator():
        checked += 1
        told = tuple(getattr(row, name) for name in counters)
        true = tuple(found.get(row.pk, 0) for found in (held, outside, returning, waits))
        if told != true or row.taken > row.ceiling:
            breaches.append(f"session {row.pk}: counters {told}, rows {true}, ceiling {row.ceiling}")
    return Finding(checked, breaches)


def active_once() -> Finding:
    """A2: a child has at most one active sign-up for a session."""
    doubled = SignUp.objects.active().values("session_id", "child_id").annotate(n=Count("pk")).filter(n__gt=1)
    breaches = [f"session {row['session_id']}, child {row['child_id']}" for row in doubled]
    return Finding(SignUp.objects.active().count(), breaches)


def no_overlap() -> Finding:
    """A3: no child holds two places at one time, unless a session was moved there by a named person."""
    held = SignUp.objects.holding().filter(may_overlap=False)
    other = held.filter(
        child=OuterRef("child"), starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    ).exclude(pk=OuterRef("pk"))
    return Finding(held.count(), _lines(held.filter(Exists(other)), "sign-up"))


def nobody_lost() -> Finding:
    """A4: a party has its children, all confirmed, all offered or all waiting, and counts them rightly."""
    of_party = Q(sign_ups__status__in=SignUp.ACTIVE)
    rows = Party.objects.annotate(
        n=Count("sign_ups"),
        active=Count("sign_ups", filter=of_party),
        from_outside=Count("sign_ups", filter=of_party & Q(sign_ups__is_outside=True)),
        came_before=Count("sign_ups", filter=of_party & Q(sign_ups__is_returning=True)),
        kinds=Count("sign_ups__status", filter=of_party, distinct=True),
    )
    counted = Q(active=F("size"), from_outside=F("outside"), came_before=F("returning"))
    wrong = rows.filter(Q(n=0) | ~counted | Q(kinds__gt=1))
    return Finding(Party.objects.count(), _lines(wrong, "party"))


def cards_true() -> Finding:
    """A5: what the menu's cards say about places is what the sessions say, or will say within two seconds."""
    stale = cards.stale(timezone.now())
    wrong = sorted(set(stale) - cards.awaited(stale))
    return Finding(Programme.objects.count(), [f"programme {pk}" for pk in wrong])


def ceiling_follows() -> Finding:
    """A6: the ceiling is the capacity, or what was taken when it was lowered."""
    wrong = Session.objects.exclude(ceiling=Greatest("capacity", "taken"))
    return Finding(Session.objects.count(), _lines(wrong, "session"))


def offers_end() -> Finding:
    """A8: an offer ends at its deadline."""
    late = SignUp.objects.offered().filter(offered_until__lt=timezone.now() - SWEEP_GRACE)
    return Finding(SignUp.objects.offered().count(), _lines(late, "sign-up"))


def ranks() -> Finding:
    """B1: who waits has a rank that the session's counter gave, and no rank was given twice."""
    waits = SignUp.objects.waiting()
    wrong = waits.filter(Q(party__join_seq__isnull=True) | Q(party__join_seq__gt=F("session__join_counter")))
    doubled = Party.objects.filter(join_seq__isnull=False).values("session_id", "join_seq").annotate(n=Count("pk"))
    breaches = [f"session {row['session_id']}, rank {row['join_seq']}" for row in doubled.filter(n__gt=1)]
    return Finding(waits.count(), _lines(wrong, "sign-up") + breaches)


def nobody_left_behind() -> Finding:
    """B2: no waiting party that is eligible and fits, where places are free."""
    now = timezone.now()
    rows = Session.objects.open_for_sign_up(now).filter(waiting_parties__gt=0, taken__lt=F("capacity"))
    found = [party.pk for session in rows.order_by("pk") for party in waiting.left_behind(session, now=now)]
    return Finding(rows.count(), [f"party {pk}" for pk in found])


def promoted_once() -> Finding:
    """B3: nobody is promoted twice for one join; whoever comes back is a new row at the end."""
    rows = SignUpHistory.objects.filter(verb="promote").values("sign_up_id").annotate(n=Count("pk"))
    return Finding(rows.count(), [f"sign-up {row['sign_up_id']}" for row in rows.filter(n__gt=1)])


def promoted_in_time() -> Finding:
    """B4: nobody was promoted after closing; a session that was moved has new times and is not judged."""
    rows = SignUpHistory.objects.filter(verb="promote")
    late = rows.filter(at__gt=F("sign_up__session__closes_at"), sign_up__session__sequence=0)
    return Finding(rows.count(), _lines(late, "history of sign-ups"))


def offered_or_confirmed() -> Finding:
    """B5: offers stand in scheduled sessions only."""
    rows = SignUp.objects.filter(status__in=[SignUp.Status.OFFERED, SignUp.Status.WAITING])
    return Finding(rows.count(), _lines(rows.exclude(session__status=Session.Status.SCHEDULED), "sign-up"))


def consented() -> Finding:
    """G1: an under-14 was signed up on a guardian's standing consent to the text then in force."""
    texts = list(ConsentText.objects.filter(purpose=Purpose.SIGN_UP).order_by("required_from", "version"))
    rows = SignUp.objects.active()
    breaches: list[str] = []
    for i, text in enumerate(texts):
        until = texts[i + 1].required_from if i + 1 < len(texts) else None
        during = rows.filter(created_at__date__gte=text.required_from)
        during = during.filter(created_at__date__lt=until) if until else during
        given = Consent.objects.filter(
            Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=OuterRef("created_at")),
            child=OuterRef("child"),
            text__purpose=Purpose.SIGN_UP,
            text__version__gte=text.version,
            answer=Consent.Answer.GIVEN,
            guardian__isnull=False,
            at__lte=OuterRef("created_at"),
        )
        for row in during.filter(~Exists(given)).select_related("child").order_by("pk"):
            if not row.child.is_youth(today(row.created_at)):
                breaches.append(f"sign-up {row.pk}")  # noqa: PERF401  two conditions read better in a loop
    return Finding(rows.count(), breaches)


def looks_logged() -> Finding:
    """G5: whoever marked a child on a list has a logged look at that session's list, as long as looks are kept."""
    kept = timezone.now() - timedelta(days=THREE_YEARS.days or 0) + LIST_OPEN
    marks = AttendanceHistory.objects.filter(verb="mark", actor__isnull=False, at__gt=kept)
    looks = RosterAccess.objects.filter(session=OuterRef("attendance__sign_up__session"), viewer=OuterRef("actor"))
    wrong = marks.filter(~Exists(looks)).values_list("attendance__sign_up__session_id", "actor_id").distinct()
    return Finding(marks.count(), [f"session {session}, person {person}" for session, person in wrong.order_by()])


def crew_cleared() -> Finding:
    """H1: everybody on duty in a session to come passes the gate on its date."""
    rows = CrewAssignment.objects.active().filter(session__status=Session.Status.SCHEDULED, ends_at__gt=timezone.now())
    by_day: dict[Any, list[CrewAssignment]] = {}
    for row in rows.order_by("pk"):
        by_day.setdefault(today(row.starts_at), []).append(row)
    breaches = []
    for day, members in by_day.items():
        answers = clearance.of_workers([row.user_id for row in members], day)
        breaches += [f"crew assignment {row.pk}" for row in members if not answers[row.user_id].ok]
    return Finding(rows.count(), breaches)


def rated_by_attendees() -> Finding:
    """I1: attendee reviews are of children who had been checked in, and none is by the provider's own people."""
    marks = AttendanceHistory.objects.filter(attendance__sign_up=OuterRef("sign_up"))
    there = marks.filter(after=Attendance.Status.PRESENT, at__lte=OuterRef("created_at"))
    absent = Review.objects.of_attendees().filter(~Exists(there))
    own = Membership.objects.filter(user=OuterRef("author"), organisation=OuterRef("session__provider"))
    by_own = Review.objects.exclude(kind=Review.Kind.OFFICE).filter(
        Exists(own.filter(created_at__lte=OuterRef("created_at")))
    )
    return Finding(Review.objects.count(), _lines(absent | by_own, "review"))


def means_true() -> Finding:
    """I2: the card's sum and number of marks are those of the visible votes."""
    rows = list(Programme.objects.only("pk", "rating_sum", "rating_count").order_by("pk"))
    true = cards.votes([row.pk for row in rows])
    wrong = [row.pk for row in rows if (row.rating_sum, row.rating_count) != true.get(row.pk, (0, 0))]
    return Finding(len(rows), [f"programme {pk}" for pk in wrong])


def marked_rightly() -> Finding:
    """J1: who is marked holds a place, and nobody marked by hand outside the session's window."""
    rows = Attendance.objects.exclude(status=Attendance.Status.VOIDED)
    start = F("sign_up__starts_at")
    by_closing = AttendanceHistory.objects.filter(attendance=OuterRef("pk"), verb="close", at=OuterRef("at"))
    outside = Q(at__lt=start - ROSTER_FROM) | Q(at__gt=start + ROSTER_UNTIL)
    wrong = rows.filter(~Q(sign_up__status=SignUp.Status.CONFIRMED) | (outside & ~Exists(by_closing)))
    return Finding(rows.count(), _lines(wrong, "attendance"))


def uploads_rest_on_marks() -> Finding:
    """activities.uploads: a mark from a phone's queue belongs to its session's list and led to an attendance."""
    rows = UploadedMark.objects.all()
    wrong = rows.filter(~Q(session=F("sign_up__session")) | Q(sign_up__attendance__isnull=True))
    return Finding(rows.count(), _lines(wrong, "uploaded mark"))


def every_change_logged() -> Finding:
    """K1: the newest history row of each thing says the status that the thing has."""
    reviews = ReviewHistory.objects.values("review").annotate(last=Max("pk"))
    lost = Review.objects.exclude(pk__in=reviews.values("review"))
    breaches = (
        _lines(untold(Session.objects.all(), SessionHistory, "session"), "session")
        + _lines(untold(SignUp.objects.all(), SignUpHistory, "sign_up"), "sign-up")
        + _lines(untold(Attendance.objects.all(), AttendanceHistory, "attendance"), "attendance")
        + _lines(untold(Objection.objects.all(), ObjectionHistory, "objection"), "objection")
        + _lines(lost, "review")
    )
    counts: Iterable[int] = (model.objects.count() for model in (Session, SignUp, Attendance, Objection, Review))
    return Finding(sum(counts), breaches)


def times_agree() -> Finding:
    """L1: sessions end after they start, and what repeats their times repeats them rightly."""
    moved = ~Q(starts_at=F("session__starts_at")) | ~Q(ends_at=F("session__ends_at"))
    breaches = (
        _lines(Session.objects.filter(ends_at__lte=F("starts_at")), "session")
        + _lines(SignUp.objects.active().filter(moved), "sign-up")
        + _lines(CrewAssignment.objects.active().filter(moved), "crew assignment")
    )
    return Finding(Session.objects.count(), breaches)


INVARIANTS = [
    Invariant("A1", "Places taken are those of the rows and stay within the ceiling.", places),
    Invariant("A2", "A child has at most one active sign-up for a session.", active_once),
    Invariant("A3", "No child holds two places at one time.", no_overlap),
    Invariant("A4", "Nobody who signed up is lost.", nobody_lost),
    Invariant("A5", "The places shown on the menu are those of the sessions.", cards_true),
    Invariant("A6", "Lowering the capacity drops nobody.", ceiling_follows),
    Invariant("A8", "An offer ends at its deadline.", offers_end),
    Invariant("B1", "Ranks come from the session's counter, each once.", ranks),
    Invariant("B2", "No waiting family that fits is left without a free place.", nobody_left_behind),
    Invariant("B3", "Nobody is promoted twice for one join.", promoted_once),
    Invariant("B4", "Nobody is promoted after closing.", promoted_in_time),
    Invariant("B5", "No offer or wait outlives its session's sign-up.", offered_or_confirmed),
    Invariant("G1", "No under-14 without a guardian's standing consent.", consented),
    Invariant("G5", "Every look at a list of names is logged.", looks_logged),
    Invariant("H1", "Everybody on duty passes the gate on the session's date.", crew_cleared),
    Invariant("I1", "Only who was there rates, never the provider's own people.", rated_by_attendees),
    Invariant("I2", "The published mean is that of the visible marks.", means_true),
    Invariant("J1", "Who is marked holds a place.", marked_rightly),
    Invariant(
        "activities.uploads", "A mark from a phone's queue counts once, on its session's list.", uploads_rest_on_marks
    ),
    Invariant("K1", "Each state has its history row.", every_change_logged),
    Invariant("L1", "Times agree and end after they start.", times_agree),
]
