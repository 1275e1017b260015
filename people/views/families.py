"""Families that an office registers and tells what happens."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.access import require, view
from core.errors import DomainError
from core.forms import posted, private_query
from core.time import today
from organisations.acting import ActingRequest
from people import corrections, looks, policies, queries, services
from people import messages as told
from people.forms import FamilyForm, NewChildForm
from people.models import Child, Guardian, ToTell
from people.views.children import edit_page, way_back

PAGE = 30


@view(policies.clerk_for_families, methods=["GET", "POST"])
def families(request: ActingRequest) -> HttpResponse:
    """List the office's families, with search."""
    day = today(timezone.now())
    q = private_query(request)
    page = Paginator(queries.families_of(request.acting, day, q=q), PAGE).get_page(request.GET.get("page"))
    shown = [one.child_id for row in page for one in row.current]  # type: ignore[attr-defined]
    looks.shown(shown, by=request.acting, now=timezone.now())
    untold = queries.to_be_told(request.acting).count()
    return render(request, "people/families.html", {"page": page, "q": q, "tabs": _tabs("families", untold)})


def _tabs(current: str, untold: int) -> list[dict[str, Any]]:
    return [
        {"url": reverse("people:families"), "label": _("Families"), "current": current == "families"},
        {
            "url": reverse("people:to-tell"),
            "label": _("To be told by you"),
            "current": current == "told",
            "count": untold,
        },
    ]


@view(policies.clerk_for_families, methods=["GET", "POST"])
def register(request: ActingRequest) -> HttpResponse:
    """Register a family on its behalf."""
    office = request.acting.organisation
    region = office.region if office else None
    form, context = FamilyForm(posted(request), region=region), {}
    if form.is_bound and form.wants_communities:
        return render(request, "people/family_new.html", {"form": form.without_checking()})
    if form.is_valid():
        given = form.cleaned_data
        try:
            guardian = services.register_family(
                name=given["guardian_name"],
                phone=given["phone"],
                child=form.facts(),
                relation=given["relation"],
                by=request.acting,
                submission_id=given["submission_id"],
                now=timezone.now(),
            )
        except services.FamilyKnown as refusal:
            form.add_error("phone", str(refusal))
            context["known"] = refusal.guardian
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The family is registered. Your office tells it what happens."))
            return redirect("people:family", pk=guardian.pk)
    return render(request, "people/family_new.html", {"form": form, **context}, status=422 if form.errors else 200)


def _family(request: ActingRequest, pk: int) -> Guardian:
    rows = Guardian.objects.visible_to(request.acting).filter(registered_by=request.acting.organisation)
    return get_object_or_404(rows, pk=pk)


@view(policies.clerk_for_families)
def family(request: ActingRequest, pk: int) -> HttpResponse:
    """Show a family: who answers, the children, what is still to be told."""
    guardian, day = _family(request, pk), today(timezone.now())
    rows, ended = corrections.wards_and_lately(guardian, day)
    lately = [one for one in ended if policies.registered(request.acting, one)]
    looks.shown([child.pk for child in [*rows, *lately]], by=request.acting, now=timezone.now())
    lines = queries.to_be_told(request.acting).filter(guardian=guardian)
    context = {
        "guardian": guardian,
        "cards": [{"child": child, "age": child.age(day), "may_have_login": child.is_youth(day)} for child in rows],
        "lately": lately,
        "lines": told.in_words(lines, get_language() or ""),
    }
    return render(request, "people/family.html", context)


@view(policies.clerk_for_families, methods=["GET", "POST"])
def add_child(request: ActingRequest, pk: int) -> HttpResponse:
    """Add another child of a family."""
    guardian = _family(request, pk)
    office = request.acting.organisation
    form = NewChildForm(posted(request), region=office.region if office else None)
    context: dict[str, Any] = {"guardian": guardian}
    if form.is_bound and form.wants_communities:
        return render(request, "people/family_child_new.html", {**context, "form": form.without_checking()})
    if form.is_valid():
        facts = form.facts()
        try:
            services.add_child(
                guardian,
                name=facts.name,
                birth_date=facts.birth_date,
                home_community=facts.home_community,
                relation=form.cleaned_data["relation"],
                by=request.acting,
                submission_id=form.cleaned_data["submission_id"],
                now=timezone.now(),
                is_another=form.cleaned_data["is_another"],
            )
        except services.LikelySame as refusal:
            form.add_error("name", str(refusal))
            context["same"] = refusal.child
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The child is in the family's list."))
            return redirect(way_back(request, reverse("people:family", kwargs={"pk": guardian.pk})))
    status = 422 if form.errors else 200
    return render(request, "people/family_child_new.html", {**context, "form": form}, status=status)


@view(policies.clerk_for_families, methods=["GET", "POST"])
def edit_child(request: ActingRequest, pk: int, child_pk: int) -> HttpResponse:
    """Change the record of a family's child."""
    guardian, day = _family(request, pk), today(timezone.now())
    rows = Child.objects.visible_to(request.acting, day).answered_for_by(day, guardian=guardian)
    child = get_object_or_404(rows.select_related("home_community"), pk=child_pk)
    require(policies.may_edit(request.acting, child, day))
    looks.shown([child.pk], by=request.acting, now=timezone.now())
    return edit_page(request, child, back=reverse("people:family", kwargs={"pk": guardian.pk}))


@view(policies.clerk_for_families)
def to_tell(request: ActingRequest) -> HttpResponse:
    """List what the office still has to tell its families."""
    rows = queries.to_be_told(request.acting)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    lines = told.in_words(page.object_list, get_language() or "")
    return render(
        request,
        "people/to_tell.html",
        {"page": page, "lines": lines, "tabs": _tabs("told", page.paginator.count)},
    )


@view(policies.clerk_for_families, methods=["POST"])
def told_now(request: ActingRequest, pk: int) -> HttpResponse:
    """Tick off a message that was passed on."""
    line = get_object_or_404(ToTell.objects.visible_to(request.acting), pk=pk)
    services.mark_told(line, by=request.acting, now=timezone.now())
    messages.success(request, _("Ticked off."))
    return redirect("people:to-tell")
