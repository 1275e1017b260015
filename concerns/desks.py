"""At which desk a concern lies, and who acts there: school, village, street or town, League."""

from datetime import date

from django.utils.translation import gettext as _

from core.errors import DomainError
from organisations import memberships
from organisations.models import Membership, Organisation, Region
from organisations.models.membership import HEAD_ROLE
from organisations.queries import leagues_above, offices_for
from users.models import User

_ROLES = {
    Organisation.Kind.OFFICE: Membership.Role.CHILD_OFFICER,
    Organisation.Kind.LEAGUE: Membership.Role.SAFEGUARDING,
    Organisation.Kind.SCHOOL: Membership.Role.CHILD_OFFICER,
}


class NobodyToTell(DomainError):
    """No League committee works in the area."""


def people_at(desk: Organisation, about: Organisation | None, on: date) -> list[User]:
    """Return who acts at the desk on the day; nobody who is also a member of the organisation concerned."""
    return _holders(desk, _ROLES[Organisation.Kind(desk.kind)], about, on)


def heads_of(desk: Organisation, about: Organisation | None, on: date) -> list[User]:
    """Return who leads the desk's organisation and can name who acts there; nobody of the organisation concerned."""
    return _holders(desk, HEAD_ROLE[desk.kind], about, on)


def _holders(desk: Organisation, role: str, about: Organisation | None, on: date) -> list[User]:
    rows = memberships.holders(desk, role, on=on)
    if about is not None:
        rows = rows.exclude(pk__in=Membership.objects.filter(organisation=about).values("user"))
    return list(rows)


def chain(region: Region, about: Organisation | None, on: date) -> list[Organisation]:
    """Return the desks that a concern climbs, the lowest first: those at which somebody acts, never the one concerned.

    Where nobody acts anywhere, it lies at the nearest League, whose officers are told.

    Raises:
        NobodyToTell: no League committee works there.
    """
    leagues = [league for league in leagues_above(region) if league != about]
    if not leagues:
        raise NobodyToTell(_("No League committee works in this area yet. Please call 12345 or 110."))
    steps = [*offices_for(region), *leagues]
    staffed = [desk for desk in steps if desk != about and people_at(desk, about, on)]
    return sorted(staffed, key=_height) or leagues[:1]


def lowest(region: Region, about: Organisation | None, on: date, school: Organisation | None = None) -> Organisation:
    """Return the desk at which a concern begins: the school's, if it is not the one concerned and somebody acts there.

    Raises:
        NobodyToTell: no League committee works there.
    """
    steps = chain(region, about, on)
    return school if school is not None and school != about and people_at(school, about, on) else steps[0]


def above(desk: Organisation, region: Region, about: Organisation | None, on: date) -> Organisation | None:
    """Return the next desk above the one at which the concern lies; nothing at the top."""
    return next((each for each in chain(region, about, on) if _height(each) > _height(desk)), None)


def _height(desk: Organisation) -> tuple[bool, int, int]:
    """Return how high a desk stands: the larger the area the higher, an office below the League of the same area.

    A school stands below every office, wherever its house is.
    """
    kind = Organisation.Kind
    return desk.kind != kind.SCHOOL, -len(desk.region.lineage), int(desk.kind == kind.LEAGUE)
