"""Handling concerns: the list by deadline, one concern with all that belongs to it, one button for each verb."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache

from concerns import lifecycle, policies, queries
from concerns.forms import CloseForm, FollowForm, HandOffForm
from concerns.models import Concern
from concerns.policies import keeps_concerns, sees_figures
from core.access import signed_in, view
from core.errors import DomainError
from core.time import today
from organisations.acting import ActingRequest

PAGE = 30
TABS: dict[str, tuple[Any, Callable[..., Any]]] = {
    "": (gettext_lazy("At our desk"), queries.desk_of),
    "area": (gettext_lazy("At other desks here"), queries.elsewhere),
    "closed": (pgettext_lazy("concern", "Closed"), queries.closed),
}
FORMS: dict[str, type[forms.Form]] = {
    "accept": forms.Form,
    "escalate": forms.Form,
    "refer": HandOffForm,
    "follow": FollowForm,
    "close": CloseForm,
}
DONE = {
    "accept": gettext_lazy("You have taken it on."),
    "refer": gettext_lazy("The hand-off is written down."),
    "follow": gettext_lazy("Written down. It comes back on the day that you named."),
    "close": gettext_lazy("Closed."),
    "escalate": gettext_lazy("It lies at the desk above now, which has been told."),
}
VERBS = {
    "report": gettext_lazy("reported"),
    "add_words": gettext_lazy("the reporter added words"),
    "accept": pgettext_lazy("concern", "taken on"),
    "refer": pgettext_lazy("concern", "handed on"),
    "follow": gettext_lazy("followed up"),
    "close": pgettext_lazy("concern", "closed"),
    "escalate": gettext_lazy("laid on the desk above"),
}


@view(keeps_concerns)
@never_cache
def queue(request: ActingRequest) -> HttpResponse:
    """List concerns by deadline: no word of what they say."""
    key = request.GET.get("tab", "")
    key = key if key in TABS else ""
    address = reverse("concerns:queue")
    tabs = [
        {"url": f"{address}?tab={name}" if name else address, "label": label, "current": name == key}
        for name, (label, _rows) in TABS.items()
    ]
    page = Paginator(TABS[key][1](request.acting), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "tabs": tabs, "tab": key, "on": today(timezone.now())}
    return render(request, "concerns/queue.html", context)


@view(sees_figures)
def figures(request: ActingRequest) -> HttpResponse:
    """Show how many concerns there are, to who oversees and reads none."""
    context = {"figures": queries.figures(request.acting, today(timezone.now()))}
    return render(request, "concerns/figures.html", context)


def _load(request: ActingRequest, pk: int) -> Concern:
    """Return a concern of the area, and write the look down first; whoever may not see it meets a 404."""
    rows = Concern.objects.visible_to(request.acting).select_related(
        "category", "region__parent", "desk__region", "about"
    )
    found = get_object_or_404(rows, pk=pk)
    queries.look(found, by=request.acting, now=timezone.now())
    return found


def _show(request: ActingRequest, concern: Concern, verb: str = "", bound: forms.Form | None = None) -> HttpResponse:
    now, by = timezone.now(), request.acting
    mine = policies.handles(by, concern)
    verbs = [each for each, edges in lifecycle.TRANSITIONS.items() if mine and concern.status in edges]
    history = concern.history.select_related("actor", "on_behalf_of").order_by("-pk")
    context = {
        "concern": concern,
        "verbs": verbs,
        "forms": {each: FORMS[each]() for each in verbs} | ({verb: bound} if bound is not None else {}),
        "open": verb if bound is not None else "",
        "may_take_up": concern.status != Concern.Status.CLOSED and policies.may_take_up(by, concern),
        "statements": queries.statements_of(concern, today(now)),
        "hand_offs": concern.hand_offs.select_related("by").order_by("-told_at", "-pk"),
        "notes": concern.notes.select_related("by").order_by("-at", "-pk"),
        "history": [(row, VERBS.get(row.verb, row.verb)) for row in history],
        "reads": concern.reads.select_related("viewer", "on_behalf_of").order_by("-at", "-pk")[:50],
        "on": today(now),
        "is_forgotten": queries.is_forgotten(concern, now),
    }
    return render(request, "concerns/concern.html", context, status=422 if bound is not None else 200)


@view(signed_in)
@never_cache
def concern(request: ActingRequest, pk: int) -> HttpResponse:
    """Show a concern; the look is written down first."""
    return _show(request, _load(request, pk))


@view(signed_in, methods=["POST"])
@never_cache
def act(request: ActingRequest, pk: int, verb: str) -> HttpResponse:
    """Take a concern on, hand it on, follow it up, close it, or lay it on the desk above."""
    found, form = _load(request, pk), FORMS[verb](request.POST)
    if not form.is_valid():
        return _show(request, found, verb, form)
    try:
        getattr(lifecycle, verb)(found, by=request.acting, now=timezone.now(), **form.cleaned_data)
    except DomainError as refusal:
        if refusal.field is not None:
            form.add_error(refusal.field, str(refusal))
            return _show(request, found, verb, form)
        messages.warning(request, str(refusal))
    else:
        messages.success(request, str(DONE[verb]))
        if not Concern.objects.visible_to(request.acting).filter(pk=pk).exists():
            return redirect("concerns:queue")
    return redirect("concerns:concern", pk)
