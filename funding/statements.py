"""Statements of the League's bank: a file is imported once, each of its lines exactly once, whoever brings it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.locking import lock, retried
from funding import payers, statement_layout
from funding.models import LineState, StatementHistory, StatementImport, StatementLine
from funding.policies import PersonNeeded
from organisations.acting import Acting, record
from organisations.models import Organisation

_PORTION = 500


@retried
def start(upload: "UploadedFile[bytes]", *, account: str, by: Acting, now: datetime) -> tuple[StatementImport, bool]:
    """Keep the lines of a statement, and tell whether the file is new. Lines that an earlier file brought stay there.

    Raises:
        BadFile: it cannot be read, or contradicts an earlier file.
        NotOurAccount: the League has accounts, and this is none of them.
        PersonNeeded: no person is acting.
    """
    if by.user is None or by.organisation is None:
        raise PersonNeeded(_("Only a person approves and pays money."))
    payers.require_own(by.organisation, account)
    upload.seek(0)
    digest = hashlib.sha256(upload.read()).hexdigest()
    same = StatementImport.objects.filter(league=by.organisation, account=account, digest=digest)
    known = same.first()
    if known is not None:
        return known, False
    lines = statement_layout.read(upload)
    statement = StatementImport(
        league=by.organisation,
        account=account,
        name=PurePath(upload.name or "").name[:100],
        digest=digest,
        imported_by=by.user,
        imported_at=now,
    )
    try:
        return _keep(statement, lines, by, now), True
    except IntegrityError:
        known = same.first()
        if known is None:
            raise
        return known, False


def _keep(statement: StatementImport, lines: Sequence[StatementLine], by: Acting, now: datetime) -> StatementImport:
    """Store the lines that are new. The League's row is locked: two files with a line in common come one by one."""
    with transaction.atomic():
        lock(Organisation, statement.league_id)
        new = _unknown(statement, lines)
        statement.known_lines = len(lines) - len(new)
        statement.save(force_insert=True)
        for line in new:
            line.statement, line.league_id, line.account = statement, statement.league_id, statement.account
        made = StatementLine.objects.bulk_create(new, batch_size=_PORTION)
        LineState.objects.bulk_create([LineState(line=line) for line in made], batch_size=_PORTION)
        record(StatementHistory, by, verb="import", statement=statement, at=now)
    return statement


def _unknown(statement: StatementImport, lines: Sequence[StatementLine]) -> list[StatementLine]:
    """Return the lines that no earlier file brought.

    Raises:
        BadFile: an earlier file has one of the numbers on another movement.
    """
    known: dict[str, StatementLine] = {}
    earlier = StatementLine.objects.filter(league=statement.league_id, account=statement.account)
    for start_at in range(0, len(lines), _PORTION):
        numbers = [line.bank_reference for line in lines[start_at : start_at + _PORTION]]
        known |= {line.bank_reference: line for line in earlier.filter(bank_reference__in=numbers)}
    for line in lines:
        other = known.get(line.bank_reference)
        if other is not None and statement_layout.said(other) != statement_layout.said(line):
            raise statement_layout.two_movements(line)
    return [line for line in lines if line.bank_reference not in known]
