"""A birth date that was mistyped: at a false 18 nobody answers for the child any more, and nobody could put it right.

For 90 days the guardians whose part ended on that birthday and the office that registered the child may, as long as
nobody has a login for the record; whoever has one changes their own. What 18 deletes waits as long, see ``grown``.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import lock
from core.time import today
from organisations.acting import Acting
from people import grown, services
from people.models import Child, Guardian, Guardianship
from people.models.child import CORRECTED_FOR
from people.policies import registered


class TooLate(DomainError):
    """The record is not, or no longer, one whose birth date this person may put right."""


def last_day(child: Child) -> date:
    """Return the last day on which the birth date can be put right."""
    return grown.last_day(child) + CORRECTED_FOR


def wards_and_lately(guardian: Guardian, on: date) -> tuple[list[Child], list[Child]]:
    """Return for whom the guardian answers, the eldest first, and who turned 18 lately by the records. One query.

    Each child says how many ``others`` answer for it on the day.
    """
    since = on - CORRECTED_FOR - timedelta(days=1)
    rows = Guardianship.objects.filter(Q(ends_on=None) | Q(ends_on__gte=since), guardian=guardian, starts_on__lte=on)
    rows = rows.filter(child__merged_into=None, child__erased_at=None).select_related("child__home_community")
    answering = Guardianship.objects.current(on).filter(child=OuterRef("child")).exclude(guardian=guardian)
    others = answering.order_by().values("child").annotate(n=Count("pk")).values("n")
    current, lately = [], []
    for row in rows.annotate(others=Subquery(others)).order_by("child__birth_date", "child_id"):
        row.child.others = row.others or 0  # type: ignore[attr-defined]
        if row.ends_on is None or row.ends_on >= on:
            current.append(row.child)
        elif _ended_at_18(row) and is_open(row.child, on):
            lately.append(row.child)
    return current, lately


def is_open(child: Child, on: date) -> bool:
    """Tell whether the birth date may have been mistyped and can be put right on the day."""
    rests = child.user_id is not None or child.merged_into_id is not None or child.erased_at is not None
    return not rests and child.is_grown(on) and on <= last_day(child)


def may_correct(by: Acting, child: Child, on: date) -> bool:
    """May put the birth date right: who answered until the 18th birthday, the clerk of the registering office."""
    if by.user is None or not is_open(child, on):
        return False
    mine = Guardianship.objects.filter(guardian__user=by.user, child=child).select_related("child")
    return registered(by, child) or any(_ended_at_18(row) for row in mine)


def _ended_at_18(row: Guardianship) -> bool:
    return row.ends_on == grown.last_day(row.child)


def correct(child: Child, *, birth_date: date, by: Acting, now: datetime) -> Child:
    """Put the birth date right: whoever answered until the false 18th birthday answers again.

    Raises:
        TooLate: the 90 days are over, somebody has a login by now, or the person has no part in it.
        BirthDateImpossible: in the future, or still an adult's.
        WrongAge: the child has a place in a session whose ages would no longer fit.
    """
    services.check_birth_date(birth_date, now)
    with transaction.atomic():
        row = lock(Child, child.pk)
        if not may_correct(by, row, today(now)):
            raise TooLate(_("This birth date can no longer be put right here. Write to the youth league committee."))
        return services.edit_child(
            row, name=row.name, birth_date=birth_date, home_community=row.home_community, by=by, now=now
        )
