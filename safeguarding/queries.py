"""What the pages about clearances read."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from organisations.acting import Acting
from organisations.models import Membership, Organisation
from safeguarding.models import Pledge, Suspension, WorkerHistory
from users.models import User
from users.phones import normalise

ASK_AGAIN_AFTER = timedelta(days=14)


def workers(by: Acting, on: date, q: str = "") -> QuerySet[User]:
    """Return the people whose clearance concerns the League.

    They are its providers' staff, whoever signed the pledge, and whom it keeps away wherever they went.
    ``q`` is part of a name or an e-mail address, or a whole phone number.
    """
    if by.organisation is None:
        return User.objects.none()
    staff = Membership.objects.current(on).filter(
        user=OuterRef("pk"),
        organisation__kind=Organisation.Kind.PROVIDER,
        organisation__region__lineage__startswith=by.organisation.region.lineage,
    )
    kept_away = Suspension.objects.filter(Q(until_on=None) | Q(until_on__gte=on), user=OuterRef("pk"))
    ours = Exists(kept_away.filter(league=by.organisation))
    signed = Exists(Pledge.objects.filter(user=OuterRef("pk")))
    people = User.objects.filter(Exists(staff) | signed | ours, is_active=True)
    if q:
        named = Q(name__icontains=q) | Q(email__icontains=q)
        with suppress(ValueError):
            named |= Q(phone=normalise(q))
        people = people.filter(named)
    return people.order_by("name", "pk")


def staff_of(by: Acting, on: date) -> QuerySet[User]:
    """Return the people who are members of the acting organisation on the day, whatever their roles."""
    if by.organisation is None:
        return User.objects.none()
    members = Membership.objects.current(on).filter(organisation=by.organisation)
    return User.objects.filter(pk__in=members.values("user")).order_by("name", "pk")


def checks_asked_for(people: Iterable[User], now: datetime) -> dict[int, datetime]:
    """Return for whom a check was asked for lately, and when last. One query."""
    rows = WorkerHistory.objects.filter(verb="ask_check", person__in=list(people), at__gt=now - ASK_AGAIN_AFTER)
    return dict(rows.order_by("at").values_list("person_id", "at"))


def history_of(person: User) -> QuerySet[WorkerHistory]:
    """Return the latest of what happened to a person's clearance."""
    return WorkerHistory.objects.filter(person=person).select_related("actor").order_by("-at", "-pk")[:20]
