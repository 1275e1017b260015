"""What ``verify`` asks about orders."""

from datetime import timedelta

from django.db.models import Case, Count, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce

from activities.models import Session
from core.invariants import Finding, Invariant
from funding.models import FundRule, Settlement, SettlementLine
from funding.models.rule import AUTOMATIC_DAYS
from orders.models import Order, OrderHistory, OrderNumber, PlannedSession
from orders.splitting import TOTAL, beside
from orders.statuses import ENDED_WITHOUT_DELIVERY, SILENT, Side, Status, Verb, owners, target

_OUT = (Settlement.Status.PROPOSED, Settlement.Status.APPROVED)


def edges() -> Finding:
    """Every row of every order's history is an edge of the diagram, and the rows join up to the status it has."""
    stands = dict(Order.objects.values_list("pk", "status"))
    here: dict[int, str] = {}
    breaches = []
    checked = 0
    rows = OrderHistory.objects.order_by("order_id", "pk").values_list("order_id", "verb", "before", "after")
    for order_id, verb, before, after in rows.iterator(chunk_size=5000):
        checked += 1
        was = here.get(order_id, "")
        if before != was or not _is_edge(verb, before, after):
            breaches.append(f"order {order_id}: {verb} from “{before}” to “{after}” after “{was}”")
        here[order_id] = after
    breaches += [
        f"order {pk}: stands at “{status}”, its history ends at “{here.get(pk, '')}”"
        for pk, status in stands.items()
        if here.get(pk, "") != status
    ]
    return Finding(checked, breaches)


def _is_edge(verb: str, before: str, after: str) -> bool:
    if verb == Verb.CREATE:
        return (before, after) == ("", Status.DRAFT)
    return verb in Verb and before in Status and target(Verb(verb), Status(before)) == after


def owned() -> Finding:
    """Every edge was taken for the organisation that owns it, or by the clock where the clock may."""
    breaches = []
    checked = 0
    for row in OrderHistory.objects.select_related("order").order_by("pk").iterator(chunk_size=5000):
        checked += 1
        if row.verb in Verb and not _sides(row) & _owners(row):
            breaches.append(f"order {row.order_id}: {row.verb} by actor {row.actor_id} for {row.on_behalf_of_id}")
    return Finding(checked, breaches)


def _owners(row: OrderHistory) -> frozenset[Side]:
    return owners(Verb(row.verb), Status(row.before or Status.DRAFT))


def _sides(row: OrderHistory) -> set[Side]:
    if row.actor_id is None:
        return {Side.CLOCK} if row.system else set()
    parties = {
        Side.OFFICE: row.order.office_id,
        Side.PROVIDER: row.order.provider_id,
        Side.LEAGUE: row.order.league_id,
    }
    return {side for side, party in parties.items() if party == row.on_behalf_of_id}


def once() -> Finding:
    """The revision counts the verbs: each was taken once and written down once."""
    loud = Count("history", filter=~Q(history__verb__in=[*SILENT, Verb.CREATE]))
    rows = Order.objects.annotate(verbs=loud).exclude(revision=F("verbs")).order_by("pk")
    breaches = [
        f"order {pk}: revision {rev}, {verbs} verbs" for pk, rev, verbs in rows.values_list("pk", "revision", "verbs")
    ]
    return Finding(Order.objects.count(), breaches)


def frozen() -> Finding:
    """Price and currency are those of the frozen version, which is of the ordered programme; quantity is the dates'."""
    rows = Order.objects.exclude(version__isnull=True)
    differs = (
        ~Q(unit_price=F("version__price"))
        | ~Q(currency=F("version__currency"))
        | ~Q(programme=F("version__programme"))
        | ~Q(quantity=F("dates"))
    )
    wrong = rows.annotate(dates=Count("planned")).filter(differs).order_by("pk").values_list("pk", flat=True)
    return Finding(rows.count(), [f"order {pk}: differs from its version or its dates" for pk in wrong])


def worth() -> Finding:
    """What a settlement pays is at most what was ordered, held and committed, at the frozen price."""
    breaches = []
    settled = Settlement.objects.filter(commitment__order__isnull=False, kind=Settlement.Kind.SETTLEMENT)
    per_line = SettlementLine.objects.filter(settlement__in=settled).exclude(
        price=F("settlement__commitment__order__unit_price")
    )
    breaches += [f"settlement line {pk}: not the frozen price" for pk in per_line.values_list("pk", flat=True)]
    sums = settled.annotate(worth=Coalesce(Sum("lines__amount"), 0), count=Count("lines"))
    wrong = sums.filter(
        ~Q(worth=F("amount")) | Q(amount__gt=F("commitment__amount")) | Q(count__gt=F("commitment__order__quantity"))
    )
    breaches += [f"settlement {pk}: more than ordered or committed" for pk in wrong.values_list("pk", flat=True)]
    paid_reasons = [SettlementLine.Reason.FULL, SettlementLine.Reason.SATISFACTION]
    paid = SettlementLine.objects.filter(settlement__in=settled, reason__in=paid_reasons)
    held = (
        Order.objects.filter(commitment__settlement__in=settled)
        .annotate(closed=Count("planned", filter=Q(planned__session__status=Session.Status.CLOSED)))
        .values_list("commitment__settlement", "pk", "closed")
    )
    paid_of = dict(paid.values_list("settlement").annotate(n=Count("pk")).order_by())
    breaches += [f"order {pk}: paid for more than was held" for s, pk, closed in held if paid_of.get(s, 0) > closed]
    return Finding(settled.count(), breaches)


def kept() -> Finding:
    """No number is missing between the first and the last of a counter: no order was deleted."""
    breaches = []
    checked = 0
    for counter in OrderNumber.objects.order_by("scope"):
        numbers = Order.objects.filter(number__startswith=f"{counter.scope}-").count()
        checked += numbers
        if numbers != counter.last:
            breaches.append(f"{counter.scope}: {counter.last} numbers given, {numbers} orders")
    return Finding(checked, breaches)


def commitments() -> Finding:
    """An order that was approved and goes on has one commitment of its total, in its currency.

    One that ended holds no money.
    """
    going_on = Order.objects.in_status(
        Status.APPROVED, Status.DELIVERED, Status.DISPUTED, Status.CONFIRMED, Status.SETTLED
    ).filter(unit_price__gt=0)
    wrong = going_on.exclude(
        commitment__amount=F("unit_price") * F("quantity"),
        commitment__line=F("line"),
        commitment__line__fund__currency=F("currency"),
        commitment__provider=F("provider"),
        commitment__reference=F("number"),
    )
    breaches = [
        f"order {pk}: its commitment is not its own" for pk in wrong.order_by("pk").values_list("pk", flat=True)
    ]
    open_though = (
        Order.objects.in_status(*ENDED_WITHOUT_DELIVERY).filter(commitment__status="open").order_by("pk")
    ).values_list("pk", flat=True)
    breaches += [f"order {pk}: ended, its commitment is open" for pk in open_though]
    return Finding(going_on.count(), breaches)


def approved_by_enough() -> Finding:
    """The clock approved only what the rule lets it; above the rule's amount two different people approved."""
    last = OrderHistory.objects.filter(order=OuterRef("pk"), verb=Verb.APPROVE).order_by("-pk")
    rows = Order.objects.filter(commitment__isnull=False).annotate(
        approver=Subquery(last.values("actor")[:1]),
        ceiling=Coalesce("commitment__fund_rule__automatic_up_to", Value(0)),
    )
    alone = rows.filter(approver__isnull=True, commitment__amount__gt=F("ceiling"))
    breaches = [
        f"order {pk}: approved by no rule and nobody" for pk in alone.order_by("pk").values_list("pk", flat=True)
    ]
    first = OrderHistory.objects.filter(order=OuterRef("pk"), verb=Verb.ENDORSE).exclude(actor=OuterRef("approver"))
    large = rows.filter(commitment__amount__gt=F("commitment__fund_rule__two_above")).exclude(Exists(first))
    breaches += [f"order {pk}: one person approved it" for pk in large.order_by("pk").values_list("pk", flat=True)]
    return Finding(
        rows.count(), breaches + _cut_into_parts(rows.filter(approver=None, commitment__amount__lte=F("ceiling")))
    )


def _cut_into_parts(by_rule: QuerySet[Order]) -> list[str]:
    """Return the orders that went by themselves though the office's others of the provider made them too much.

    Only what was approved by then and still stands is counted: that much was there to be counted, whatever ended since.
    Two queries: the rules' days, and all orders with what counts together with each.
    """
    known = FundRule.objects.order_by().values_list("automatic_days", flat=True).distinct()
    since = [When(commitment__fund_rule__automatic_days=n, then=_before(n)) for n in known if n is not None]
    rows = by_rule.annotate(since=Case(*since, default=_before(AUTOMATIC_DAYS), output_field=DateTimeField()))
    parts = beside(
        office=OuterRef("office"), provider=OuterRef("provider"), currency=OuterRef("currency"), since=OuterRef("since")
    ).filter(approved_at__lte=OuterRef("approved_at"))
    together = parts.order_by().values("office").annotate(n=TOTAL).values("n")
    wrong = rows.annotate(together=Subquery(together)).filter(together__gt=F("ceiling")).order_by("pk")
    return [f"order {pk}: approved by the rule as a part of more" for pk in wrong.values_list("pk", flat=True)]


def _before(days: int) -> CombinedExpression:
    return F("submitted_at") - timedelta(days=days)


def settled_once() -> Finding:
    """A settled order was paid, its advance too, or was worth nothing; a confirmed one is not all paid yet."""
    both = Settlement.objects.filter(commitment=OuterRef("commitment"))
    own, out = both.filter(kind=Settlement.Kind.SETTLEMENT), both.filter(status__in=_OUT)
    rows = Order.objects.annotate(has_own=Exists(own), is_paid=Exists(own) & ~Exists(out))
    wrong = rows.filter(
        Q(status=Status.SETTLED, has_own=True, is_paid=False)
        | Q(status=Status.CONFIRMED, is_paid=True)
        | Q(status=Status.SETTLED, has_own=False, commitment__posted__gt=0)
    )
    breaches = [
        f"order {pk}: its ring and its payment differ" for pk in wrong.order_by("pk").values_list("pk", flat=True)
    ]
    return Finding(Order.objects.in_status(Status.CONFIRMED, Status.SETTLED).count(), breaches)


def dates() -> Finding:
    """A planned session stands in its order where its session takes place, also after it was moved."""
    rows = PlannedSession.objects.filter(session__isnull=False)
    rows = rows.annotate(room=Coalesce("venue", 0), there=Coalesce("session__venue", 0))
    same = {"starts_at": F("session__starts_at"), "ends_at": F("session__ends_at"), "room": F("there")}
    wrong = rows.exclude(**same).order_by("pk").values_list("pk", flat=True)
    return Finding(rows.count(), [f"planned session {pk}: its session is elsewhere" for pk in wrong])


def recorded() -> Finding:
    """Every status other than the first came with a history row that leads there and says who, or which job."""
    breaches = [
        f"history {pk}: nobody is named"
        for pk in OrderHistory.objects.filter(actor__isnull=True, system="").order_by("pk").values_list("pk", flat=True)
    ]
    breaches += [
        f"order {pk}: no history"
        for pk in Order.objects.filter(history__isnull=True).order_by("pk").values_list("pk", flat=True)
    ]
    last_stamps = {
        Status.APPROVED: "approved_at",
        Status.DELIVERED: "delivered_at",
        Status.CONFIRMED: "confirmed_at",
        Status.SETTLED: "settled_at",
    }
    for status, stamp in last_stamps.items():
        bare = Order.objects.in_status(status).filter(**{f"{stamp}__isnull": True}).order_by("pk")
        breaches += [f"order {pk}: {status} without a date" for pk in bare.values_list("pk", flat=True)]
    return Finding(OrderHistory.objects.count(), breaches)


def series() -> Finding:
    """The sessions of an order with several dates form one series under its number; a single one stands alone."""
    opened = PlannedSession.objects.filter(session__isnull=False).annotate(dates=Count("order__planned"))
    wrong = opened.filter(
        Q(dates__gt=1) & (Q(session__series__isnull=True) | ~Q(session__series=F("order__submission_id")))
        | Q(dates=1, session__series__isnull=False)
    )
    numbers = wrong.order_by("session_id").values_list("session_id", flat=True)
    return Finding(opened.count(), [f"session {pk}: not of its order's series" for pk in numbers])


INVARIANTS = [
    Invariant("C1", "Every change of an order is an edge of its diagram, and the edges join up.", edges),
    Invariant("C2", "Every edge was taken by the organisation that owns it, or by the clock where it may.", owned),
    Invariant("C3", "Every verb of an order was taken once and written down once.", once),
    Invariant("C5", "Price, quantity and version of an order are those frozen at its submission.", frozen),
    Invariant("C6", "No settlement pays more than was held, ordered and committed, at the frozen price.", worth),
    Invariant("C7", "No order is missing among the numbers that were given.", kept),
    Invariant("C8", "Sessions that were ordered together form one series.", series),
    Invariant("C9", "An order shows each of its sessions at the date and place where it is.", dates),
    Invariant("D4", "An order has one commitment of its total, and none open once it ended.", commitments),
    Invariant("D11", "Orders were approved by as many people as the fund's rule wants.", approved_by_enough),
    Invariant("D10", "An order is settled exactly when its one settlement and its advance are paid.", settled_once),
    Invariant("K1", "Every change of an order says who made it, and when.", recorded),
]
