"""Who may do what with personal data: each person with their own, a guardian with their child's."""

from datetime import date, datetime

from activities.policies import may_see_roster
from organisations.acting import Acting
from organisations.models import Membership, Organisation
from organisations.policies import acts_as, any_of
from people.models import Child
from people.policies import is_guardian_of, is_the_youth
from privacy.models import Incident, PreparedFile

_LEAGUE, _ROLE = Organisation.Kind.LEAGUE, Membership.Role

reads_audit = acts_as(_LEAGUE, _ROLE.OFFICER, _ROLE.AUDITOR)

# The safeguarding officer writes incidents down and sees whom they concern; those who oversee see facts and counts.
keeps_incidents = acts_as(_LEAGUE, _ROLE.SAFEGUARDING)
sees_incidents = any_of(keeps_incidents, reads_audit)


def writes_incidents(by: Acting) -> bool:
    """May write an incident down: a safeguarding officer of a League."""
    return by.is_kind(_LEAGUE, _ROLE.SAFEGUARDING)


def handles(by: Acting, incident: Incident) -> bool:
    """May act on the incident and see whom it concerns: a safeguarding officer of the League that handles it."""
    return by.is_for(incident.league_id, _ROLE.SAFEGUARDING)


def reads_looks(by: Acting, child: Child, on: date) -> bool:
    """May see who looked at the child's name: a guardian, and the youth themself."""
    return is_guardian_of(by, child, on) or is_the_youth(by, child, on)


def may_erase(by: Acting, child: Child, on: date) -> bool:
    """May have the child's record erased: a guardian; from 14 on the youth too."""
    return is_guardian_of(by, child, on) or is_the_youth(by, child, on)


def may_fetch(by: Acting, file: PreparedFile, now: datetime) -> bool:
    """May fetch one's own file: a list of names only as long as one may still see that list."""
    session = file.access.session if file.access else None
    return session is None or may_see_roster(by, session, now)
