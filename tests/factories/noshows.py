"""Sessions that children missed, and the rule of a League about them."""

import uuid
from datetime import date, datetime, timedelta

from activities import lifecycle
from activities.models import NoShowRule, Objection, SignUp
from core.memory import forget
from organisations.acting import Acting, clock
from organisations.models import Organisation
from tests.conftest import NOW
from tests.factories.activities import make_session, sign_up
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.users import make_user


def make_rule(
    league: Organisation | None = None,
    *,
    valid_from: date = date(2026, 9, 1),
    misses: int = 2,
    within_days: int = 60,
    bar_days: int = 30,
) -> NoShowRule:
    """A rule that is in force since September: two misses within sixty days keep a child away for thirty."""
    row = NoShowRule.objects.create(
        league=league or make_organisation("league", region=make_region("北辰区")),
        valid_from=valid_from,
        misses=misses,
        within_days=within_days,
        bar_days=bar_days,
        made_by=make_user(),
        made_at=NOW,
    )
    forget()
    return row


def make_miss(guardian, child, *, days_ago: int = 10, by: Acting | None = None, by_clock: bool = False, **session):
    """The child was signed up two days before a session and did not come; a coordinator closed it. The sign-up."""
    starts_at = NOW - timedelta(days=days_ago)
    provider = session.pop("provider", None) or make_organisation("provider")
    row = make_session(provider=provider, starts_at=starts_at, now=starts_at - timedelta(days=5), **session)
    party = sign_up(row, guardian, [child], now=starts_at - timedelta(days=2))
    closer = clock("test") if by_clock else by or make_member(provider, "coordinator")
    lifecycle.close(row, by=closer, now=row.ends_at + timedelta(minutes=30))
    found: SignUp = party.sign_ups.select_related("attendance", "session", "child", "party").get()
    return found


def make_objection(sign_up: SignUp, *, now: datetime = NOW, status: str = "open", answer: str = "") -> Objection:
    """What a family says against an absence."""
    decided = {} if status == "open" else {"decided_by": make_user(), "decided_at": now, "answer": answer or "x"}
    return Objection.objects.create(
        attendance=sign_up.attendance,
        reason="Ill that day.",
        status=status,
        made_by=sign_up.party.submitted_by,
        made_at=now,
        submission_id=uuid.uuid4(),
        **decided,
    )
