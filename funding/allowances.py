"""An allowance lasts for a term: on its last day's morrow what is unused goes back to the fund and is offered again."""

import logging
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.formats import day_text
from core.locking import lock, retried
from core.time import today
from funding import ledger, messages
from funding.ledger import Kind, Move
from funding.models import BudgetLine, Entry, Fund, FundHistory
from organisations.acting import Acting, clock, record
from organisations.meanwhile import refuse_older

logger = logging.getLogger(__name__)


class ReturnNotAhead(DomainError):
    """Unused money returns on a later day than today, within the fund's period."""


class TermOver(DomainError):
    """The line's term is over: what is put there would go back at once."""


def require_ahead(line: BudgetLine, returns_on: date, now: datetime) -> None:
    """Pass if unused money of the line can return on that day.

    Raises:
        ReturnNotAhead: the day has come already, or the fund has ended by then.
    """
    if returns_on <= today(now):
        raise ReturnNotAhead(_("Choose a day after today."), field="returns_on")
    if returns_on > line.fund.ends_on:
        raise ReturnNotAhead(
            _("The fund ends on %(day)s. Choose a day up to then.") % {"day": day_text(line.fund.ends_on)},
            field="returns_on",
        )


def require_running(line: BudgetLine, now: datetime) -> None:
    """Pass if money that is put on the line stays there.

    Raises:
        TermOver: the day on which its unused money returns has come.
    """
    if line.returns_on is not None and line.is_over(today(now)):
        raise TermOver(
            _("The term of %(line)s ended on %(day)s. Say first until when the new allowance lasts.")
            % {"line": line, "day": day_text(line.returns_on)},
            field="returns_on",
        )


@retried
def set_return(
    line: BudgetLine, returns_on: date | None, *, by: Acting, now: datetime, seen: int | None = None
) -> BudgetLine:
    """Say when unused money of a line returns to the fund, or that it stays. The same day twice changes nothing.

    Raises:
        ReturnNotAhead: the day has come already, or the fund has ended by then.
        ChangedMeanwhile: somebody set another day after the state ``seen``.
    """
    with transaction.atomic():
        lock(BudgetLine, line.pk)
        line = BudgetLine.objects.with_fund().get(pk=line.pk)
        if line.returns_on != returns_on:
            refuse_older(seen, return_saves(line), by)
            write_return(line, returns_on, by=by, now=now)
    return line


def return_saves(line: BudgetLine) -> QuerySet[FundHistory]:
    """Return the history rows that say when the line's day of return was set."""
    return line.history.filter(verb="set_return")


def write_return(line: BudgetLine, returns_on: date | None, *, by: Acting, now: datetime) -> None:
    """Write the day of return and its history row. The caller holds the line's lock.

    Raises:
        ReturnNotAhead: the day has come already, or the fund has ended by then.
    """
    if returns_on is not None:
        require_ahead(line, returns_on, now)
    before, line.returns_on = line.returns_on, returns_on
    line.save(update_fields=["returns_on", "changed_at"])
    record(
        FundHistory,
        by,
        verb="set_return",
        before=before.isoformat() if before else "",
        after=returns_on.isoformat() if returns_on else "",
        fund=line.fund,
        line=line,
        at=now,
    )


@retried
def give_back(line_id: int, *, by: Acting, now: datetime) -> int:
    """Return what is unused on a line whose term is over to its fund; return how much. A second call finds nothing."""
    with transaction.atomic():
        line = BudgetLine.objects.with_fund().get(pk=line_id)
        lock(Fund, line.fund_id)
        lock(BudgetLine, line_id)
        due = BudgetLine.objects.with_fund().due_to_return(today(now)).filter(pk=line_id).first()
        if due is None or due.returns_on is None:
            return 0
        amount = due.available
        term = f"line:{line_id}/give_back/{due.returns_on.isoformat()}/"
        accounts = ledger.accounts_of(due.fund_id, line_id)
        ledger.post(
            f"{term}{Entry.objects.filter(key__startswith=term).count() + 1}",
            kind=Entry.Kind.GIVE_BACK,
            transfers=[Move(accounts[Kind.AVAILABLE], accounts[Kind.UNALLOCATED], amount)],
            memo=due.returns_on.isoformat(),
            by=by,
            at=now,
        )
        record(FundHistory, by, verb="give_back", fund=due.fund, line=due, at=now)
        messages.allowance_returned(due, amount, now=now)
    return amount


def sweep(now: datetime) -> int:
    """Return every allowance whose day has come, each in a transaction of its own; return how many there were."""
    by, done = clock("funding.give_back"), 0
    for pk in BudgetLine.objects.due_to_return(today(now)).order_by("pk").values_list("pk", flat=True):
        try:
            done += give_back(pk, by=by, now=now) > 0
        except DomainError as refusal:
            logger.info("funding.give_back left line %s as it is: %s", pk, type(refusal).__name__)
    return done
