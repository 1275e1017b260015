"""Regions, organisations and members for tests: a district, two streets with a community each, and their people."""

from datetime import date
from itertools import count

from organisations.acting import Acting, acting_for
from organisations.models import Membership, Organisation, Region, Venue
from tests.factories.users import make_user
from users.models import User

_number = count(1)
_TREE = [
    ("120000000000", "天津市", "province", None),
    ("120100000000", "市辖区", "city", "120000000000"),
    ("120113000000", "北辰区", "county", "120100000000"),
    ("120113008000", "瑞景街道", "township", "120113000000"),
    ("120113008001", "翡翠城社区", "village", "120113008000"),
    ("120113101000", "天穆镇", "township", "120113000000"),
    ("120113101001", "天穆村", "village", "120113101000"),
]


_CODE = {name: code for code, name, _, _ in _TREE}


def make_regions() -> dict[str, Region]:
    """The tree, by name; made once a test."""
    known = Region.objects.in_bulk(_CODE.values())
    for code, name, level, parent in _TREE:
        if code not in known:
            lineage = (known[parent].lineage if parent else "") + f"{code}/"
            known[code] = Region.objects.create(code=code, name=name, level=level, parent_id=parent, lineage=lineage)
    return {name: known[code] for name, code in _CODE.items()}


def make_region(name: str = "瑞景街道") -> Region:
    """One region of the tree."""
    return Region.objects.filter(code=_CODE[name]).first() or make_regions()[name]


def make_organisation(
    kind: str = "provider", *, region: Region | None = None, status: str = "admitted", **fields
) -> Organisation:
    """An admitted organisation."""
    fields.setdefault("name", f"机构{next(_number)}")
    return Organisation.objects.create(kind=kind, status=status, region=region or make_region("北辰区"), **fields)


def make_member(organisation: Organisation, *roles: str, user: User | None = None) -> Acting:
    """A person acting for the organisation in the roles."""
    user = user or make_user()
    for role in roles:
        Membership.objects.create(user=user, organisation=organisation, role=role, starts_on=date(2026, 1, 1))
    return acting_for(user, organisation, *roles)


def make_venue(organisation: Organisation | None = None, **fields) -> Venue:
    """A room for 30."""
    organisation = organisation or make_organisation("office", region=make_region())
    fields.setdefault("name", f"活动室{next(_number)}")
    return Venue.objects.create(
        organisation=organisation, region=organisation.region, address="示范路1号", **{"capacity": 30, **fields}
    )
