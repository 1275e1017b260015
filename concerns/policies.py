"""Who may see and handle concerns. What a person may not see is not there: every page of one answers 404."""

from concerns.models import Concern
from organisations.acting import Acting
from organisations.models import Membership, Organisation
from organisations.policies import acts_as, any_of

_KIND, _ROLE = Organisation.Kind, Membership.Role

keeps_area = any_of(acts_as(_KIND.LEAGUE, _ROLE.SAFEGUARDING), acts_as(_KIND.OFFICE, _ROLE.CHILD_OFFICER))
keeps_at_school = acts_as(_KIND.SCHOOL, _ROLE.CHILD_OFFICER)
keeps_concerns = any_of(keeps_area, keeps_at_school)
sees_figures = any_of(keeps_area, acts_as(_KIND.LEAGUE, _ROLE.AUDITOR))


def handles(by: Acting, concern: Concern) -> bool:
    """May act on the concern: it lies at the desk for which the person acts."""
    return by.is_for(concern.desk_id, _ROLE.SAFEGUARDING, _ROLE.CHILD_OFFICER)


def may_take_up(by: Acting, concern: Concern) -> bool:
    """May take the concern up to the own desk: a desk above the one at which it lies; a school's has none below."""
    mine, theirs = by.organisation, concern.desk.region
    if mine is None or mine.pk == concern.desk_id or mine.kind == _KIND.SCHOOL:
        return False
    from_school = concern.desk.kind == _KIND.SCHOOL and concern.region.is_within(mine.region)
    return from_school or (theirs.is_within(mine.region) and mine.region != theirs)
