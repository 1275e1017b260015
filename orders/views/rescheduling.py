"""Another date for one session: propose, agree, decline, take back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import view
from core.errors import DomainError
from core.forms import posted
from orders import lifecycle, policies
from orders.forms import RescheduleForm, rows_of
from orders.forms.draft import venues_for
from orders.models import RescheduleProposal
from orders.statuses import Verb
from orders.views.common import initial, load, may_or_403, take, to_order
from organisations.acting import ActingRequest


@view(policies.reads_orders, methods=("GET", "POST"))
def propose(request: ActingRequest, number: str, position: int) -> HttpResponse:
    """Put a new date or place to the other side."""
    order = load(request, number)
    may_or_403(request, order, Verb.PROPOSE)
    planned = get_object_or_404(order.planned.select_related("order", "session", "venue"), position=position)
    form = RescheduleForm(posted(request), initial={**rows_of([planned])[0], **initial(order)})
    form.offer(venues_for(order.office, order.provider_id, order.league_id))

    def call() -> None:
        data, starts_at = form.cleaned_data, form.starts_at()
        lifecycle.propose_reschedule(
            planned,
            starts_at=starts_at,
            ends_at=starts_at + (planned.ends_at - planned.starts_at),
            venue=data["venue"],
            address="" if data["venue"] else data["address"],
            by=request.acting,
            now=timezone.now(),
            seen=data["seen"],
            note=data["note"],
        )

    return take(
        request,
        order,
        Verb.PROPOSE,
        form,
        call,
        done=_("Your proposal is with the other side."),
        planned=planned,
        button_label=_("Propose the new date"),
    )


def _answer(
    request: ActingRequest, number: str, pk: int, verb: Verb, *, function: Callable[..., Any], done: str
) -> HttpResponse:
    """Answer a proposal from the order's page."""
    order = load(request, number)
    may_or_403(request, order, verb)
    proposals = RescheduleProposal.objects.filter(planned__order=order).select_related("planned__order", "venue")
    try:
        function(get_object_or_404(proposals, pk=pk), by=request.acting, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        messages.success(request, done)
    return to_order(order)


@view(policies.reads_orders, methods=("POST",))
def agree(request: ActingRequest, number: str, pk: int) -> HttpResponse:
    """Take the new date."""
    done = _("The session has its new date; those signed up are told.")
    return _answer(request, number, pk, Verb.MOVE, function=lifecycle.agree_reschedule, done=done)


@view(policies.reads_orders, methods=("POST",))
def decline(request: ActingRequest, number: str, pk: int) -> HttpResponse:
    """Keep the date."""
    return _answer(
        request, number, pk, Verb.KEEP, function=lifecycle.decline_reschedule, done=_("The date stays as it was.")
    )


@view(policies.reads_orders, methods=("POST",))
def withdraw(request: ActingRequest, number: str, pk: int) -> HttpResponse:
    """Take one's proposal back."""
    done = _("The proposal is withdrawn.")
    return _answer(request, number, pk, Verb.WITHDRAW, function=lifecycle.withdraw_reschedule, done=done)
