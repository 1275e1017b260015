"""Whom a family lets fetch a child. History says that somebody was named or taken back, never who."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, SentByAnother
from core.locking import lock, retried
from organisations.acting import Acting, record
from people.models import Child, ChildHistory, PickUpPerson
from people.models.pick_up import MOST_PICK_UP_PERSONS


class TooManyPersons(DomainError):
    """Five are named for the child already."""


@retried
def name_person(
    child: Child, *, name: str, phone: str, by: Acting, submission_id: uuid.UUID, now: datetime
) -> PickUpPerson:
    """Name an adult who may fetch the child. The same submission twice names one.

    Raises:
        TooManyPersons: five are named already.
        SentByAnother: the form's number stands for another child's person.
    """
    with transaction.atomic():
        row = lock(Child, child.pk)
        made = PickUpPerson.objects.filter(submission_id=submission_id).first()
        if made is not None and made.child_id != row.pk:
            raise SentByAnother
        if made is not None:
            return made
        used = set(row.pick_up_persons.values_list("slot", flat=True))
        slot = next((slot for slot in range(1, MOST_PICK_UP_PERSONS + 1) if slot not in used), None)
        if slot is None:
            raise TooManyPersons(_("Five people are named already. Remove one first."))
        person = PickUpPerson.objects.create(
            child=row, slot=slot, name=name.strip(), phone=phone, submission_id=submission_id, created_at=now
        )
        record(ChildHistory, by, verb="name_pick_up", child=row, at=now)
    return person


@retried
def take_back(person: PickUpPerson, *, by: Acting, now: datetime) -> None:
    """Delete a person who is no longer to fetch the child; twice is the same as once."""
    with transaction.atomic():
        child = lock(Child, person.child_id)
        deleted, _kinds = PickUpPerson.objects.filter(pk=person.pk).delete()
        if deleted:
            record(ChildHistory, by, verb="take_back_pick_up", child=child, at=now)
