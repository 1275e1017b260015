"""Handing a child over: the names of those who may fetch it stand here only, and each look is logged."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from activities import checkin, handover, policies, queries
from activities.forms import HandOverForm
from activities.models import Session, SignUp
from activities.views.checkin import child_on_list, session_to_run
from core.access import require, signed_in, view
from core.errors import DomainError
from core.forms import posted
from core.time import today
from organisations.acting import ActingRequest


def _child_of_list(session: Session, sign_up: int) -> SignUp:
    """Return the sign-up of a child that is handed over after this session, or answer 404."""
    row = child_on_list(session, sign_up)
    if not handover.is_due(session, row.child):
        raise Http404
    return row


def _back(session: Session, row: SignUp) -> HttpResponse:
    address = reverse("activities:check-in", args=[session.pk])
    return redirect(f"{address}?tab=home&just={row.pk}#s{row.pk}")


@view(signed_in, methods=["GET", "POST"])
@never_cache
def hand_over(request: ActingRequest, pk: int, sign_up: int) -> HttpResponse:
    """Ask who fetches a child that is here, and write it down."""
    now = timezone.now()
    session = session_to_run(request, pk)
    require(policies.may_see_roster(request.acting, session, now))
    row = _child_of_list(session, sign_up)
    try:
        handover.attendance_of(row)
    except handover.NotHere as refusal:  # names and phones of those who fetch are for the moment of fetching
        messages.warning(request, str(refusal))
        return _back(session, row)
    form = HandOverForm(posted(request), people=queries.who_may_fetch(row.child, today(now)))
    if form.is_valid():
        try:
            handover.hand_over(row, form.chosen(), by=request.acting, now=now)
            return _back(session, row)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    checkin.log_roster_access(session, purpose="check_in", children=[row.child_id], by=request.acting, now=now)
    context = {"session": session, "version": session.version, "row": row, "form": form}
    return render(request, "activities/hand_over.html", context, status=422 if form.errors else 200)


@view(signed_in, methods=["POST"])
def undo(request: ActingRequest, pk: int, sign_up: int) -> HttpResponse:
    """Take back that a child was handed over."""
    now = timezone.now()
    session = session_to_run(request, pk)
    require(policies.may_see_roster(request.acting, session, now))
    row = _child_of_list(session, sign_up)
    try:
        handover.take_back(row, by=request.acting, now=now)
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    return _back(session, row)
