"""Consents: asked for by purpose, answered by a guardian or the youth, taken back at any time."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import BigIntegerField, Exists, OuterRef
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import lock
from core.memory import remembered
from core.prepared import Prepared
from core.time import today
from organisations.acting import Acting, clock, record
from people.models import Child, ChildHistory, Guardian, Guardianship
from people.models.child import of_age_for_good
from safeguarding.models import Consent, ConsentHistory, ConsentText, HealthNote, Purpose


class NotTheGuardian(DomainError):
    """Somebody answered for a child for whom they do not answer."""


class NotOnPaper(DomainError):
    """Somebody else than the guardian or the youth answered about health notes, which a clerk never sees."""


class PaperMissing(DomainError):
    """A clerk recorded a consent without the date on the signed paper."""


class TextChanged(DomainError):
    """What stood on the page is not, or not yet, a text that can be agreed to."""


class PaperTooOld(DomainError):
    """A paper was signed before the text, to which it should be an answer, was offered."""


def in_force(purpose: str, on: date) -> ConsentText:
    """Return the text that counts for a purpose on the day."""
    text = ConsentText.objects.filter(purpose=purpose).required(on).first()
    if text is None:
        raise ConsentText.DoesNotExist(f"No consent text for {purpose} was in force on {on}.")
    return text


def to_ask(purpose: str, on: date) -> ConsentText:
    """Return the text that people are asked for on the day: a coming one from 30 days before it is required."""
    text = ConsentText.objects.filter(purpose=purpose).offered(on).first()
    if text is None:
        raise ConsentText.DoesNotExist(f"No consent text for {purpose} is offered on {on}.")
    return text


def on_page(purpose: str, number: int | None) -> ConsentText:
    """Return the text that stood on a page, by the number that the page's form carries.

    Raises:
        TextChanged: the form carries no number of a text for this purpose.
    """
    text = None if number is None else ConsentText.objects.filter(pk=number, purpose=purpose).first()
    if text is None:
        raise _text_changed()
    return text


def require_counts(text: ConsentText, on: date) -> None:
    """Pass if people can agree to the text on the day.

    Raises:
        TextChanged: it counts no more, or nobody is asked for it yet.
    """
    required = ConsentText.objects.filter(purpose=text.purpose).required(on).values_list("version", flat=True).first()
    if text.version < (required or 0) or text.offered_from > on:
        raise _text_changed()


def _text_changed() -> TextChanged:
    return TextChanged(_("The text has changed since you opened the page. Please read it and answer again."))


def answer(
    child: Child,
    *,
    guardian: Guardian | None,
    purpose: str,
    given: bool,
    by: Acting,
    now: datetime,
    paper_on: date | None = None,
    text: ConsentText | None = None,
) -> Consent:
    """Record an answer to the text that is asked for now (or to ``text``, the one that was on the page).

    Only a text that counts today can be agreed to; an older one can be refused: a no is a no, whatever the words were.
    ``guardian`` is empty when a youth from 14 on answers for themself. Whoever records a guardian's signed paper
    gives its date. The same answer given again by the same guardian is found, not repeated.

    Raises:
        NotTheGuardian: the guardian does not answer for the child today, or the child is too young to answer.
        PaperMissing: somebody else than the guardian records it and names no paper.
        NotOnPaper: it is about health notes, and not the guardian or the youth answers.
        TextChanged: the text is agreed to and counts no more, or nobody is asked for it yet.
        PaperTooOld: the paper was signed before the text was offered.
    """
    on = today(now)
    _refuse_paper_for_health(guardian, purpose, by, paper_on)
    _check_who(child, guardian, by, on, paper_on)
    asked = text or to_ask(purpose, on)
    _check_text(asked, on, paper_on, given=given)
    wanted = Consent.Answer.GIVEN if given else Consent.Answer.REFUSED
    with transaction.atomic():
        lock(Child, child.pk)
        newest = Consent.objects.filter(child=child, text__purpose=purpose).newest_first().first()
        if newest and _same(newest, guardian, asked, wanted):
            return newest
        consent = Consent.objects.create(
            child=child,
            guardian=guardian,
            text=asked,
            answer=wanted,
            at=now,
            recorded_by=by.user if paper_on else None,
            paper_on=paper_on,
        )
        record(ConsentHistory, by, verb="answer", after=wanted, consent=consent, at=now)
        if purpose == Purpose.HEALTH:
            _settle_note(consent, by, now)
    return consent


def _settle_note(consent: Consent, by: Acting, now: datetime) -> None:
    """Let a note rest on the newest answer, or delete it with a refusal."""
    if consent.is_standing:
        HealthNote.objects.filter(child=consent.child_id).update(consent=consent)
    else:
        forget_note(consent.child, by=by, now=now)


def forget_note(child: Child, *, by: Acting, now: datetime) -> None:
    """Delete the child's health note, if there is one. The caller holds the child's lock."""
    deleted, _kinds = HealthNote.objects.filter(child=child).delete()
    if deleted:
        record(ChildHistory, by, verb="delete_health_note", child=child, at=now)


@transaction.atomic
def answer_many(pairs: Sequence[tuple[Child, Guardian]], *, purpose: str, given: bool, now: datetime) -> list[Consent]:
    """Record that guardians with a login answered for children who have no answer yet; each acts for themself.

    Raises:
        NotTheGuardian: somebody does not answer for the child today.
    """
    on = today(now)
    children = {child.pk for child, _guardian in pairs}
    current = Guardianship.objects.current(on).filter(child__in=children)
    known = set(current.values_list("child_id", "guardian_id"))
    if any((child.pk, guardian.pk) not in known or guardian.user_id is None for child, guardian in pairs):
        raise NotTheGuardian(_("This person is not recorded as the child's guardian."))
    text, wanted = to_ask(purpose, on), Consent.Answer.GIVEN if given else Consent.Answer.REFUSED
    made = Consent.objects.bulk_create(
        [Consent(child=child, guardian=guardian, text=text, answer=wanted, at=now) for child, guardian in pairs],
        batch_size=500,
    )
    ConsentHistory.objects.bulk_create(
        [
            ConsentHistory(verb="answer", after=wanted, consent=consent, at=now, **Acting(user=guardian.user).history())
            for consent, (_child, guardian) in zip(made, pairs, strict=True)
        ],
        batch_size=500,
    )
    return made


def _same(newest: Consent, guardian: Guardian | None, text: ConsentText, wanted: str) -> bool:
    known = (newest.guardian_id, newest.text_id, newest.answer, newest.withdrawn_at)
    return known == (guardian.pk if guardian else None, text.pk, wanted, None)


def _refuse_paper_for_health(guardian: Guardian | None, purpose: str, by: Acting, paper_on: date | None) -> None:
    """A paper about health notes would tell an office that there is something to know of a child's health."""
    by_another = guardian is not None and (by.user is None or guardian.user_id != by.user.pk)
    if purpose == Purpose.HEALTH and (paper_on is not None or (by_another and not by.system)):
        raise NotOnPaper(_("Only a guardian with a login, or the youth from 14 on, answers about health notes."))


def _check_who(child: Child, guardian: Guardian | None, by: Acting, on: date, paper_on: date | None) -> None:
    if guardian is None:
        own = by.user is not None and child.user_id == by.user.pk
        if not own or not child.is_youth(on):
            raise NotTheGuardian(_("Until the age of 14 a guardian answers for the child."))
        return
    if not Guardianship.objects.current(on).filter(guardian=guardian, child=child).exists():
        raise NotTheGuardian(_("This person is not recorded as the child's guardian."))
    own = by.user is not None and guardian.user_id == by.user.pk
    if not own and paper_on is None and not by.system:
        raise PaperMissing(_("Write the date that stands on the signed paper."), field="paper_on")
    if paper_on is not None and paper_on > on:
        raise PaperMissing(_("The date on the paper lies in the future."), field="paper_on")


def _check_text(text: ConsentText, on: date, paper_on: date | None, *, given: bool) -> None:
    if given:
        require_counts(text, on)
    elif text.offered_from > on:
        raise _text_changed()
    if paper_on is not None and paper_on < text.offered_from:
        raise PaperTooOld(
            _("This paper was signed before the present text was offered. Let the guardian sign the present one."),
            field="paper_on",
        )


def withdraw(consent: Consent, *, by: Acting, now: datetime) -> Consent:
    """Take a consent back. Any guardian of the child may, and the youth; twice is the same as once.

    A health note goes with the consent on which it rests, in the same transaction; what a guardian agreed to before
    the youth wrote a note of their own ends without it.
    """
    with transaction.atomic():
        child = lock(Child, consent.child_id)  # as whoever answers or writes a note does
        current = lock(Consent, consent.pk)
        if not current.is_standing:
            return current
        current.withdrawn_at = now
        current.save(update_fields=["withdrawn_at"])
        record(ConsentHistory, by, verb="withdraw", before=current.answer, consent=current, at=now)
        if HealthNote.objects.filter(child=child, consent=current).exists():
            forget_note(child, by=by, now=now)
    return current


def end_at_18(now: datetime) -> int:
    """Take back, as the clock, what guardians agreed to for those who are of age; return how many answers.

    They count no more from the day after the 18th birthday, whenever this runs; where nobody has a login for the
    record, it waits for 90 days, as the birth date may be mistyped. A youth's own answers go on.
    """
    of_age = Consent.objects.standing().filter(of_age_for_good(today(now), "child__"), guardian__isnull=False)
    rows = list(of_age.order_by("child_id", "pk"))
    for consent in rows:
        withdraw(consent, by=clock("safeguarding.of_age"), now=now)
    return len(rows)


def ended_at_18(children: Iterable[Child], on: date) -> set[int]:
    """Return whose consent to take part has ended by their age alone: the newest answer is a guardian's yes.

    Nobody took it back but the clock. One query if anybody is of age on the day, else none.
    """
    of_age = [child.pk for child in children if child.is_grown(on)]
    if not of_age:
        return set()
    taken_back = ConsentHistory.objects.filter(consent=OuterRef("pk"), verb="withdraw", actor__isnull=False)
    rows = Consent.objects.filter(child__in=of_age, text__purpose=Purpose.SIGN_UP)
    newest = {row.child_id: row for row in rows.annotate(by_person=Exists(taken_back)).order_by("at", "pk")}
    return {
        pk
        for pk, row in newest.items()
        if row.guardian_id is not None and row.answer == Consent.Answer.GIVEN and not row.by_person  # type: ignore[attr-defined]
    }


Standing = dict[int, dict[str, Consent | None]]
_ANSWERS = Prepared(
    lambda children: (
        Consent.objects.filter(child__pk__in=children)
        .select_related("text", "guardian")
        .defer("text__text_zh", "text__text_en", "guardian__phone")
        .order_by("at", "pk")
    ),
    children=BigIntegerField(),
)


@remembered(60)
def _required(on: date) -> dict[str, int]:
    """The version of each purpose's text that is required on the day. A text is written long before it is required."""
    rows = ConsentText.objects.filter(required_from__lte=on).order_by("version")
    return dict(rows.values_list("purpose", "version"))


def standing(children: Iterable[Child], on: date) -> Standing:
    """Return, for each child and purpose, the newest answer that counts on the day, else nothing.

    What was agreed to counts as long as its text does; a refusal always, also on an older page. An answer that was
    taken back counts as none, as does a guardian's for somebody who is of age. One query, however many children, and
    one now and then.
    """
    rows = {child.pk: child for child in children}
    ids = sorted(rows)
    result: Standing = {pk: dict.fromkeys(Purpose.values) for pk in ids}
    if not ids:
        return result
    required = _required(on)
    for row in _ANSWERS.rows(children=ids):
        ended = row.guardian_id is not None and rows[row.child_id].is_grown(on)
        outdated = row.is_standing and row.text.version < required.get(row.text.purpose, 0)
        if not ended and not outdated:
            result[row.child_id][row.text.purpose] = None if row.withdrawn_at else row
    return result
