"""Sessions with a crew, and their shifts, for tests. Starts on Saturday 28 November 2026 at 09:30 in Tianjin."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from activities.models import CrewAssignment, Session
from catalog.models import Programme
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.catalog import make_programme
from tests.factories.organisations import make_member, make_region
from tests.factories.safeguarding import make_cleared
from users.models import User
from volunteering import assignments, shifts
from volunteering.models import Assignment, Shift

STARTS = datetime(2026, 11, 28, 1, 30, tzinfo=UTC)
ENDS = STARTS + timedelta(minutes=90)


def make_helped_session(programme: Programme | None = None, *, starts_at: datetime = STARTS, **fields: Any) -> Session:
    """A scheduled session whose only crew is its lead."""
    programme = programme or make_programme()
    version = programme.current_version
    assert version is not None
    fields = {"capacity": 24, "ceiling": 24, "address": "示范路1号", "contact_phone": "022-12345678", **fields}
    session = Session.objects.create(
        provider=programme.provider,
        version=version,
        region=make_region(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=90),
        opens_at=starts_at - timedelta(days=30),
        opens_to_all_at=starts_at - timedelta(days=3),
        closes_at=starts_at - timedelta(hours=2),
        **fields,
    )
    lead = make_member(programme.provider, "coordinator", user=make_cleared())
    CrewAssignment.objects.create(
        session=session,
        membership=lead.user.memberships.get(),
        user=lead.user,
        is_lead=True,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
    )
    return session


def lead_of(session: Session) -> Acting:
    """The coordinator who leads the session."""
    crew = session.crew.get(is_lead=True)
    return Acting(user=crew.user, organisation=session.provider, roles=frozenset({"coordinator"}))


def make_shift(session: Session | None = None, *, now: datetime = NOW, **fields: Any) -> Shift:
    """A shift with two places that reports to the session's lead."""
    session = session or make_helped_session()
    lead = session.crew.get(is_lead=True)
    fields = {"title": "签到引导", "title_en": "Welcome desk", "places": 2, **fields}
    return shifts.open_shift(session, reports_to=lead.membership, by=lead_of(session), now=now, **fields)


def make_assignment(shift: Shift | None = None, user: User | None = None, *, now: datetime = NOW) -> Assignment:
    """A cleared volunteer who joined the shift."""
    user = user or make_cleared()
    return assignments.join(
        (shift or make_shift()).pk,
        by=Acting(user=user),
        now=now,
        emergency_contact="王女士 13800000000",
        submission_id=uuid.uuid4(),
    )
