"""Who may see and write what is known of people who work with children."""

from organisations.models import Membership, Organisation
from organisations.policies import acts_as, any_of

_LEAGUE, _ROLE = Organisation.Kind.LEAGUE, Membership.Role

# Two roles see whether people are cleared; one of them, the safeguarding officer, sees results and writes them.
keeps_records = acts_as(_LEAGUE, _ROLE.SAFEGUARDING)
sees_validity = any_of(keeps_records, acts_as(_LEAGUE, _ROLE.AUDITOR))

# A provider's manager sees of the own members whether they are cleared, and asks for their checks.
answers_for_staff = acts_as(Organisation.Kind.PROVIDER, _ROLE.MANAGER)
