"""Whom an incident concerns, found by what staff really know: a session, an order, who looked, a family's contact."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.models import RosterAccess, Session, SignUp
from core.errors import DomainError
from core.locking import retried
from core.time import at, today
from orders.models import PlannedSession
from organisations.acting import Acting
from organisations.models import Organisation
from people.models import Child, Guardian, Guardianship
from people.queries import children_of
from privacy.lifecycle import StillToTell, move, refuse_names
from privacy.models import Affected, Incident
from safeguarding.families import known_to
from users.models import User
from users.phones import normalise

SESSIONS, ORDER, LOOKS_BY, LOOKS_OF, FAMILY = "sessions", "order", "looks_by", "looks_of", "family"
WAYS = {
    SESSIONS: gettext_lazy("Everybody who signed up for sessions, by the number in the session's address"),
    ORDER: gettext_lazy("Everybody who signed up for an order's sessions, by the order's number"),
    LOOKS_BY: gettext_lazy("Everybody whose name a login was shown, by its e-mail or phone"),
    LOOKS_OF: gettext_lazy("Everybody whose name an organisation was shown"),
    FAMILY: gettext_lazy("A family, or the owner of a login, by e-mail or phone"),
}
MOST_SESSIONS = 200


class NothingFound(DomainError):
    """There is no such session, order, login or organisation in the area, or it concerns nobody."""


@dataclass
class Found:
    """Numbers of children, guardians' records and other logins; and how they were found, without a name."""

    how: str
    children: set[int] = field(default_factory=set)
    guardians: set[int] = field(default_factory=set)
    users: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.children) + len(self.guardians) + len(self.users)

    @property
    def key(self) -> str:
        """What was counted: a pick is fixed if it still is that."""
        return f"{self.how}: {len(self)}"


@dataclass(frozen=True)
class Preview:
    """How many would be fixed, and how they can be told."""

    children: int
    youths: int
    guardians: int
    users: int
    new: int
    by_message: int
    by_office: int
    by_nobody: int
    key: str


def _sessions(by: Acting) -> QuerySet[Session]:
    """Return the sessions of the League's area."""
    if by.organisation is None:
        return Session.objects.none()
    return Session.objects.filter(region__lineage__startswith=by.organisation.region.lineage)


def _looks(by: Acting) -> QuerySet[RosterAccess]:
    """Return the looks at lists of the area's sessions, and those that offices and the League there had at families."""
    if by.organisation is None:
        return RosterAccess.objects.none()
    at_families = Q(session=None, on_behalf_of__region__lineage__startswith=by.organisation.region.lineage)
    return RosterAccess.objects.filter(Q(session__in=_sessions(by)) | at_families)


def _signed_up(sessions: Iterable[int]) -> set[int]:
    return set(SignUp.objects.filter(session__in=list(sessions)).values_list("child_id", flat=True))


def by_sessions(numbers: Iterable[int], by: Acting) -> Found:
    """Return every child that ever signed up for the sessions; one number that is unknown here refuses all.

    Raises:
        NothingFound: a session is not in the area.
    """
    wanted = sorted(set(numbers))
    known = set(_sessions(by).filter(pk__in=wanted[: MOST_SESSIONS + 1]).values_list("pk", flat=True))
    lacking = [number for number in wanted if number not in known]
    if lacking or not wanted:
        words = {"numbers": ", ".join(map(str, lacking[:5]))}
        raise NothingFound(_("There is no such session in your area: %(numbers)s.") % words, field="sessions")
    return Found(f"sessions {', '.join(map(str, wanted))}"[:500], children=_signed_up(wanted))


def by_order(number: str, by: Acting) -> Found:
    """Return every child that ever signed up for a session of the order.

    Raises:
        NothingFound: no session of such an order is in the area.
    """
    rows = PlannedSession.objects.filter(order__number__iexact=number.strip(), session__in=_sessions(by))
    sessions = list(rows.values_list("session_id", flat=True))
    if not sessions:
        raise NothingFound(_("No order of that number has sessions in your area."), field="order")
    return Found(f"order {number.strip().upper()}", children=_signed_up(sessions))


def _shown(looks: QuerySet[RosterAccess]) -> set[int]:
    """Return whose names were shown; a look that does not say it showed whoever had signed up by then."""
    found: set[int] = set()
    for session, shown, moment in looks.values_list("session_id", "shown", "at").iterator():
        if shown is None:
            found.update(
                SignUp.objects.filter(session=session, created_at__lte=moment).values_list("child_id", flat=True)
            )
        else:
            found.update(shown)
    return found


def _in_days(from_on: date | None, until_on: date | None) -> Q:
    days = Q()
    if from_on is not None:
        days &= Q(at__gte=at(from_on, time()))
    if until_on is not None:
        days &= Q(at__lt=at(until_on + timedelta(days=1), time()))
    return days


def by_looks_of(organisation: Organisation, from_on: date | None, until_on: date | None, by: Acting) -> Found:
    """Return every child whose name people of the organisation were shown on those days."""
    looks = _looks(by).filter(_in_days(from_on, until_on), on_behalf_of=organisation)
    return Found(f"looks of organisation {organisation.pk} {from_on or ''}..{until_on or ''}", children=_shown(looks))


def users_of(contact: str) -> list[User]:
    """Return the logins of exactly that e-mail or phone, however the number is written."""
    said = contact.strip()
    found = Q(email__iexact=said)
    with suppress(ValueError):
        found |= Q(phone=normalise(said))
    return list(User.objects.filter(found)) if said else []


def by_looks_by(contact: str, from_on: date | None, until_on: date | None, by: Acting) -> Found:
    """Return every child whose name the owner of a login was shown on those days: on a screen, paper or as a file.

    Raises:
        NothingFound: there is no such login.
    """
    users = users_of(contact)
    if not users:
        raise NothingFound(_("No login has this e-mail or phone."), field="contact")
    looks = _looks(by).filter(_in_days(from_on, until_on), viewer__in=users)
    how = f"looks by login {', '.join(str(user.pk) for user in users)} {from_on or ''}..{until_on or ''}"
    return Found(how, children=_shown(looks))


def by_family(contact: str, now: datetime, by: Acting) -> Found:
    """Return what a login or a guardian's phone leads to in the area: the guardian, their children, a youth.

    It is what the file with one's own data holds. A login without a family, such as a volunteer's, is found anywhere.

    Raises:
        NothingFound: nobody in the area has this e-mail or phone.
    """
    day, found, users = today(now), Found("family"), users_of(contact)
    meant = Q(user__in=users)
    with suppress(ValueError):
        meant |= Q(phone=normalise(contact))
    for row in known_to(by).filter(meant, erased_at=None):
        found.guardians.add(row.pk)
        found.children.update(children_of(row, day).values_list("pk", flat=True))
    youths = Child.objects.unmerged().filter(user__in=users)
    found.children.update(pk for pk in youths.filter(_at_home(by)).values_list("pk", flat=True))
    families = {*Guardian.objects.filter(user__in=users).values_list("user", flat=True)}
    families |= {*youths.values_list("user", flat=True)}
    found.users.update(user.pk for user in users if user.pk not in families)
    if not len(found):
        raise NothingFound(_("Nobody has this e-mail or phone."), field="contact")
    found.how = f"family or login: guardians {sorted(found.guardians)}, logins {sorted(found.users)}"
    return found


def _at_home(by: Acting) -> Q:
    """Return the condition that a child lives in the League's area."""
    return Q(home_community__lineage__startswith=by.organisation.region.lineage) if by.organisation else Q(pk=0)


def _living(found: Found) -> Found:
    """Follow records that were merged into others, and leave out those that were erased."""
    rows = Child.objects.filter(pk__in=found.children).values_list("pk", "merged_into")
    children = {merged or pk for pk, merged in rows}
    kept = set(Child.objects.filter(pk__in=children, erased_at=None).values_list("pk", flat=True))
    return Found(found.how, kept, found.guardians, found.users)


def answering_for(children: Iterable[int], on: date) -> dict[int, list[Guardian]]:
    """Return who answers for each child on the day, with their login. One query."""
    rows = Guardianship.objects.current(on).filter(child__in=list(children), guardian__erased_at=None)
    found: dict[int, list[Guardian]] = {}
    for row in rows.select_related("guardian__user").order_by("pk"):
        found.setdefault(row.child_id, []).append(row.guardian)
    return found


def preview(incident: Incident, given: Found, now: datetime) -> Preview:
    """Count whom the pick would add and how they can be told; nothing is written."""
    found, day = _living(given), today(now)
    children = list(Child.objects.filter(pk__in=found.children))
    answering = answering_for(found.children, day)
    told = {row.pk: row for rows in answering.values() for row in rows}
    told |= {row.pk: row for row in Guardian.objects.filter(pk__in=found.guardians).select_related("user")}
    known = incident.affected.filter(
        Q(child__in=found.children) | Q(guardian__in=found.guardians) | Q(user__in=found.users)
    )
    by_message = sum(row.user_id is not None for row in told.values())
    return Preview(
        children=len(children),
        youths=sum(child.is_youth(day) for child in children),
        guardians=len(found.guardians),
        users=len(found.users),
        new=len(found) - known.count(),
        by_message=by_message + sum(child.user_id is not None for child in children) + len(found.users),
        by_office=len(told) - by_message,
        key=given.key,
        by_nobody=sum(child.user_id is None and child.pk not in answering for child in children),
    )


@retried
def pick(incident: Incident, given: Found, *, by: Acting, now: datetime) -> int:
    """Fix whom the incident concerns, by number; who stands there already stays once. Return how many are new.

    Raises:
        NothingFound: the pick concerns nobody.
        NamesSomebody: what is written about the incident names one of them.
        NotYours, AlreadyMoved: as named.
    """
    found = _living(given)
    if not len(found):
        raise NothingFound(_("This concerns nobody: no name was there."))
    with transaction.atomic():
        row = move(incident, "pick", by=by, now=now, note=found.how[:1_000])
        before = row.affected.count()
        rows = [
            *(Affected(incident=row, child_id=pk, added_at=now) for pk in sorted(found.children)),
            *(Affected(incident=row, guardian_id=pk, added_at=now) for pk in sorted(found.guardians)),
            *(Affected(incident=row, user_id=pk, added_at=now) for pk in sorted(found.users)),
        ]
        Affected.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
        refuse_names(row, [row.what, row.may_follow, row.remedy, row.advice, row.notice_zh, row.notice_en])
        row.save(update_fields=["changed_at"])
        return row.affected.count() - before


@retried
def clear(incident: Incident, *, by: Acting, now: datetime) -> int:
    """Empty the list again, such as after a wrong number; return how many stood there.

    Raises:
        StillToTell: somebody on it was told already, so it stays.
        NotYours, AlreadyMoved: as named.
    """
    with transaction.atomic():
        row = move(incident, "clear", by=by, now=now)
        if row.affected.filter(tellings__isnull=False).exists():
            raise StillToTell(_("Somebody on the list was told already. The list stays; add who is missing."))
        return row.affected.all().delete()[0]
