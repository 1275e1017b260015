"""Taking a concern in: from anybody, with or without a name. What was sent is never changed."""

import json
import uuid
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from concerns import desks, telling
from concerns.models import Category, Concern, ConcernHistory, Statement
from concerns.references import Subject
from core.errors import SentByAnother
from core.locking import lock
from core.time import add_working_days, today
from organisations.acting import Acting, record
from organisations.models import Organisation, Region
from users.models import User

ANONYMOUS = "somebody without a name"


def report(
    category: Category,
    *,
    words: str,
    region: Region,
    now: datetime,
    submission_id: uuid.UUID,
    subject: Subject | None = None,
    who: str = "",
    about: Organisation | None = None,
    school: Organisation | None = None,
    contact: str = "",
    reporter: Acting | None = None,
) -> Concern:
    """Take a report in and lay it on the lowest desk of its area; the desk is told at once.

    ``school`` is the one that ordered the session at which it was noticed: its child officer acts first.
    Without ``reporter`` nothing is kept that says who sent it. A second submission finds the first's concern.

    Raises:
        NobodyToTell: no League committee works in the area.
        SentByAnother: the submission's number stands on another category's concern.
    """
    known = Concern.objects.filter(submission_id=submission_id).first()
    if known is None:
        desk = desks.lowest(region, about, today(now), school)
        try:
            with transaction.atomic():
                return _take_in(
                    Concern(
                        category=category,
                        region=region,
                        desk=desk,
                        about=about,
                        reported_at=now,
                        due_on=add_working_days(today(now), category.answer_days),
                        submission_id=submission_id,
                    ),
                    Statement(words=words.strip(), subject=_sealed(subject, who), contact=contact.strip(), at=now),
                    reporter,
                )
        except IntegrityError:
            known = Concern.objects.get(submission_id=submission_id)
    if known.category_id != category.pk:
        raise SentByAnother
    return known


def _take_in(concern: Concern, statement: Statement, reporter: Acting | None) -> Concern:
    concern.save(force_insert=True)
    statement.concern, statement.reporter = concern, reporter.user if reporter else None
    statement.save(force_insert=True)
    _write(concern, "report", reporter, statement.at, after=concern.status)
    telling.desk(concern, "concern_waits", event="reported", now=statement.at)
    return concern


def add_words(
    concern: Concern, *, words: str, now: datetime, submission_id: uuid.UUID, reporter: Acting | None = None
) -> Statement:
    """Add what the reporter forgot, or had no time to write; what was sent before stays as it is.

    Raises:
        SentByAnother: the submission's number stands on another concern's statement.
    """
    with transaction.atomic():
        row = lock(Concern, concern.pk)
        user: User | None = reporter.user if reporter else None
        made, is_new = Statement.objects.get_or_create(
            submission_id=submission_id, defaults={"concern": row, "words": words.strip(), "reporter": user, "at": now}
        )
        if made.concern_id != row.pk:
            raise SentByAnother
        if is_new:
            _write(row, "add_words", reporter, now)
            if row.status != Concern.Status.CLOSED:
                telling.desk(row, "concern_words", event=f"words:{made.pk}", now=now)
    return made


def _write(concern: Concern, verb: str, reporter: Acting | None, now: datetime, after: str = "") -> None:
    """Write the history; of somebody without a name not even the request's number, by which a log could name them."""
    if reporter is not None:
        record(ConcernHistory, reporter, verb=verb, after=after, concern=concern, at=now)
    else:
        ConcernHistory.objects.create(concern=concern, verb=verb, after=after, system=ANONYMOUS, at=now)


def _sealed(subject: Subject | None, who: str) -> str:
    """Return whom it is about as one text, to be sealed."""
    facts: dict[str, Any] = {"who": who.strip()} if who.strip() else {}
    if subject is not None:
        facts |= {name: value for name in ("child", "session") if (value := getattr(subject, name))}
    return json.dumps(facts, ensure_ascii=False) if facts else ""


def subject_of(statement: Statement) -> dict[str, Any]:
    """Return whom a statement is about: ``who`` in words, ``child`` and ``session`` as numbers, as far as known."""
    try:
        facts = json.loads(statement.subject or "{}")
    except ValueError:  # its key is missing: the text says so
        return {"who": statement.subject}
    return facts if isinstance(facts, dict) else {}
