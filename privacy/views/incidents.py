"""Incidents of personal data: the list, one incident with its clock and verbs, its facts for the authority."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from core.access import require, signed_in, view
from core.columns import XLSX
from core.errors import DomainError
from core.forms import posted
from organisations.acting import ActingRequest
from organisations.meanwhile import ChangedMeanwhile, state_of
from privacy import affected, facts, lifecycle, notices, policies
from privacy.forms import CloseIncidentForm, IncidentForm, NoticeForm, ReportForm
from privacy.models import Incident

PAGE = 30
FORMS: dict[str, type[forms.Form]] = {
    "report": ReportForm,
    "send": forms.Form,
    "clear": forms.Form,
    "close": CloseIncidentForm,
}
ACTS: dict[str, Any] = {
    "report": lifecycle.report,
    "send": notices.send,
    "clear": affected.clear,
    "close": lifecycle.close,
}
DONE = {
    "report": gettext_lazy("Written down."),
    "send": gettext_lazy("The notice is on its way. The list of people says who got it."),
    "clear": gettext_lazy("The list is empty again."),
    "close": gettext_lazy("Closed."),
}


@view(policies.sees_incidents)
@never_cache
def listing(request: ActingRequest) -> HttpResponse:
    """List the incidents of the area, the latest finding first."""
    rows = Incident.objects.visible_to(request.acting).select_related("league").order_by("-found_at", "-pk")
    now = timezone.now()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, row.is_overdue(now)) for row in page.object_list],
        "writes": policies.writes_incidents(request.acting),
    }
    return render(request, "privacy/incidents.html", context)


@view(policies.keeps_incidents, methods=["GET", "POST"])
@never_cache
def new(request: ActingRequest) -> HttpResponse:
    """Write an incident down."""
    form = IncidentForm(posted(request))
    if form.is_valid():
        try:
            made = lifecycle.write_down(
                form.facts(),
                by=request.acting,
                now=timezone.now(),
                submission_id=form.cleaned_data["submission_id"],
            )
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Written down. Now fix whom it concerns."))
            return redirect("privacy:incident", made.pk)
    return render(request, "privacy/incident_edit.html", {"form": form}, status=422 if form.errors else 200)


def load(request: ActingRequest, pk: int, *, to_act: bool = False) -> Incident:
    """Return an incident of the area, else 404; whoever may see it but not act on it gets a 403."""
    rows = Incident.objects.visible_to(request.acting).select_related("league")
    found = get_object_or_404(rows, pk=pk)
    if to_act:
        require(policies.handles(request.acting, found))
    return found


def _show(request: ActingRequest, incident: Incident, verb: str = "", bound: forms.Form | None = None) -> HttpResponse:
    now, mine = timezone.now(), policies.handles(request.acting, incident)
    verbs = [each for each in lifecycle.TRANSITIONS if mine and incident.status in lifecycle.TRANSITIONS[each]]
    history = incident.history.select_related("actor", "on_behalf_of").order_by("-pk")
    context = {
        "incident": incident,
        "handles": mine,
        "verbs": verbs,
        "forms": {each: FORMS[each]() for each in verbs if each in FORMS} | ({verb: bound} if bound else {}),
        "open": verb if bound is not None else "",
        "is_overdue": incident.is_overdue(now),
        "data": notices.words_of(incident),
        "counts": facts.counts(incident, exact=mine),
        "picked": incident.affected.exists(),
        "unsent": notices.unsent(incident).exists(),
        "worded": bool(incident.notice_zh),
        "history": [(row, facts.VERBS.get(row.verb, row.verb)) for row in history[:100]],
    }
    return render(request, "privacy/incident.html", context, status=422 if bound is not None else 200)


@view(signed_in)
@never_cache
def incident(request: ActingRequest, pk: int) -> HttpResponse:
    """Show an incident with its clock; whom it concerns stands on a page of its own."""
    return _show(request, load(request, pk))


@view(signed_in, methods=["GET", "POST"])
@never_cache
def edit(request: ActingRequest, pk: int) -> HttpResponse:
    """Correct or complete what is written down."""
    found = load(request, pk, to_act=True)
    saves = lifecycle.saves_of(found)
    known = {name: getattr(found, name) for name in lifecycle.Facts.__dataclass_fields__}
    form = IncidentForm(posted(request), initial=known | {"seen": state_of(saves)})
    if form.is_valid():
        given = {"by": request.acting, "now": timezone.now(), "seen": form.cleaned_data["seen"]}
        try:
            lifecycle.edit(found, form.facts(), **given)
        except ChangedMeanwhile as refusal:
            found.refresh_from_db()
            form.give_way(refusal, form.differences(found), seen=state_of(saves))
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The change is saved."))
            return redirect("privacy:incident", pk)
    context = {"form": form, "incident": found}
    return render(request, "privacy/incident_edit.html", context, status=422 if form.errors else 200)


@view(signed_in, methods=["GET", "POST"])
@never_cache
def words(request: ActingRequest, pk: int) -> HttpResponse:
    """Word the notice in both languages, beginning with the drafts."""
    found = load(request, pk, to_act=True)
    drafts = {"notice_zh": notices.notice_for(found, "zh-hans"), "notice_en": notices.notice_for(found, "en")}
    form = NoticeForm(posted(request), initial=drafts)
    if form.is_valid():
        try:
            lifecycle.word(found, **form.cleaned_data, by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The notice is kept. Nothing was sent yet."))
            return redirect("privacy:incident", pk)
    context = {"form": form, "incident": found}
    return render(request, "privacy/incident_words.html", context, status=422 if form.errors else 200)


@view(signed_in, methods=["POST"])
@never_cache
def act(request: ActingRequest, pk: int, verb: str) -> HttpResponse:
    """Write down a report to the authority, send the notice, empty the list of people, or close."""
    found = load(request, pk, to_act=True)
    form = FORMS[verb](request.POST)
    if not form.is_valid():
        return _show(request, found, verb, form)
    try:
        ACTS[verb](found, by=request.acting, now=timezone.now(), **form.cleaned_data)
    except DomainError as refusal:
        if refusal.field in form.fields:
            form.add_error(refusal.field, str(refusal))
            return _show(request, found, verb, form)
        messages.warning(request, str(refusal))
    else:
        messages.success(request, str(DONE[verb]))
    return redirect("privacy:incident", pk)


@view(signed_in)
@never_cache
def facts_page(request: ActingRequest, pk: int) -> HttpResponse:
    """Show the facts for the authority, to print; no name of anybody."""
    found, now = load(request, pk), timezone.now()
    tables = facts.sheets(found, now=now, exact=policies.handles(request.acting, found))
    return render(request, "privacy/incident_facts.html", {"incident": found, "tables": tables, "now": now})


@view(signed_in)
@never_cache
def facts_file(request: ActingRequest, pk: int) -> HttpResponse:
    """Answer with the facts as an Excel file."""
    found = load(request, pk)
    content = facts.workbook(found, now=timezone.now(), exact=policies.handles(request.acting, found))
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="incident-{found}.xlsx"'
    response["Cache-Control"] = "no-store"
    return response
