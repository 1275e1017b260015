"""After the sessions: report, confirm, dispute, decide."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import view
from core.formats import period_text
from core.forms import posted
from orders import attendance, lifecycle, policies, worth
from orders.attachments import attach_all
from orders.forms import ConfirmForm, ReasonForm, ReportForm, ResolveForm
from orders.lifecycle.delivering import OfficeReview
from orders.models import Attachment, Order
from orders.statuses import Status, Verb
from orders.views.common import initial, load, may_or_403, take
from organisations.acting import ActingRequest

_BOTH = ("GET", "POST")


@view(policies.reads_orders, methods=_BOTH)
def report(request: ActingRequest, number: str) -> HttpResponse:
    """Say how it went, with photos."""
    order = load(request, number)
    may_or_403(request, order, Verb.REPORT)
    form = ReportForm(posted(request), request.FILES or None, initial=initial(order))

    def call() -> None:
        data, now = form.cleaned_data, timezone.now()
        with transaction.atomic():
            lifecycle.report(order, by=request.acting, now=now, text=data["text"], seen=data["seen"])
            attach_all(order, data["papers"], kind=Attachment.Kind.REPORT, by=request.acting, now=now)

    done = _("The delivery is reported. The office confirms next.")
    return take(request, order, Verb.REPORT, form, call, done=done)


@view(policies.reads_orders, methods=_BOTH)
def confirm(request: ActingRequest, number: str) -> HttpResponse:
    """Accept the delivery and rate it; what it is worth is shown before."""
    order = load(request, number)
    may_or_403(request, order, Verb.CONFIRM)
    form = ConfirmForm(posted(request), initial=initial(order))

    def call() -> None:
        data = form.cleaned_data
        review = OfficeReview(mark=data["mark"], text=data["text"])
        lifecycle.confirm(
            order, by=request.acting, now=timezone.now(), review=review, seen=data["seen"], note=data["note"]
        )

    return take(
        request,
        order,
        Verb.CONFIRM,
        form,
        call,
        done=_("The delivery is confirmed. League finance pays next."),
        template="orders/order_confirm.html",
        **_worth(request, order),
    )


def _worth(request: ActingRequest, order: Order) -> dict[str, Any]:
    """What a delivered order is worth, each line beside who came."""
    if order.status != Status.DELIVERED:
        return {}
    found = worth.compute(order, now=timezone.now())
    planned = list(order.planned.select_related("session").order_by("position"))
    came = attendance.turnouts(order, planned, request.acting)
    lines = [(line, came.get(one.position)) for one, line in zip(planned, found.lines, strict=True)]
    return {"worth": found, "lines": lines, "came": attendance.total(list(came.values()))}


@view(policies.reads_orders, methods=_BOTH)
def dispute(request: ActingRequest, number: str) -> HttpResponse:
    """Say what was not delivered as ordered."""
    order = load(request, number)
    may_or_403(request, order, Verb.DISPUTE)
    form = ReasonForm(posted(request), initial=initial(order))

    def call() -> None:
        data = form.cleaned_data
        lifecycle.dispute(order, by=request.acting, now=timezone.now(), note=data["note"], seen=data["seen"])

    return take(request, order, Verb.DISPUTE, form, call, done=_("The League decides next."))


def _named(request: ActingRequest, order: Order) -> dict[int, str]:
    """Name each session by its date and by who came."""
    planned = list(order.planned.select_related("session").order_by("position"))
    came = attendance.turnouts(order, planned, request.acting)
    names = {}
    for one in planned:
        words = {"number": one.position, "when": period_text(one.starts_at, one.ends_at)}
        name = _("Session %(number)d, %(when)s") % words
        turnout = came.get(one.position)
        names[one.position] = f"{name} · {turnout.sentence}" if turnout else name
    return names


@view(policies.reads_orders, methods=_BOTH)
def resolve(request: ActingRequest, number: str) -> HttpResponse:
    """Decide session by session what is paid."""
    order = load(request, number)
    may_or_403(request, order, Verb.RESOLVE)
    form = ResolveForm(posted(request), initial=initial(order))
    form.name_sessions(_named(request, order))

    def call() -> None:
        data = form.cleaned_data
        lifecycle.resolve(
            order,
            by=request.acting,
            now=timezone.now(),
            verdicts=form.verdicts(),
            note=data["note"],
            seen=data["seen"],
        )

    dispute_ = getattr(order, "dispute", None)
    return take(
        request, order, Verb.RESOLVE, form, call, done=_("Decided. League finance pays next."), dispute=dispute_
    )
