"""Questions about orders that lists, pages and the clock ask."""

import functools
import operator
from datetime import datetime

from django.db.models import BigIntegerField, CharField, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import OrderBy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.models import Session
from core.prepared import Prepared
from orders.models import Order, OrderHistory, PlannedSession
from orders.models.order import PARTIES, OrderQuerySet, seen_as
from orders.statuses import (
    ANSWERED_IN_TIME,
    FINAL,
    GROUPS,
    REMIND_BEFORE,
    REPORT_ESCALATES_AFTER,
    SILENT,
    WITHIN,
    Status,
    Verb,
)
from organisations.acting import Acting

# How the list can be sorted: what the choice says, and the columns; the newest order comes first among equals.
SORTS: dict[str, tuple[str | Promise, tuple[OrderBy, ...]]] = {
    "": (_("Newest order first"), ()),
    "next": (_("Next date first"), (F("next_start").asc(nulls_last=True),)),
    "changed": (_("Last change first"), (F("last_change").desc(nulls_last=True),)),
    "deadline": (_("Next deadline first"), (F("waits_until").asc(nulls_last=True),)),
}
# Where the search looks. Programmes and organisations have public names; no person is found here.
SOUGHT = (
    "number",
    "version__title",
    "version__title_en",
    "programme__title",
    "programme__title_en",
    "office__name",
    "office__name_en",
    "provider__name",
    "provider__name_en",
)
MOST_WORDS = 8
# What start pages count across the groups or within one; the list shows such a part when it is asked for.
REPORTS_DUE, OPEN = "report", "open"
PARTS: dict[str, str | Promise] = {REPORTS_DUE: _("Reports due"), OPEN: _("Under way")}
UNDER_WAY = ("asking", "running", "closing")


def to_expire(now: datetime) -> QuerySet[Order]:
    """Orders whose time to be answered is over."""
    return Order.objects.in_status(*ANSWERED_IN_TIME).overdue(now).order_by("pk")


def to_report(now: datetime) -> QuerySet[Order]:
    """Approved orders that nobody reported in time and whose sessions are all closed or cancelled."""
    return awaiting_report(Order.objects.overdue(now)).order_by("pk")


def awaiting_report(rows: OrderQuerySet) -> OrderQuerySet:
    """Keep the approved orders whose sessions are all closed or cancelled: the report is due."""
    running = Session.objects.filter(planned__order=OuterRef("pk")).scheduled()
    return rows.in_status(Status.APPROVED).filter(~Exists(running))


def to_confirm(now: datetime) -> QuerySet[Order]:
    """Delivered orders that the office neither confirmed nor disputed in time."""
    return Order.objects.in_status(Status.DELIVERED).overdue(now).order_by("pk")


def to_escalate(now: datetime) -> QuerySet[Order]:
    """Approved orders without a report a week after the last session, and disputes undecided past their deadline."""
    last = PlannedSession.objects.filter(order=OuterRef("pk")).values("order").annotate(last=Max("ends_at"))
    rows = Order.objects.in_status(*WITHIN[Verb.ESCALATE]).filter(escalated_at__isnull=True)
    rows = rows.alias(last_end=Subquery(last.values("last")))
    late = Q(status=Status.APPROVED, last_end__lte=now - REPORT_ESCALATES_AFTER)
    return rows.filter(late | Q(status=Status.DISPUTED, waits_until__lte=now)).order_by("pk")


def to_remind(now: datetime) -> QuerySet[Order]:
    """Orders that wait for an answer whose deadline is less than a day away."""
    rows = Order.objects.in_status(*WITHIN[Verb.REMIND]).filter(reminded_at__isnull=True)
    return rows.filter(waits_until__gt=now, waits_until__lte=now + REMIND_BEFORE).order_by("pk")


_SHOWN = ("programme__current_version", "line", "dispute", "commitment")  # beside its parties, on its page


@functools.cache
def _order_of(party: str, beside: tuple[str, ...]) -> Prepared[Order]:
    return Prepared(
        lambda number, organisation: (
            Order.objects.of_party(party, organisation).select_related(*PARTIES, *beside).filter(number=number)
        ),
        number=CharField(),
        organisation=BigIntegerField(),
    )


def find(by: Acting, number: str, *, to_show: bool = True) -> Order | None:
    """Return the order of that number, with its parties, if the person may see it. One query.

    ``to_show``: it comes with what its page shows as well; each table more costs the database time to plan.
    """
    party = seen_as(by)
    if not party or by.organisation is None:
        return None
    return _order_of(party, _SHOWN if to_show else ()).first(number=number, organisation=by.organisation.pk)


def sought(by: Acting, words: str) -> OrderQuerySet:
    """Return the visible orders whose number, programme or organisations hold each of the words."""
    rows = Order.objects.visible_to(by)
    for word in words.split()[:MOST_WORDS]:
        rows = rows.filter(functools.reduce(operator.or_, [Q(**{f"{field}__icontains": word}) for field in SOUGHT]))
    return rows


def listed(by: Acting, now: datetime, *, group: str = "", words: str = "", sort: str = "") -> QuerySet[Order]:
    """Return what the list page shows: the visible orders of a group that hold the words, sorted.

    Each has ``next_start``, its next date if one is to come, and ``last_change``.
    """
    coming = PlannedSession.objects.filter(order=OuterRef("pk"), starts_at__gt=now)
    coming = coming.exclude(session__status=Session.Status.CANCELLED).exclude(order__status__in=sorted(FINAL))
    changes = OrderHistory.objects.filter(order=OuterRef("pk")).exclude(verb__in=SILENT).order_by().values("order")
    rows = sought(by, words).with_parties()
    rows = rows.annotate(
        next_start=Subquery(coming.order_by().values("order").annotate(first=Min("starts_at")).values("first")),
        last_change=Subquery(changes.annotate(last=Max("at")).values("last")),
    )
    if group == REPORTS_DUE:
        rows = awaiting_report(rows)
    elif group == OPEN:
        rows = rows.filter(status__in=[status for key in UNDER_WAY for status in GROUPS[key][1]])
    elif group in GROUPS:
        rows = rows.filter(status__in=GROUPS[group][1])
    _name, columns = SORTS.get(sort, SORTS[""])
    return rows.order_by(*columns, "-created_at", "-pk")


def under_way(counted: dict[str, int]) -> int:
    """Return how many orders are under way: submitted, and neither settled nor ended."""
    return sum(counted[key] for key in UNDER_WAY)


def counts(by: Acting, words: str = "") -> dict[str, int]:
    """Return how many visible orders that hold the words each group has. One query."""
    found: dict[str, int] = dict.fromkeys(GROUPS, 0)
    group_of = {status: group for group, (_name, statuses) in GROUPS.items() for status in statuses}
    for row in sought(by, words).values("status").annotate(number_of=Count("pk")).order_by():
        found[group_of[Status(row["status"])]] += row["number_of"]
    return found
