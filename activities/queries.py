"""Questions that pages and higher apps ask about sessions, sign-ups, rosters and reviews."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import BigIntegerField, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from activities import handover
from activities.models import (
    Attendance,
    CrewAssignment,
    Party,
    Review,
    ReviewInvitation,
    RosterAccess,
    Session,
    SessionHistory,
    SignUp,
    SignUpHistory,
)
from activities.models.review import EDITABLE_FOR
from activities.models.session import has_room
from catalog.models import Programme
from core.calendars import Entry
from core.prepared import Prepared
from core.time import at, today
from organisations.acting import Acting
from organisations.models import Organisation, Region
from people.models import Child, Guardian, PickUpPerson
from people.queries import guardians_of
from safeguarding import clearance, consents
from safeguarding.models import Consent, HealthNote, Purpose
from users.models import User

WEEK = timedelta(days=7)
BESIDE = 6  # other dates shown beside a full one
_CREW = Prepared(
    lambda session: CrewAssignment.objects.active().filter(session=session).order_by("pk"), session=BigIntegerField()
)


def this_week(now: datetime, region: Region | None = None, *, only_with_places: bool = False) -> QuerySet[Session]:
    """Return the sessions of the next seven days that families can sign up for; full ones come last, else by time."""
    rows = Session.objects.open_for_sign_up(now).filter(starts_at__lt=now + WEEK)
    if region:
        rows = rows.filter(region__lineage__startswith=region.lineage)
    if only_with_places:
        rows = rows.filter(has_room(now))
    return rows.with_card_data().room_first(now)


def upcoming(programme: Programme, now: datetime, limit: int = 8) -> list[Session]:
    """Return the programme's next sessions. One query."""
    rows = Session.objects.upcoming(now).filter(version__programme=programme)
    return list(rows.with_card_data().order_by("starts_at", "pk")[:limit])


def with_room_of(programme_id: int, now: datetime, limit: int = BESIDE + 1) -> list[Session]:
    """Return the programme's sessions where some family may get a place now, the soonest first. One query."""
    rows = Session.objects.open_for_sign_up(now).filter(has_room(now), version__programme=programme_id)
    return list(rows.select_related("region", "venue").order_by("starts_at", "pk")[:limit])


def dates_to_choose(session: Session, children: Iterable[Child], now: datetime) -> list[Session]:
    """Return the dates of the session's series that take sign-ups, each with ``ours``: how many of the children it has.

    One query; none where the session stands alone.
    """
    if session.series is None:
        return []
    own = SignUp.objects.active().filter(session=OuterRef("pk"), child__in=list(children)).order_by()
    counted = own.values("session").annotate(n=Count("pk")).values("n")
    ours = Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))
    rows = Session.objects.of_series(session).open_for_sign_up(now).annotate(ours=ours)
    return list(rows.select_related("region").order_by("starts_at", "pk"))


def crew_of(session_id: int) -> list[int]:
    """Return the users on duty in a session. One query."""
    return [row.user_id for row in _CREW.rows(session=session_id)]


def are_cleared(users: Sequence[int], on: date) -> bool:
    """Tell whether there are any and all of them pass the gate on that date. One query."""
    answers = clearance.of_workers(users, on)
    return bool(users) and all(answers[pk].ok for pk in users)


def own_parties(session: Session, by: Acting) -> list[Party]:
    """Return the parties in this session that the person answers for, each with ``rows``, its active sign-ups."""
    if by.user is None:
        return []
    rows = SignUp.objects.visible_to(by).active().filter(session=session).select_related("party", "child")
    groups: dict[int, Party] = {}
    for row in rows.order_by("pk"):
        party = groups.setdefault(row.party_id, row.party)
        party.rows = [*getattr(party, "rows", []), row]  # type: ignore[attr-defined]
    return list(groups.values())


def sign_ups_of(children: Iterable[Child]) -> QuerySet[SignUp]:
    """Return the active sign-ups of some children, the soonest session first, with what a row shows."""
    rows = SignUp.objects.active().filter(child__in=list(children))
    return rows.select_related(
        "child", "party", "session__version__programme", "session__version__theme", "session__venue", "session__region"
    ).order_by("starts_at", "pk")


def to_review(by: Acting, now: datetime) -> QuerySet[SignUp]:
    """Return what the person's children attended and nobody of the family has rated yet, newest first."""
    rows = SignUp.objects.visible_to(by).checked_in().filter(ends_at__lte=now, reviews__isnull=True)
    return rows.select_related("child", "session__version__theme").order_by("-starts_at")


def asked_to_review(by: Acting, now: datetime) -> QuerySet[ReviewInvitation]:
    """Return the invitations that the person can still answer, or whose answer they can change, soonest first."""
    rows = ReviewInvitation.objects.filter(user=by.user).exclude(session__status=Session.Status.CANCELLED)
    rows = rows.filter(Q(review=None) | Q(review__created_at__gte=now - EDITABLE_FOR))
    rows = rows.select_related("review", "session__version", "session__venue")
    return rows.order_by("session__starts_at", "pk")[:20]


def sessions_of_crew(by: Acting, now: datetime) -> QuerySet[Session]:
    """Return the sessions that the person is on duty in, from three days ago on, soonest first."""
    mine = CrewAssignment.objects.active().filter(user=by.user).values("session_id")
    rows = Session.objects.not_cancelled().filter(pk__in=mine, ends_at__gt=now - timedelta(days=3))
    return rows.with_card_data().order_by("starts_at", "pk")


def on_day(now: datetime, days_ahead: int) -> tuple[datetime, datetime]:
    """Return from when to when a day of the city lasts."""
    day: date = today(now) + timedelta(days=days_ahead)
    midnight = at(day, datetime.min.time())
    return midnight, at(day + timedelta(days=1), datetime.min.time())


@dataclass(frozen=True)
class RosterRow:
    """One line of the check-in list."""

    sign_up: SignUp
    name: str
    age: int
    phone_end: str
    by_office: bool
    status: str
    marked_at: datetime | None
    walk_in: bool
    has_note: bool
    no_photo: bool
    hands_over: bool
    handed_over_at: datetime | None
    handed_over_to: str

    @property
    def waits_for_pick_up(self) -> bool:
        """Whether the child is here and somebody has to fetch it."""
        return self.hands_over and self.status == Attendance.Status.PRESENT and self.handed_over_at is None


def roster(session: Session, *, by: Acting | None = None) -> list[RosterRow]:
    """Return the confirmed children of a session with their names, for staff on duty. Two queries, one now and then.

    Every list says whom no photo may show: all but those for whom photos were agreed to, as it stands today.
    The caller asks ``policies.may_see_roster`` first and logs the look afterwards. ``by`` names who looks at a page of
    the list: who is on duty reads that there is a health note, never what it says. Lists that leave the site know none.
    """
    rows = SignUp.objects.confirmed().filter(session=session).annotate(has_note=_has_note(session, by))
    rows = rows.select_related("child", "party__guardian", "attendance__collected_by_guardian")
    found = list(rows.order_by("child__name", "pk"))
    answers = consents.standing([row.child for row in found], today(timezone.now()))
    return [_roster_row(session, row, answers[row.child_id][Purpose.PHOTO]) for row in found]


def _has_note(session: Session, by: Acting | None) -> Q | Value:
    """Return the question whether a live health note stands for the child, as ``policies.is_crew`` lets it be seen."""
    if by is None or by.user is None or not by.is_for(session.provider_id):
        return Value(value=False)
    on_duty = CrewAssignment.objects.active().filter(session=session, user=by.user)
    notes = HealthNote.objects.live(today(timezone.now())).filter(child=OuterRef("child"))
    return Exists(notes) & Exists(on_duty)


def health_note(sign_up: SignUp, now: datetime) -> HealthNote | None:
    """Return the child's note for staff on duty, if there is one. The caller asks the policy and logs the look."""
    return HealthNote.objects.live(today(now)).filter(child=sign_up.child_id).first()


def _roster_row(session: Session, row: SignUp, photos: Consent | None) -> RosterRow:
    mark = row.attendance if hasattr(row, "attendance") else None
    is_marked = mark is not None and mark.status != Attendance.Status.VOIDED
    guardian = row.party.guardian
    return RosterRow(
        sign_up=row,
        name=row.child.name,
        age=row.child.age(today(session.starts_at)),
        phone_end=guardian.phone[-4:] if guardian else "",
        by_office=row.party.on_behalf_of_id is not None,
        status=mark.status if mark and is_marked else "",
        marked_at=mark.at if mark and is_marked else None,
        walk_in=mark.walk_in if mark else False,
        has_note=row.has_note,  # type: ignore[attr-defined]
        no_photo=photos is None or not photos.is_standing,
        hands_over=handover.is_due(session, row.child),
        handed_over_at=mark.checked_out_at if mark else None,
        handed_over_to=(mark.collected_by or str(mark.collected_by_guardian)) if mark and mark.checked_out_at else "",
    )


def whom_to_call(child: Child, on: date) -> list[tuple[str, str, str]]:
    """Return whom to call when something happens to a child: name, what they are to it, phone in E.164. Two queries.

    Who answers for it comes first, then whom the family named, then a youth's own number; whoever has no number is
    left out. The caller asks the policy and logs the look.
    """
    youth = child.user
    people = [*who_may_fetch(child, on), *([youth] if youth else [])]
    said = {Guardian: gettext("guardian"), PickUpPerson: gettext("named by the family"), User: gettext("the youth")}
    return [(str(one), said[type(one)], one.phone) for one in people if one.phone]


def who_may_fetch(child: Child, on: date) -> list[Guardian | PickUpPerson]:
    """Return who may fetch the child: who answers for it, then whom the family named. Two queries."""
    return [*guardians_of(child, on), *child.pick_up_persons.order_by("slot")]


def published_reviews(programme: Programme, limit: int = 5) -> list[Review]:
    """Return the newest visible reviews with words, of all kinds. One query."""
    rows = Review.objects.visible().filter(session__version__programme=programme).exclude(text="")
    return list(rows.select_related("session__region", "office").order_by("-created_at", "-pk")[:limit])


def distribution(programme: Programme) -> dict[int, int]:
    """Return how many gave each mark from 1 to 5, one vote per child. One query."""
    rows = Review.objects.votes().filter(session__version__programme=programme)
    counted = dict(rows.values_list("mark").annotate(n=Count("pk")))
    return {mark: counted.get(mark, 0) for mark in range(1, 6)}


def held(session_ids: Iterable[int]) -> set[int]:
    """Return which of the sessions were held: closed, with at least one person checked in. One query."""
    rows = Session.objects.filter(pk__in=list(session_ids), status=Session.Status.CLOSED)
    return set(rows.filter(sign_ups__attendance__status="present").values_list("pk", flat=True).distinct())


def attendance_counts(session_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Return for each session how many were confirmed and how many of them were there. One query."""
    rows = SignUp.objects.confirmed().filter(session__in=list(session_ids)).values("session_id")
    counted = rows.annotate(n=Count("pk"), there=Count("pk", filter=Q(attendance__status="present")))
    return {row["session_id"]: (row["n"], row["there"]) for row in counted}


def as_entry(session: Session) -> Entry:
    """Return the session as a calendar shows it: the programme and the place, never who comes."""
    return Entry(
        key=f"session-{session.pk}",
        title=session.version.title_local,
        place=session.place,
        path=reverse("activities:session", args=[session.pk]),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        sequence=session.sequence,
        changed_at=session.changed_at,
        is_cancelled=session.status == Session.Status.CANCELLED,
    )


def in_calendar_of(user: User, children: QuerySet[Child], since: datetime) -> QuerySet[Session]:
    """Return the sessions that end after a moment in which children have a place or the person is on duty.

    One that was called off stays, if they had a place or a duty until then. One query.
    """
    had_place = SignUpHistory.objects.filter(sign_up=OuterRef("pk"), verb="cancel_session", before="confirmed")
    sign_ups = SignUp.objects.filter(child__in=children).filter(Q(status="confirmed") | Exists(had_place))
    called_off = SessionHistory.objects.filter(session=OuterRef("session"), verb="cancel", at=OuterRef("removed_at"))
    crew = CrewAssignment.objects.filter(user=user).filter(Q(removed_at__isnull=True) | Exists(called_off))
    mine = Q(pk__in=sign_ups.values("session_id")) | Q(pk__in=crew.values("session_id"))
    return Session.objects.filter(mine, ends_at__gt=since).with_card_data().order_by("starts_at", "pk")


def looks_at(child: Child) -> QuerySet[RosterAccess]:
    """Return every look at a list on which the child's name was shown, the latest first.

    Looks from before each one said whose names it showed count for every child that had a place there by then. Those
    at families are searched among the offices that registered the child's, and the Leagues, since the child is
    recorded here; a League's stay though the child has moved away. Three queries before the looks are read; of other
    children's only the numbers are, and where the database can search them none.
    """
    places = dict(SignUp.objects.filter(child=child).values_list("session_id", "created_at"))
    offices = set(Guardian.objects.filter(guardianships__child=child).values_list("registered_by", flat=True))
    offices = {pk for pk in {*offices, child.registered_by_id} if pk}
    outside = Q(on_behalf_of__in=offices) | Q(on_behalf_of__kind=Organisation.Kind.LEAGUE)
    kept = Q(session__in=places) | (Q(purpose__in=RosterAccess.OUTSIDE, at__gte=child.created_at) & outside)
    rows = RosterAccess.objects.filter(kept)
    if connection.features.supports_json_field_contains:
        rows = rows.filter(Q(shown__contains=child.pk) | Q(shown__isnull=True))
    facts = rows.values_list("pk", "shown", "count", "session_id", "at").iterator()
    found = [
        pk
        for pk, shown, count, session, at in facts
        if child.pk in (shown or ()) or (shown is None and count and session in places and places[session] <= at)
    ]
    looks = RosterAccess.objects.filter(pk__in=found).order_by("-at", "-pk")
    return looks.select_related("viewer", "on_behalf_of", "session__version")
