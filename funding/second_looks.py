"""What one person may not book alone once the fund has a rule: closing a period, and large spending outside.

The first person asks; it is booked when a second one, of League finance or an officer, confirms it.
"""

import uuid
from datetime import date, datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import SentByAnother, StaleState
from core.locking import lock, retried
from funding import fund_rules, funds, outside
from funding.models import BudgetLine, Entry, Fund, FundHistory, Period, SecondLook
from funding.policies import PersonNeeded, SecondPersonNeeded
from organisations.acting import Acting, record

Status, Kind = SecondLook.Status, SecondLook.Kind


def close_period(
    fund: Fund, *, ends_on: date, by: Acting, now: datetime, submission_id: uuid.UUID
) -> Period | SecondLook:
    """Close a fund's books up to a day; where the fund has a rule, ask for that.

    Raises: as ``funds.close_period``.
    """
    if fund_rules.in_force(fund.pk, now) is None:
        return funds.close_period(fund, ends_on=ends_on, by=by, now=now)
    funds.require_closable(fund, ends_on, now)
    return _ask(Kind.CLOSE, fund, by=by, now=now, submission_id=submission_id, ends_on=ends_on)


def spend(
    line: BudgetLine,
    amount: int,
    *,
    document: str,
    file: "File[bytes]",
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID,
) -> Entry | SecondLook:
    """Enter what was paid from a line outside the system; above the amount of the fund's rule, ask for that.

    Raises: as ``outside.spend``.
    """
    key = f"spend:{submission_id}"
    if not outside.wants_two(line, amount, now):
        return outside.spend(line, amount, document=document, file=file, by=by, now=now, key=key)
    outside.require_new_document(line, document, key=key)
    words = {"line": line, "amount": amount, "document": document, "file": file}
    return _ask(Kind.SPEND, line.fund, by=by, now=now, submission_id=submission_id, **words)


def _ask(
    kind: SecondLook.Kind, fund: Fund, *, by: Acting, now: datetime, submission_id: uuid.UUID, **about: Any
) -> SecondLook:
    if by.user is None:
        raise PersonNeeded(_("Only a person approves and pays money."))
    with transaction.atomic():
        lock(Fund, fund.pk)
        known = SecondLook.objects.filter(submission_id=submission_id).first()
        if known is not None and known.asked_by_id != by.user.pk:
            raise SentByAnother
        if known is not None:
            return known
        _refuse_second(about)
        asked = SecondLook.objects.create(
            kind=kind, fund=fund, asked_by=by.user, asked_at=now, submission_id=submission_id, **about
        )
        record(FundHistory, by, verb=f"ask_{kind}", after=str(asked.pk), fund=fund, line=asked.line, at=now)
    return asked


def _refuse_second(about: dict[str, Any]) -> None:
    """Refuse what waits already: the same document of the same line. The caller holds the fund's lock."""
    if "document" not in about:
        return
    waiting = SecondLook.objects.waiting().filter(kind=Kind.SPEND, line=about["line"])
    if any(outside.same_document(one.document, about["document"]) for one in waiting):
        sentence = _("This document waits for a second person already. It is not needed twice.")
        raise outside.DocumentEntered(sentence, field="document")


@retried
def confirm(asked: SecondLook, *, by: Acting, now: datetime) -> SecondLook:
    """Book what another person asked for. Twice happens once.

    Raises:
        SecondPersonNeeded: the same person asked for it.
        StaleState: it was dropped.
        DomainError: as the act itself.
    """
    with transaction.atomic():
        asked = _locked(asked)
        if asked.status == Status.CONFIRMED:
            return asked
        if asked.status != Status.WAITING:
            raise StaleState(_("This was dropped meanwhile. Nothing was booked."))
        require_second(asked, by)
        if asked.kind == Kind.CLOSE:
            assert asked.ends_on is not None  # a constraint
            funds.close_period(asked.fund, ends_on=asked.ends_on, by=by, now=now, asked=asked)
        else:
            assert asked.line is not None  # a constraint
            assert asked.amount is not None
            asked.entry = outside.spend(
                asked.line,
                asked.amount,
                document=asked.document,
                file=asked.file,
                by=by,
                now=now,
                key=f"spend:{asked.submission_id}",
                asked=asked,
            )
        _decide(asked, Status.CONFIRMED, by, now)
    return asked


@retried
def drop(asked: SecondLook, *, by: Acting, now: datetime) -> SecondLook:
    """Let it be: nothing is booked. Twice happens once.

    Raises:
        StaleState: it was confirmed.
    """
    with transaction.atomic():
        asked = _locked(asked)
        if asked.status == Status.CONFIRMED:
            raise StaleState(_("This was confirmed meanwhile, and is booked."))
        if asked.status == Status.WAITING:
            _decide(asked, Status.DROPPED, by, now)
            record(FundHistory, by, verb="drop_asked", after=str(asked.pk), fund=asked.fund, line=asked.line, at=now)
    return asked


def _locked(asked: SecondLook) -> SecondLook:
    """Return it as it is now; the fund comes before the line in the order of locks, and guards it."""
    lock(Fund, asked.fund_id)
    return SecondLook.objects.select_related("fund__league", "line__fund__league", "line__region").get(pk=asked.pk)


def _decide(asked: SecondLook, to: SecondLook.Status, by: Acting, now: datetime) -> None:
    asked.status, asked.decided_by, asked.decided_at = to, by.user, now
    asked.save(update_fields=["status", "decided_by", "decided_at", "entry"])


def require_second(asked: SecondLook, by: Acting) -> None:
    """Pass if another person asked for it.

    Raises:
        SecondPersonNeeded: the same one did.
    """
    if by.user is None or by.user.pk == asked.asked_by_id:
        words = {"league": asked.fund.league}
        raise SecondPersonNeeded(
            _("You asked for this yourself. Another officer, or somebody else of %(league)s's finance, confirms it.")
            % words
        )
