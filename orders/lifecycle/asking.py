"""The office asks, the provider answers: submit, accept, counter, agree, decline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField
from django.utils.translation import gettext as _

from catalog.models import ProgrammeVersion
from core.errors import DomainError, StaleState
from core.locking import retried
from core.money import format_money
from core.prepared import Prepared
from orders import checks
from orders.lifecycle.edge import _move, notice_ends
from orders.models import CounterDate, CounterOffer, Order, PlannedCrew, PlannedSession
from orders.statuses import Status, Verb
from organisations.acting import Acting

# Who goes to a planned session, by its position: the members' ids, each with whether they lead.
Crew = Mapping[int, Sequence[tuple[int, bool]]]


class NotReady(DomainError):
    """The order cannot be asked for as it stands; each problem is a sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the problems one by one for the page."""
        super().__init__(" ".join(problems))
        self.problems = list(problems)


class PriceChanged(StaleState):
    """The menu's price is not the one that the office saw in its draft."""


class NothingProposed(DomainError):
    """A counter-offer that changes nothing, or asks for more."""


@dataclass(frozen=True)
class OtherDate:
    """A planned session as the provider would rather have it."""

    position: int
    starts_at: datetime
    ends_at: datetime
    venue_id: int | None = None
    address: str = ""


@retried
def submit(order: Order, *, by: Acting, now: datetime, seen: int | None = None, note: str = "") -> Order:
    """Ask the provider. Version, price and quantity freeze; later changes of the menu do not touch the order.

    Raises:
        NotReady: dates, notice, group, place, programme or the trial stage stand against it.
        PriceChanged: the menu's price is another one than the draft's, which takes it over to be looked at.
    """
    try:
        return _submit(order, by=by, now=now, seen=seen, note=note)
    except PriceChanged:
        shown = order.programme.shown
        drafts = Order.objects.in_status(Status.DRAFT).filter(pk=order.pk)
        drafts.update(unit_price=shown.price, currency=shown.currency, changed_at=now)
        raise


def _submit(order: Order, *, by: Acting, now: datetime, seen: int | None, note: str) -> Order:
    with _move(order, Verb.SUBMIT, by=by, now=now, seen=seen, note=note) as row:
        planned = list(row.planned.select_related("venue").order_by("position"))
        problems = checks.problems(row, planned, now=now)
        if problems:
            raise NotReady(problems)
        version = row.programme.current_version
        assert version is not None  # checked: the programme is on the menu
        if (row.unit_price, row.currency) != (version.price, version.currency):
            raise _price_changed(row, version)
        row.version, row.unit_price, row.currency = version, version.price, version.currency
        row.quantity, row.contact = len(planned), by.user
    return order


def _price_changed(row: Order, version: ProgrammeVersion) -> PriceChanged:
    words = {
        "before": format_money(row.unit_price, row.currency),
        "after": format_money(version.price, version.currency),
    }
    sentence = _(
        "A session costs %(after)s by now, not %(before)s as your draft said. Look at the total and submit again."
    )
    return PriceChanged(sentence % words)


@retried
def accept(order: Order, *, by: Acting, now: datetime, crew: Crew, seen: int | None = None, note: str = "") -> Order:
    """Take the order with a named crew for each session. Nothing is reserved yet.

    Raises:
        NotReady: the crew is too small, not the provider's, without a lead, or the notice has run out.
        Clashes: crew or venue are taken at one of the times, by name.
    """
    with _move(order, Verb.ACCEPT, by=by, now=now, seen=seen, note=note) as row:
        planned = list(row.planned.select_related("venue").order_by("position"))
        _demand_notice(row, now)
        _plan_crew(row, planned, crew)
        checks.refuse_clashes(planned, crew)
        row.answered_by = by.user
    return order


@retried
def counter(
    order: Order,
    *,
    by: Acting,
    now: datetime,
    crew: Crew,
    dates: Sequence[OtherDate] = (),
    group_size: int | None = None,
    seen: int | None = None,
    note: str = "",
) -> CounterOffer:
    """Propose other dates, another place or a smaller group; never another price or more.

    Raises:
        NothingProposed: nothing differs, or the group would be larger.
        NotReady: a date lies in the past or within the notice, or the crew does not do.
        Clashes: crew or venue are taken at one of the new times.
    """
    with _move(order, Verb.COUNTER, by=by, now=now, seen=seen, note=note) as row:
        planned = {one.position: one for one in row.planned.select_related("venue").order_by("position")}
        changed = [date for date in dates if date.position in planned and _differs(planned[date.position], date)]
        _demand_a_change(row, changed, group_size)
        offer = CounterOffer.objects.create(
            order=row, made_by=by.user, made_at=now, group_size=group_size, note=note.strip()
        )
        CounterDate.objects.bulk_create(
            CounterDate(
                offer=offer,
                planned=planned[date.position],
                starts_at=date.starts_at,
                ends_at=date.ends_at,
                venue_id=date.venue_id,
                address=date.address,
            )
            for date in changed
        )
        as_proposed = _as_proposed(list(planned.values()), offer)
        problems = checks.date_problems(row, as_proposed, now=now)
        if problems:
            raise NotReady(problems)
        _plan_crew(row, list(planned.values()), crew)
        checks.refuse_clashes(as_proposed, crew)
        row.answered_by = by.user
    return offer


def _differs(planned: PlannedSession, date: OtherDate) -> bool:
    return (planned.starts_at, planned.ends_at, planned.venue_id, planned.address) != (
        date.starts_at,
        date.ends_at,
        date.venue_id,
        date.address,
    )


def _demand_a_change(order: Order, changed: Sequence[OtherDate], group_size: int | None) -> None:
    if not changed and group_size is None:
        raise NothingProposed(_("Change at least one date or place, or propose a smaller group."))
    if group_size is None:
        return
    if not 1 <= group_size < order.group_size:
        sentence = _("The office asked for %(count)d places a session; you can only propose fewer.")
        raise NothingProposed(sentence % {"count": order.group_size}, field="group_size")
    assert order.version is not None  # frozen at submission
    if group_size < order.version.min_group:
        sentence = _("Your programme is for groups of at least %(count)d.")
        raise NothingProposed(sentence % {"count": order.version.min_group}, field="group_size")


def _as_proposed(planned: Sequence[PlannedSession], offer: CounterOffer) -> list[PlannedSession]:
    """Return the planned sessions as they would be, unsaved."""
    changes = {date.planned_id: date for date in offer.dates.select_related("venue")}
    proposed = []
    for one in planned:
        date = changes.get(one.pk, one)
        proposed.append(
            PlannedSession(
                pk=one.pk,
                order_id=one.order_id,
                position=one.position,
                starts_at=date.starts_at,
                ends_at=date.ends_at,
                venue=date.venue,
                address=date.address,
            )
        )
    return proposed


@retried
def agree(order: Order, *, by: Acting, now: datetime, seen: int | None = None, note: str = "") -> Order:
    """Take the provider's counter-offer: its dates, places and group become the order's.

    Raises:
        NotReady: the first date has come too near meanwhile.
        Clashes: crew or venue were taken meanwhile.
    """
    with _move(order, Verb.AGREE, by=by, now=now, seen=seen, note=note) as row:
        offer = row.offers.get(status=CounterOffer.Status.OPEN)
        for date in offer.dates.select_related("planned"):
            one = date.planned
            one.starts_at, one.ends_at = date.starts_at, date.ends_at
            one.venue_id, one.address = date.venue_id, date.address
            one.save()
        offer.status = CounterOffer.Status.AGREED
        offer.save(update_fields=["status"])
        row.group_size = offer.group_size or row.group_size
        row.first_timers = min(row.first_timers, row.group_size)
        _demand_notice(row, now)
        planned = list(row.planned.select_related("venue").order_by("position"))
        checks.refuse_clashes(planned, planned_crew(planned))
    return order


@retried
def decline(order: Order, *, by: Acting, now: datetime, note: str, seen: int | None = None) -> Order:
    """Say no, with a reason."""
    with _move(order, Verb.DECLINE, by=by, now=now, seen=seen, note=note):
        pass
    return order


def _demand_notice(order: Order, now: datetime) -> None:
    """Refuse what would expire at once."""
    if notice_ends(order) <= now:
        raise NotReady([_("The first date is nearer than the programme's notice by now. Other dates are needed.")])


_CREW = Prepared(
    lambda planned: PlannedCrew.objects.filter(planned__pk__in=planned).order_by("pk"), planned=BigIntegerField()
)


def planned_crew(planned: Sequence[PlannedSession]) -> dict[int, list[tuple[int, bool]]]:
    """Return who is planned for each position. One query."""
    position = {one.pk: one.position for one in planned}
    crew: dict[int, list[tuple[int, bool]]] = {one.position: [] for one in planned}
    for row in _CREW.rows(planned=list(position)) if position else ():
        crew[position[row.planned_id]].append((row.membership_id, row.is_lead))
    return crew


def _plan_crew(order: Order, planned: Sequence[PlannedSession], crew: Crew) -> None:
    """Replace the planned crew."""
    problems = checks.crew_problems(order, planned, crew)
    if problems:
        raise NotReady(problems)
    PlannedCrew.objects.filter(planned__order=order).delete()
    PlannedCrew.objects.bulk_create(
        PlannedCrew(planned=one, membership_id=membership_id, is_lead=is_lead)
        for one in planned
        for membership_id, is_lead in crew[one.position]
    )
