"""The acting role's start page: what to do, by deadline, and what it needs to know."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.access import signed_in, view
from core.time import today
from dashboards import queries, reports, todos
from funding import queries as funding
from funding.models import PayeeAccount
from funding.policies import payee
from orders.models import Order
from orders.queries import counts, under_way
from orders.statuses import Status
from organisations.acting import ActingRequest
from organisations.models import Membership, Organisation
from people.models import ToTell

Role, Kind = Membership.Role, Organisation.Kind
Page = tuple[str, dict[str, Any]]


@view(signed_in)
def workbench(request: ActingRequest) -> HttpResponse:
    """Show the start page of the acting role; who acts for nobody goes to their own page."""
    organisation = request.acting.organisation
    if organisation is None:
        return redirect("dashboards:my")
    if not organisation.may_act:
        return render(request, "dashboards/waiting.html", {"organisation": organisation})
    template, context = _page_of(request)(request, organisation, timezone.now())
    request.nav_counts = {"dashboards:workbench": len(context.get("todos", ())) + len(context.get("approvals", ()))}
    return render(request, f"dashboards/{template}.html", {"organisation": organisation, **context})


def _page_of(request: ActingRequest) -> Callable[[ActingRequest, Organisation, datetime], Page]:
    acting = request.acting
    if acting.kind in (Kind.OFFICE, Kind.SCHOOL) and not acting.roles.isdisjoint({Role.MANAGER, Role.CLERK}):
        return office
    if acting.kind == Kind.PROVIDER:
        return provider
    if acting.is_kind(Kind.LEAGUE, Role.OFFICER):
        return league
    if acting.is_kind(Kind.LEAGUE, Role.FINANCE, Role.AUDITOR):
        return finance
    return others


def office(request: ActingRequest, organisation: Organisation, now: datetime) -> Page:
    """What an office or a school has to answer, its budget, its orders and sessions."""
    by = request.acting
    orders = list(queries.open_orders(by, now))
    line = queries.budget_of(organisation, today(now))
    asked = sum(row.total for row in orders if row.status == Status.ACCEPTED)
    items = [todos.order_todo(row, todos.OFFICE[row.status], now) for row in orders if row.status in todos.OFFICE]
    items += [todos.proposal_todo(row, now) for row in queries.proposals_to_answer(by)]
    untold = ToTell.objects.visible_to(by).untold().count()
    if untold:
        items.append(_to_tell(untold))
    sessions = list(queries.sessions_of(organisation, *queries.day_span(now, 14)))
    by_group = counts(by)
    context = {
        "todos": todos.by_deadline(items),
        "line": line,
        "parts": {part: getattr(line, part) for part in queries.PARTS[1:]} if line else {},
        "asked": asked,
        "left_after": line.available - asked if line else 0,
        "orders": orders,
        "orders_total": sum(row.total for row in orders),
        "counts": by_group,
        "under_way": under_way(by_group),
        "sessions": sessions,
        "now": now,
    }
    return "office", context


def _to_tell(untold: int) -> todos.Todo:
    words = ngettext("%(n)s family waits for your call", "%(n)s families wait for your call", untold) % {"n": untold}
    text = _("They have no phone of their own here: pass the message on, then tick it off")
    return todos.Todo(words, "/people/families/", text, _("See the list"), "/people/families/", icon="phone")


def provider(request: ActingRequest, organisation: Organisation, now: datetime) -> Page:
    """What a provider has to answer and deliver, its week, its programmes, its people."""
    by = request.acting
    orders = list(queries.open_orders(by, now))
    start, end = queries.day_span(now, 7)
    sessions = list(queries.sessions_of(organisation, start, end))
    unclosed = list(queries.sessions_to_close(organisation, now))
    due = queries.reports_due(by)
    to_report = [row for row in orders if row.pk in due]
    items = [todos.order_todo(row, todos.PROVIDER[row.status], now) for row in orders if row.status in todos.PROVIDER]
    items += [todos.order_todo(row, todos.REPORT, now) for row in to_report]
    items += [todos.proposal_todo(row, now) for row in queries.proposals_to_answer(by)]
    items += [todos.session_todo(row, now) for row in unclosed]
    items += [
        todos.session_todo(row, now)
        for row in sessions
        if today(row.starts_at) == today(now) and row.status == row.Status.SCHEDULED and not row.awaits_close(now)
    ]
    settlements, receivable = queries.receivable(organisation)
    if settlements and payee(request):
        items += _for_payment(request, organisation)
    context = {
        "todos": todos.by_deadline(items),
        "new_orders": sum(row.status == Status.SUBMITTED for row in orders),
        "reports_due": len(due),
        "settlements": settlements,
        "receivable": receivable,
        "sessions": sessions,
        "programmes": list(queries.programmes_of(organisation)),
        "crew": queries.crew_to_watch(organisation, today(now)),
        "manages": by.is_for(organisation.pk, Role.MANAGER),
        "now": now,
    }
    return "provider", context


def _for_payment(request: ActingRequest, organisation: Organisation) -> list[todos.Todo]:
    """What keeps a provider's money waiting on its own side: invoices, and an account to be paid to."""
    items = [todos.invoice_todo(row) for row in queries.to_invoice(request.acting, organisation)]
    account = PayeeAccount.objects.newest_of(organisation.pk)
    if account is None or account.confirmed_at is None:
        items.append(todos.account_todo(account))
    return items


def league(request: ActingRequest, organisation: Organisation, now: datetime) -> Page:
    """What a League officer decides: orders, programmes, organisations; and what the fund has brought about."""
    by = request.acting
    waiting = queries.to_decide(by)
    approvals = [row for row in waiting if row.status == Status.ACCEPTED]
    others = [row for row in waiting if row.status != Status.ACCEPTED]
    means = queries.mean_prices()
    fund, totals = queries.fund_of(organisation, today(now))
    context = {
        "approvals": [(row, _above_mean(row, means), todos.due_words(row.waits_until, now)) for row in approvals],
        "approvals_total": sum(row.total for row in approvals),
        "todos": [todos.order_todo(row, todos.LEAGUE.get(row.status, todos.STUCK), now) for row in others],
        "programmes": queries.programmes_to_review(by),
        "organisations": queries.organisations_to_admit(organisation),
        "fund": fund,
        "totals": totals,
        "under_way": under_way(counts(by)),
        "results": reports.results(organisation, today(now).year),
        "year": today(now).year,
        "now": now,
    }
    return "league", context


def _above_mean(row: Order, means: dict[str, float]) -> int:
    """Return by how many per cent the price lies above the mean of its theme; nothing worth a note below 10."""
    mean = means.get(row.version.theme_id, 0) if row.version else 0
    above = round(100 * (row.unit_price - mean) / mean) if mean else 0
    return above if above >= 10 else 0


def finance(request: ActingRequest, organisation: Organisation, now: datetime) -> Page:
    """What League finance pays next, and the fund."""
    fund, totals = queries.fund_of(organisation, today(now))
    context = {
        "fund": fund,
        "totals": totals,
        "counts": funding.steps(request.acting),
        "now": now,
    }
    return "finance", context


def others(request: ActingRequest, organisation: Organisation, now: datetime) -> Page:
    """Start pages of roles whose work lies on one or two pages."""
    return "others", {"roles": request.acting.roles, "now": now}
