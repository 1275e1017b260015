"""What became of the lines of a statement: paid, returned, looked into, or set aside.

A line that names a transfer by its reference and agrees with it moves the transfer by itself. One that names it and
says something else is put aside as differing, with an alert; it never pays anything. All others stay visible until
somebody matches them by hand or sets them aside with a reason.
"""

import re
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleState
from core.locking import lock, retried
from funding import messages, payouts
from funding.donations import SlipUsed
from funding.models import Donation, LineState, Payout, StatementHistory, StatementImport, StatementLine
from funding.papers import plain, signs
from funding.policies import PersonNeeded
from organisations.acting import Acting, record
from organisations.meanwhile import with_who

State, Difference = LineState.State, LineState.Difference
TRANSITIONS: dict[str, frozenset[str]] = {
    State.OPEN: frozenset({State.MATCHED, State.DIFFERS, State.SET_ASIDE}),
    State.DIFFERS: frozenset({State.SET_ASIDE}),
    State.SET_ASIDE: frozenset({State.OPEN}),
    State.MATCHED: frozenset(),
}
_REFERENCE = re.compile(r"(?<![0-9A-Z-])[0-9A-Z]+(?:-[0-9A-Z]+)+(?![0-9A-Z-])")
MOST_NEAR = 3
_MAY_COME_BACK = {Payout.Status.SENT, Payout.Status.PAID, Payout.Status.RETURNED}


def match_all(
    statement: StatementImport, *, by: Acting, now: datetime, seconds: float | None = None
) -> StatementImport:
    """Look at the lines that nobody looked at yet, each in a transaction of its own, for so many seconds at most.

    What went out comes before what came back, for many banks write the newest first. Who stops it in between loses
    nothing: the lines that were left are looked at next time.

    Raises:
        PersonNeeded: no person is acting.
    """
    if by.user is None:
        raise PersonNeeded(_("Only a person approves and pays money."))
    end = None if seconds is None else time.monotonic() + seconds
    fresh = StatementLine.objects.filter(statement=statement, state__is_looked_at=False).order_by(
        "-direction", "booked_on", "row"
    )
    for line in fresh.select_related("league"):
        if end is not None and time.monotonic() > end:
            return statement
        look_at(line, by=by, now=now)
    StatementImport.objects.unfinished().filter(pk=statement.pk).update(matched_at=now)
    statement.refresh_from_db()
    return statement


@retried
def look_at(line: StatementLine, *, by: Acting, now: datetime) -> LineState:
    """Match a line with the one transfer whose reference it names; a line that names none stays open."""
    with transaction.atomic():
        state = lock(LineState, line.pk)
        if state.is_looked_at:
            return state
        found = named(line)
        if found is not None:
            try:
                with transaction.atomic():
                    _settle(state, line, found, by, now)
            except DomainError:  # somebody else has to match it by hand: it stays open, where they see it
                state.refresh_from_db()
        state.is_looked_at = True
        state.save(update_fields=["is_looked_at"])
    return state


@retried
def match(line: StatementLine, payout: Payout, *, by: Acting, now: datetime) -> LineState:
    """Match an open line with a transfer that a person chose. What differs is put aside as differing all the same.

    Raises:
        StaleState: somebody decided about the line meanwhile.
        SlipUsed: it is money that is booked as a donation.
        OwnMoney, PersonNeeded: somebody else has to do it.
    """
    with transaction.atomic():
        state = _locked(line, by, State.MATCHED)
        _settle(state, line, payout, by, now)
    return state


@retried
def set_aside(line: StatementLine, *, reason: str, by: Acting, now: datetime) -> LineState:
    """Say why a line belongs to no transfer, or what was found out about one that differs. Twice happens once.

    Raises:
        StaleState: the line is matched.
    """
    with transaction.atomic():
        state = _locked(line, by, State.SET_ASIDE, is_once=True)
        if state.state != State.SET_ASIDE:
            _write(state, line, State.SET_ASIDE, by=by, now=now, note=reason)
    return state


@retried
def take_back(line: StatementLine, *, by: Acting, now: datetime) -> LineState:
    """Open a line again that was set aside by mistake. Twice happens once.

    Raises:
        StaleState: it is in another state by now.
    """
    with transaction.atomic():
        state = _locked(line, by, State.OPEN, is_once=True)
        if state.state != State.OPEN:
            _write(state, line, State.OPEN, by=by, now=now)
    return state


def named(line: StatementLine) -> Payout | None:
    """Return the transfer whose reference stands in the remark; nothing if none or more than one does. One query."""
    references = set(_REFERENCE.findall(signs(line.memo)))
    found = list(_transfers_of(line).filter(reference__in=references)[:2]) if references else []
    return found[0] if len(found) == 1 else None


def suggestions(lines: Sequence[StatementLine]) -> dict[int, list[Payout]]:
    """Return for each line which transfers it may mean, the likeliest first. One query.

    They are over the same amount and on their way, or arrived where money came back; the reference counts though it
    was written without its hyphens, then the account, then the name.
    """
    if not lines:
        return {}
    amounts = {line.amount for line in lines}
    moving = _transfers_of(lines[0]).filter(amount__in=amounts).order_by("sent_at", "pk")
    by_amount: defaultdict[tuple[int, str], list[Payout]] = defaultdict(list)
    for payout in moving.filter(status__in=[Payout.Status.SENT, Payout.Status.PAID]):
        by_amount[(payout.amount, payout.currency)].append(payout)
    found = {}
    for line in lines:
        fit = [
            one
            for one in by_amount[(line.amount, line.currency)]
            if one.status == Payout.Status.SENT or not line.is_out
        ]
        ranked = sorted(fit, key=lambda payout: _likeness(line, payout), reverse=True)
        found[line.pk] = ranked[:MOST_NEAR]
    return found


def differences(line: StatementLine, payout: Payout) -> list[str]:
    """Return in what a line says something else than the transfer: amount, currency, payee, or where it stands."""
    account = payout.account
    assert account is not None  # a bank transfer has one
    found: list[str] = []
    if line.amount != payout.amount:
        found.append(Difference.AMOUNT)
    if line.currency != payout.currency:
        found.append(Difference.CURRENCY)
    if line.is_out and plain(line.name) != plain(account.holder):
        found.append(Difference.NAME)
    if line.is_out and line.number and line.number.isdigit() and line.number != account.number:
        found.append(Difference.NUMBER)
    if payout.payer is not None and payout.payer.number != line.account:
        found.append(Difference.PAYER)
    return found + _wrong_moment(line, payout)


def _wrong_moment(line: StatementLine, payout: Payout) -> list[str]:
    if not line.is_out:
        return [] if payout.status in _MAY_COME_BACK else [Difference.STATUS]
    if payout.status == Payout.Status.SENT or payout.bank_reference == line.bank_reference:
        return []
    return [Difference.SLIP if payout.bank_reference else Difference.STATUS]


def _settle(state: LineState, line: StatementLine, payout: Payout, by: Acting, now: datetime) -> None:
    """Move the transfer as the line says, or put the line aside where they differ; decided on the locked row.

    The line is matched first: what the transfer brings about asks what the bank says of it.
    """
    lock(Payout, payout.pk)
    payout = Payout.objects.with_settlement().get(pk=payout.pk)
    different = differences(line, payout)
    if not different and _is_taken(payout, line):
        different.append(Difference.SLIP)
    if different:
        state.payout, state.differences = payout, ",".join(different)
        _write(state, line, State.DIFFERS, by=by, now=now, note=payout.reference)
        messages.line_differs(line, payout, now=now)
        return
    state.payout, state.is_return = payout, not line.is_out
    _write(state, line, State.MATCHED, by=by, now=now, note=payout.reference)
    if not line.is_out:
        _require_no_gift(line)
        payouts.mark_returned(payout, reason=line.memo or line.bank_reference, by=by, now=now)
    elif payout.bank_reference != line.bank_reference:
        payouts.mark_paid(payout, bank_reference=line.bank_reference, by=by, now=now)


def _require_no_gift(line: StatementLine) -> None:
    """Let no money bring a transfer back that is booked as a donation."""
    gifts = Donation.objects.filter(fund__league=line.league_id, bank_reference=line.bank_reference)
    if gifts.filter(amount=line.amount).exists():
        raise SlipUsed(_("This money is booked as a donation. Correct that entry before you match the line."))


def _is_taken(payout: Payout, line: StatementLine) -> bool:
    """Tell whether another line moved the transfer this way already."""
    return LineState.objects.filter(payout=payout, state=State.MATCHED, is_return=not line.is_out).exists()


def _write(
    state: LineState, line: StatementLine, to: LineState.State, *, by: Acting, now: datetime, note: str = ""
) -> None:
    before, state.state, state.is_looked_at = state.state, to, True
    if to in {State.OPEN, State.SET_ASIDE}:
        state.payout, state.differences = None, ""
    state.save()
    verb = {State.MATCHED: "match", State.DIFFERS: "differ", State.SET_ASIDE: "set_aside", State.OPEN: "take_back"}[to]
    about = {"statement": line.statement, "line": line}
    record(StatementHistory, by, verb=verb, before=before, after=to, note=note, at=now, **about)


def _locked(line: StatementLine, by: Acting, to: str, *, is_once: bool = False) -> LineState:
    """Return the line's state, locked, if it may go to another one; ``is_once``: or is there already."""
    if by.user is None:
        raise PersonNeeded(_("Only a person approves and pays money."))
    state = lock(LineState, line.pk)
    if to not in TRANSITIONS[state.state] and not (is_once and state.state == to):
        sentence = _("This line is “%(state)s” by now. Reload the page to see what happened.")
        raise StaleState(with_who(sentence % {"state": state.get_state_display()}, line.history.all(), by))
    return state


def _transfers_of(line: StatementLine) -> QuerySet[Payout]:
    """The bank transfers of the League whose statement it is."""
    rows = Payout.objects.filter(rail=Payout.Rail.BANK, settlement__commitment__line__fund__league=line.league_id)
    return rows.with_settlement()


def _likeness(line: StatementLine, payout: Payout) -> int:
    bare = re.sub(r"[^0-9A-Z]", "", payout.reference.upper())
    holder, number = (payout.account.holder, payout.account.number) if payout.account else ("", "")
    is_in_memo = bare in re.sub(r"[^0-9A-Z]", "", plain(line.memo))
    return 4 * is_in_memo + 2 * (line.number == number) + (plain(line.name) == plain(holder))
