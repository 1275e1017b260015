"""Who is acting now, and for which organisation: what views hand to policies and to the domain."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import BigIntegerField, DateField
from django.http import HttpRequest

from core.inserting import insert
from core.logs import request_id
from core.prepared import Prepared
from organisations.models import ActedHistory, Membership, Organisation
from users.models import User


@dataclass(frozen=True)
class Acting:
    """A person, and the organisation and roles for which they act in this request. The clock has no person.

    ``by`` arguments of all domain functions take one of these.
    """

    user: User | None = None
    organisation: Organisation | None = None
    roles: frozenset[str] = frozenset()
    system: str = ""

    @property
    def kind(self) -> str:
        """The acting organisation's kind, or nothing."""
        return self.organisation.kind if self.organisation else ""

    def is_for(self, organisation_id: int | None, *roles: str) -> bool:
        """Tell whether they act for that organisation, in one of the roles if any are named."""
        if self.organisation is None or self.organisation.pk != organisation_id or not self.organisation.may_act:
            return False
        return not roles or not self.roles.isdisjoint(roles)

    def is_kind(self, kind: str, *roles: str) -> bool:
        """Tell whether they act for an organisation of that kind, in one of the roles if any are named."""
        if self.organisation is None or self.organisation.kind != kind or not self.organisation.may_act:
            return False
        return not roles or not self.roles.isdisjoint(roles)

    def history(self) -> dict[str, Any]:
        """Return the fields of a history row that say who acted."""
        return {
            "actor": self.user,
            "system": self.system,
            "on_behalf_of": self.organisation,
            "request_id": request_id.get(),
        }


class ActingRequest(HttpRequest):
    """A request as views see it: ``ActingMiddleware`` has put the acting person on it."""

    acting: Acting
    acting_choices: list[Organisation]
    nav_counts: dict[str, int]


def clock(name: str) -> Acting:
    """Return the actor for what happens by itself; ``name`` says which job, such as ``orders.sweep``."""
    return Acting(system=name)


def acting_for(user: User, organisation: Organisation, *roles: str) -> Acting:
    """Return a person acting for an organisation (the seed, commands and tests; requests get theirs by middleware)."""
    return Acting(user=user, organisation=organisation, roles=frozenset(roles))


def record(
    history: type[ActedHistory],
    by: Acting,
    *,
    verb: str,
    before: str = "",
    after: str = "",
    at: datetime,
    note: str = "",
    **about: models.Model | None,
) -> None:
    """Write one history row in the caller's transaction; ``about`` names its subject, such as ``order=order``.

    ``at`` is the caller's ``now``: the moment of the change, which is not always that of the writing.
    """
    insert(history(verb=verb, before=before, after=after, note=note, at=at, **by.history(), **about))


_MEMBERSHIPS = Prepared(
    lambda user, on: (
        Membership.objects.current(on)
        .filter(user=user)
        .select_related("organisation__region")
        .order_by("organisation_id", "pk")
    ),
    user=BigIntegerField(),
    on=DateField(),
)


def memberships_of(user: User, on: Any) -> list[Membership]:
    """Return a person's memberships in force on the day, with their organisations. One query."""
    return _MEMBERSHIPS.rows(user=user.pk, on=on)
