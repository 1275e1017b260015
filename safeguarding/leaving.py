"""Who has to leave the work with children, by when: thirty working days from an adverse result or an expired check.

Nothing is stored: the list follows from checks and memberships. A case ends when the person leaves the organisation,
or a newer check clears them. Source: the duty to dismiss within 30 working days of the result.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from core.time import add_working_days, today
from notifications.services import notify
from organisations import memberships
from organisations.acting import Acting
from organisations.models import Membership, Organisation
from organisations.queries import leagues_above
from safeguarding import clearance
from safeguarding.models import BackgroundCheck
from users.models import User

WITHIN = 30  # working days
WARNED_BEFORE = 10  # working days


@dataclass(frozen=True)
class Case:
    """One person in one provider: why they have to leave, and by when."""

    user: User
    organisation: Organisation
    why: str
    since: date
    due_on: date

    @property
    def is_adverse(self) -> bool:
        """Whether a result, not only a date, stands against them."""
        return self.why == BackgroundCheck.Result.ADVERSE

    def is_overdue(self, on: date) -> bool:
        """Tell whether the thirty working days are over."""
        return self.due_on < on


def cases(on: date, *, organisation: Organisation | None = None, within: str = "") -> list[Case]:
    """Return who has to leave, the first deadline first: of one provider, or of an area's. Two queries."""
    rows = Membership.objects.current(on).filter(user__is_active=True, organisation__kind=Organisation.Kind.PROVIDER)
    if organisation is not None:
        rows = rows.filter(organisation=organisation)
    rows = rows.filter(organisation__region__lineage__startswith=within, user__background_checks__isnull=False)
    pairs = {
        (row.user_id, row.organisation_id): row
        for row in rows.select_related("user", "organisation__region").order_by("pk").distinct()
    }
    lost = clearance.lost({user for user, _organisation in pairs}, on)
    found = [
        Case(row.user, row.organisation, why, since, add_working_days(since, WITHIN))
        for (user_id, _), row in pairs.items()
        if user_id in lost
        for why, since in [lost[user_id]]
    ]
    return sorted(found, key=lambda case: (case.due_on, case.user.pk, case.organisation.pk))


def of_league(by: Acting, on: date) -> list[Case]:
    """Return the cases in a League's area."""
    return cases(on, within=by.organisation.region.lineage) if by.organisation else []


def tell_employers(user: User, *, now: datetime) -> None:
    """Tell the managers of every provider that the person works for until when it has to end."""
    employers = Membership.objects.current(today(now)).filter(user=user, organisation__kind=Organisation.Kind.PROVIDER)
    for organisation in Organisation.objects.filter(pk__in=employers.values("organisation")).order_by("pk"):
        for case in cases(today(now), organisation=organisation):
            if case.user.pk == user.pk:
                _tell(_managers(case, now), case, "member_to_leave", now=now)


def remind(now: datetime) -> int:
    """Tell managers when a case begins, ten working days before its end, and when it is overdue, each once.

    What is overdue is told to the League's safeguarding officers too. Return how many cases are open.
    """
    on, open_cases = today(now), cases(today(now))
    for case in open_cases:
        if case.is_overdue(on):
            _tell([*_managers(case, now), *_officers(case, now)], case, "leaving_overdue", now=now)
        elif add_working_days(on, WARNED_BEFORE) >= case.due_on:
            _tell(_managers(case, now), case, "leaving_soon", now=now)
        else:
            kind = "member_to_leave" if case.is_adverse else "check_expired"
            _tell(_managers(case, now), case, kind, now=now)
    return len(open_cases)


def _managers(case: Case, now: datetime) -> Iterable[User]:
    """Return the provider's managers, without the person themself."""
    return memberships.holders(case.organisation, Membership.Role.MANAGER, on=today(now)).exclude(pk=case.user.pk)


def _officers(case: Case, now: datetime) -> Iterable[User]:
    leagues = leagues_above(case.organisation.region)[:1]
    return [user for each in leagues for user in memberships.holders(each, Membership.Role.SAFEGUARDING, on=today(now))]


def _tell(to: Iterable[User], case: Case, kind: str, *, now: datetime) -> None:
    notify(
        to,
        kind=kind,
        cause=f"leaving:{case.user.pk}:{case.organisation.pk}:{case.due_on}:{kind}",
        context={
            "organisation": case.organisation.name,
            "organisation_en": case.organisation.name_en,
            "due": case.due_on,
        },
        path=reverse("safeguarding:staff" if kind != "leaving_overdue" else "safeguarding:leaving"),
        now=now,
    )
