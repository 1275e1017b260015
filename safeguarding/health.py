"""Health notes: written by a guardian, or by a youth from 14 on, while their consent to that purpose stands.

``consents`` deletes the note with the consent; all three lock the child first, so none overtakes another.
"""

from datetime import date, datetime

from django.db import models, transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import lock, retried
from core.time import today
from organisations.acting import Acting, record
from organisations.meanwhile import refuse_older
from people.models import Child, ChildHistory, Guardian
from safeguarding import consents
from safeguarding.models import Consent, ConsentText, HealthNote, Purpose
from safeguarding.policies import writes_health_note


class NotAgreed(DomainError):
    """No consent to health notes stands for the child."""


class NotTheirs(DomainError):
    """Only a guardian, or the youth, writes and deletes the note."""


def saves_of(child: Child) -> models.QuerySet[ChildHistory]:
    """Return each time that the child's note was written or deleted."""
    return ChildHistory.objects.filter(child=child, verb__in=("write_health_note", "delete_health_note"))


def agreed(child: Child, on: date) -> Consent | None:
    """Return the consent under which a note may stand on the day; nothing without one. Two queries at most."""
    consent = consents.standing([child], on)[child.pk][Purpose.HEALTH]
    return consent if consent is not None and consent.is_standing else None


@retried
def write(
    child: Child,
    words: str,
    *,
    guardian: Guardian | None,
    by: Acting,
    now: datetime,
    agrees_to: ConsentText | None = None,
    seen: int | None = None,
) -> HealthNote:
    """Write the child's note, one of at most 300 characters. The same words again change nothing.

    ``guardian`` is empty when a youth writes for themself. ``agrees_to`` is the text that was agreed to in the same
    form; the consent is kept only if the note is.

    Raises:
        NotTheirs: somebody else than a guardian or the youth writes.
        NotAgreed: no consent to health notes stands.
        NotTheGuardian: the guardian does not answer for the child today.
        TextChanged: the text that was agreed to counts no more.
        ChangedMeanwhile: somebody saved other words after the state ``seen``.
    """
    with transaction.atomic():
        row = _own(child, by, now)
        if agrees_to is not None:
            consents.answer(row, guardian=guardian, purpose=Purpose.HEALTH, given=True, by=by, now=now, text=agrees_to)
        consent = agreed(row, today(now))
        if consent is None:
            raise NotAgreed(_("Nothing was saved: read the text about health notes and agree to it first."))
        note = HealthNote.objects.filter(child=row).first() or HealthNote(child=row)
        if (note.text, note.consent_id) == (words.strip(), consent.pk):
            return note
        refuse_older(seen, saves_of(row), by)
        note.text, note.consent, note.written_at = words.strip(), consent, now
        note.save()
        record(ChildHistory, by, verb="write_health_note", child=row, at=now)
    return note


@retried
def take_back(child: Child, *, by: Acting, now: datetime) -> None:
    """Delete the child's note; the consent stays until it is taken back. Twice is the same as once.

    Raises:
        NotTheirs: somebody else than a guardian or the youth deletes.
    """
    with transaction.atomic():
        consents.forget_note(_own(child, by, now), by=by, now=now)


def _own(child: Child, by: Acting, now: datetime) -> Child:
    """Return the child locked, if the note is theirs to write."""
    row = lock(Child, child.pk)
    if not writes_health_note(by, row, today(now)):
        raise NotTheirs(_("Only a guardian, or the youth from 14 on, writes and deletes a health note."))
    return row
