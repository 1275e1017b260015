"""What the pages of one order share: load it, take a verb, answer a stale form."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core import forms as core_forms
from core.access import require
from core.errors import DomainError, StaleState
from orders import policies, queries
from orders.lifecycle.edge import AlreadyDone
from orders.models import Order
from orders.presenting import BUTTONS
from orders.statuses import Status, Verb, target
from organisations.acting import ActingRequest

Take = Callable[[Order, Any], Any]


def load(request: ActingRequest, number: str) -> Order:
    """Return the order that the person may see, with its parties; anything else is not there."""
    order = queries.find(request.acting, number, to_show=request.method != "POST")
    if order is None:
        raise Http404
    return order


def may_or_403(request: ActingRequest, order: Order, verb: Verb) -> None:
    """Refuse a verb that belongs to another party or role."""
    require(policies.may(request.acting, order, verb))


def to_order(order: Order, anchor: str = "") -> HttpResponseRedirect:
    """Go to the order's page."""
    return HttpResponseRedirect(f"/orders/{order.number}/{anchor}")


def put_right(form: forms.Form, refusal: DomainError) -> None:
    """Show a refusal in the form: at its field, or above all; each problem on its own."""
    known = refusal.field if refusal.field in form.fields else None
    for sentence in getattr(refusal, "problems", None) or [refusal.sentence]:
        form.add_error(known, str(sentence))


def see_again(form: forms.Form, order: Order) -> None:
    """Let the form carry the present revision, so that a person who read what changed can send it again."""
    order.refresh_from_db()
    core_forms.see_again(form, order.revision)


def take(
    request: ActingRequest,
    order: Order,
    verb: Verb,
    form: forms.Form,
    call: Callable[[], Any],
    *,
    done: str | Callable[[], str] = "",
    template: str = "orders/order_verb.html",
    more: Callable[[], dict[str, Any]] = dict,
    **context: Any,
) -> HttpResponse:
    """Show a verb's form, or take the verb: in time, once, and with nothing typed lost when it is refused.

    ``more`` is asked for what the page shows beside ``context``, where it is shown at all.
    """
    if request.method == "POST" and form.is_valid():
        try:
            call()
        except AlreadyDone:
            return to_order(order)
        except StaleState as refusal:
            put_right(form, refusal)
            see_again(form, order)
        except DomainError as refusal:
            put_right(form, refusal)
            order.refresh_from_db()
        else:
            if done:
                messages.success(request, done() if callable(done) else done)
            return to_order(order)
    elif request.method == "GET" and target(verb, Status(order.status)) is None:
        messages.warning(request, _("This cannot be done any more: %(sentence)s") % {"sentence": order.words.sentence})
        return redirect("orders:order", order.number)
    can_take = target(verb, Status(order.status)) is not None
    page = {"order": order, "form": form, "verb": verb, "button": BUTTONS.get(verb, verb.label), "can_take": can_take}
    status = 409 if form.is_bound and not can_take else 422 if form.is_bound and form.errors else 200
    return render(request, template, {**page, **context, **more()}, status=status)


def initial(order: Order) -> dict[str, Any]:
    """Return what every verb's form starts with."""
    return {"seen": order.revision}
