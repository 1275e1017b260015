"""Applying for admission, and the League committee's decision."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.access import public, require, view
from core.errors import DomainError
from core.forms import posted
from core.time import today
from organisations import history, lifecycle, memberships, policies, services
from organisations.acting import ActingRequest
from organisations.forms import ApplicationForm, ReasonForm
from organisations.models import Membership, Organisation
from organisations.models.membership import HEAD_ROLE
from organisations.views.tones import STATUS_TONES

PAGE = 30
DECISIONS: dict[str, Any] = {
    "admit": lifecycle.admit,
    "invite-again": lifecycle.invite_again,
    "refuse": lifecycle.refuse,
    "suspend": lifecycle.suspend,
    "resume": lifecycle.resume,
    "end-trial": lifecycle.end_trial,
}
WITH_REASON = frozenset({"refuse", "suspend"})


@view(public, methods=["GET", "POST"])
def apply(request: ActingRequest) -> HttpResponse:
    """Show and take an application for admission."""
    form = ApplicationForm(posted(request))
    if form.is_bound and form.wants_communities:
        return render(request, "organisations/apply.html", {"form": form.without_checking()})
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.apply(
                kind=given["kind"],
                name=given["name"],
                region=given["region"],
                submission_id=given["submission_id"],
                by=request.acting,
                now=timezone.now(),
                **form.details(),
            )
        except DomainError as error:
            form.add_error(error.field, str(error))
        else:
            return redirect("organisations:applied")
    return render(request, "organisations/apply.html", {"form": form}, status=422 if form.errors else 200)


@view(public)
def applied(request: ActingRequest) -> HttpResponse:
    """Say what happens next."""
    return render(request, "organisations/applied.html", {"phone": settings.SITE_PHONE})


@view(policies.league)
def organisation_list(request: ActingRequest) -> HttpResponse:
    """List the organisations of the League's area, those that wait for a decision first."""
    rows = Organisation.objects.visible_to(request.acting).exclude(kind=Organisation.Kind.LEAGUE)
    counted = rows.values_list("status").annotate(n=Count("pk")).order_by()
    counts = dict.fromkeys(Organisation.Status.values, 0) | dict(counted)
    status, kind, q = (request.GET.get(name, "") for name in ("status", "kind", "q"))
    if status in Organisation.Status.values:
        rows = rows.filter(status=status)
    if kind in Organisation.Kind.values:
        rows = rows.filter(kind=kind)
    if q := q.strip():
        rows = rows.filter(Q(name__icontains=q) | Q(name_en__icontains=q) | Q(credit_code__iexact=q))
    page = Paginator(rows.select_related("region").order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "organisations/organisation_list.html",
        {
            "page": page,
            "tones": STATUS_TONES,
            "tabs": _tabs(counts, status),
            "kinds": [(k.value, k.label) for k in services.APPLICABLE_KINDS],
            "kind": kind,
            "status": status,
            "q": q,
        },
    )


def _tabs(counts: dict[str, int], status: str) -> list[dict[str, Any]]:
    every = {"url": "?", "label": pgettext("list", "All"), "current": not status, "count": sum(counts.values())}
    return [
        every,
        *(
            {"url": f"?status={one.value}", "label": one.label, "current": status == one, "count": counts[one]}
            for one in Organisation.Status
        ),
    ]


def _detail(request: ActingRequest, organisation: Organisation, *, verb: str = "", form: Any = None) -> HttpResponse:
    day = today(timezone.now())
    is_own = policies.is_own(request.acting, organisation, day)
    heads = memberships.holders(organisation, HEAD_ROLE[organisation.kind], on=day)
    return render(
        request,
        "organisations/organisation_detail.html",
        {
            "organisation": organisation,
            "tones": STATUS_TONES,
            "may_decide": policies.may_decide(request.acting, organisation) and not is_own,
            "is_own": is_own,
            "heads": list(heads),
            "head_label": Membership.Role(HEAD_ROLE[organisation.kind]).label,
            "timeline": history.timeline(organisation),
            "form": form or ReasonForm(),
            "verb": verb,
        },
        status=422 if form is not None else 200,
    )


@view(policies.league)
def organisation_detail(request: ActingRequest, pk: int) -> HttpResponse:
    """Show an organisation, its history, and what the League may decide."""
    rows = Organisation.objects.visible_to(request.acting).select_related("region")
    return _detail(request, get_object_or_404(rows, pk=pk))


@view(policies.league, methods=["POST"])
def decide(request: ActingRequest, pk: int, verb: str) -> HttpResponse:
    """Admit, invite the contact again, refuse, suspend, resume, or end the trial stage."""
    rows = Organisation.objects.visible_to(request.acting).select_related("region")
    organisation = get_object_or_404(rows, pk=pk)
    require(policies.may_decide(request.acting, organisation))
    if verb not in DECISIONS:
        raise Http404
    given: dict[str, Any] = {}
    if verb in WITH_REASON:
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _detail(request, organisation, verb=verb, form=form)
        given["reason"] = form.cleaned_data["reason"]
    try:
        DECISIONS[verb](organisation, by=request.acting, now=timezone.now(), **given)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _DONE[verb]() % {"organisation": organisation})
    return redirect("organisations:detail", pk=organisation.pk)


_DONE: dict[str, Any] = {
    "admit": lambda: _("%(organisation)s is admitted; the contact person gets a letter."),
    "invite-again": lambda: _("The contact person of %(organisation)s gets a new link; the earlier one has ended."),
    "refuse": lambda: _("%(organisation)s is refused; the contact person gets the reason."),
    "suspend": lambda: _("%(organisation)s is suspended."),
    "resume": lambda: _("%(organisation)s may act again."),
    "end-trial": lambda: _("%(organisation)s may take orders of any size."),
}
