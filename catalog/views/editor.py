"""The provider's own programmes: list, write, hand in, retire."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import changes, lifecycle, policies, queries, services
from catalog.forms import ProgrammeForm, ReasonForm, step_rows, unchecked_steps, written_steps
from catalog.models import Programme
from core.access import require, view
from core.errors import DomainError
from core.forms import SubmissionMixin
from organisations.acting import ActingRequest
from organisations.meanwhile import ChangedMeanwhile

PER_PAGE = 30


def own_programme(request: ActingRequest, slug: str) -> Programme:
    """Return a programme that the person may see, or answer 404."""
    rows = Programme.objects.visible_to(request.acting).select_related("provider__region", "current_version", "series")
    return get_object_or_404(rows, slug=slug)


@view(policies.writes_programmes)
def mine(request: ActingRequest) -> HttpResponse:
    """List the acting provider's programmes, what needs work first."""
    page = Paginator(queries.shelf(request.acting), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "catalog/mine.html", {"page": page, "may_offer": _is_manager(request)})


def _is_manager(request: ActingRequest) -> bool:
    return request.acting.is_kind("provider", "manager")


def _initial(source: Programme) -> dict[str, Any]:
    series = source.series
    return services.content_of(source) | {
        "series_name": series.name if series else "",
        "series_name_en": series.name_en if series else "",
    }


def _series(form: ProgrammeForm) -> services.SeriesName:
    """Return the series that the person named, if any."""
    return form.cleaned_data["series_name"], form.cleaned_data["series_name_en"]


def _with_one_row_more(request: HttpRequest) -> tuple[ProgrammeForm, Any]:
    """Return the form as it was sent, unchecked, with one more row for a step."""
    return ProgrammeForm(initial=request.POST.dict()), step_rows(steps=unchecked_steps(request.POST))


Write = Callable[[dict[str, Any], ProgrammeForm], Programme]


def _answer(
    request: ActingRequest, write: Write, context: dict[str, Any], *, saved: Programme | None = None
) -> HttpResponse:
    """Check the sent form and write it over what is saved, if anything; show it again with what has to be corrected."""
    if "add_step" in request.POST:
        form, rows = _with_one_row_more(request)
        return render(request, "catalog/editor.html", context | {"form": form, "rows": rows})
    kept = {"photo": saved.photo} if saved else {}
    form, rows = ProgrammeForm(request.POST, request.FILES, initial=kept), step_rows(request.POST)
    if form.is_valid() and rows.is_valid():
        content = form.content() | {"steps": written_steps(rows)}
        try:
            written = write(content, form)
        except DomainError as refusal:
            if isinstance(refusal, ChangedMeanwhile) and saved:
                _give_way(form, refusal, saved, content)
            else:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            return _hand_in(request, written) if "submit" in request.POST else _kept(request, written)
    return render(request, "catalog/editor.html", context | {"form": form, "rows": rows}, status=422)


def _kept(request: ActingRequest, programme: Programme) -> HttpResponse:
    messages.success(request, _("Draft saved."))
    return redirect("catalog:edit", slug=programme.slug)


def _hand_in(request: ActingRequest, programme: Programme) -> HttpResponse:
    """Hand in what is saved. Where it cannot be, the next form is that of the draft: the sent one is spent."""
    require(policies.may_offer(request.acting, programme))
    try:
        lifecycle.submit(programme, by=request.acting, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("catalog:edit", slug=programme.slug)
    messages.success(request, _("Handed in. The League reads it before it goes on the menu."))
    return redirect("catalog:mine")


def _give_way(form: ProgrammeForm, refusal: ChangedMeanwhile, programme: Programme, content: dict[str, Any]) -> None:
    """Show what a colleague saved beside what was written, and let it be sent again."""
    programme.refresh_from_db()
    written = content | {"steps": services.clean_steps(content["steps"])}
    differences = changes.differences(programme, written, form.cleaned_data["series_name"])
    form.give_way(refusal, differences, seen=programme.edits)


def _made_before(request: ActingRequest) -> Programme | None:
    """Return the draft that this form made when it was sent the last time."""
    form = SubmissionMixin(request.POST)
    return (
        queries.shelf(request.acting).filter(submission_id=form.cleaned_data["submission_id"]).first()
        if form.is_valid()
        else None
    )


@view(policies.writes_programmes, methods=["GET", "POST"])
def new(request: ActingRequest) -> HttpResponse:
    """Write a new programme, empty or from one of the provider's own (``?from=``).

    The form sent once more is written over the draft that it made, under the same guards as the draft's own page.
    """
    context: dict[str, Any] = {"programme": None, "may_offer": _is_manager(request)}

    def write(content: dict[str, Any], form: ProgrammeForm) -> Programme:
        number, seen = form.cleaned_data["submission_id"], form.cleaned_data["seen"]
        series = _series(form)
        return services.create_draft(
            content, by=request.acting, now=timezone.now(), submission_id=number, seen=seen, series=series
        )

    if request.method == "POST":
        return _answer(request, write, context, saved=_made_before(request))
    source = queries.shelf(request.acting).filter(slug=request.GET.get("from", "").replace("\x00", "")).first()
    initial = _initial(source) if source else {}
    context |= {
        "form": ProgrammeForm(initial=initial),
        "rows": step_rows(steps=initial.get("steps", [])),
        "source": source,
        "templates": queries.shelf(request.acting)[:20],
    }
    return render(request, "catalog/editor.html", context)


@view(policies.writes_programmes, methods=["GET", "POST"])
def edit(request: ActingRequest, slug: str) -> HttpResponse:
    """Change a draft; what is on the menu stays until the next publication."""
    programme = own_programme(request, slug)
    require(policies.may_edit(request.acting, programme))
    history = programme.history.select_related("actor", "on_behalf_of").order_by("-at", "-pk")[:30]
    context = {
        "programme": programme,
        "may_offer": policies.may_offer(request.acting, programme),
        "can_edit": lifecycle.can_edit(programme),
        "can_submit": lifecycle.can("submit", programme),
        "can_retire": lifecycle.can("retire", programme),
        "status_sentence": lifecycle.SENTENCES[programme.status],
        "timeline": lifecycle.timeline(history),
        "returned": lifecycle.reason_of_return(history),
        "reason_form": ReasonForm(auto_id="retire_%s", required=False),
    }

    def write(content: dict[str, Any], form: ProgrammeForm) -> Programme:
        seen = form.cleaned_data["seen"]
        series = _series(form)
        return services.edit_draft(programme, content, by=request.acting, now=timezone.now(), seen=seen, series=series)

    if request.method == "POST":
        return _answer(request, write, context, saved=programme)
    form = ProgrammeForm(initial=_initial(programme) | {"seen": programme.edits})
    return render(request, "catalog/editor.html", context | {"form": form, "rows": step_rows(steps=programme.steps)})


@view(policies.writes_programmes, methods=["POST"])
def submit(request: ActingRequest, slug: str) -> HttpResponse:
    """Hand a draft to the League as it is."""
    programme = own_programme(request, slug)
    require(policies.may_offer(request.acting, programme))
    try:
        lifecycle.submit(programme, by=request.acting, now=timezone.now())
        messages.success(request, _("Handed in. The League reads it before it goes on the menu."))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("catalog:edit", slug=slug)


@view(policies.writes_programmes, methods=["POST"])
def retire(request: ActingRequest, slug: str) -> HttpResponse:
    """Take a programme off the menu for good."""
    programme = own_programme(request, slug)
    require(policies.may_offer(request.acting, programme))
    form = ReasonForm(request.POST, required=False)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        lifecycle.retire(programme, by=request.acting, now=timezone.now(), reason=reason)
        messages.success(request, _("Retired. Orders already made go on."))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("catalog:mine")
