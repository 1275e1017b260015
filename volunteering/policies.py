"""Who may do what with shifts."""

from activities.models import Session
from activities.policies import is_crew
from organisations.acting import Acting
from organisations.models import Membership, Organisation
from organisations.policies import acts_as
from volunteering.models import Assignment

ORGANISERS = (Membership.Role.MANAGER, Membership.Role.COORDINATOR)


organises_for_provider = acts_as(Organisation.Kind.PROVIDER, *ORGANISERS)


def organises(by: Acting, session: Session) -> bool:
    """A manager or coordinator of the session's provider opens, changes and cancels its shifts."""
    return by.is_for(session.provider_id, *ORGANISERS)


def is_on_duty(by: Acting, session: Session) -> bool:
    """An organiser, or somebody of the session's crew, checks volunteers in and out."""
    return organises(by, session) or is_crew(by, session)


def may_withdraw(by: Acting, assignment: Assignment) -> bool:
    """The volunteers themselves, or an organiser."""
    own = by.user is not None and assignment.user_id == by.user.pk
    return own or organises(by, assignment.shift.session)
