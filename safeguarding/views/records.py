"""The safeguarding officer's records: results and dates of people who work with children, never details."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access import view
from core.errors import DomainError
from core.forms import private_query
from core.time import today
from organisations.acting import ActingRequest
from safeguarding import clearance, leaving, queries, services
from safeguarding.forms import CheckForm, SuspensionForm, TrainingForm
from safeguarding.models import Suspension
from safeguarding.policies import keeps_records, may_lift, sees_validity
from users.models import User

PAGE = 30
VERBS = {
    "ask_check": gettext_lazy("check asked for by the employer"),
    "record_check": gettext_lazy("check recorded"),
    "sign_pledge": gettext_lazy("pledge signed"),
    "record_training": gettext_lazy("training recorded"),
    "suspend": gettext_lazy("suspended"),
    "lift": gettext_lazy("suspension lifted"),
}


@view(sees_validity, methods=["GET", "POST"])
def people(request: ActingRequest) -> HttpResponse:
    """List the people who work with children and whether they are cleared today."""
    on, q = today(timezone.now()), private_query(request)
    page = Paginator(queries.workers(request.acting, on, q), PAGE).get_page(request.GET.get("page"))
    answers = clearance.of_workers(page.object_list, on)
    rows = [(user, answers[user.pk]) for user in page]
    context = {"page": page, "rows": rows, "q": q, "may_open": keeps_records(request)}
    return render(request, "safeguarding/worker_list.html", context)


@view(keeps_records)
def leaving_list(request: ActingRequest) -> HttpResponse:
    """List who has to leave the work with children, the first deadline first."""
    on = today(timezone.now())
    page = Paginator(leaving.of_league(request.acting, on), PAGE).get_page(request.GET.get("page"))
    return render(request, "safeguarding/leaving.html", {"page": page, "on": on})


def _load(request: ActingRequest, pk: int) -> User:
    return get_object_or_404(queries.workers(request.acting, today(timezone.now())), pk=pk)


def _suspensions(request: ActingRequest, user: User, on: date) -> list[dict[str, Any]]:
    """Return a person's suspensions, the newest first, and of each whether the reader may end it. One query."""
    rows = user.suspensions.select_related("by", "league__region").order_by("-from_on", "-pk")
    return [
        {
            "row": row,
            "is_open": row.until_on is None or row.until_on > on,
            "may_lift": user.pk != request.user.pk and may_lift(request.acting, row),
        }
        for row in rows
    ]


def _show(request: ActingRequest, user: User, status: int = 200, **bound: forms.Form) -> HttpResponse:
    on = today(timezone.now())
    context = {
        "person": user,
        "clearance": clearance.of_worker(user, on),
        "checks": user.background_checks.select_related("recorded_by").order_by("-checked_on", "-pk"),
        "pledges": user.pledges.select_related("text").order_by("-text__version"),
        "trainings": user.trainings.order_by("-completed_on"),
        "suspensions": _suspensions(request, user, on),
        "history": [(row, VERBS.get(row.verb, row.verb)) for row in queries.history_of(user)],
        "check_form": CheckForm(),
        "training_form": TrainingForm(courses=settings.REQUIRED_COURSES),
        "suspension_form": SuspensionForm(),
        "on": on,
        "is_oneself": user.pk == getattr(request.user, "pk", None),
    }
    return render(request, "safeguarding/worker_detail.html", context | bound, status=status)


@view(keeps_records)
def person(request: ActingRequest, pk: int) -> HttpResponse:
    """Show what is recorded of a person."""
    return _show(request, _load(request, pk))


def _record(request: ActingRequest, pk: int, name: str, form: forms.Form, write: Callable[..., Any]) -> HttpResponse:
    """Write one record of a person, or show the form with what is wrong."""
    user = _load(request, pk)
    if form.is_valid():
        try:
            write(user, by=request.acting, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The record was saved."))
            return redirect("safeguarding:person", pk)
    return _show(request, user, 422, **{name: form})


@view(keeps_records, methods=["POST"])
def record_check(request: ActingRequest, pk: int) -> HttpResponse:
    """Record the result of a query."""
    form = CheckForm(request.POST)
    return _record(request, pk, "check_form", form, services.record_check)


@view(keeps_records, methods=["POST"])
def record_training(request: ActingRequest, pk: int) -> HttpResponse:
    """Record a completed course."""
    form = TrainingForm(request.POST, courses=settings.REQUIRED_COURSES)
    return _record(request, pk, "training_form", form, services.record_training)


@view(keeps_records, methods=["POST"])
def suspend(request: ActingRequest, pk: int) -> HttpResponse:
    """Keep a person away from children."""
    form = SuspensionForm(request.POST)
    return _record(request, pk, "suspension_form", form, services.suspend)


@view(keeps_records, methods=["POST"])
def lift(request: ActingRequest, pk: int, suspension_pk: int) -> HttpResponse:
    """End a suspension."""
    suspension = get_object_or_404(Suspension, pk=suspension_pk, user=_load(request, pk))
    try:
        services.lift(suspension, by=request.acting, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("safeguarding:person", pk)
