"""Many families at once, by the rules of ``people.services``: for the demo city and for a school's list."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from core.time import today
from organisations.acting import Acting
from people import grown
from people.models import Child, ChildHistory, Guardian, Guardianship
from people.services import ChildFacts, check_birth_date


@dataclass(frozen=True)
class Family:
    """A guardian with children, and who enters them: the guardian, or a clerk of the office that registers them.

    ``known`` is the guardian's record if there is one; the children then join that family.
    """

    name: str
    phone: str
    by: Acting
    relation: str = Guardianship.Relation.PARENT
    known: Guardian | None = None
    children: list[tuple[ChildFacts, uuid.UUID]] = field(default_factory=list)


@transaction.atomic
def add_families(families: Sequence[Family], *, now: datetime) -> list[Child]:
    """Add families, and return their children in the order given. Nobody is looked for who may be there already.

    Raises:
        BirthDateImpossible: in the future, or an adult's.
    """
    for family in families:
        for facts, _number in family.children:
            check_birth_date(facts.birth_date, now)
    guardians = [family.known or _guardian(family, now) for family in families]
    Guardian.objects.bulk_create([one for one in guardians if one.pk is None], batch_size=500)
    pairs = [
        (guardian, family, facts, number)
        for guardian, family in zip(guardians, families, strict=True)
        for facts, number in family.children
    ]
    children = Child.objects.bulk_create(
        [
            Child(
                name=facts.name.strip(),
                birth_date=facts.birth_date,
                home_community=facts.home_community,
                registered_by=family.by.organisation,
                submission_id=number,
                created_at=now,
            )
            for _guardian_row, family, facts, number in pairs
        ],
        batch_size=500,
    )
    Guardianship.objects.bulk_create(
        [
            _guardianship(guardian, child, family, now)
            for (guardian, family, _facts, _number), child in zip(pairs, children, strict=True)
        ],
        batch_size=500,
    )
    ChildHistory.objects.bulk_create(
        [
            ChildHistory(verb="add", child=child, at=now, **family.by.history())
            for (_row, family, _facts, _number), child in zip(pairs, children, strict=True)
        ],
        batch_size=500,
    )
    return children


def _guardianship(guardian: Guardian, child: Child, family: Family, now: datetime) -> Guardianship:
    days = {"starts_on": today(now), "ends_on": grown.last_day(child)}
    return Guardianship(guardian=guardian, child=child, relation=family.relation, created_at=now, **days)


def _guardian(family: Family, now: datetime) -> Guardian:
    """A clerk's family has no login; who enters their own family is the guardian."""
    office = family.by.organisation
    user = None if office else family.by.user
    return Guardian(user=user, name=family.name.strip(), phone=family.phone, registered_by=office, created_at=now)
