"""Families whose sign-ups a League suspends: the safeguarding officer's pages, and what the guardian reads."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import signed_in, view
from core.errors import DomainError
from core.forms import private_query
from core.time import today
from organisations.acting import ActingRequest
from people.models import Guardian
from safeguarding import families
from safeguarding.forms import FamilySuspensionForm
from safeguarding.models import FamilySuspension
from safeguarding.policies import keeps_records


@view(keeps_records, methods=["GET", "POST"])
def find(request: ActingRequest) -> HttpResponse:
    """List whose sign-ups are suspended, and find a guardian by name or phone number."""
    now, q = timezone.now(), private_query(request)
    found, suspended = families.found(request.acting, q), families.suspended_now(request.acting, today(now))
    named = [*(row.pk for row in found), *(row.guardian_id for row in suspended)]
    families.looked_at(named, by=request.acting, now=now)
    context = {"q": q, "found": found, "suspended": suspended}
    return render(request, "safeguarding/family_list.html", context)


def _load(request: ActingRequest, pk: int) -> Guardian:
    return get_object_or_404(families.known_to(request.acting).select_related("user", "registered_by"), pk=pk)


def _show(request: ActingRequest, guardian: Guardian, form: forms.Form) -> HttpResponse:
    now = timezone.now()
    on = today(now)
    rows = list(families.of_guardian(guardian))
    families.looked_at([guardian.pk], by=request.acting, now=now)
    context = {
        "guardian": guardian,
        "form": form,
        "rows": rows,
        "current": FamilySuspension.objects.not_over(on).filter(guardian=guardian).first(),
        "on": on,
    }
    return render(request, "safeguarding/family.html", context, status=422 if form.is_bound else 200)


@view(keeps_records)
def family(request: ActingRequest, pk: int) -> HttpResponse:
    """Show when and why a guardian's sign-ups were suspended."""
    return _show(request, _load(request, pk), FamilySuspensionForm())


@view(keeps_records, methods=["POST"])
def suspend(request: ActingRequest, pk: int) -> HttpResponse:
    """Suspend a guardian's sign-ups."""
    guardian, form = _load(request, pk), FamilySuspensionForm(request.POST)
    if form.is_valid():
        try:
            families.suspend(guardian, by=request.acting, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal.sentence))
        else:
            messages.success(request, _("Suspended. The guardian is told why; places they have are kept."))
            return redirect("safeguarding:family", pk)
    return _show(request, guardian, form)


@view(keeps_records, methods=["POST"])
def lift(request: ActingRequest, pk: int) -> HttpResponse:
    """End the suspension of a guardian's sign-ups."""
    guardian, now = _load(request, pk), timezone.now()
    row = FamilySuspension.objects.not_over(today(now)).filter(guardian=guardian).first()
    if row is not None:
        try:
            families.lift(row, by=request.acting, now=now)
        except DomainError as refusal:
            messages.error(request, str(refusal.sentence))
        else:
            messages.success(request, _("Lifted. The guardian is told, and can sign children up again."))
    return redirect("safeguarding:family", pk)


@view(signed_in)
def suspended(request: ActingRequest) -> HttpResponse:
    """Tell a guardian whether their sign-ups are suspended, why, and to whom to write."""
    on = today(timezone.now())
    rows = FamilySuspension.objects.not_over(on).filter(guardian__user=request.acting.user).select_related("league")
    context = {"suspension": rows.first(), "phone": settings.SAFEGUARDING_PHONE}
    return render(request, "safeguarding/suspended.html", context)
