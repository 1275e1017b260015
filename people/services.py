"""Writes about families: guardians, children, and telling people without a channel."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import lock
from core.time import calendar_age, has_legal_age, today
from notifications.rendering import check_kind, encode
from notifications.services import notify
from organisations.acting import Acting, record
from organisations.meanwhile import refuse_older
from organisations.models import Organisation, Region
from people import grown
from people.models import Child, ChildHistory, Guardian, Guardianship, ToTell
from people.models.child import ADULT_AGE, YOUTH_AGE
from people.signals import birth_date_changed
from users.models import User


class LikelySame(DomainError):
    """The child seems to be in the list already; ``child`` is the one it seems to be."""

    def __init__(self, child: Child) -> None:
        super().__init__(_("This child seems to be in the list already."), field="name")
        self.child = child


class FamilyKnown(DomainError):
    """The office has a family of this phone number already; ``guardian`` is it."""

    def __init__(self, guardian: Guardian) -> None:
        super().__init__(_("Your office registered a family with this phone number already."), field="phone")
        self.guardian = guardian


class BirthDateImpossible(DomainError):
    """Nobody under 18 was born on that day."""


class LoginTooYoung(DomainError):
    """By this birth date the youth, who has a login of their own, would be under 14."""


class NotAnOffice(DomainError):
    """Only an office or school registers families."""


@dataclass(frozen=True)
class ChildFacts:
    """What is asked about a child."""

    name: str
    birth_date: date
    home_community: Region


@dataclass(frozen=True)
class Contact:
    """What a guardian is called, and on which phone they are reached."""

    name: str = ""
    phone: str = ""


def contact_of(user: User) -> Contact:
    """Return what is known of somebody as a guardian, from their record or else from their account. One query."""
    known = Guardian.objects.filter(user=user).first() or Guardian()
    return Contact(name=known.name or user.name, phone=known.phone or user.phone or "")


def guardian_for(user: User, *, name: str = "", phone: str = "", now: datetime) -> Guardian:
    """Return the person's guardian record, made on first use; what it lacks is taken from here or the account."""
    wanted = {"name": name or user.name, "phone": phone or user.phone or ""}
    guardian, _made = Guardian.objects.get_or_create(user=user, defaults={**wanted, "created_at": now})
    lacking = [field for field, value in wanted.items() if value and not getattr(guardian, field)]
    for field in lacking:
        setattr(guardian, field, wanted[field])
    if lacking:
        guardian.save(update_fields=[*lacking, "changed_at"])
    return guardian


def change_contact(guardian: Guardian, contact: Contact) -> Guardian:
    """Change what a guardian is called and on which phone they are reached."""
    guardian.name, guardian.phone = contact.name.strip(), contact.phone
    guardian.save(update_fields=["name", "phone", "changed_at"])
    return guardian


def check_birth_date(birth_date: date, now: datetime) -> None:
    """Pass if somebody born on that date is entered here.

    Raises:
        BirthDateImpossible: in the future, or an adult's.
    """
    day = today(now)
    if birth_date > day:
        raise BirthDateImpossible(_("The birth date lies in the future."), field="birth_date")
    if calendar_age(birth_date, day) >= ADULT_AGE:
        raise BirthDateImpossible(_("Only children and youths under 18 are entered here."), field="birth_date")


def likely_same(guardian: Guardian, facts: ChildFacts, *, by: Acting, now: datetime) -> Child | None:
    """Return a child that this one seems to be, among those whom the acting person may see anyway.

    Same name and birth date, and the same guardian or another record with the guardian's phone number.
    """
    day = today(now)
    rows = Child.objects.visible_to(by, day).filter(birth_date=facts.birth_date, name=facts.name)
    mine = rows.answered_for_by(day, guardian=guardian)
    if guardian.phone:
        mine = mine | rows.answered_for_by(day, guardian__phone=guardian.phone)
    return mine.order_by("pk").first()


def add_child(
    guardian: Guardian,
    *,
    name: str,
    birth_date: date,
    home_community: Region,
    relation: str,
    by: Acting,
    submission_id: uuid.UUID,
    now: datetime,
    is_another: bool = False,
) -> Child:
    """Add a child for whom the guardian answers from today on. A second submission returns the first's child.

    ``is_another`` says that the person has seen the likely same child and means a different one.

    Raises:
        LikelySame: the child seems to be there already.
        BirthDateImpossible: in the future, or an adult's.
    """
    made = Child.objects.filter(submission_id=submission_id).first()
    if made is not None:
        return made
    check_birth_date(birth_date, now)
    try:
        with transaction.atomic():
            lock(Guardian, guardian.pk)
            facts = ChildFacts(name.strip(), birth_date, home_community)
            same = None if is_another else likely_same(guardian, facts, by=by, now=now)
            if same is not None:
                raise LikelySame(same)
            child = Child.objects.create(
                name=facts.name,
                birth_date=birth_date,
                home_community=home_community,
                registered_by=guardian.registered_by,
                submission_id=submission_id,
                created_at=now,
            )
            _answer_for(guardian, child, relation=relation, now=now)
            record(ChildHistory, by, verb="add", child=child, at=now)
    except IntegrityError:
        made = Child.objects.filter(submission_id=submission_id).first()
        if made is None:
            raise
        return made
    return child


def _answer_for(guardian: Guardian, child: Child, *, relation: str, now: datetime) -> Guardianship:
    return Guardianship.objects.create(
        guardian=guardian,
        child=child,
        relation=relation,
        starts_on=today(now),
        ends_on=grown.last_day(child),
        created_at=now,
    )


def saves_of(child: Child) -> models.QuerySet[ChildHistory]:
    """Return each change of the child's record."""
    return ChildHistory.objects.filter(child=child, verb="edit")


def edit_child(
    child: Child,
    *,
    name: str,
    birth_date: date,
    home_community: Region,
    by: Acting,
    now: datetime,
    seen: int | None = None,
) -> Child:
    """Change a child's record; the history names the fields that changed, never what they hold.

    Raises:
        ChangedMeanwhile: somebody saved something else after the state ``seen``.
        BirthDateImpossible: in the future, or an adult's.
        LoginTooYoung: the youth has a login, and would be under 14.
        WrongAge: the child has a place in a session whose ages would no longer fit.
    """
    if birth_date != child.birth_date:
        check_birth_date(birth_date, now)
    with transaction.atomic():
        row = lock(Child, child.pk)
        if row.user_id is not None and not has_legal_age(birth_date, YOUTH_AGE, today(now)):
            raise LoginTooYoung(
                _(
                    "Nobody under 14 has a login of their own, and this youth has one. If the date is right, write to "
                    "the youth league committee."
                ),
                field="birth_date",
            )
        values = {"name": name.strip(), "birth_date": birth_date, "home_community_id": home_community.pk}
        changed = [field for field, value in values.items() if getattr(row, field) != value]
        for field in changed:
            setattr(row, field, values[field])
        if changed:
            refuse_older(seen, saves_of(row), by)
            row.save(update_fields=[*(field.removesuffix("_id") for field in changed), "changed_at"])
            note = ", ".join(field.removesuffix("_id") for field in changed)
            record(ChildHistory, by, verb="edit", note=note, child=row, at=now)
        if "birth_date" in changed:
            grown.reckon_anew(row, was_born=child.birth_date)
            birth_date_changed.send(Child, child=row, now=now)
    return row


def register_family(
    *, name: str, phone: str, child: ChildFacts, relation: str, by: Acting, submission_id: uuid.UUID, now: datetime
) -> Guardian:
    """Register a family without a phone of its own app: the clerk's office acts for it and tells it what happens.

    A second submission returns the first's family.

    Raises:
        NotAnOffice: the person acts for nobody who registers families.
        FamilyKnown: the office has a family of this phone number.
        BirthDateImpossible: in the future, or an adult's.
    """
    office = by.organisation
    if office is None or office.kind not in {Organisation.Kind.OFFICE, Organisation.Kind.SCHOOL}:
        raise NotAnOffice(_("Only an office or a school registers families."))
    with transaction.atomic():
        lock(Organisation, office.pk)
        made = Guardianship.objects.filter(child__submission_id=submission_id).select_related("guardian").first()
        if made is not None:
            return made.guardian
        known = Guardian.objects.filter(registered_by=office, phone=phone).first() if phone else None
        if known is not None:
            raise FamilyKnown(known)
        guardian = Guardian.objects.create(name=name.strip(), phone=phone, registered_by=office, created_at=now)
        add_child(
            guardian,
            name=child.name,
            birth_date=child.birth_date,
            home_community=child.home_community,
            relation=relation,
            by=by,
            submission_id=submission_id,
            now=now,
        )
    return guardian


def tell(
    guardian: Guardian,
    *,
    kind: str,
    cause: str,
    context: dict[str, Any],
    path: str,
    now: datetime,
    urgent: bool = False,
) -> None:
    """Tell one guardian something, by message or through the office that registered them."""
    tell_all([guardian], kind=kind, cause=cause, context=context, path=path, now=now, urgent=urgent)


def tell_all(
    guardians: Iterable[Guardian],
    *,
    kind: str,
    cause: str,
    context: dict[str, Any],
    path: str,
    now: datetime,
    urgent: bool = False,
    grows: bool = False,
) -> None:
    """Tell guardians something, once per person and cause, in the caller's transaction; ``grows`` as in ``notify``.

    Whoever has a login gets a message; for the others it becomes a line "to be told by you" at their office.
    Load the guardians with ``user``. The number of queries does not depend on how many they are.
    """
    rows = list(guardians)
    users = [row.user for row in rows if row.user is not None]
    if users:
        notify(users, kind=kind, cause=cause, context=context, path=path, now=now, urgent=urgent, grows=grows)
    check_kind(kind)
    values = encode(context)
    lines = [
        ToTell(guardian=row, office_id=office, kind=kind, cause=cause, context=values, path=path, created_at=now)
        for row in rows
        if row.user_id is None and (office := row.registered_by_id) is not None
    ]
    if lines:
        anew = {"unique_fields": ["guardian", "cause"], "update_fields": ["context", "path"]}
        how: dict[str, Any] = {"update_conflicts": True, **anew} if grows else {"ignore_conflicts": True}
        ToTell.objects.bulk_create(lines, batch_size=500, **how)


def mark_told(line: ToTell, *, by: Acting, now: datetime) -> ToTell:
    """Tick off a message that the office has passed on; ticking twice happens once."""
    with transaction.atomic():
        row = lock(ToTell, line.pk)
        if row.told_at is None:
            row.told_at, row.told_by = now, by.user
            row.save(update_fields=["told_at", "told_by"])
    return row
