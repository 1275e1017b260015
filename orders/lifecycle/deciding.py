"""The League decides: approve (alone, as the first or second of two, or by rule), reject, return; and cancel."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BigIntegerField
from django.utils.translation import gettext as _

from activities import lifecycle as sessions
from activities import scheduling
from activities.models import Session
from activities.models.session import CLOSES_BEFORE_START
from core.errors import DomainError
from core.locking import lock, retried
from core.money import format_money
from core.prepared import PreparedUpdate
from core.time import today
from funding import commitments, fund_rules, lines
from funding.models import BudgetLine, FundRule
from funding.policies import SecondPersonNeeded
from orders.lifecycle.asking import planned_crew
from orders.lifecycle.edge import AlreadyDone, _move, _moving, lock_order, planned_of
from orders.models import CounterOffer, Order, OrderHistory, PlannedSession, RescheduleProposal
from orders.splitting import Together, together
from orders.statuses import Status, Verb
from organisations.acting import Acting
from organisations.models import Organisation


class NoBudget(DomainError):
    """No budget line covers the order."""


class NotByRule(DomainError):
    """No rule lets the order be approved by itself."""


class CountsTogether(NotByRule):
    """Together with the office's other orders of the provider it is above what goes by itself."""


class ProviderSuspended(DomainError):
    """The provider may not act at present: nobody could check a child in."""


class Begun(DomainError):
    """A session has begun: the order can be reported, not cancelled."""


def budget_lines(order: Order, first: datetime | None = None) -> list[BudgetLine]:
    """Return the lines that may pay the order, best first: its area's, or the nearest above with one.

    The period is that of the ``first`` session, which is asked for unless it is given.
    """
    first = first or planned_of(order)[0].starts_at
    return lines.candidates(
        league=order.league,
        region=order.region,
        theme_slug=(order.version or order.programme.shown).theme_id,
        on=today(first),
        currency=order.currency,
    )


def _line_for(order: Order, line_id: int | None, first: datetime, now: datetime) -> BudgetLine | None:
    """Return the line that pays: the chosen one, or the best that has enough, or the best. None for a free order.

    A line whose allowance is over pays only where it was chosen, and refuses then.
    """
    if order.total == 0:
        return None
    covering = budget_lines(order, first)
    if line_id is not None:
        covering = [line for line in covering if line.pk == line_id]
    else:
        covering = [line for line in covering if not line.is_over(today(now))]
    if not covering:
        sentence = _("No budget line of %(league)s covers %(area)s on that date. Ask League finance to allocate one.")
        raise NoBudget(sentence % {"league": order.league, "area": order.region})
    return next((line for line in covering if line.available >= order.total), covering[0])


@retried
def approve(
    order: Order, *, by: Acting, now: datetime, line_id: int | None = None, seen: int | None = None, note: str = ""
) -> Order:
    """Commit the money, reserve crew and venue, and open the sessions for sign-up; all of it or nothing.

    Above the amount for which the fund's rule wants two officers, the first one's word is written down and the order
    waits for another's. The clock approves only up to the rule's ceiling.

    Raises:
        SecondPersonNeeded: the officer gave the first of the two approvals.
        NotByRule: the clock would approve what no rule lets it, alone or together with the office's other orders.
        OwnOrganisation: the officer is a member of the provider or the office.
        ProviderSuspended: the League has suspended the provider.
        NoBudget, BudgetShort: no line covers it, or the line has too little left.
        VenueTaken, CrewTaken, NotCleared: a session cannot be opened; the order can be returned to the provider.
    """
    with transaction.atomic():
        plan = planned_of(order)
        line = _line_for(order, line_id, plan[0].starts_at, now) if order.status == Status.ACCEPTED else None
        if line is not None:
            line = lines.lock_line(line.pk)
        rule = fund_rules.in_force(line.fund_id, now) if line is not None else None
        if by.user is None:
            _require_within(rule, order)
        elif _is_first_of_two(order, rule, by, seen):
            with _moving(order, Verb.ENDORSE, by=by, now=now, seen=seen, note=note) as row:
                _require_active(row.provider)
            return order
        with _moving(order, Verb.APPROVE, by=by, now=now, seen=seen, note=note) as row:
            # Whatever changes the plan is a step, and until the lock is gone nobody else takes one.
            row.plan = plan if row.revision == order.revision else planned_of(row)
            _require_active(row.provider)
            if line is not None:
                row.line = line
                row.commitment = commitments.reserve_on(
                    line, row.total, rule=rule, provider=row.provider, reference=row.number, by=by, now=now
                )
            _open_sessions(row, by=by, now=now)
    return order


def _require_within(rule: FundRule | None, order: Order) -> None:
    if rule is None or order.total > rule.automatic_up_to:
        raise NotByRule(_("No rule of the fund lets this order be approved by itself. An officer has to decide."))
    counted = together(order, rule)
    if not counted.is_within:
        raise CountsTogether(together_words(order, counted))


def together_words(order: Order, counted: Together) -> str:
    """Return the sentence that says why an order below the ceiling waits for an officer."""
    return _(
        "Within %(days)s days %(office)s ordered for %(total)s of %(provider)s, above the %(ceiling)s that the fund's "
        "rule approves by itself: an officer decides"
    ) % {
        "days": counted.days,
        "office": order.office,
        "provider": order.provider,
        "total": format_money(counted.total, order.currency),
        "ceiling": format_money(counted.ceiling, order.currency),
    }


def wants_two(order: Order, rule: FundRule | None) -> bool:
    """Tell whether the order's total is above the amount that one officer may approve."""
    return rule is not None and rule.two_above is not None and order.total > rule.two_above


def endorsement(order: Order) -> OrderHistory | None:
    """Return the first of two approvals, if one was given since the order came to the League last. One query."""
    rows = order.history.filter(verb__in=[Verb.ACCEPT, Verb.AGREE, Verb.ENDORSE]).select_related("actor")
    last = rows.order_by("-pk").first()
    return last if last is not None and last.verb == Verb.ENDORSE else None


def _is_first_of_two(order: Order, rule: FundRule | None, by: Acting, seen: int | None) -> bool:
    """Tell whether two have to approve and nobody has yet. The order's row is locked until the transaction ends."""
    if not wants_two(order, rule):
        return False
    fresh = lock_order(order)
    earlier = endorsement(fresh) if fresh.status == Status.ACCEPTED else None
    if earlier is None:
        return fresh.status == Status.ACCEPTED
    assert by.user is not None  # the clock does not come here
    if earlier.actor_id != by.user.pk:
        return False
    if seen is not None and seen != fresh.revision:
        raise AlreadyDone(_("You have done this already."))
    assert rule is not None  # two are wanted
    assert rule.two_above is not None
    words = {"amount": format_money(rule.two_above, order.currency), "league": order.league}
    raise SecondPersonNeeded(
        _("You approved this order already. Above %(amount)s another officer of %(league)s has to approve it too.")
        % words
    )


def _require_active(provider: Organisation) -> None:
    if not provider.may_act:
        sentence = _("%(provider)s is suspended. Let it resume first, or do not approve the order.")
        raise ProviderSuspended(sentence % {"provider": provider})


_OPENED = PreparedUpdate(
    lambda planned, session: (PlannedSession.objects.filter(pk=planned), {"session": session}),
    planned=BigIntegerField(),
    session=BigIntegerField(),
)


def _open_sessions(order: Order, *, by: Acting, now: datetime) -> None:
    """Create a session with its crew for each planned one, in the order of their dates."""
    assert order.version is not None  # frozen at submission
    planned = planned_of(order)
    crew = planned_crew(planned)
    series = order.submission_id if len(planned) > 1 else None
    plans = [
        scheduling.SessionPlan(
            version=order.version,
            provider=order.provider,
            region=order.region,
            office=order.office,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            venue=one.venue,
            address=one.address,
            capacity=order.group_size,
            reserved=order.group_size if order.reserve_places else 0,
            first_timers=order.first_timers,
            crew=crew[one.position],
            contact_phone=order.provider.contact_phone,
            series=series,
            opens_at=max(order.opens_at, now) if order.opens_at else None,
            opens_to_all_at=one.starts_at - CLOSES_BEFORE_START - timedelta(days=order.keeps_days),
        )
        for one in planned
    ]
    for one, session in zip(planned, scheduling.open_in_transaction(plans, by=by, now=now), strict=True):
        _OPENED.run(planned=one.pk, session=session.pk)


@retried
def reject(order: Order, *, by: Acting, now: datetime, note: str, seen: int | None = None) -> Order:
    """Say no on the League's part, with a reason."""
    with _move(order, Verb.REJECT, by=by, now=now, seen=seen, note=note):
        pass
    return order


@retried
def return_(order: Order, *, by: Acting, now: datetime, note: str, seen: int | None = None) -> Order:
    """Give the order back to the provider: a clash was found, or other dates are wanted."""
    with _move(order, Verb.RETURN, by=by, now=now, seen=seen, note=note):
        pass
    return order


@retried
def cancel(order: Order, *, by: Acting, now: datetime, note: str, seen: int | None = None) -> Order:
    """Call the order off. An approved one: its sessions are cancelled, families told, the money released.

    Raises:
        Begun: the first session has begun.
    """
    with transaction.atomic():
        if order.line_id is not None:
            lock(BudgetLine, order.line_id)
        with _moving(order, Verb.CANCEL, by=by, now=now, seen=seen, note=note) as row:
            row.offers.filter(status=CounterOffer.Status.OPEN).update(status=CounterOffer.Status.CLOSED)
            if row.status == Status.APPROVED:
                _call_off(row, by=by, now=now, reason=note)
    return order


def _call_off(order: Order, *, by: Acting, now: datetime, reason: str) -> None:
    running = list(Session.objects.filter(planned__order=order).not_cancelled().order_by("pk"))
    if any(session.starts_at <= now or session.status != Session.Status.SCHEDULED for session in running):
        raise Begun(_("A session has begun, so the order cannot be cancelled any more. Cancel the sessions to come."))
    RescheduleProposal.objects.filter(planned__order=order, status=RescheduleProposal.Status.OPEN).update(
        status=RescheduleProposal.Status.WITHDRAWN
    )
    for session in running:
        sessions.cancel(session, by=by, now=now, reason=reason)
    if order.commitment is not None:
        commitments.void(order.commitment, by=by, now=now, reason=reason)
