"""Looks at families: whoever shows staff the names of children has it written down first."""

from collections.abc import Iterable
from datetime import datetime

from core.time import today
from organisations.acting import Acting
from people.models import Child
from people.policies import is_guardian_of, is_the_youth, registered
from people.signals import names_shown


def shown(children: Iterable[int], *, by: Acting, now: datetime, purpose: str = "families") -> None:
    """Have it written down that staff are shown the names of these children (their numbers). One insert.

    ``purpose`` is one of ``activities.RosterAccess.Purpose``: the one log of looks stands above families.
    """
    names_shown.send(Child, children=list(children), purpose=purpose, by=by, now=now)


def of_family(child: Child, *, by: Acting, now: datetime) -> None:
    """Have a clerk's look at one child of the office's families written down; a family looks at its own freely.

    No query for a family, three for a clerk.
    """
    on = today(now)
    if registered(by, child) and not (is_guardian_of(by, child, on) or is_the_youth(by, child, on)):
        shown([child.pk], by=by, now=now)
