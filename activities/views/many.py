"""An office's clerk signs many of its families up for one session."""

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from activities import checkin, eligibility, many
from activities.forms import ManyForm
from activities.models import Session
from activities.reading import session_or_404
from core.access import view
from core.forms import posted
from core.time import today
from organisations.acting import ActingRequest
from people.models import Child, FamilyImport, Guardian
from people.policies import clerk_for_families
from people.queries import families_of
from safeguarding import consents
from safeguarding.models import Purpose

PER_PAGE = 50


@view(clerk_for_families, methods=["GET", "POST"])
def sign_up(request: ActingRequest, pk: int) -> HttpResponse:
    """Choose among the office's families, or those of the clerk's last list; a POST says what became of each."""
    now = timezone.now()
    session = session_or_404(pk)
    listed = FamilyImport.objects.visible_to(request.acting, now).exclude(confirmed_at=None).order_by("-pk").first()
    only_listed = listed is not None and request.GET.get("from") == "list"
    rows = families_of(request.acting, today(now))
    if listed is not None and only_listed:
        rows = rows.filter(pk__in=Guardian.objects.filter(guardianships__child__in=listed.children).values("pk"))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    families: list[many.Group] = [(row, [one.child for one in row.current]) for row in page]  # type: ignore[attr-defined]
    shown = [child.pk for _row, found in families for child in found]
    checkin.log_look(session, purpose="on_behalf", children=shown, by=request.acting, now=now)
    form = ManyForm(posted(request), children=[child for _row, found in families for child in found])
    context: dict[str, Any] = {"session": session, "listed": listed, "only_listed": only_listed}
    if form.is_valid():
        try:
            outcomes = _outcomes(request, pk, families, form, now)
        except consents.TextChanged as refusal:
            form.add_error(None, str(refusal))
        else:
            return render(request, "activities/many_done.html", {**context, "outcomes": outcomes})
    context["text"] = consents.to_ask(Purpose.SIGN_UP, today(now))
    form.stand_beside(context["text"])
    context |= {"form": form, "page": page, "families": _rows(session, families, form, now)}
    context["closed_because"] = eligibility.closed_because(session, now)
    return render(request, "activities/many.html", context, status=422 if form.is_bound else 200)


def _outcomes(
    request: ActingRequest, pk: int, families: list[many.Group], form: ManyForm, now: datetime
) -> list[many.Outcome]:
    """Sign the chosen children up, those with papers by the text that stood on the page."""
    given, papers = form.cleaned_data, None
    if given["has_papers"]:
        text = consents.on_page(Purpose.SIGN_UP, given["agrees_to"])
        consents.require_counts(text, today(now))
        papers = many.Papers(text, signed_on=given["paper_on"])
    return many.sign_up_families(
        pk,
        _chosen(families, form),
        papers=papers,
        by=request.acting,
        now=now,
        submission_id=given["submission_id"],
    )


def _chosen(families: list[many.Group], form: ManyForm) -> list[many.Group]:
    """Return the ticked children of each family; one with two guardians here goes with the first."""
    left = {child.pk for child in form.chosen}
    groups: list[many.Group] = []
    for guardian, children in families:
        mine = [child for child in children if child.pk in left]
        left -= {child.pk for child in mine}
        if mine:
            groups.append((guardian, mine))
    return groups


def _rows(session: Session, families: list[many.Group], form: ManyForm, now: datetime) -> list[dict[str, Any]]:
    """Say of each child whether it can come; a missing consent can be answered here."""
    who = _each_once(families)
    found = eligibility.find(session, who, now, guardian=who)
    picked = {str(pk) for pk in form["children"].value() or []}
    return [
        {
            "guardian": guardian,
            "children": [
                {
                    "child": child,
                    "obstacles": [one for one in found[child.pk] if one.code != eligibility.CONSENT],
                    "lacks_consent": any(one.code == eligibility.CONSENT for one in found[child.pk]),
                    "picked": str(child.pk) in picked,
                }
                for child in children
            ],
        }
        for guardian, children in families
    ]


def _each_once(families: list[many.Group]) -> dict[Child, Guardian]:
    """Return each child with the guardian with whom it goes: of two here, the first."""
    return {child: guardian for guardian, children in reversed(families) for child in children}
