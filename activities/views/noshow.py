"""Sessions missed: the League's rule, a child's own page about it, and objections."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from activities import checkin, noshows, objections, policies
from activities.forms import DecideForm, ObjectForm, RuleForm
from activities.models import NoShowRule, Objection, SignUp
from core.access import require, signed_in, view
from core.errors import DomainError
from core.forms import posted
from core.time import today
from organisations.acting import ActingRequest
from people.models import Child

PER_PAGE = 30
_AROUND = ("attendance__sign_up__child", "attendance__sign_up__session__version", "attendance__sign_up__party")


@view(policies.sets_rule, methods=["GET", "POST"])
def rule(request: ActingRequest) -> HttpResponse:
    """Show what holds in the League's area and what held before; say what holds from a day on."""
    now = timezone.now()
    form = RuleForm(posted(request))
    if form.is_valid():
        try:
            objections.set_rule(**form.rule(), by=request.acting, now=now)
            messages.success(
                request, _("Written down. Families read it on the page of every session from that day on.")
            )
            return redirect("activities:no-show-rule")
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
    rows = NoShowRule.objects.filter(league=request.acting.organisation).select_related("made_by")
    newest_first = list(rows.order_by("-valid_from", "-pk"))
    in_force = next((row for row in newest_first if row.valid_from <= today(now)), None)
    context = {"form": form, "rows": newest_first, "in_force": in_force}
    return render(request, "activities/no_show_rule.html", context, status=422 if form.is_bound else 200)


@view(signed_in)
def misses(request: ActingRequest, pk: int) -> HttpResponse:
    """Show a family what its child missed, what follows, and where to object."""
    now = timezone.now()
    child = get_object_or_404(Child.objects.visible_to(request.acting, today(now)), pk=pk)
    rows = noshows.misses_of(child, now)
    return render(request, "activities/misses.html", {"child": child, "rows": [(row, _objection(row)) for row in rows]})


def _objection(sign_up: SignUp) -> Objection | None:
    return getattr(sign_up.attendance, "objection", None)


@view(signed_in, methods=["GET", "POST"])
def object_to(request: ActingRequest, pk: int) -> HttpResponse:
    """Object to one absence; afterwards, show how the objection stands."""
    now = timezone.now()
    rows = SignUp.objects.visible_to(request.acting).filter(attendance__isnull=False)
    row = get_object_or_404(
        rows.select_related("child", "party", "session__version", "session__region", "attendance__objection"), pk=pk
    )
    require(policies.may_answer_for(request.acting, row, today(now)))
    made = _objection(row)
    form = ObjectForm(posted(request))
    if made is None and form.is_valid():
        try:
            objections.make(row, **form.cleaned_data, by=request.acting, now=now)
            messages.success(request, _("Your objection is sent. You are told what is decided."))
            return redirect("activities:object", pk)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    context: dict[str, Any] = {"sign_up": row, "session": row.session, "objection": made, "form": form}
    if made is None:
        until = objections.object_until(row.session)
        context |= {"until": until, "is_late": until is None or now >= until, "counts": noshows.is_counted(row, now)}
    return render(request, "activities/object.html", context, status=422 if made is None and form.is_bound else 200)


@view(policies.answers_objections)
def objection_list(request: ActingRequest) -> HttpResponse:
    """List the objections that wait for an answer, the oldest first, and below them those decided last."""
    rows = Objection.objects.decidable_by(request.acting).select_related(*_AROUND)
    page = Paginator(rows.open().order_by("made_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    decided = rows.exclude(status=Objection.Status.OPEN).order_by("-decided_at")[:PER_PAGE]
    return render(request, "activities/objections.html", {"page": page, "decided": decided})


@view(policies.answers_objections, methods=["GET", "POST"])
def objection(request: ActingRequest, pk: int) -> HttpResponse:
    """Show an objection, and decide it."""
    now = timezone.now()
    rows = Objection.objects.decidable_by(request.acting)
    row = get_object_or_404(rows.select_related(*_AROUND, "attendance__sign_up__session__region"), pk=pk)
    may_decide = policies.may_decide(request.acting, row)
    form = DecideForm(posted(request))
    if request.method == "POST":
        require(may_decide)
        if form.is_valid():
            try:
                objections.decide(row, **form.cleaned_data, by=request.acting, now=now)
                messages.success(request, _("Decided. The family is told."))
                return redirect("activities:objections")
            except DomainError as refusal:
                form.add_error(refusal.field, str(refusal))
    sign_up = row.attendance.sign_up
    shown = [sign_up.child_id]
    checkin.log_look(sign_up.session, purpose="objection", children=shown, by=request.acting, now=now)
    context = {
        "objection": row,
        "sign_up": sign_up,
        "session": sign_up.session,
        "form": form,
        "may_decide": may_decide,
        "stands": noshows.stands(sign_up),
    }
    return render(request, "activities/objection.html", context, status=422 if form.is_bound else 200)
