"""Families for tests: guardians with and without a login, children with an age on the tests' day."""

from datetime import date
from itertools import count

from organisations.models import Organisation, Region
from people import grown
from people.models import Child, Guardian, Guardianship
from tests.factories.organisations import make_organisation, make_region
from tests.factories.users import make_user
from users.models import User

_number = count(1)
_TODAY = date(2026, 11, 24)
_SINCE = date(2026, 1, 1)


def make_guardian(user: User | None = None, *, registered_by: Organisation | None = None, **fields) -> Guardian:
    """A guardian with a login, or without one if an office registered them."""
    n = next(_number)
    fields = {"name": f"家长{n}", "phone": f"+86138{n:08d}", **fields}
    if registered_by is None:
        user = user or make_user(name=fields["name"])
    return Guardian.objects.create(user=user, registered_by=registered_by, **fields)


def make_child(
    guardian: Guardian | None = None, *, age: int = 10, home: Region | None = None, relation: str = "parent", **fields
) -> Child:
    """A child of that calendar age on the tests' day, with a guardian (a new one unless given)."""
    guardian = guardian or make_guardian()
    fields = {"name": f"孩子{next(_number)}", "birth_date": date(_TODAY.year - age, 1, 15), **fields}
    fields.setdefault("registered_by", guardian.registered_by)
    child = Child.objects.create(home_community=home or make_region("翡翠城社区"), **fields)
    make_guardianship(guardian, child, relation=relation)
    return child


def make_guardianship(guardian: Guardian, child: Child, *, relation: str = "parent") -> Guardianship:
    """The guardian answers for the child since the year began."""
    ends_on = grown.last_day(child)
    return Guardianship.objects.create(
        guardian=guardian, child=child, relation=relation, starts_on=min(_SINCE, ends_on), ends_on=ends_on
    )


def make_youth(user: User | None = None, *, age: int = 15, **fields) -> Child:
    """A youth with a login of their own."""
    return make_child(age=age, user=user or make_user(), **fields)


def make_family_office(name: str = "瑞景街道") -> Organisation:
    """An office that registers families."""
    return make_organisation("office", region=make_region(name))
