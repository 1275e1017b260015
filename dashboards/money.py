"""Where a provider's money is: for each order what the books hold, what comes next, who does it, and until when."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from django.db.models import Case, CharField, Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from activities.models import Session
from core.formats import day_text
from core.forms import whole_number
from core.time import at, zone
from funding import standing, tracking
from funding.models import Claim, Commitment, Invoice, Payout, Settlement, SettlementLine, Transfer
from funding.standing import Held
from funding.tracking import Parcel
from orders.models import Order, PlannedSession
from orders.statuses import Status
from organisations.models import Organisation

# Where the money of an order is, in the order of its way; every commitment is in exactly one.
STAGES: dict[str, str | Promise] = {
    "running": pgettext_lazy("money of an order", "Being delivered"),
    "checking": pgettext_lazy("money of an order", "Waiting for the office's word"),
    "approving": pgettext_lazy("money of an order", "To be approved"),
    "paying": pgettext_lazy("money of an order", "To be paid"),
    "paid": pgettext_lazy("money of an order", "Arrived"),
    "ended": pgettext_lazy("money of an order", "Ended, nothing payable"),
}
_TONES = {"running": ("info", "right"), "checking": ("info", "clock"), "ended": ("neutral", "stop")}
_REPORTED = (Status.DELIVERED, Status.DISPUTED)


_YEARS = range(1900, 2200)


def chosen(asked: Mapping[str, str]) -> tuple[int | None, str]:
    """Return the year and the stage that an address names; nothing for what is neither."""
    year, key = whole_number(asked.get("year", "")), asked.get("stage", "")
    return year if year in _YEARS else None, key if key in STAGES else ""


def stage(prefix: str = "") -> Case:
    """Return the expression that names the stage of a commitment, or of what points to one."""

    def when(then: str, **wanted: Any) -> When:
        return When(Q(**{f"{prefix}{key}": value for key, value in wanted.items()}), then=Value(then))

    def settled(then: str, status: str) -> When:
        own = Settlement.objects.filter(commitment=OuterRef(f"{prefix}pk"), kind=Settlement.Kind.SETTLEMENT)
        return When(Exists(own.filter(status=status)), then=Value(then))

    return Case(
        settled("paid", Settlement.Status.PAID),
        settled("paying", Settlement.Status.APPROVED),
        settled("approving", Settlement.Status.PROPOSED),
        when("ended", status=Commitment.Status.CLOSED),
        when("checking", order__status__in=_REPORTED),
        default=Value("running"),
        output_field=CharField(),
    )


def commitments_of(provider: Organisation, year: int | None = None, chosen: str = "") -> QuerySet[Commitment]:
    """Return what was ever committed for a provider's orders, the newest first: of a year, in a stage."""
    rows = Commitment.objects.filter(provider=provider, **_within(year)).annotate(stage=stage())
    return (rows.filter(stage=chosen) if chosen in STAGES else rows).order_by("-opened_at", "-pk")


def _within(year: int | None, field: str = "opened_at") -> dict[str, datetime]:
    """Return the filter for the city's year in which money was committed."""
    if year is None:
        return {}
    return {f"{field}__gte": at(date(year, 1, 1), time.min), f"{field}__lt": at(date(year + 1, 1, 1), time.min)}


def years_of(provider: Organisation) -> list[int]:
    """Return the years in which something was committed for a provider, the newest first. One query."""
    rows = Commitment.objects.filter(provider=provider).datetimes("opened_at", "year", "DESC", tzinfo=zone())
    return [moment.year for moment in rows]


@dataclass(frozen=True)
class Sums:
    """How many orders are in a stage, and what the books hold for them."""

    key: str
    label: str
    orders: int
    held: Held


@dataclass(frozen=True)
class Books:
    """The stages in one currency, and their sum."""

    currency: str
    stages: list[Sums]

    @property
    def whole(self) -> Held:
        """What the books hold in all."""
        return Held(*(sum(getattr(one.held, part) for one in self.stages) for part in ("committed", "payable", "paid")))

    @property
    def orders(self) -> int:
        """How many orders there are."""
        return sum(one.orders for one in self.stages)


def books_of(provider: Organisation, year: int | None = None) -> list[Books]:
    """Return a provider's sums by stage, straight from the ledger, one table for each currency. One query."""
    prefix = "entry__commitment__"
    rows = Transfer.objects.filter(entry__commitment__provider=provider, **_within(year, f"{prefix}opened_at"))
    sums = {"orders": Count("entry__commitment", distinct=True), **standing.balances()}
    found: QuerySet[Transfer, Any] = rows.order_by().values("currency", stage=stage(prefix)).annotate(**sums)
    by_currency: dict[str, dict[str, Sums]] = {}
    for row in found:
        held = Held(row["committed"], row["payable"], row["paid"])
        key = row["stage"]
        by_currency.setdefault(row["currency"], {})[key] = Sums(key, str(STAGES[key]), row["orders"], held)
    return [
        Books(currency, [stages[key] for key in STAGES if key in stages])
        for currency, stages in sorted(by_currency.items())
    ]


def asked_for(provider: Organisation) -> int:
    """Return how many accepted orders wait for the League: nothing is committed for them yet. One query."""
    return Order.objects.filter(provider=provider, status=Status.ACCEPTED).count()


@dataclass(frozen=True)
class Advance:
    """What was advanced of an order, or asked for, and where that money is: a payment of its own."""

    parcel: Parcel
    who: str

    @property
    def settlement(self) -> Settlement:
        """The advance itself."""
        return self.parcel.settlement

    @property
    def payout(self) -> Payout | None:
        """Its transfer."""
        return self.parcel.payout

    @property
    def owed(self) -> int:
        """What of it is still owed back."""
        claim: Claim | None = getattr(self.settlement, "claim", None)
        return claim.open if claim else 0


@dataclass(frozen=True)
class Place:
    """One order and where its money is. ``due``: until when; ``since``: from when it waits, where nothing is due."""

    commitment: Commitment
    held: Held
    text: str
    tone: str
    icon: str
    who: str
    then: str
    due: datetime | None = None
    since: datetime | None = None
    wants_invoice: bool = False
    payout: Payout | None = None
    settlement: Settlement | None = None
    less: int = 0
    reasons: list[str] = field(default_factory=list)
    advance: Advance | None = None

    @property
    def order(self) -> Order | None:
        """The order that the money is for."""
        return getattr(self.commitment, "order", None)

    @property
    def currency(self) -> str:
        """In which its amounts are."""
        return self.commitment.line.fund.currency

    @property
    def invoice(self) -> Invoice | None:
        """The invoice, or the recorded reason why there is none."""
        return getattr(self.settlement, "invoice", None)

    @property
    def invoice_missing(self) -> bool:
        """Whether an approved settlement still lacks one."""
        if self.settlement is None or self.settlement.status == Settlement.Status.PROPOSED:
            return False
        return self.settlement.due > 0 and not self.settlement.is_invoiced


def with_all(rows: QuerySet[Commitment]) -> QuerySet[Commitment]:
    """Load along what ``places`` needs: three more queries for any number of rows."""
    sessions = PlannedSession.objects.filter(order__commitment=OuterRef("pk")).order_by().values("order")
    next_start = sessions.filter(session__status=Session.Status.SCHEDULED).annotate(n=Min("starts_at")).values("n")
    payments = Settlement.objects.exclude(status=Settlement.Status.ENDED).select_related("invoice", "rule", "claim")
    payments = payments.prefetch_related(
        Prefetch("payouts", Payout.objects.order_by("pk")),
        Prefetch("lines", SettlementLine.objects.order_by("position")),
    )
    return (
        rows.select_related("line__fund__league", "order__office", "order__version")
        .prefetch_related(Prefetch("settlements", payments))
        .annotate(next_start=Subquery(next_start))
    )


def places(rows: Iterable[Commitment], now: datetime) -> Iterator[Place]:
    """Return where the money of each of the commitments is, as ``with_all`` loaded them. One query."""
    found = list(rows)
    held = standing.held_for(one.pk for one in found)
    for one in found:
        yield replace(_place(one, held.get(one.pk, Held()), now), advance=_advance(one))


def _advance(one: Commitment) -> Advance | None:
    if one.advance is None:
        return None
    parcel = tracking.parcel(one.advance)
    return Advance(parcel, _turn(parcel))


def _place(one: Any, held: Held, now: datetime) -> Place:
    if one.settlement is not None:
        return _settled(one, held, one.settlement)
    order = getattr(one, "order", None)
    tone, icon = _TONES[one.stage]
    text = str(STAGES[one.stage])
    if one.stage == "ended":
        return Place(one, held, text, tone, icon, who="", then=order.get_status_display() if order else "")
    if order is None:
        return Place(one, held, text, tone, icon, who="", then="", since=one.opened_at)
    who, then, due = _delivery(order, one.next_start, now)
    if order.status == Status.DISPUTED:
        text, tone, icon = order.get_status_display(), "danger", "warn"
    return Place(one, held, text, tone, icon, who=who, then=then, due=due)


def _delivery(order: Order, next_start: datetime | None, now: datetime) -> tuple[str, str, datetime | None]:
    """Return who acts next on an order without a settlement, what, and until when."""
    us, due = _("Your organisation"), order.waits_until
    if order.status == Status.DISPUTED:
        return _("League"), _("It decides session by session what is paid."), due
    if order.status == Status.DELIVERED:
        return str(order.office), _("It confirms the delivery; unanswered, it counts as confirmed."), due
    if next_start is None:
        return us, _("Hand in the report."), due
    if next_start <= now:
        return us, _("Close the session of %(day)s.") % {"day": day_text(next_start)}, due
    return (
        us,
        _("Hold the sessions, the next one on %(day)s, and hand in the report.") % {"day": day_text(next_start)},
        due,
    )


def _turn(parcel: Parcel) -> str:
    """Return who moves a payment on; nobody once it has arrived, or was set off."""
    payout = parcel.payout
    if parcel.settlement.status == Settlement.Status.PAID:
        return ""
    if payout is not None and payout.status == Payout.Status.SENT:
        return "Stripe" if payout.rail == Payout.Rail.STRIPE else pgettext("whose turn", "The bank")
    return _("Your organisation") if parcel.wants_invoice else _("League finance")


def _settled(one: Commitment, held: Held, settlement: Settlement) -> Place:
    parcel = tracking.parcel(settlement)
    lines = list(settlement.lines.all())
    reasons = Counter(line.get_reason_display() for line in lines if line.reason != SettlementLine.Reason.FULL)
    payout = parcel.payout
    return Place(
        one,
        held,
        parcel.text,
        parcel.tone,
        parcel.icon,
        who=_turn(parcel),
        then=parcel.next,
        since=_since(settlement, payout),
        wants_invoice=parcel.wants_invoice,
        payout=payout,
        settlement=settlement,
        less=sum(line.price for line in lines) - settlement.amount,
        reasons=[f"{count} × {reason}" for reason, count in reasons.items()],
    )


def _since(settlement: Settlement, payout: Payout | None) -> datetime | None:
    if payout is not None:
        return payout.paid_at or payout.sent_at or payout.queued_at
    return settlement.approved_at or settlement.proposed_at
