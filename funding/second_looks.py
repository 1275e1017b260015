"""What one person may not book alone once the fund has a rule: closing a period, large spending outside and refunds.

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
from funding.models import BudgetLine, Donation, Entry, Fund, FundHistory, Period, SecondLook, StripeRefund
from funding.policies import PersonNeeded, SecondPersonNeeded
from funding.stripe import gifts, leaving
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
    if not fund_rules.wants_two(line.fund_id, amount, now):
        return outside.spend(line, amount, document=document, file=file, by=by, now=now, key=key)
    outside.require_new_document(line, document, key=key)
    words = {"line": line, "amount": amount, "document": document, "file": file}
    return _ask(Kind.SPEND, line.fund, by=by, now=now, submission_id=submission_id, **words)


def refund(
    fund: Fund, amount: int, *, document: str, by: Acting, now: datetime, submission_id: uuid.UUID
) -> Fund | SecondLook:
    """Enter what went back to its giver; above the amount of the fund's rule, ask for that.

    Raises: as ``funds.refund``.
    """
    key = _refund_key(submission_id)
    if not fund_rules.wants_two(fund.pk, amount, now):
        return funds.refund(fund, amount, document=document, by=by, now=now, key=key)
    funds.require_refundable(fund, document, key=key)
    words = {"amount": amount, "document": document}
    return _ask(Kind.REFUND, fund, by=by, now=now, submission_id=submission_id, **words)


def _refund_key(submission_id: uuid.UUID) -> str:
    return f"refund:{submission_id}"


def refund_gift(
    donation: Donation, amount: int, *, reason: str, by: Acting, now: datetime, submission_id: uuid.UUID
) -> StripeRefund | SecondLook:
    """Have Stripe give money of a donation back; above the amount of the fund's rule, ask for that.

    Raises: as ``gifts.ask_refund``.
    """
    words: dict[str, Any] = {"reason": reason, "by": by, "now": now, "submission_id": submission_id}
    if not fund_rules.wants_two(donation.fund_id, amount, now):
        return gifts.ask_refund(donation, amount, **words)
    if not SecondLook.objects.filter(submission_id=submission_id).exists():
        gifts.require_refundable(donation, amount)
    return _ask(Kind.REFUND, donation.fund, donation=donation, amount=amount, **words)


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
        _refuse_second(kind, fund, about)
        asked = SecondLook.objects.create(
            kind=kind, fund=fund, asked_by=by.user, asked_at=now, submission_id=submission_id, **about
        )
        record(FundHistory, by, verb=f"ask_{kind}", after=str(asked.pk), fund=fund, line=asked.line, at=now)
    return asked


def _refuse_second(kind: SecondLook.Kind, fund: Fund, about: dict[str, Any]) -> None:
    """Refuse what waits already: one document twice, or one donation. The caller holds the fund's lock."""
    waiting = SecondLook.objects.waiting().filter(kind=kind, fund=fund, line=about.get("line"))
    if about.get("donation") is not None:
        if waiting.filter(donation=about["donation"]).exists():
            raise StaleState(_("A refund of this donation waits for a second person already."))
    elif "document" in about:
        papers = waiting.filter(donation=None)
        if any(outside.same_document(one.document, about["document"]) for one in papers):
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
        asked.entry = _book(asked, by, now)
        _decide(asked, Status.CONFIRMED, by, now)
    return asked


def _book(asked: SecondLook, by: Acting, now: datetime) -> Entry | None:
    """Do what was asked for; return the entry, where it is one."""
    words: dict[str, Any] = {"by": by, "now": now, "asked": asked}
    if asked.kind == Kind.CLOSE:
        assert asked.ends_on is not None  # a constraint
        funds.close_period(asked.fund, ends_on=asked.ends_on, **words)
        return None
    assert asked.amount is not None  # a constraint
    if asked.line is not None:
        words |= {"document": asked.document, "file": asked.file, "key": f"spend:{asked.submission_id}"}
        return outside.spend(asked.line, asked.amount, **words)
    if asked.donation is not None:
        number = asked.submission_id
        made = gifts.ask_refund(asked.donation, asked.amount, reason=asked.reason, submission_id=number, **words)
        return Entry.objects.get(key=leaving.entry_key(made))
    key = _refund_key(asked.submission_id)
    funds.refund(asked.fund, asked.amount, document=asked.document, key=key, **words)
    return Entry.objects.get(key=key)


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
    rows = SecondLook.objects.select_related("fund__league", "line__fund__league", "line__region", "donation__fund")
    return rows.get(pk=asked.pk)


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
