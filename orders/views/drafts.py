"""Writing an order in four steps: a series, its dates, what it is for, check and submit. Each step is saved."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import queries as catalog
from core.access import view
from core.errors import DomainError, StaleState
from core.forms import posted, whole_number
from orders import checks, lifecycle, policies
from orders.drafting import copy as copy_order
from orders.drafting import create as start_draft
from orders.drafting import edit as edit_draft
from orders.forms import DetailsForm, NoteForm, SeriesForm, rows_of
from orders.forms.draft import DEFAULT_COUNT, row_forms, venues_for
from orders.lifecycle.deciding import budget_lines
from orders.models import Order
from orders.statuses import ANSWER_WITHIN, Status, Verb
from orders.views.common import initial, load, may_or_403, put_right, see_again, take, to_order
from organisations.acting import ActingRequest
from organisations.queries import leagues_above

WEEK = timedelta(weeks=1)


@view(policies.orders, methods=("GET", "POST"))
def new(request: ActingRequest) -> HttpResponse:
    """Step 1: a programme, how many sessions, the first date and how it repeats."""
    if copied := request.GET.get("copy"):
        return redirect("orders:copy", load(request, copied).number)
    slug = request.POST.get("programme") or request.GET.get("programme") or ""
    if not slug:
        return redirect("catalog:menu")
    programme = get_object_or_404(catalog.menu(), slug=slug)
    version = programme.shown
    office = request.acting.organisation
    assert office is not None  # the policy lets only members of an office or school come here
    start = {"group_size": version.max_group, "count": request.GET.get("sessions") or DEFAULT_COUNT}
    form = SeriesForm(posted(request), initial=start)
    form.offer(venues_for(office, programme.provider_id, *(one.pk for one in leagues_above(office.region)[:1])))
    if request.method == "POST" and form.judge(version, programme.provider, timezone.now()):
        data = form.cleaned_data
        try:
            order = start_draft(
                programme,
                by=request.acting,
                now=timezone.now(),
                submission_id=data["submission_id"],
                group_size=data["group_size"],
                rows=form.rows(),
            )
        except DomainError as refusal:
            put_right(form, refusal)
        else:
            return redirect("orders:dates", order.number)
    context = {"form": form, "programme": programme, "content": version, "step": 1}
    return render(request, "orders/draft_series.html", context, status=422 if form.errors else 200)


@view(policies.orders, methods=("GET", "POST"))
def copy(request: ActingRequest, number: str) -> HttpResponse:
    """Start a draft like an earlier order."""
    order = load(request, number)
    if request.method == "GET":
        return render(request, "orders/draft_copy.html", {"order": order, "submission_id": uuid4()})
    try:
        submission = UUID(request.POST.get("submission_id", ""))
    except ValueError:
        submission = uuid4()
    try:
        draft = copy_order(order, by=request.acting, now=timezone.now(), submission_id=submission)
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
        return to_order(order)
    return redirect("orders:dates", draft.number)


def _draft(request: ActingRequest, number: str) -> Order | HttpResponseRedirect:
    """Return a draft that the person may write, or go to the page of an order that is none any more."""
    order = load(request, number)
    may_or_403(request, order, Verb.EDIT)
    if order.status == Status.DRAFT or request.method == "POST":
        return order
    messages.warning(request, _("The order has been submitted; its dates are fixed."))
    return to_order(order)


@view(policies.orders, methods=("GET", "POST"))
def dates(request: ActingRequest, number: str) -> HttpResponse:
    """Step 2: each date and place; rows can be changed, left out and added."""
    order = _draft(request, number)
    if isinstance(order, HttpResponseRedirect):
        return order
    planned = list(order.planned.order_by("position"))
    venues = venues_for(order.office, order.provider_id, order.league_id)
    is_adding = "add" in request.POST
    rows = row_forms(
        _with_one_more(request.POST) if is_adding else posted(request), initial=rows_of(planned), venues=venues
    )
    seen = NoteForm(posted(request), initial=initial(order))
    is_ready = request.method == "POST" and not is_adding and rows.is_valid() and seen.is_valid()
    if is_ready and "next" in request.POST:
        for problem in rows.judge(order, timezone.now()):
            seen.add_error(None, problem)
        is_ready = rows.is_valid() and seen.is_valid()
    if is_ready and _save(request, order, seen, rows=rows.rows()):
        return redirect("orders:details" if "next" in request.POST else "orders:dates", order.number)
    context = {
        "order": order,
        "rows": rows,
        "form": seen,
        "late": checks.late_answer(order.programme.shown, planned, timezone.now() + ANSWER_WITHIN),
        "step": 2,
        "max_sessions": checks.MAX_SESSIONS,
    }
    is_wrong = request.method == "POST" and not is_adding
    return render(request, "orders/draft_dates.html", context, status=422 if is_wrong else 200)


def _with_one_more(data: QueryDict) -> QueryDict:
    """Return what was posted with one more row: a week after the last date, at its time and place."""
    more = data.copy()
    number = min(whole_number(more.get("form-TOTAL_FORMS", "")) or 0, checks.MAX_SESSIONS)
    more["form-TOTAL_FORMS"] = str(min(number + 1, checks.MAX_SESSIONS))
    days = {i: _day(more.get(f"form-{i}-starts_on", "")) for i in range(number)}
    written = [(day, i) for i, day in days.items() if day is not None and f"form-{i}-drop" not in more]
    if written and number < checks.MAX_SESSIONS and max(written)[0] <= date.max - WEEK:
        day, last = max(written)
        more[f"form-{number}-starts_on"] = (day + WEEK).isoformat()
        for name in ("starts", "venue", "address"):
            more[f"form-{number}-{name}"] = more.get(f"form-{last}-{name}", "")
    return more


def _day(text: str) -> date | None:
    """Return the date that was typed, or nothing."""
    try:
        found: date | None = forms.DateField(required=False).clean(text)
    except forms.ValidationError:
        return None
    return found


def _save(request: ActingRequest, order: Order, form: Any, **changes: Any) -> bool:
    """Write the draft; what is not changed stays as it is. Tell whether it was kept."""
    kept = {
        "group_size": order.group_size,
        "reason": order.reason,
        "reserve_places": order.reserve_places,
        "first_timers": order.first_timers,
        "kept_days": order.kept_days,
        "opens_at": order.opens_at,
        "rows": None,
        **changes,
    }
    try:
        edit_draft(order, by=request.acting, now=timezone.now(), seen=form.cleaned_data.get("seen"), **kept)
    except StaleState as refusal:
        put_right(form, refusal)
        see_again(form, order)
        return False
    except DomainError as refusal:
        put_right(form, refusal)
        return False
    return True


@view(policies.orders, methods=("GET", "POST"))
def details(request: ActingRequest, number: str) -> HttpResponse:
    """Step 3: how many places, for whom first, from when on, and why."""
    order = _draft(request, number)
    if isinstance(order, HttpResponseRedirect):
        return order
    form = DetailsForm(posted(request), initial={**DetailsForm.start(order), **initial(order)})
    is_ready = request.method == "POST" and form.judge(order, timezone.now())
    if is_ready and _save(request, order, form, **form.changes()):
        return redirect("orders:submit", order.number)
    context = {"order": order, "form": form, "content": order.programme.shown, "step": 3}
    return render(request, "orders/draft_details.html", context, status=422 if form.errors else 200)


@view(policies.orders, methods=("GET", "POST"))
def submit(request: ActingRequest, number: str) -> HttpResponse:
    """Step 4: check the answers, see what it costs and who decides, and submit."""
    order = load(request, number)
    may_or_403(request, order, Verb.SUBMIT)
    form = NoteForm(posted(request), initial=initial(order))
    planned = list(order.planned.select_related("venue").order_by("position"))
    now = timezone.now()

    def call() -> None:
        lifecycle.submit(
            order, by=request.acting, now=now, seen=form.cleaned_data["seen"], note=form.cleaned_data["note"]
        )

    is_draft = order.status == Status.DRAFT
    lines = budget_lines(order) if is_draft and planned and order.total else []
    return take(
        request,
        order,
        Verb.SUBMIT,
        form,
        call,
        done=_("The order has been submitted. The provider has seven days to answer."),
        template="orders/draft_check.html",
        planned=planned,
        content=order.programme.shown,
        problems=checks.problems(order, planned, now=now) if is_draft else [],
        late=checks.late_answer(order.programme.shown, planned, now + ANSWER_WITHIN) if is_draft else "",
        line=lines[0] if lines else None,
        back=reverse("orders:details", args=[order.number]),
        step=4,
    )
