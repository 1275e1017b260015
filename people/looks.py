"""Looks at families: whoever shows staff the names of children has it written down first."""

from collections.abc import Iterable
from datetime import datetime

from organisations.acting import Acting
from people.models import Child
from people.signals import names_shown


def shown(children: Iterable[int], *, by: Acting, now: datetime, purpose: str = "families") -> None:
    """Have it written down that staff are shown the names of these children (their numbers). One insert.

    ``purpose`` is one of ``activities.RosterAccess.Purpose``: the one log of looks stands above families.
    """
    names_shown.send(Child, children=list(children), purpose=purpose, by=by, now=now)
