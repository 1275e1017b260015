"""Orders on the pages of lower rooms: the slip on a programme's page, what a settlement and a fund pay for."""

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Programme
from core.time import today
from funding import lines
from funding.models import Fund, Settlement
from funding.queries import Totals
from funding.templatetags.funding_tags import labels
from orders import attendance, flow, policies, presenting, spending
from orders.checks import MAX_SESSIONS
from orders.forms.draft import DEFAULT_COUNT
from orders.models import Order
from orders.statuses import Verb
from organisations import queries

register = template.Library()


@register.inclusion_tag("orders/order_slip.html", takes_context=True)
def order_slip(context: Context, programme: Programme) -> dict[str, Any]:
    """Write the box from which an office orders: price, what some sessions would cost, what its budget has left.

    Nothing for anybody else. Two queries for an office.
    """
    request, version = context.get("request"), programme.current_version
    if request is None or version is None or not policies.orders(request):
        return {"shown": False}
    office = request.acting.organisation
    covering = [
        line
        for league in queries.leagues_above(office.region)[:1]
        for line in lines.candidates(
            league=league,
            region=office.region,
            theme_slug=version.theme_id,
            on=today(timezone.now()),
            currency=version.currency,
        )
    ]
    return {
        "shown": True,
        "programme": programme,
        "version": version,
        "office": office,
        "count": DEFAULT_COUNT,
        "most": MAX_SESSIONS,
        "total": version.price * DEFAULT_COUNT,
        "line": covering[0] if covering else None,
    }


@register.inclusion_tag("orders/settlement_order.html", takes_context=True)
def settlement_order(context: Context, settlement: Settlement) -> dict[str, Any]:
    """Write what a settlement pays for: the order, its sessions with who came, its report, where it is reviewed.

    Nothing for somebody who may not see the order. Three queries.
    """
    by = context["request"].acting
    order = Order.objects.visible_to(by).with_parties().filter(commitment=settlement.commitment_id).first()
    if order is None:
        return {"order": None}
    planned = list(order.planned.select_related("session", "venue").order_by("position"))
    came = attendance.turnouts(order, planned, by)
    return {
        "order": order,
        "content": order.version or order.programme.shown,
        "rows": [(one, came.get(one.position)) for one in planned],
        "came": attendance.total(list(came.values())),
    }


@register.inclusion_tag("orders/order_papers.html", takes_context=True)
def order_papers(context: Context, settlement: Settlement) -> dict[str, Any]:
    """Write the sheets of the order that a settlement pays for: the order form, and the delivery as it was accepted.

    An advance is paid before there is a delivery: it has the order form alone. Nothing for somebody who may not see
    the order. Five queries.
    """
    by = context["request"].acting
    order = Order.objects.visible_to(by).with_parties().filter(commitment=settlement.commitment_id).first()
    if order is None:
        return {"order": None}
    words = order.history.filter(verb__in=(Verb.CONFIRM, Verb.RESOLVE)).select_related("actor", "on_behalf_of")
    return {
        "order": order,
        "content": order.version or order.programme.shown,
        "rows": presenting.table(order, by, timezone.now()),
        "is_delivered": not settlement.is_advance,
        "word": words.order_by("pk").last(),
    }


@register.inclusion_tag("orders/public_spending.html", takes_context=True)
def public_spending(context: Context, fund: Fund, paid: int) -> dict[str, Any]:
    """Write what a fund paid for, by theme, area, provider or programme (``?by=``). Two queries.

    ``paid`` is what it paid in all: what no settled order explains is said beside the table.
    """
    asked = context["request"].GET.get("by", "")
    way = asked if asked in spending.WAYS else "theme"
    rows = spending.spent(fund, way)
    total = sum(row.amount for row in rows)
    return {
        "fund": fund,
        "way": way,
        "way_label": spending.WAYS[way][0],
        "tabs": [
            {"label": label, "url": f"?fund={fund.pk}&by={key}#spent", "current": key == way}
            for key, (label, *_columns) in spending.WAYS.items()
        ],
        "rows": rows,
        "few": attendance.FEW,
        "orders": sum(row.orders for row in rows),
        "sessions": sum(row.sessions for row in rows),
        "total": total,
        "other": paid - total,
    }


@register.inclusion_tag("orders/money_flow.html")
def money_flow(fund: Fund, totals: Totals) -> dict[str, Any]:
    """Write where a fund's money flows: a picture, bars where it would be too small, and its table. Three queries."""
    found, words = flow.flow_of(fund), labels()
    title = _("Flow of %(fund)s: from its money to themes and areas. The table below says the same.") % {"fund": fund}
    return {
        "fund": fund,
        "flow": found,
        "picture": flow.picture(found, totals.available, words, title) if found.cells else "",
        "labels": words,
        "available": totals.available,
        "most_theme": max((row.total for row in found.themes), default=0),
        "most_area": max((row.total for row in found.all_areas), default=0),
        "rows": [(row, [(area, area.across.get(row.key, 0)) for area in found.areas]) for row in found.themes],
        "sums": {part: sum(row.parts[part] for row in found.themes) for part in flow.PARTS},
    }
