"""Who is told of what: one message for each verb to everybody concerned, written with the change itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from core.time import today
from notifications import services as notifications
from orders.models import Order
from orders.statuses import Side, Status, Verb
from organisations import memberships
from organisations.acting import Acting
from organisations.models import Membership
from users.models import User

_R = Membership.Role
_P, _S = Side, Status

_ROLES: dict[Side, tuple[str, ...]] = {
    Side.OFFICE: (_R.MANAGER, _R.CLERK),
    Side.PROVIDER: (_R.MANAGER, _R.COORDINATOR),
    Side.LEAGUE: (_R.OFFICER,),
    Side.FINANCE: (_R.FINANCE,),
}
# Verbs whose message does not depend on where the order stood.
_TOLD: dict[Verb, frozenset[Side]] = {
    Verb.SUBMIT: frozenset({_P.PROVIDER}),
    Verb.ACCEPT: frozenset({_P.OFFICE, _P.LEAGUE}),
    Verb.COUNTER: frozenset({_P.OFFICE}),
    Verb.AGREE: frozenset({_P.PROVIDER, _P.LEAGUE}),
    Verb.DECLINE: frozenset({_P.OFFICE, _P.LEAGUE}),
    Verb.ENDORSE: frozenset({_P.LEAGUE}),
    Verb.RETURN: frozenset({_P.OFFICE, _P.PROVIDER}),
    Verb.APPROVE: frozenset({_P.OFFICE, _P.PROVIDER}),
    Verb.REJECT: frozenset({_P.OFFICE, _P.PROVIDER}),
    Verb.PROPOSE: frozenset({_P.OFFICE, _P.PROVIDER}),
    Verb.MOVE: frozenset({_P.OFFICE, _P.PROVIDER}),
    Verb.KEEP: frozenset({_P.OFFICE, _P.PROVIDER}),
    Verb.WITHDRAW: frozenset({_P.OFFICE, _P.PROVIDER}),
    Verb.CALL_OFF: frozenset({_P.OFFICE, _P.PROVIDER, _P.LEAGUE}),
    Verb.REPORT: frozenset({_P.OFFICE}),
    Verb.ESCALATE: frozenset({_P.LEAGUE, _P.PROVIDER, _P.OFFICE}),
    Verb.CONFIRM: frozenset({_P.PROVIDER, _P.FINANCE}),
    Verb.DISPUTE: frozenset({_P.PROVIDER, _P.LEAGUE}),
    Verb.RESOLVE: frozenset({_P.OFFICE, _P.PROVIDER, _P.FINANCE}),
    Verb.SETTLE: frozenset({_P.OFFICE, _P.PROVIDER}),
    Verb.REOPEN: frozenset({_P.PROVIDER, _P.FINANCE}),
}
# When an order ends early: who knew of it by then, beside the office.
_KNEW: dict[Status, frozenset[Side]] = {
    _S.DRAFT: frozenset({_P.OFFICE}),
    _S.SUBMITTED: frozenset({_P.OFFICE, _P.PROVIDER}),
    _S.COUNTERED: frozenset({_P.OFFICE, _P.PROVIDER}),
    _S.ACCEPTED: frozenset({_P.OFFICE, _P.PROVIDER, _P.LEAGUE}),
    _S.APPROVED: frozenset({_P.OFFICE, _P.PROVIDER, _P.LEAGUE}),
}


@dataclass(frozen=True)
class DayMove:
    """One act about several sessions of a day that are to be on another: it tells everybody concerned once.

    ``act`` is the number of the form that was sent.
    """

    act: UUID
    day: date
    to: date

    def path(self, verb: Verb) -> str:
        """Return where the message leads: all proposals of the day, or the day on which the sessions are now."""
        if verb == Verb.PROPOSE:
            return f"/orders/weather/moves/?day={self.day}"
        return f"/orders/weather/?day={self.to if verb == Verb.MOVE else self.day}"


def told(order: Order, verb: Verb, before: str) -> frozenset[Side]:
    """Return the sides that hear of a verb."""
    if verb == Verb.CANCEL:
        return _KNEW[Status(before)]
    if verb == Verb.EXPIRE:
        return _KNEW[Status(before)] | ({_P.LEAGUE} if before != _S.DRAFT else frozenset())
    if verb == Verb.REMIND:
        waits_for = order.words.waits_for
        return frozenset({waits_for}) if waits_for else frozenset()
    return _TOLD.get(verb, frozenset())


def tell(order: Order, verb: Verb, *, by: Acting, now: datetime, before: str, day_move: DayMove | None = None) -> None:
    """Write the message of a verb to everybody concerned but the person who took it.

    A cancellation within 24 hours of the first session does not wait for the morning. What is part of ``day_move``
    tells nobody of its own: the first session of the act writes the one message about the day.
    """
    sides = told(order, verb, before)
    people = [user for user in holders(order, sides, now) if by.user is None or user.pk != by.user.pk]
    if not people:
        return
    if day_move:
        _tell_of_day(people, verb, day_move, by=by, now=now)
        return
    notifications.notify(
        people,
        kind=f"order_{verb}",
        cause=f"order:{order.pk}:{verb}:{order.revision}:{before}",
        context=facts(order, now, by),
        path=f"/orders/{order.number}/",
        now=now,
        urgent=verb == Verb.CANCEL and before == _S.APPROVED and _is_near(order, now),
    )


def _tell_of_day(people: Iterable[User], verb: Verb, day_move: DayMove, *, by: Acting, now: datetime) -> None:
    notifications.notify(
        people,
        kind=f"day_{verb}",
        cause=f"day:{day_move.act}:{verb}:{day_move.to}",
        context={**_actor(by), "day": day_move.day, "to": day_move.to},
        path=day_move.path(verb),
        now=now,
    )


def _actor(by: Acting) -> dict[str, str]:
    return {
        "actor": by.organisation.name if by.organisation else "",
        "actor_en": by.organisation.name_en if by.organisation else "",
    }


def holders(order: Order, sides: Iterable[Side], now: datetime) -> list[User]:
    """Return the people of the sides who deal with orders. One query."""
    organisations = {
        Side.OFFICE: order.office_id,
        Side.PROVIDER: order.provider_id,
        Side.LEAGUE: order.league_id,
        Side.FINANCE: order.league_id,
    }
    return memberships.holders_of([(organisations[side], _ROLES[side]) for side in sides], on=today(now))


def facts(order: Order, now: datetime, by: Acting) -> dict[str, Any]:
    """Return what the messages name: no person, no free text."""
    content = order.version or order.programme.shown
    return {
        "number": order.number,
        "title": content.title,
        "title_en": content.title_en,
        "office": order.office.name,
        "office_en": order.office.name_en,
        "provider": order.provider.name,
        "provider_en": order.provider.name_en,
        "league": order.league.name,
        "league_en": order.league.name_en,
        **_actor(by),
        "sessions": order.quantity,
        "until": order.waits_until,
    }


def _is_near(order: Order, now: datetime) -> bool:
    first = min(order.planned.values_list("starts_at", flat=True))
    return first - now <= timedelta(hours=24)
