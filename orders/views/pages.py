"""The list of orders, one order's page, its print form."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.access import view
from orders import attendance, checks, policies, presenting, queries
from orders.lifecycle.deciding import budget_lines
from orders.models import CounterOffer, Order
from orders.statuses import GROUPS, Side, Status, Verb
from orders.views.common import load
from organisations.acting import Acting, ActingRequest

PER_PAGE = 30
MOST_SOUGHT = 60  # characters


@view(policies.reads_orders)
def index(request: ActingRequest) -> HttpResponse:
    """The orders of the acting organisation: a group of them, those that hold some words, sorted."""
    by, now = request.acting, timezone.now()
    group, sort = request.GET.get("group", ""), request.GET.get("sort", "")
    group, sort = group if group in (*GROUPS, *queries.PARTS) else "", sort if sort in queries.SORTS else ""
    words = request.GET.get("q", "").strip()[:MOST_SOUGHT]
    rows = queries.listed(by, now, group=group, words=words, sort=sort)
    counts = queries.counts(by, words)
    kept = {key: value for key, value in (("q", words), ("sort", sort)) if value}
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    if group in queries.PARTS:
        counts[group] = page.paginator.count
    context = {
        "page": page,
        "tabs": _tabs(request, counts, group, kept),
        "group": group,
        "q": words,
        "sort": sort,
        "sorts": [(key, label) for key, (label, _columns) in queries.SORTS.items()],
        "filters": urlencode({**kept, **({"group": group} if group else {})}),
        "may_order": policies.orders(request),
        "calls_off": policies.calls_off(request),
    }
    return render(request, "orders/order_list.html", context)


def _tabs(request: ActingRequest, counts: dict[str, int], group: str, kept: dict[str, str]) -> list[dict[str, Any]]:
    """All orders and each group, with how many there are; a tab keeps the words and the sorting."""
    groups = [("", pgettext("orders", "All"), sum(counts[key] for key in GROUPS))]
    groups += [
        (key, str(label), counts[key])
        for key, (label, _statuses) in GROUPS.items()
        if key != "drafts" or policies.orders(request)
    ]
    if group in queries.PARTS:
        groups.append((group, str(queries.PARTS[group]), counts[group]))
    return [
        {
            "url": "?" + urlencode({**({"group": key} if key else {}), **kept}),
            "label": label,
            "count": count,
            "current": key == group,
        }
        for key, label, count in groups
    ]


@view(policies.reads_orders)
def order(request: ActingRequest, number: str) -> HttpResponse:
    """One order: where it stands, what it holds, and the one next action of this role."""
    found, by, now = load(request, number), request.acting, timezone.now()
    rows = presenting.table(found, by, now)
    files = list(found.attachments.order_by("pk"))
    actions = presenting.actions(found, by, rows, now)
    primary = next((action for action in actions if action.is_primary), None)
    context = {
        "order": found,
        "content": found.version or found.programme.shown,
        "rows": rows,
        "came": attendance.total([row.turnout for row in rows if row.turnout]),
        "files": files,
        "actions": [action for action in actions if not action.is_primary],
        "primary": primary,
        "timeline": presenting.timeline(found, files),
        "contacts": presenting.contacts(found),
        "late": _late(found, rows),
        "is_stopped": _is_stopped(found),
        "offer": _open_offer(found),
        "may_attach": policies.may_attach(by, found),
        "may_copy": policies.orders(request) and by.is_for(found.office_id),
        **_money(found, rows, by, now),
    }
    return render(request, "orders/order_page.html", context)


def _is_stopped(found: Order) -> str:
    """Say to everybody that the provider cannot go on with the order at present."""
    if found.provider.may_act or not found.words.waits_for:
        return ""
    return _("%(provider)s is suspended at present. The League decides what becomes of this order.") % {
        "provider": found.provider
    }


def _late(found: Order, rows: list[presenting.Row]) -> str:
    """Warn those who wait for the provider's answer that it may come too late."""
    if found.status != Status.SUBMITTED or found.version is None or found.waits_until is None:
        return ""
    return checks.late_answer(found.version, [row.planned for row in rows], found.waits_until)


def _open_offer(found: Order) -> CounterOffer | None:
    if found.status != Status.COUNTERED:
        return None
    return (
        found.offers.filter(status=CounterOffer.Status.OPEN).prefetch_related("dates__planned", "dates__venue").first()
    )


def _money(found: Order, rows: list[presenting.Row], by: Acting, now: datetime) -> dict[str, object]:
    """The budget line and the points to check, for those who decide; what it earned, once it was confirmed."""
    settlement = found.commitment.settlement if found.commitment else None
    if found.status != Status.ACCEPTED or policies.side_of(by, found) != Side.LEAGUE:
        return {"settlement": settlement}
    first = min(row.planned.starts_at for row in rows)
    lines = budget_lines(found, first) if found.total else []
    line = next((one for one in lines if one.available >= found.total), lines[0] if lines else None)
    points = presenting.review_points(found, rows, line, now)
    return {
        "settlement": settlement,
        "line": line,
        "lines": lines,
        "points": points,
        "odd_points": sum(not point.is_fine for point in points),
        "approve": Verb.APPROVE,
    }


@view(policies.reads_orders)
def print_form(request: ActingRequest, number: str) -> HttpResponse:
    """The order as an A4 form with an area for the seals."""
    found = load(request, number)
    rows = presenting.table(found, request.acting, timezone.now())
    content = found.version or found.programme.shown
    return render(request, "orders/order_print.html", {"order": found, "rows": rows, "content": content})
