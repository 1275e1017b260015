"""Who may see and write what is known of people who work with children."""

from datetime import date

from organisations.acting import Acting
from organisations.models import Membership, Organisation
from organisations.policies import acts_as, any_of
from people.models import Child
from people.policies import is_guardian_of, is_the_youth
from safeguarding.models import Suspension

_LEAGUE, _ROLE = Organisation.Kind.LEAGUE, Membership.Role

# Two roles see whether people are cleared; one of them, the safeguarding officer, sees results and writes them.
keeps_records = acts_as(_LEAGUE, _ROLE.SAFEGUARDING)
sees_validity = any_of(keeps_records, acts_as(_LEAGUE, _ROLE.AUDITOR))

# A provider's manager sees of the own members whether they are cleared, and asks for their checks.
answers_for_staff = acts_as(Organisation.Kind.PROVIDER, _ROLE.MANAGER)


def may_lift(by: Acting, suspension: Suspension) -> bool:
    """Whether somebody acts for the League that suspended a person, or for one whose area lies around that League's.

    A person who signed the pledge is known to every League: one that heard nothing of what happened lifts nothing.
    For a League that may act no more another one of its area decides, and where none is named any does.
    """
    league, here = suspension.league, by.organisation
    if league is None or here is None:
        return here is not None
    is_above = league.region.is_within(here.region) and (here.region_id != league.region_id or not league.may_act)
    return here == league or is_above


def writes_health_note(by: Acting, child: Child, on: date) -> bool:
    """May read, write and delete the child's health note: a current guardian, and the youth from 14 on.

    No clerk does, not even for a family that the office registered: it tells the staff in person.
    """
    return child.merged_into_id is None and (is_guardian_of(by, child, on) or is_the_youth(by, child, on))
