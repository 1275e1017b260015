"""Who may do what with organisations; and the words from which the higher apps' policies are made."""

from datetime import date

from django.db.models import BigIntegerField, DateField
from django.utils.translation import gettext as _

from core.access import Policy
from core.errors import DomainError
from core.prepared import Prepared
from organisations.acting import Acting, ActingRequest
from organisations.models import Membership, Organisation

Role, Kind = Membership.Role, Organisation.Kind


class OwnOrganisation(DomainError):
    """Somebody would decide about an organisation of which they are a member."""


def is_own(by: Acting, organisation: Organisation, on: date) -> bool:
    """Tell whether the person is a member of the organisation, whichever they act for now. One query."""
    rows = Membership.objects.current(on).filter(organisation=organisation, user=by.user)
    return by.user is not None and rows.exists()


_OWN = Prepared(
    lambda organisations, user, on: (
        Membership.objects.current(on)
        .filter(organisation__pk__in=organisations, user=user)
        .select_related("organisation")
        .order_by("pk")[:1]
    ),
    organisations=BigIntegerField(),
    user=BigIntegerField(),
    on=DateField(),
)


def refuse_own(by: Acting, *organisation_ids: int, on: date) -> None:
    """Let nobody decide about an organisation of their own, whichever they act for now. One query.

    Raises:
        OwnOrganisation: they are a member; the sentence names whom to ask.
    """
    if by.user is None:
        return
    own = _OWN.first(organisations=list(organisation_ids), user=by.user.pk, on=on)
    if own is None:
        return
    words = {"organisation": own.organisation, "league": by.organisation}
    if by.organisation is None or by.organisation == own.organisation:
        raise OwnOrganisation(_("You are a member of %(organisation)s. Somebody else has to decide about it.") % words)
    sentence = _("You are a member of %(organisation)s. Ask somebody else of %(league)s to decide about it.")
    raise OwnOrganisation(sentence % words)


def acts_as(kind: str, *roles: str) -> Policy:
    """Return the policy of a view that is for people of one kind of organisation, in one of the roles."""

    def policy(request: ActingRequest) -> bool:
        return request.acting.is_kind(kind, *roles)

    policy.__name__ = "_or_".join(roles) + f"_of_{kind}" if roles else f"member_of_{kind}"
    return policy


def any_of(*policies: Policy) -> Policy:
    """Return the policy that is satisfied by any of the given ones."""

    def policy(request: ActingRequest) -> bool:
        return any(one(request) for one in policies)

    policy.__name__ = "_or_".join(getattr(one, "__name__", "policy") for one in policies)
    return policy


def member_in(*roles: str) -> Policy:
    """Return the policy of a view that is for people with one of the roles, whatever kind their organisation is."""

    def policy(request: ActingRequest) -> bool:
        by = request.acting
        return by.organisation is not None and by.is_for(by.organisation.pk, *roles)

    policy.__name__ = "_or_".join(roles)
    return policy


def member(request: ActingRequest) -> bool:
    """Somebody who acts for an organisation that may act."""
    organisation = request.acting.organisation
    return organisation is not None and organisation.may_act


officer = acts_as(Kind.LEAGUE, Role.OFFICER)


league = acts_as(Kind.LEAGUE)
head = any_of(acts_as(Kind.LEAGUE, Role.OFFICER), member_in(Role.MANAGER))
venue_keeper = any_of(acts_as(Kind.LEAGUE, Role.OFFICER), member_in(Role.MANAGER, Role.CLERK, Role.COORDINATOR))


def may_decide(by: Acting, organisation: Organisation) -> bool:
    """An officer of a League committee of the area decides about admission; nobody about their own organisation."""
    return (
        by.is_kind(Kind.LEAGUE, Role.OFFICER)
        and by.organisation is not None
        and by.organisation.pk != organisation.pk
        and organisation.region.is_within(by.organisation.region)
    )


def may_manage_members(by: Acting, organisation: Organisation) -> bool:
    """The head role of the organisation invites and removes members."""
    return by.is_for(organisation.pk, Role.MANAGER, Role.OFFICER)
