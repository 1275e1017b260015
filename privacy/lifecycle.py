"""What happens to an incident: its verbs. Each locks the row, checks the edge, writes history in one transaction."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import DomainError, SentByAnother, StaleState
from core.locking import lock, retried
from organisations.acting import Acting, record
from organisations.meanwhile import refuse_older, with_who
from people.models import Child
from privacy.models import Affected, Incident, IncidentHistory, Telling
from privacy.policies import handles, writes_incidents

_S = Incident.Status
_SAME: dict[str, str] = {_S.OPEN: _S.OPEN, _S.NOTIFYING: _S.NOTIFYING}
# verb -> status it may start from -> status it ends in
TRANSITIONS: dict[str, dict[str, str]] = {
    "edit": _SAME,
    "pick": _SAME,
    "clear": {_S.OPEN: _S.OPEN},
    "word": {_S.OPEN: _S.OPEN},
    "report": _SAME,
    "send": {_S.OPEN: _S.NOTIFYING, _S.NOTIFYING: _S.NOTIFYING},
    "tell": _SAME,
    "close": {_S.OPEN: _S.CLOSED, _S.NOTIFYING: _S.CLOSED},
}
SAVES = ("record", "edit")
SHORTEST_NAME = 2


class NotYours(DomainError):
    """Another League handles the incident, or the person is no safeguarding officer."""


class AlreadyMoved(StaleState):
    """The incident is not where the verb begins, such as closed meanwhile."""


class BadMoment(DomainError):
    """A moment that cannot be meant."""


class NamesSomebody(DomainError):
    """The words name a child whom the incident concerns."""


class NotReported(DomainError):
    """An incident of this grade is closed after the authority was told."""


class StillToTell(DomainError):
    """Somebody whom the incident concerns was not told yet."""


@dataclass(frozen=True)
class Facts:
    """What is written down about an incident."""

    kind: str
    grade: str
    found_at: datetime
    began_at: datetime | None
    what: str
    data_kinds: Sequence[str]
    may_follow: str = ""
    remedy: str = ""
    advice: str = ""

    def fields(self) -> dict[str, object]:
        """Return the values by field."""
        return asdict(self) | {"data_kinds": list(self.data_kinds)}

    @property
    def words(self) -> list[str]:
        """Everything that somebody typed."""
        return [self.what, self.may_follow, self.remedy, self.advice]


def _check_moments(facts: Facts, now: datetime) -> None:
    if facts.found_at > now:
        raise BadMoment(_("It was found now or earlier."), field="found_at")
    if facts.began_at is not None and facts.began_at > facts.found_at:
        raise BadMoment(_("It began before it was found, or empty if nobody knows."), field="began_at")


def refuse_names(incident: Incident, words: Iterable[str], *, field: str | None = None) -> None:
    """Pass if no child whom the incident concerns is named. One query.

    Raises:
        NamesSomebody: one is.
    """
    text = "\n".join(words)
    names = Child.objects.filter(pk__in=incident.affected.exclude(child=None).values("child")).values_list("name")
    if any(len(name) >= SHORTEST_NAME and name in text for (name,) in names.iterator()):
        raise NamesSomebody(
            _("These words name a child whom the incident concerns. Say it without names."), field=field
        )


def move(incident: Incident, verb: str, *, by: Acting, now: datetime, note: str = "") -> Incident:
    """Lock the row, check who acts and the edge, set the status and write the history; the caller saves.

    Raises:
        NotYours: they do not handle it.
        AlreadyMoved: it is not where the verb begins.
    """
    row = lock(Incident, incident.pk)
    if not handles(by, row):
        raise NotYours(_("A safeguarding officer of the League that handles the incident does this."))
    before, after = row.status, TRANSITIONS[verb].get(row.status)
    if after is None:
        sentence = _("It is “%(status)s” by now.") % {"status": row.get_status_display()}
        raise AlreadyMoved(with_who(sentence, IncidentHistory.objects.filter(incident=row).exclude(after=""), by))
    row.status = after
    record(IncidentHistory, by, verb=verb, before=before, after=after, incident=row, at=now, note=note)
    return row


def saves_of(incident: Incident) -> QuerySet[IncidentHistory]:
    """Return the history of what was written about the incident."""
    return IncidentHistory.objects.filter(incident=incident, verb__in=SAVES)


@retried
def write_down(facts: Facts, *, by: Acting, now: datetime, submission_id: uuid.UUID) -> Incident:
    """Write an incident down. The same submission twice writes it down once.

    Raises:
        NotYours: no safeguarding officer of a League writes it.
        BadMoment: it was found in the future, or before it began.
        SentByAnother: the submission's number stands on another League's incident.
    """
    _check_moments(facts, now)
    if by.organisation is None or not writes_incidents(by):
        raise NotYours(_("A safeguarding officer of a League writes incidents down."))
    with transaction.atomic():
        known = Incident.objects.filter(submission_id=submission_id).first()
        if known is not None:
            if known.league_id != by.organisation.pk:
                raise SentByAnother
            return known
        row = Incident.objects.create(
            league=by.organisation, created_at=now, submission_id=submission_id, **facts.fields()
        )
        record(IncidentHistory, by, verb="record", after=row.status, incident=row, at=now)
    return row


@retried
def edit(incident: Incident, facts: Facts, *, by: Acting, now: datetime, seen: int | None = None) -> Incident:
    """Correct or complete what is written down, until the incident is closed.

    Raises:
        BadMoment: it was found in the future, before it began, or after the authority was told.
        NamesSomebody: the words name a child whom it concerns.
        ChangedMeanwhile: somebody saved after the state ``seen``.
        NotYours, AlreadyMoved: as named.
    """
    _check_moments(facts, now)
    with transaction.atomic():
        lock(Incident, incident.pk)
        refuse_older(seen, saves_of(incident), by)
        row = move(incident, "edit", by=by, now=now)
        if row.reported_at is not None and facts.found_at > row.reported_at:
            raise BadMoment(_("The authority was told after it was found."), field="found_at")
        refuse_names(row, facts.words)
        for name, value in facts.fields().items():
            setattr(row, name, value)
        row.save()
    return row


@retried
def word(incident: Incident, *, notice_zh: str, notice_en: str, by: Acting, now: datetime) -> Incident:
    """Keep the words of the notice in both languages, before it is sent.

    Raises:
        NamesSomebody: they name a child whom the incident concerns.
        NotYours, AlreadyMoved: as named.
    """
    with transaction.atomic():
        row = move(incident, "word", by=by, now=now)
        refuse_names(row, [notice_zh], field="notice_zh")
        refuse_names(row, [notice_en], field="notice_en")
        row.notice_zh, row.notice_en = notice_zh.strip(), notice_en.strip()
        row.save()
    return row


@retried
def report(
    incident: Incident, *, authority: str, reported_at: datetime, reference: str, by: Acting, now: datetime
) -> Incident:
    """Write down which authority was told, when, and under which number it keeps it.

    Raises:
        BadMoment: told in the future, or before the incident was found.
        NotYours, AlreadyMoved: as named.
    """
    with transaction.atomic():
        row = move(incident, "report", by=by, now=now)
        if not row.found_at <= reported_at <= now:
            raise BadMoment(_("The authority was told between the finding and now."), field="reported_at")
        row.authority, row.reported_at, row.reference = authority.strip(), reported_at, reference.strip()
        row.save()
    return row


@retried
def tell(
    incident: Incident,
    affected: Affected,
    *,
    how: str,
    at: datetime,
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID,
) -> None:
    """Write down that staff told somebody themselves, such as by phone. The same submission twice counts once.

    Raises:
        BadMoment: told in the future, or before the incident was found.
        NotYours, AlreadyMoved: as named.
    """
    assert by.user is not None
    assert how in Telling.BY_STAFF
    with transaction.atomic():
        lock(Incident, incident.pk)
        if Telling.objects.filter(submission_id=submission_id).exists():
            return
        row = move(incident, "tell", by=by, now=now, note=f"{how} {affected.pk}")
        if not row.found_at <= at <= now:
            raise BadMoment(_("They were told between the finding and now."), field="at")
        one = row.affected.get(pk=affected.pk)
        Telling.objects.create(affected=one, how=how, at=at, by=by.user, submission_id=submission_id)


def look(incident: Incident, names: int, *, by: Acting, now: datetime) -> None:
    """Write down that somebody looks at whom the incident concerns; the caller shows it only after this was saved."""
    record(IncidentHistory, by, verb="look", incident=incident, at=now, note=str(names))


@retried
def close(incident: Incident, *, lessons: str, by: Acting, now: datetime) -> Incident:
    """End an incident: everybody concerned was told, and the authority where the grade asks for it.

    Raises:
        NotReported, StillToTell: something is still to be done.
        NotYours, AlreadyMoved: as named.
    """
    with transaction.atomic():
        row = move(incident, "close", by=by, now=now)
        if row.report_by is not None and row.reported_at is None:
            raise NotReported(_("Write down first when the authority was told: this grade has to be reported."))
        untold = row.affected.untold().count()
        if untold:
            raise StillToTell(_("%(n)d of those concerned were not told yet, in any way.") % {"n": untold})
        refuse_names(row, [lessons], field="lessons")
        row.closed_at, row.lessons = now, lessons.strip()
        row.save()
    return row
