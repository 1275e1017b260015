"""People beside the table's: the same role elsewhere, and the same person when the role has ended.

Neither has a column of its own judged word by word: what they meet follows from the table.
"""

from collections.abc import Callable
from datetime import timedelta

from core.time import today
from organisations.models import Membership
from tests.access.world import NOW_THERE
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_youth
from tests.factories.safeguarding import make_cleared
from tests.factories.users import make_user
from users.models import User


def _member(kind: str, region: str, *roles: str) -> Callable[[], User]:
    return lambda: make_member(make_organisation(kind, region=make_region(region)), *roles).user


ELSEWHERE: dict[str, Callable[[], User]] = {
    "youth": lambda: make_youth(make_user()).user,
    "volunteer": make_cleared,
    "crew": _member("provider", "北辰区", "coordinator"),
    "ngo_finance": _member("provider", "北辰区", "finance"),
    "clerk": _member("office", "天穆镇", "clerk"),
    "child_officer": _member("office", "天穆镇", "child_officer"),
    "officer": _member("league", "天穆镇", "officer"),
    "finance": _member("league", "天穆镇", "finance"),
    "safeguarding": _member("league", "天穆镇", "safeguarding"),
    "auditor": _member("league", "天穆镇", "auditor"),
    "editor": _member("league", "天穆镇", "editor"),
}
OF_ALL_LEAGUES = {  # volunteers serve everywhere, so whoever keeps checks anywhere keeps theirs
    "safeguarding": {
        *("safeguarding:person", "safeguarding:record-check", "safeguarding:record-training"),
        *("safeguarding:suspend", "safeguarding:lift"),
    },
}
MEMBERS = (
    *("crew", "ngo", "ngo_finance", "office", "clerk", "child_officer", "school", "enterprise"),
    *("officer", "finance", "safeguarding", "auditor", "editor"),
)


def end_roles() -> None:
    """End every role of everybody the day before."""
    Membership.objects.update(ends_on=today(NOW_THERE) - timedelta(days=1))
