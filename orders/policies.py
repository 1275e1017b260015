"""Who may do what with orders. Whether it can be done now is the lifecycle's answer."""

from django.conf import settings

from orders.models import Order
from orders.models.order import READERS
from orders.statuses import Side, Status, Verb, owners
from organisations.acting import Acting, ActingRequest
from organisations.models import Membership, Organisation

_Role, _Kind = Membership.Role, Organisation.Kind

# Accepting and declining is the manager's word; the rest of the provider's part the coordinator may do as well.
_COORDINATORS_VERBS = frozenset({Verb.REPORT, Verb.PROPOSE, Verb.MOVE, Verb.KEEP, Verb.WITHDRAW, Verb.CALL_OFF})


def clerk_limit() -> int:
    """Return up to what amount, in minor units, a clerk takes the office's verbs (``ORDER_CLERK_LIMIT``)."""
    return settings.ORDER_CLERK_LIMIT


def side_of(by: Acting, order: Order) -> Side | None:
    """Return the party for which the person acts towards this order; the clock is a party of its own."""
    if by.user is None:
        return Side.CLOCK if by.system else None
    if by.is_for(order.office_id, _Role.MANAGER, _Role.CLERK):
        return Side.OFFICE
    if by.is_for(order.provider_id, _Role.MANAGER, _Role.COORDINATOR):
        return Side.PROVIDER
    if by.is_for(order.league_id, _Role.OFFICER):
        return Side.LEAGUE
    return Side.FINANCE if by.is_for(order.league_id, _Role.FINANCE) else None


def may(by: Acting, order: Order, verb: Verb) -> bool:
    """Tell whether the person's organisation and role own the verb from the order's present status."""
    side = side_of(by, order)
    if side is None or side not in owners(verb, Status(order.status)):
        return False
    if side == Side.OFFICE and Verb(verb) not in (Verb.CREATE, Verb.EDIT):
        return _Role.MANAGER in by.roles or order.total <= clerk_limit()
    if side == Side.PROVIDER and Verb(verb) not in _COORDINATORS_VERBS:
        return _Role.MANAGER in by.roles
    return True


def may_attach(by: Acting, order: Order) -> bool:
    """The office adds files to its order, the provider to its report, the League to both."""
    return side_of(by, order) in (Side.OFFICE, Side.PROVIDER, Side.LEAGUE)


def reads_orders(request: ActingRequest) -> bool:
    """Somebody whose organisation orders, delivers, decides or pays."""
    acting = request.acting
    known = (_Kind.OFFICE, _Kind.SCHOOL, _Kind.PROVIDER, _Kind.LEAGUE)
    return acting.kind in known and not acting.roles.isdisjoint(READERS)


def calls_off(request: ActingRequest) -> bool:
    """Somebody who may call sessions off for a side of their orders; which of them, each order says."""
    return proposes_dates(request) or request.acting.is_kind(_Kind.LEAGUE, _Role.OFFICER)


def proposes_dates(request: ActingRequest) -> bool:
    """Somebody of office or provider, the two sides that agree on another date; which sessions, each order says."""
    return orders(request) or request.acting.is_kind(_Kind.PROVIDER, _Role.MANAGER, _Role.COORDINATOR)


def orders(request: ActingRequest) -> bool:
    """Somebody who may order for an office or a school."""
    acting = request.acting
    return any(acting.is_kind(kind, _Role.MANAGER, _Role.CLERK) for kind in (_Kind.OFFICE, _Kind.SCHOOL))
