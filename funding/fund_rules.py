"""The dated rules of a fund: which one is in force at a moment, and adding the next."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, DateField, DateTimeField
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import lock, retried
from core.prepared import Prepared
from core.time import today
from funding.models import Fund, FundHistory, FundRule, SecondLook, SettlementRule
from funding.models.rule import AUTOMATIC_DAYS
from funding.policies import PersonNeeded, SecondPersonNeeded
from organisations.acting import Acting, record


class RuleInThePast(DomainError):
    """A rule would change what was decided already."""


class RuleOfThatDay(DomainError):
    """There is a rule for that day already."""


_IN_FORCE = Prepared(
    lambda fund, on, at: FundRule.objects.filter(fund=fund, required_from__lte=on, set_at__lte=at).order_by(
        "-required_from"
    )[:1],
    fund=BigIntegerField(),
    on=DateField(),
    at=DateTimeField(),
)


def in_force(fund_id: int, at: datetime) -> FundRule | None:
    """Return the fund's rule at a moment: the newest of the days up to then that was entered by then. One query."""
    return _IN_FORCE.first(fund=fund_id, on=today(at), at=at)


def in_force_for(fund_ids: Iterable[int], at: datetime) -> dict[int, FundRule]:
    """Return the rule of each of the funds at a moment, where it has one. One query."""
    rows = FundRule.objects.filter(fund__in=set(fund_ids), required_from__lte=today(at), set_at__lte=at)
    return {rule.fund_id: rule for rule in rows.order_by("required_from")}


def checker_above(rule: FundRule | None, default: SettlementRule) -> int:
    """Return above which amount maker is not checker: by the fund's rule, else by the city's."""
    return default.checker_above if rule is None else rule.checker_above


def wants_two(fund_id: int, amount: int, now: datetime) -> bool:
    """Tell whether the fund's rule wants a second person where so much leaves it by hand. One query."""
    rule = in_force(fund_id, now)
    return rule is not None and amount > rule.checker_above


def require_two(fund_id: int, amount: int, *, asked: SecondLook | None, by: Acting, now: datetime) -> None:
    """Pass if another person asked for it, or the fund's rule wants no second one. One query.

    Raises:
        SecondPersonNeeded: one person alone would book it.
    """
    if wants_two(fund_id, amount, now) and (asked is None or asked.asked_by == by.user):
        sentence = _("The rules of this fund want two people to enter this amount: one asks, another confirms.")
        raise SecondPersonNeeded(sentence)


def counted_days(rule: FundRule) -> int:
    """Return over how many days orders count together; a rule from before that was asked has the default."""
    return AUTOMATIC_DAYS if rule.automatic_days is None else rule.automatic_days


@retried
def add(
    fund: Fund,
    *,
    required_from: date,
    checker_above: int,
    automatic_up_to: int = 0,
    automatic_days: int = AUTOMATIC_DAYS,
    two_above: int | None = None,
    advance_share: int = 0,
    advance_cap: int | None = None,
    by: Acting,
    now: datetime,
) -> FundRule:
    """Add a rule from today or a later day on. Amounts are minor units, the share basis points of a commitment.

    What an office orders of one provider within ``automatic_days`` counts together against ``automatic_up_to``.
    The same rule sent twice by the same person is added once.

    Raises:
        RuleInThePast: the day is over.
        RuleOfThatDay: another one is in force from that day.
        PersonNeeded: no person is acting.
    """
    if by.user is None:
        raise PersonNeeded(_("Only a person decides about a fund's rules."))
    if required_from < today(now):
        sentence = _("What was decided stays decided: choose today or a later day.")
        raise RuleInThePast(sentence, field="required_from")
    words = {
        "automatic_up_to": automatic_up_to,
        "automatic_days": automatic_days,
        "two_above": two_above,
        "checker_above": checker_above,
        "advance_share": advance_share,
        "advance_cap": advance_cap,
    }
    try:
        with transaction.atomic():
            lock(Fund, fund.pk)
            rule = FundRule.objects.create(fund=fund, required_from=required_from, set_by=by.user, set_at=now, **words)
            record(FundHistory, by, verb="add_rule", after=required_from.isoformat(), fund=fund, at=now)
    except IntegrityError:
        known = FundRule.objects.filter(fund=fund, required_from=required_from).first()
        if known is None:
            raise
        if known.set_by_id == by.user.pk and all(getattr(known, name) == value for name, value in words.items()):
            return known
        sentence = _("A rule from that day on was entered already. Choose a later day.")
        raise RuleOfThatDay(sentence, field="required_from") from None
    return rule
