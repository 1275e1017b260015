"""Pages for volunteers: find a shift, take it, give it back."""

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from activities.announcements import sent_about
from core.access import public, require, signed_in, view
from core.errors import DomainError
from core.forms import posted
from core.time import today
from organisations.acting import ActingRequest
from safeguarding import clearance
from users.models import User
from volunteering import assignments, queries
from volunteering.forms import JoinForm, WithdrawForm
from volunteering.messages import contact_phone
from volunteering.models import Assignment, Shift
from volunteering.policies import may_withdraw

PAGE = 12


@view(public)
def shifts(request: ActingRequest) -> HttpResponse:
    """Show the shifts that need people, and one's own on top."""
    now = timezone.now()
    page = Paginator(queries.open_shifts(now), PAGE).get_page(request.GET.get("page"))
    own = queries.mine(request.user, now) if isinstance(request.user, User) else []
    return render(request, "volunteering/shift_list.html", {"page": page, "own": own})


def _show(request: ActingRequest, shift: Shift, form: JoinForm, status: int = 200) -> HttpResponse:
    now, user = timezone.now(), request.user if isinstance(request.user, User) else None
    own = Assignment.objects.active().filter(shift=shift, user=user).first() if user else None
    context = {
        "shift": shift,
        "form": form,
        "own": own,
        "position": assignments.position(own) if own and own.status == Assignment.Status.WAITING else None,
        "is_open": shift.is_open(now),
        "clearance": clearance.of_worker(user, today(shift.starts_at)) if user and not own else None,
        "phone": contact_phone(shift),
        "announcements": sent_about(shift.session) if own and own.status == Assignment.Status.CONFIRMED else [],
    }
    return render(request, "volunteering/shift_detail.html", context, status=status)


def _load(pk: int) -> Shift:
    rows = Shift.objects.with_card_data().select_related("reports_to__user")
    return get_object_or_404(rows, pk=pk)


@view(public)
def shift(request: ActingRequest, pk: int) -> HttpResponse:
    """Show a shift: what, when, where, with whom, at what risk."""
    return _show(request, _load(pk), JoinForm())


@view(signed_in, methods=["POST"])
def join(request: ActingRequest, pk: int) -> HttpResponse:
    """Take a place, or wait for one."""
    wanted = _load(pk)
    form = JoinForm(request.POST)
    if not form.is_valid():
        return _show(request, wanted, form, 422)
    try:
        row = assignments.join(pk, by=request.acting, now=timezone.now(), **form.cleaned_data)
    except DomainError as refusal:
        form.add_error(refusal.field, str(refusal))
        return _show(request, wanted, form, 422)
    if row.status == Assignment.Status.CONFIRMED:
        messages.success(request, _("You have a place."))
    else:
        messages.info(request, _("All places are taken. You are on the waiting list."))
    return redirect("volunteering:shift", pk)


@view(signed_in, methods=["GET", "POST"])
def withdraw(request: ActingRequest, pk: int) -> HttpResponse:
    """Give a place back."""
    rows = Assignment.objects.visible_to(request.acting)
    row = get_object_or_404(rows.select_related("shift__session__version__programme", "shift__session__venue"), pk=pk)
    require(may_withdraw(request.acting, row))
    form = WithdrawForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            assignments.withdraw(row, by=request.acting, now=timezone.now(), reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            own = row.user_id == cast(User, request.user).pk
            messages.success(request, _("The place was given back."))
            return (
                redirect("volunteering:shifts")
                if own
                else redirect("volunteering:session-shifts", row.shift.session_id)
            )
    is_late = row.starts_at - timezone.now() < assignments.NOTICE
    context = {"assignment": row, "shift": row.shift, "form": form, "is_late": is_late}
    return render(request, "volunteering/assignment_withdraw.html", context, status=422 if form.errors else 200)
