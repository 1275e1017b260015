"""A clerk uploads a list of families, looks at what it would do, and says yes."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.access import view
from core.columns import XLSX
from core.errors import DomainError
from core.forms import posted
from core.time import today
from organisations.acting import ActingRequest
from people import imports, looks, policies
from people.family_list import MOST_ROWS, Outcome
from people.forms import FamilyListForm
from people.models import Child, FamilyImport

_ORDER = (Outcome.ERROR, Outcome.SAME, Outcome.NEW, Outcome.HERE)


@view(policies.clerk_for_families, methods=["GET", "POST"])
def upload(request: ActingRequest) -> HttpResponse:
    """Take a list, and show what it would do."""
    form = FamilyListForm(posted(request), request.FILES or None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            row = imports.start(
                given["file"], by=request.acting, submission_id=given["submission_id"], now=timezone.now()
            )
            return redirect("people:family-import", pk=row.pk)
        except DomainError as refusal:
            form.add_error("file", str(refusal))
    context = {"form": form, "most": MOST_ROWS}
    return render(request, "people/import_upload.html", context, status=422 if form.is_bound else 200)


@view(policies.clerk_for_families)
def template(request: ActingRequest) -> HttpResponse:
    """Answer with the spreadsheet to fill in, in the page's language."""
    office = request.acting.organisation
    assert office is not None  # the policy asks for one
    day = today(timezone.now())
    content = imports.template(office, f"{day.year - 9}-05-04")
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="families.xlsx"'
    return response


@view(policies.clerk_for_families, methods=["GET", "POST"])
def look(request: ActingRequest, pk: int) -> HttpResponse:
    """Show row by row what the list would do; a POST does exactly that. Afterwards, show whom it added."""
    now = timezone.now()
    row = get_object_or_404(
        FamilyImport.objects.visible_to(request.acting, now).select_related("office__region"), pk=pk
    )
    if request.method == "POST":
        shown = len(row.shown_new)
        try:
            row = imports.confirm(row, by=request.acting, now=now)
            messages.success(request, _added(len(row.children)))
            if shown > len(row.children):
                messages.warning(request, _left_out(shown - len(row.children)))
        except DomainError as refusal:
            messages.warning(request, str(refusal))
            return redirect("people:import-families")
        return redirect("people:family-import", pk=pk)
    if row.confirmed_at:
        children = Child.objects.visible_to(request.acting, today(now)).filter(pk__in=row.children)
        added = list(children.select_related("home_community").order_by("pk"))
        looks.shown([child.pk for child in added], by=request.acting, now=now)
        context: dict[str, Any] = {"children": added}
        return render(request, "people/import_done.html", context)
    lines = imports.look(row, now)
    looks.shown({pk for line in lines for pk in line.known}, by=request.acting, now=now)
    groups = [(one, [line for line in lines if line.outcome == one]) for one in _ORDER]
    context = {
        "row": row,
        "groups": [{"label": one.label, "outcome": one.value, "lines": found} for one, found in groups if found],
        "new": sum(line.outcome == Outcome.NEW for line in lines),
    }
    return render(request, "people/import_look.html", context)


def _added(count: int) -> str:
    return ngettext("%(n)d child added.", "%(n)d children added.", count) % {"n": count}


def _left_out(count: int) -> str:
    sentence = ngettext(
        "%(n)d row was left out, because what it would do had changed. Upload the list again to look at it.",
        "%(n)d rows were left out, because what they would do had changed. Upload the list again to look at them.",
        count,
    )
    return sentence % {"n": count}


@view(policies.clerk_for_families, methods=["POST"])
def discard(request: ActingRequest, pk: int) -> HttpResponse:
    """Throw the list away."""
    row = get_object_or_404(FamilyImport.objects.visible_to(request.acting, timezone.now()), pk=pk)
    imports.discard(row)
    messages.success(request, _("The list is thrown away. Nothing was added."))
    return redirect("people:import-families")
