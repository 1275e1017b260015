"""A stage for the surge: a small demo city, families with logins and consents, sessions to race for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from activities import scheduling
from activities.models import Session, SignUp
from marketplace.demo.build import seed
from organisations.acting import Acting, clock
from organisations.models import Region
from people.bulk import Family, add_families
from people.models import Child
from people.services import ChildFacts
from safeguarding import consents
from users.models import LoginSession, User
from users.sessions import SessionStore

BACKEND = "users.backends.AuthenticationBackend"
AGE = 10


@dataclass(frozen=True)
class Person:
    """A guardian with a login session and one child."""

    user_id: int
    cookie: str
    child_id: int


def log_in(users: list[User]) -> list[str]:
    """Return a real login session's key for each person."""
    store, until = SessionStore(), timezone.now() + timedelta(days=7)
    rows = []
    for user in users:
        data = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: BACKEND,
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        rows.append(
            LoginSession(session_key=uuid4().hex, session_data=store.encode(data), expire_date=until, user=user)
        )
    LoginSession.objects.bulk_create(rows, batch_size=500)
    return [row.session_key for row in rows]


def build_city(now: datetime) -> Session:
    """Build a small demo city in an empty database; return a session of it that takes ten-year-olds."""
    seed(seed=1, scale=0.03, now=now)
    fitting = Session.objects.filter(version__min_age__lte=AGE, version__max_age__gte=AGE, version__is_risky=False)
    return fitting.select_related("version", "provider", "region", "office").order_by("pk")[0]


def add_people(count: int, now: datetime) -> list[Person]:
    """Add families with a login, a child of ten and a consent, and log them in."""
    home = Region.objects.filter(level="village").order_by("code")[0]
    number = User.objects.count()
    users = User.objects.bulk_create(
        [User(email=f"surge{number + n}@bench.example", name=f"家长{n}", password="!") for n in range(count)],
        batch_size=500,
    )
    born = (now - timedelta(days=365 * AGE + 100)).date()
    families = [
        Family(
            name=user.name,
            phone=f"+86139{number + n:08d}",
            by=Acting(user=user),
            children=[(ChildFacts(f"孩子{user.pk}", born, home), uuid4())],
        )
        for n, user in enumerate(users)
    ]
    children = add_families(families, now=now)
    rows = Child.objects.filter(pk__in=[child.pk for child in children]).prefetch_related("guardianships__guardian")
    pairs = [(child, child.guardianships.all()[0].guardian) for child in rows]
    consents.answer_many(pairs, purpose="sign_up", given=True, now=now)
    consents.answer_many(pairs, purpose="photo", given=False, now=now)
    keys = log_in(users)
    return [Person(user.pk, key, child.pk) for user, key, child in zip(users, keys, children, strict=True)]


def open_sessions(like: Session, *, count: int, capacity: int, day: int, now: datetime) -> list[Session]:
    """Open sessions like one of the city's, so many days from now, an hour each after the other."""
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=day)
    plans = [
        scheduling.SessionPlan(
            version=like.version,
            provider=like.provider,
            region=like.region,
            office=like.office,
            starts_at=start + timedelta(hours=n),
            ends_at=start + timedelta(hours=n + 1),
            venue=None,
            address="北辰区示范路 1 号",
            capacity=capacity,
            reserved=0,
            crew=[],
        )
        for n in range(count)
    ]
    return scheduling.open_sessions(plans, by=clock("bench"), now=now)


@dataclass(frozen=True)
class Outcome:
    """What a surge left behind."""

    confirmed: int
    waiting: int
    oversold: int
    doubled: int
    lost: int


def outcome(sessions: list[Session], told: list[int]) -> Outcome:
    """Compare the rows with the counters and with the parties that people were told about."""
    pks = [session.pk for session in sessions]
    rows = SignUp.objects.filter(session__in=pks)
    held = rows.filter(status__in=SignUp.HOLDING)
    oversold = 0
    for session in Session.objects.filter(pk__in=pks):
        mine = held.filter(session=session).count()
        oversold += max(0, mine - session.capacity) + abs(mine - session.taken)
    active = list(rows.active().values_list("session_id", "child_id"))
    known = set(rows.values_list("party_id", flat=True))
    return Outcome(
        confirmed=held.count(),
        waiting=rows.waiting().count(),
        oversold=oversold,
        doubled=len(active) - len(set(active)),
        lost=sum(party not in known for party in told),
    )


def cookie_name() -> str:
    """Return the name of the login cookie under the settings in force."""
    return settings.SESSION_COOKIE_NAME
