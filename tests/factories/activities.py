"""Sessions, crews and sign-ups for tests. The usual session is on Saturday 28 November 2026, 09:30 in Tianjin."""

import uuid
from datetime import datetime, timedelta

from activities import checkin, scheduling, signups
from activities.models import Party, Session, SignUp
from organisations.acting import Acting, acting_for, clock
from organisations.models import Membership, Organisation, Region
from people.models import Child, Guardian
from tests.conftest import NOW
from tests.factories.catalog import make_programme
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_guardian
from tests.factories.safeguarding import make_cleared, make_consent

STARTS_AT = datetime.fromisoformat("2026-11-28T09:30+08:00")
OPENED_AT = NOW - timedelta(days=7)
BY = clock("test")


def make_session(
    *,
    capacity: int = 2,
    provider: Organisation | None = None,
    region: Region | None = None,
    starts_at: datetime = STARTS_AT,
    minutes: int = 90,
    crew: list[tuple[int, bool]] | None = None,
    version=None,
    programme: dict | None = None,
    now: datetime = OPENED_AT,
    **fields,
) -> Session:
    """A session that is open for sign-up on the tests' day."""
    provider = provider or make_organisation("provider")
    if version is None:
        manager = make_member(provider, "manager")
        version = make_programme(by=manager, **(programme or {})).current_version
    fields = {"office": None, "venue": None, "address": "示范路1号", "reserved": 0, **fields}
    return scheduling.open_session(
        version=version,
        provider=provider,
        region=region or make_region("瑞景街道"),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        capacity=capacity,
        crew=crew or [],
        by=BY,
        now=now,
        **fields,
    )


def make_crew_member(provider: Organisation, role: str = "coordinator") -> Membership:
    """A social worker of the provider who passed the gate."""
    acting = make_member(provider, role, user=make_cleared())
    return Membership.objects.get(user=acting.user, organisation=provider, role=role)


def acting(member: Membership) -> Acting:
    """The member acting for their organisation."""
    return acting_for(member.user, member.organisation, member.role)


def make_family(children: int = 1, *, guardian: Guardian | None = None, **fields) -> tuple[Guardian, list[Child]]:
    """A guardian who agreed to the sign-up of each child."""
    guardian = guardian or make_guardian()
    rows = [make_child(guardian, **fields) for _ in range(children)]
    for child in rows:
        make_consent(child, guardian)
    return guardian, rows


def make_past(session: Session, *, capacity: int = 2) -> Session:
    """An earlier session of the same programme, a week before the tests' day."""
    began, opened = NOW - timedelta(days=7), NOW - timedelta(days=14)
    same = {"version": session.version, "provider": session.provider, "region": session.region}
    return make_session(capacity=capacity, starts_at=began, now=opened, **same)


def come(past: Session, guardian: Guardian, children: list[Child], status: str = "present") -> list[SignUp]:
    """The children signed up for the past session, and were marked on its list."""
    party = sign_up(past, guardian, children, now=past.opens_at)
    rows = list(party.sign_ups.order_by("pk"))
    checkin.bulk_mark([(row, status) for row in rows], by=BY, now=past.starts_at)
    return rows


def make_returning(session: Session, children: int = 1, **fields) -> tuple[Guardian, list[Child]]:
    """A family whose children were checked in at the session's programme before."""
    guardian, rows = make_family(children, **fields)
    come(make_past(session, capacity=children), guardian, rows)
    return guardian, rows


def by_guardian(guardian: Guardian) -> Acting:
    """The guardian acting for their family."""
    return Acting(user=guardian.user)


def sign_up(session: Session, guardian: Guardian, children: list[Child], *, now: datetime = NOW) -> Party:
    """The guardian signs the children up."""
    return signups.sign_up(
        session.pk,
        children=children,
        guardian=guardian,
        by=by_guardian(guardian),
        now=now,
        submission_id=uuid.uuid4(),
    )


def make_party(session: Session, size: int = 1, *, now: datetime = NOW, **child) -> Party:
    """A family of its own, signed up: with places, or waiting."""
    guardian, children = make_family(size, **child)
    return sign_up(session, guardian, children, now=now)


def make_sign_up(session: Session, *, now: datetime = NOW, **child) -> SignUp:
    """One child of a family of its own, signed up."""
    return make_party(session, now=now, **child).sign_ups.get()


def statuses(party: Party) -> list[str]:
    """The statuses of the party's sign-ups, oldest first."""
    return list(party.sign_ups.order_by("pk").values_list("status", flat=True))
