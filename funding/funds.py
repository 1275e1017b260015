"""Set up funds, receive money, give it to budget lines and take it back, close periods."""

import uuid
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import lock, lock_all, retried
from core.money import DEFAULT_CURRENCY, format_money
from core.time import today
from funding import allowances, fund_rules, ledger, outside, queries
from funding.ledger import Kind, Move
from funding.models import BudgetLine, Entry, Fund, FundHistory, Period, Quarantine, SecondLook, StripeRefund
from funding.policies import SecondPersonNeeded
from organisations.acting import Acting, record
from organisations.models import Organisation, Region


class OutsideArea(DomainError):
    """A fund pays only for regions of its League."""


class NameTaken(DomainError):
    """A League's funds bear different names."""


class OtherFund(DomainError):
    """Money moves between two lines of one fund."""


class LeftAtStripe(DomainError):
    """Money left at Stripe, and is booked by settling that difference."""


class DatedAhead(DomainError):
    """An entry bears a later date than today: the clock was wrong, and nothing can be closed before it is right."""


class PeriodNotOver(DomainError):
    """A period is closed after its last day, and after the one before it."""


def create(
    league: Organisation,
    *,
    name: str,
    starts_on: date,
    ends_on: date,
    by: Acting,
    now: datetime,
    name_en: str = "",
    currency: str = DEFAULT_CURRENCY,
    submission_id: uuid.UUID | None = None,
) -> Fund:
    """Set up an empty fund. The same ``submission_id`` twice gives the same fund.

    Raises:
        NameTaken: the League has a fund of this name, for instance because two officers set it up at once.
    """
    submission_id = submission_id or uuid.uuid4()
    with transaction.atomic():
        lock(Organisation, league.pk)
        if Fund.objects.filter(league=league, name=name).exclude(submission_id=submission_id).exists():
            raise NameTaken(_("Your League committee has a fund of this name already."), field="name")
        fund, is_new = Fund.objects.get_or_create(
            submission_id=submission_id,
            defaults={
                "league": league,
                "name": name,
                "name_en": name_en,
                "starts_on": starts_on,
                "ends_on": ends_on,
                "currency": currency,
                "created_at": now,
            },
        )
        if is_new:
            ledger.open_accounts(fund)
            record(FundHistory, by, verb="create", fund=fund, at=now)
    return fund


@retried
def receive(fund: Fund, amount: int, *, document: str, by: Acting, now: datetime, key: str) -> Fund:
    """Enter money that arrived for the fund; ``document`` names the paper that proves it.

    Raises:
        outside.DocumentEntered: another form entered it from that paper.
    """
    ends = Kind.OUTSIDE, Kind.UNALLOCATED
    return _post(fund, ends, amount, kind=Entry.Kind.RECEIVE, document=document, by=by, now=now, key=key)


@retried
def refund(
    fund: Fund, amount: int, *, document: str, by: Acting, now: datetime, key: str, asked: SecondLook | None = None
) -> Fund:
    """Enter money that went back to its giver. It can only come from what is not allocated.

    Above the amount of the fund's rule another person ``asked`` for it.

    Raises:
        SecondPersonNeeded: one person alone would enter it.
        LeftAtStripe: something left at Stripe that a person has not settled yet: it might be entered twice.
        outside.DocumentEntered: another form entered it from that paper.
        ledger.NotEnough: the fund has not so much unallocated.
    """
    with transaction.atomic():
        lock(Fund, fund.pk)
        fund_rules.require_two(fund.pk, amount, asked=asked, by=by, now=now)
        _require_settled(fund)
        ends = Kind.UNALLOCATED, Kind.OUTSIDE
        return _post(fund, ends, amount, kind=Entry.Kind.REFUND, document=document, by=by, now=now, key=key)


def require_refundable(fund: Fund, document: str, *, key: str) -> None:
    """Pass if money given back can be entered from that paper.

    Raises:
        LeftAtStripe, outside.DocumentEntered: as ``refund``.
    """
    _require_settled(fund)
    _require_new_slip(fund, Entry.Kind.REFUND, document, key)


def _require_new_slip(fund: Fund, kind: str, document: str, key: str) -> None:
    outside.require_new_slip(Entry.objects.of_fund(fund).filter(kind=kind), document, key=key)


def _post(
    fund: Fund,
    ends: tuple[str, str],
    amount: int,
    *,
    kind: Entry.Kind,
    document: str,
    by: Acting,
    now: datetime,
    key: str,
) -> Fund:
    with transaction.atomic():
        lock(Fund, fund.pk)
        _require_new_slip(fund, kind, document, key)
        accounts = ledger.accounts_of(fund.pk)
        moves = [Move(accounts[ends[0]], accounts[ends[1]], amount)]
        _entry, is_new = ledger.post(key, kind=kind, transfers=moves, memo=document, by=by, at=now)
        if is_new:
            record(FundHistory, by, verb=kind.value, note=document, fund=fund, at=now)
    fund.refresh_from_db()
    return fund


def _require_settled(fund: Fund) -> None:
    """Pass if nothing left at Stripe that nobody has settled: settling it is what books it, not an entry by hand."""
    numbers = Quarantine.objects.filter(kind=Quarantine.Kind.SPENT, closed_at=None).values("object_id")
    found = StripeRefund.objects.filter(gift__donation__fund=fund, refund_id__in=numbers)
    left = found.select_related("gift__donation").order_by("pk").first()
    if left is not None:
        words = {"amount": format_money(left.amount, fund.currency), "reference": left.gift.donation.reference}
        raise LeftAtStripe(
            _("Stripe gave %(amount)s of %(reference)s back already. Settle that difference first: that books it.")
            % words
        )


@retried
def allocate(
    fund: Fund,
    region: Region,
    amount: int,
    *,
    theme_slug: str = "",
    returns_on: date | None = None,
    by: Acting,
    now: datetime,
    key: str,
) -> BudgetLine:
    """Give unallocated money to the line of a region and a theme (or any theme), opening the line if it is the first.

    With ``returns_on`` it is an allowance for a term: on that day what is unused on the line returns to the fund.

    Raises:
        OutsideArea: the region is not one of the League's.
        ledger.NotEnough: the fund has not that much left to allocate.
        allowances.ReturnNotAhead: the day of return has come, or is after the fund's end.
        allowances.TermOver: the line's earlier term is over, and no new one is named.
    """
    if not region.is_within(fund.league.region):
        raise OutsideArea(
            _("%(region)s does not belong to the area of %(league)s.") % {"region": region, "league": fund.league},
            field="region",
        )
    with transaction.atomic():
        lock(Fund, fund.pk)
        line, is_new_line = BudgetLine.objects.get_or_create(
            fund=fund, region=region, theme_slug=theme_slug, defaults={"created_at": now}
        )
        if is_new_line:
            ledger.open_accounts(fund, line)
        ends = Kind.UNALLOCATED, Kind.AVAILABLE
        if _move_allocation(line, ends, amount, kind=Entry.Kind.ALLOCATE, by=by, now=now, key=key):
            if returns_on is not None and returns_on != line.returns_on:
                allowances.write_return(line, returns_on, by=by, now=now)
            allowances.require_running(line, now)
    line.refresh_from_db()
    return line


@retried
def take_back(line: BudgetLine, amount: int, *, by: Acting, now: datetime, key: str) -> BudgetLine:
    """Return available money of a line to the fund's unallocated money."""
    with transaction.atomic():
        lock(Fund, line.fund_id)
        ends = Kind.AVAILABLE, Kind.UNALLOCATED
        _move_allocation(line, ends, amount, kind=Entry.Kind.TAKE_BACK, by=by, now=now, key=key)
    line.refresh_from_db()
    return line


def _move_allocation(
    line: BudgetLine, ends: tuple[str, str], amount: int, *, kind: Entry.Kind, by: Acting, now: datetime, key: str
) -> bool:
    """Move money between a fund and a line of it; return whether it was new."""
    accounts = ledger.accounts_of(line.fund_id, line.pk)
    moves = [Move(accounts[ends[0]], accounts[ends[1]], amount)]
    _entry, is_new = ledger.post(key, kind=kind, transfers=moves, memo="", by=by, at=now)
    if is_new:
        record(FundHistory, by, verb=kind.value, fund=line.fund, line=line, at=now)
    return is_new


@retried
def transfer(
    line: BudgetLine, target: BudgetLine, amount: int, *, reason: str, by: Acting, now: datetime, key: str
) -> BudgetLine:
    """Move available money from a line to another one of the same fund. The same key twice moves it once.

    Raises:
        OtherFund: the lines belong to two funds, or are the same.
        ledger.NotEnough: the line has not that much available.
        allowances.TermOver: the other line's term is over.
    """
    if line.fund_id != target.fund_id or line.pk == target.pk:
        raise OtherFund(_("Choose another line of the same fund."), field="target")
    with transaction.atomic():
        lock_all(BudgetLine, {line.pk, target.pk})
        target = BudgetLine.objects.with_fund().get(pk=target.pk)
        here, there = (ledger.accounts_of(line.fund_id, one.pk) for one in (line, target))
        moves = [Move(here[Kind.AVAILABLE], there[Kind.AVAILABLE], amount)]
        _entry, is_new = ledger.post(key, kind=Entry.Kind.TRANSFER, transfers=moves, memo=reason, by=by, at=now)
        if is_new:
            allowances.require_running(target, now)
            after = f"line:{target.pk}"
            record(FundHistory, by, verb="transfer", after=after, note=reason, fund=line.fund, line=line, at=now)
    line.refresh_from_db()
    return line


def close_period(fund: Fund, *, ends_on: date, by: Acting, now: datetime, asked: SecondLook | None = None) -> Period:
    """Close the fund's books up to a day. From then on the database refuses entries dated in it.

    A second call by the same person closes nothing more. Where the fund has a rule, another person ``asked`` for it.

    Raises:
        PeriodNotOver: the day is not over, or a later one is closed already.
        DatedAhead: an entry of the fund bears a later date than today.
        SecondPersonNeeded: one person alone would close it, though the fund has a rule.
    """
    with transaction.atomic():
        lock(Fund, fund.pk)
        lock_all(BudgetLine, fund.lines.values_list("pk", flat=True))
        _require_over(fund, ends_on, now)
        known = fund.periods.filter(ends_on=ends_on, closed_by=by.user).first()
        if known is not None and by.user is not None:
            return known
        _require_not_closed(fund, ends_on)
        if fund_rules.in_force(fund.pk, now) is not None and (asked is None or asked.asked_by == by.user):
            raise SecondPersonNeeded(
                _("The rules of this fund want two people to close its books: one asks, another confirms.")
            )
        period = Period.objects.create(fund=fund, ends_on=ends_on, closed_at=now, closed_by=by.user)
        record(FundHistory, by, verb="close_period", after=ends_on.isoformat(), fund=fund, at=now)
    return period


def _require_over(fund: Fund, ends_on: date, now: datetime) -> None:
    if ends_on >= today(now):
        raise PeriodNotOver(_("A period can be closed from the day after its last one."), field="ends_on")
    if queries.dated_ahead(fund, today(now)).exists():
        raise DatedAhead(_("An entry bears a later date than today. Have the clock of the server looked at first."))


def require_closable(fund: Fund, ends_on: date, now: datetime) -> None:
    """Pass if the books of a fund can be closed up to a day.

    Raises:
        PeriodNotOver, DatedAhead: as ``close_period``.
    """
    _require_over(fund, ends_on, now)
    _require_not_closed(fund, ends_on)


def _require_not_closed(fund: Fund, ends_on: date) -> None:
    if fund.periods.filter(ends_on__gte=ends_on).exists():
        raise PeriodNotOver(_("The books are closed up to that day already."), field="ends_on")
