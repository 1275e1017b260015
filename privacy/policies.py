"""Who may do what with personal data: each person with their own, a guardian with their child's."""

from datetime import date

from organisations.acting import Acting
from organisations.models import Membership, Organisation
from organisations.policies import acts_as
from people.models import Child
from people.policies import is_guardian_of, is_the_youth

reads_audit = acts_as(Organisation.Kind.LEAGUE, Membership.Role.OFFICER, Membership.Role.AUDITOR)


def reads_looks(by: Acting, child: Child, on: date) -> bool:
    """May see who looked at the child's name: a guardian, and the youth themself."""
    return is_guardian_of(by, child, on) or is_the_youth(by, child, on)


def may_erase(by: Acting, child: Child, on: date) -> bool:
    """May have the child's record erased: a guardian; from 14 on the youth too."""
    return is_guardian_of(by, child, on) or is_the_youth(by, child, on)
