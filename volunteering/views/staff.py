"""Pages for the provider: the shifts of a session, and who is there."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from activities.policies import in_roster_window
from core.access import require, signed_in, view
from core.errors import DomainError
from core.forms import posted
from organisations.acting import ActingRequest
from volunteering import assignments, queries, shifts
from volunteering.forms import CancelForm, ShiftChangeForm, ShiftForm
from volunteering.models import Assignment, Shift
from volunteering.policies import is_on_duty, organises, organises_for_provider

ATTENDANCE = {
    "check-in": assignments.check_in,
    "check-out": assignments.check_out,
    "undo": assignments.undo_check_in,
}


PAGE = 20


@view(organises_for_provider)
def sessions(request: ActingRequest) -> HttpResponse:
    """List the provider's coming sessions with their shifts: where people are still missing."""
    rows = queries.sessions_ahead(request.acting, timezone.now())
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "volunteering/session_list.html", {"page": page, "now": timezone.now()})


@view(signed_in)
def session_shifts(request: ActingRequest, session_pk: int) -> HttpResponse:
    """Show a session's shifts with their people, for those on duty."""
    session = get_object_or_404(queries.sessions_on_duty(request.acting), pk=session_pk)
    context = {
        "session": session,
        "contacts_open": in_roster_window(session, timezone.now()),
        "shifts": queries.shifts_of(session),
        "may_organise": organises(request.acting, session),
        "can_open": session.status == session.Status.SCHEDULED and session.starts_at > timezone.now(),
    }
    return render(request, "volunteering/session_shifts.html", context)


@view(signed_in, methods=["GET", "POST"])
def new_shift(request: ActingRequest, session_pk: int) -> HttpResponse:
    """Open a shift."""
    session = get_object_or_404(queries.sessions_on_duty(request.acting), pk=session_pk)
    require(organises(request.acting, session))
    form = ShiftForm(posted(request), session=session)
    if request.method == "POST" and form.is_valid():
        try:
            shifts.open_shift(session, by=request.acting, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("The shift is open; volunteers can join."))
            return redirect("volunteering:session-shifts", session.pk)
    context = {"session": session, "form": form}
    return render(request, "volunteering/shift_form.html", context, status=422 if form.errors else 200)


def _own_shift(request: ActingRequest, pk: int) -> Shift:
    """Return a shift of a session that the person organises; 404 if they do not see it, 403 if they only see it."""
    sessions = queries.sessions_on_duty(request.acting)
    row = get_object_or_404(Shift.objects.with_card_data().filter(session__in=sessions.values("pk")), pk=pk)
    require(organises(request.acting, row.session))
    return row


@view(signed_in, methods=["GET", "POST"])
def change_shift(request: ActingRequest, pk: int) -> HttpResponse:
    """Change places, lead or insurance of a shift."""
    row = _own_shift(request, pk)
    form = ShiftChangeForm.of(row, posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            shifts.change_shift(row, by=request.acting, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The shift was changed."))
            return redirect("volunteering:session-shifts", row.session_id)
    context = {"session": row.session, "shift": row, "form": form}
    return render(request, "volunteering/shift_form.html", context, status=422 if form.errors else 200)


@view(signed_in, methods=["GET", "POST"])
def cancel_shift(request: ActingRequest, pk: int) -> HttpResponse:
    """Cancel a shift; everybody in it is told."""
    row = _own_shift(request, pk)
    form = CancelForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            shifts.cancel_shift(row, by=request.acting, now=timezone.now(), reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The shift was cancelled; everybody in it is told."))
            return redirect("volunteering:session-shifts", row.session_id)
    context = {"session": row.session, "shift": row, "form": form}
    return render(request, "volunteering/shift_cancel.html", context, status=422 if form.errors else 200)


@view(signed_in, methods=["POST"])
def attendance(request: ActingRequest, pk: int, verb: str) -> HttpResponse:
    """Check a volunteer in or out, or take a mistaken check-in back."""
    sessions = queries.sessions_on_duty(request.acting)
    rows = Assignment.objects.filter(shift__session__in=sessions.values("pk"))
    row = get_object_or_404(rows.select_related("shift__session"), pk=pk)
    require(is_on_duty(request.acting, row.shift.session))
    try:
        ATTENDANCE[verb](row, by=request.acting, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("volunteering:session-shifts", row.shift.session_id)
