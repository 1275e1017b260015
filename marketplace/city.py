"""Sets up a real city once: its regions, its League committee, the first officer, a fund, and who is invited.

``manage.py setup_city`` and the first-run page call ``set_up``; everything after that happens on the site's own pages.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from cms.services import create_site
from core.errors import DomainError
from core.locking import lock
from core.time import today
from funding import funds
from organisations import memberships
from organisations.acting import Acting, acting_for, clock, record
from organisations.models import Membership, Organisation, OrganisationHistory, Region
from organisations.regions import import_regions
from users.models import User

Role = Membership.Role
INVITED_ROLES = (Role.OFFICER, Role.FINANCE, Role.SAFEGUARDING, Role.AUDITOR, Role.EDITOR)
LINK_LIFE = timedelta(hours=24)
_SALT = "marketplace.city.first-run"


class SetUpAlready(DomainError):
    """The site has its League committee; more are admitted on the site's pages."""


class UnknownRegion(DomainError):
    """No region has this code."""


class LoginTaken(DomainError):
    """There is a login with the officer's address."""


@dataclass(frozen=True)
class FirstFund:
    """The fund with which the city starts; the amount is in minor units."""

    name: str
    amount: int
    starts_on: date
    ends_on: date
    document: str
    name_en: str = ""


@dataclass(frozen=True)
class Plan:
    """What a city needs to start. ``invitations`` are pairs of role and e-mail address."""

    league: str
    region_code: str
    officer_email: str
    officer_name: str
    officer_password: str
    league_en: str = ""
    regions_file: Path | None = None
    fund: FirstFund | None = None
    invitations: list[tuple[str, str]] = field(default_factory=list)


def is_needed() -> bool:
    """Tell whether the site has no League committee yet."""
    return not Organisation.objects.of_kind(Organisation.Kind.LEAGUE).exists()


def new_token() -> str:
    """Return what opens the first-run page: good for a day, and only until the city is set up."""
    return signing.dumps("first run", salt=_SALT)


def opens(token: str) -> bool:
    """Tell whether a token opens the first-run page."""
    try:
        signing.loads(token, salt=_SALT, max_age=LINK_LIFE)
    except signing.BadSignature:
        return False
    return is_needed()


def set_up(plan: Plan, *, now: datetime) -> Organisation:
    """Set the city up wholly or not at all, and return its League committee. Colleagues get their invitation by mail.

    Raises:
        BadFile: the file of regions cannot be imported; it names the lines.
        UnknownRegion: the League's region is in neither the file nor the database.
        SetUpAlready: there is a League committee.
        LoginTaken: the officer's address has a login.
        RoleNotOfKind: an invitation names a role that a League committee does not have.
    """
    with transaction.atomic():
        if plan.regions_file:
            import_regions(plan.regions_file)
        region = Region.objects.filter(code=plan.region_code).first()
        if region is None:
            raise UnknownRegion(_("No region has this code. Import the regions first."), field="region_code")
        lock(Region, region.lineage_codes[0])
        if not is_needed():
            raise SetUpAlready(_("This city is set up already."))
        league = found_league(plan.league, region, now=now, name_en=plan.league_en)
        officer = _first_officer(plan)
        by = acting_for(officer, league, Role.OFFICER)
        memberships.add(league, user=officer, role=Role.OFFICER, by=by, now=now)
        if plan.fund:
            _first_fund(league, plan.fund, by=by, now=now)
        for role, email in plan.invitations:
            memberships.invite(league, email=email, role=role, by=by, now=now)
        create_site(on=today(now))
    return league


def found_league(name: str, region: Region, *, now: datetime, name_en: str = "") -> Organisation:
    """Make the committee that decides in a region. Nobody admits it: it is what admits the others."""
    league = Organisation.objects.create(
        kind=Organisation.Kind.LEAGUE,
        status=Organisation.Status.ADMITTED,
        name=name,
        name_en=name_en,
        region=region,
    )
    record(OrganisationHistory, clock("city.set_up"), verb="found", after=league.status, organisation=league, at=now)
    return league


def _first_officer(plan: Plan) -> User:
    """Make the officer's login; whoever sets up the city vouches for the address."""
    email = plan.officer_email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise LoginTaken(_("There is a login with this address already."), field="officer_email")
    officer = User.objects.create_user(email, plan.officer_password, name=plan.officer_name)
    EmailAddress.objects.create(user=officer, email=email, verified=True, primary=True)
    return officer


def _first_fund(league: Organisation, wanted: FirstFund, *, by: Acting, now: datetime) -> None:
    fund = funds.create(
        league,
        name=wanted.name,
        name_en=wanted.name_en,
        starts_on=wanted.starts_on,
        ends_on=wanted.ends_on,
        by=by,
        now=now,
    )
    funds.receive(fund, wanted.amount, document=wanted.document, by=by, now=now, key=f"first-fund:{fund.pk}")
