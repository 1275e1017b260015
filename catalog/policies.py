"""Who may write, hand in, read for review and publish programmes."""

from datetime import date

from catalog.models import Programme
from organisations.acting import Acting
from organisations.models import Membership, Organisation
from organisations.policies import acts_as, any_of, officer

Role, Kind = Membership.Role, Organisation.Kind

writes_programmes = acts_as(Kind.PROVIDER, Role.MANAGER, Role.COORDINATOR)
reviews_programmes = officer
orders_from_menu = any_of(
    acts_as(Kind.OFFICE, Role.MANAGER, Role.CLERK), acts_as(Kind.SCHOOL, Role.MANAGER, Role.CLERK)
)


def may_edit(by: Acting, programme: Programme) -> bool:
    """The provider's managers and social workers write the draft."""
    return by.is_for(programme.provider_id, Role.MANAGER, Role.COORDINATOR)


def may_offer(by: Acting, programme: Programme) -> bool:
    """The provider's managers hand in and retire."""
    return by.is_for(programme.provider_id, Role.MANAGER)


def is_own(by: Acting, programme: Programme, on: date) -> bool:
    """Tell whether the person belongs to the provider, whichever organisation they act for now. One query."""
    rows = Membership.objects.current(on).filter(organisation=programme.provider_id, user=by.user)
    return by.user is not None and rows.exists()


def may_oversee(by: Acting, programme: Programme) -> bool:
    """Officers of a League whose area holds the provider suspend and resume. Up to two queries."""
    league = by.organisation
    if league is None or not by.is_kind(Kind.LEAGUE, Role.OFFICER):
        return False
    return programme.provider.region.is_within(league.region)


def may_review(by: Acting, programme: Programme, on: date) -> bool:
    """They also publish or send back, but never for an organisation of their own. Up to three queries."""
    return may_oversee(by, programme) and not is_own(by, programme, on)
