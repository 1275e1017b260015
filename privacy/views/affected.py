"""Whom an incident concerns: picking them, the list with how each was told; and the family's own page."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.access import signed_in, view
from core.errors import DomainError
from core.forms import posted
from organisations.acting import Acting, ActingRequest
from people import looks
from privacy import affected, lifecycle, notices
from privacy.forms import PickForm, TellForm
from privacy.models import Affected, Incident
from privacy.views.incidents import load

PAGE = 50


@view(signed_in)
@never_cache
def people(request: ActingRequest, pk: int) -> HttpResponse:
    """Show whom it concerns by name and how each was told; the look is written down first."""
    incident = load(request, pk, to_act=True)
    return _people(request, incident)


def _people(request: ActingRequest, incident: Incident, wrong: int = 0, bound: TellForm | None = None) -> HttpResponse:
    rows = incident.affected.select_related("child", "guardian", "user").order_by("pk")
    if request.GET.get("who") == "untold":
        rows = rows.untold()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    now, children = timezone.now(), [row.child_id for row in shown if row.child_id]
    lifecycle.look(incident, len(shown), by=request.acting, now=now)
    if children:
        looks.shown(children, by=request.acting, now=now, purpose="incident")
    may_tell = incident.status in lifecycle.TRANSITIONS["tell"]
    lines = [
        (
            line,
            (bound if line.affected.pk == wrong else TellForm(auto_id=f"id_{line.affected.pk}_%s"))
            if may_tell
            else None,
        )
        for line in notices.log(incident, shown)
    ]
    context = {"incident": incident, "page": page, "lines": lines, "wrong": wrong, "who": request.GET.get("who", "")}
    return render(request, "privacy/incident_people.html", context, status=422 if bound else 200)


def _found(form: PickForm, by: Acting) -> affected.Found:
    """Find whom the filled-in form means."""
    given, now = form.cleaned_data, timezone.now()
    days = (given["from_on"], given["until_on"])
    if given["way"] == affected.SESSIONS:
        return affected.by_sessions(given["sessions"], by)
    if given["way"] == affected.ORDER:
        return affected.by_order(given["order"], by)
    if given["way"] == affected.LOOKS_BY:
        return affected.by_looks_by(given["contact"], *days, by)
    if given["way"] == affected.LOOKS_OF:
        return affected.by_looks_of(given["organisation"], *days, by)
    return affected.by_family(given["contact"], now, by)


@view(signed_in, methods=["GET", "POST"])
@never_cache
def pick(request: ActingRequest, pk: int) -> HttpResponse:
    """Find people and show how many they are; the second press fixes those that were counted, nobody else."""
    incident = load(request, pk, to_act=True)
    form, preview = PickForm(posted(request)), None
    if form.is_valid():
        try:
            found = _found(form, request.acting)
            if request.POST.get("fix") == found.key:
                new = affected.pick(incident, found, by=request.acting, now=timezone.now())
                words = ngettext("%(n)d person is new on the list.", "%(n)d people are new on the list.", new)
                messages.success(request, words % {"n": new})
                return redirect("privacy:incident", pk)
            preview = affected.preview(incident, found, timezone.now())
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    context = {"incident": incident, "form": form, "preview": preview}
    return render(request, "privacy/incident_pick.html", context, status=422 if form.errors else 200)


@view(signed_in, methods=["POST"])
@never_cache
def tell(request: ActingRequest, pk: int, affected_pk: int) -> HttpResponse:
    """Write down that staff told somebody themselves."""
    incident = load(request, pk, to_act=True)
    one = get_object_or_404(Affected, incident=incident, pk=affected_pk)
    form = TellForm(request.POST, auto_id=f"id_{one.pk}_%s")
    if not form.is_valid():
        return _people(request, incident, one.pk, form)
    try:
        lifecycle.tell(incident, one, by=request.acting, now=timezone.now(), **form.cleaned_data)
    except DomainError as refusal:
        if refusal.field is not None:
            form.add_error(refusal.field, str(refusal))
            return _people(request, incident, one.pk, form)
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Written down."))
    return redirect("privacy:incident-people", pk)


@view(signed_in)
@never_cache
def notice(request: ActingRequest, pk: int) -> HttpResponse:
    """Show a person what happened to their data, as it was written to them."""
    assert request.acting.user is not None
    mine = notices.told_to(request.acting.user)
    incident = get_object_or_404(Incident, pk=pk if pk in mine else 0)
    text = notices.notice_for(incident, get_language() or "")
    return render(request, "privacy/notice.html", {"incident": incident, "text": text})
