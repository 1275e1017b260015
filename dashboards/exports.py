"""What can be taken away as a spreadsheet: the rows that the person sees, with the list's filters. Never a name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import Session
from catalog.models import Programme
from core.access import Policy
from core.columns import MONEY, Column, Export
from core.money import to_decimal
from dashboards import book_exports, money_exports, payment_exports, report_exports
from dashboards.todos import title_of
from funding.policies import fund_reader, giver, line_reader, payee
from orders.models import Order
from orders.policies import reads_orders
from orders.queries import listed
from orders.statuses import Status
from organisations.acting import Acting
from organisations.models import Membership, Organisation
from organisations.policies import acts_as, any_of, member

MOST_ROWS = 10_000
_KIND, _ROLE = Organisation.Kind, Membership.Role


def orders(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """The orders; ``group``, ``q``, ``sort`` and ``status`` choose as on the list page."""
    group, words, sort = (filters.get(name, "") for name in ("group", "q", "sort"))
    rows = listed(by, now, group=group, words=words, sort=sort)
    if filters.get("status", "") in Status.values:
        rows = rows.filter(status=filters["status"])
    columns = [
        Column(_("Number")),
        Column(_("Programme"), 32),
        Column(_("Status"), 14),
        Column(_("Ordered by"), 24),
        Column(_("Provider"), 28),
        Column(pgettext_lazy("activity", "Sessions"), 10),
        Column(_("Places a session"), 12),
        Column(_("Price a session"), 14, MONEY),
        Column(_("Total"), 14, MONEY),
        Column(_("Currency"), 9),
        Column(_("Submitted on"), 18),
        Column(_("Approved on"), 18),
        Column(_("Settled on"), 18),
        Column(_("Reason"), 40),
    ]
    values = (
        (
            row.number,
            title_of(row),
            row.get_status_display(),
            str(row.office),
            str(row.provider),
            row.quantity,
            row.group_size,
            to_decimal(row.unit_price, row.currency),
            to_decimal(row.total, row.currency),
            row.currency,
            row.submitted_at,
            row.approved_at,
            row.settled_at,
            row.reason,
        )
        for row in rows[:MOST_ROWS]
    )
    return Export(_("Orders"), columns, values)


def sessions(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """The sessions that the organisation ordered, runs or paid for; ``status`` filters. Counts only, no names."""
    organisation = by.organisation
    mine = Q(provider=organisation) if by.kind == _KIND.PROVIDER else Q(office=organisation)
    if by.kind == _KIND.LEAGUE:
        mine = Q(planned__order__in=Order.objects.visible_to(by))
    rows = Session.objects.filter(mine).with_card_data().select_related("office").order_by("-starts_at", "-pk")
    if filters.get("status", "") in Session.Status.values:
        rows = rows.filter(status=filters["status"])
    columns = [
        Column(_("Programme"), 32),
        Column(_("Starts"), 18),
        Column(_("Ends"), 18),
        Column(_("Place"), 36),
        Column(_("Ordered by"), 24),
        Column(_("Provider"), 28),
        Column(_("Status"), 12),
        Column(_("Places"), 9),
        Column(_("Taken"), 9),
    ]
    values = (
        (
            row.version.title_local,
            row.starts_at,
            row.ends_at,
            row.place,
            str(row.office) if row.office else "",
            str(row.provider),
            row.get_status_display(),
            row.capacity,
            row.taken,
        )
        for row in rows[:MOST_ROWS]
    )
    return Export(pgettext_lazy("activity", "Sessions"), columns, values)


def programmes(by: Acting, filters: QueryDict, now: datetime) -> Export:
    """The programmes: a provider's own, all for the League, the menu for everybody else; ``status`` filters."""
    rows = Programme.objects.visible_to(by).select_related("provider", "theme", "current_version__theme")
    if by.kind == _KIND.PROVIDER:
        rows = rows.filter(provider=by.organisation)
    if filters.get("status", "") in Programme.Status.values:
        rows = rows.filter(status=filters["status"])
    columns = [
        Column(_("Number"), 9),
        Column(_("Programme"), 32),
        Column(_("Theme"), 14),
        Column(_("Provider"), 28),
        Column(_("Status"), 12),
        Column(_("Price a session"), 14, MONEY),
        Column(_("Age from"), 9),
        Column(_("Age to"), 9),
        Column(_("Minutes"), 9),
        Column(_("Group up to"), 11),
    ]
    values = (
        (
            row.number,
            shown.title_local,
            str(shown.theme),
            str(row.provider),
            row.get_status_display(),
            to_decimal(shown.price, shown.currency),
            shown.min_age,
            shown.max_age,
            shown.duration_minutes,
            shown.max_group,
        )
        for row in rows.order_by("pk")[:MOST_ROWS]
        for shown in [row.current_version or row]
    )
    return Export(_("Programmes"), columns, values)


@dataclass(frozen=True)
class Offer:
    """A list that can be taken away: its rows, and the policy of the page on which they are read."""

    may: Policy
    export: Callable[[Acting, QueryDict, datetime], Export]


# The sessions stand on the start pages of whoever orders or delivers them, and on the orders of those who pay.
_reads_sessions = any_of(
    acts_as(_KIND.PROVIDER),
    acts_as(_KIND.OFFICE, _ROLE.MANAGER, _ROLE.CLERK),
    acts_as(_KIND.SCHOOL, _ROLE.MANAGER, _ROLE.CLERK),
    acts_as(_KIND.LEAGUE, _ROLE.OFFICER, _ROLE.FINANCE, _ROLE.AUDITOR),
)
EXPORTS = {
    "orders": Offer(reads_orders, orders),
    "sessions": Offer(_reads_sessions, sessions),
    "programmes": Offer(member, programmes),
    "money": Offer(payee, money_exports.money),
    "to-approve": Offer(fund_reader, payment_exports.to_approve),
    "to-pay": Offer(fund_reader, payment_exports.to_pay),
    "payouts": Offer(fund_reader, payment_exports.payouts),
    "batches": Offer(fund_reader, payment_exports.batches),
    "batch": Offer(fund_reader, payment_exports.batch),
    "statements": Offer(fund_reader, payment_exports.statements),
    "statement-lines": Offer(fund_reader, payment_exports.statement_lines),
    "line": Offer(line_reader, payment_exports.line),
    "reports": Offer(fund_reader, report_exports.figures),
    "trial-balance": Offer(fund_reader, book_exports.trial_balance),
    "statement": Offer(fund_reader, book_exports.statement),
    "budget-lines": Offer(fund_reader, book_exports.budget_lines),
    "flow": Offer(fund_reader, book_exports.flow),
    "fund-history": Offer(fund_reader, book_exports.fund_history),
    "donations": Offer(fund_reader, book_exports.donations),
    "gifts": Offer(giver, book_exports.gifts),
}
