"""A child's health note, for staff on duty in its session: one child at a time, and each look is logged."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from activities import checkin, policies, queries
from activities.models import RosterAccess
from activities.views.checkin import child_on_list, session_to_run
from core.access import require, signed_in, view
from organisations.acting import ActingRequest


@view(signed_in)
@never_cache
def note(request: ActingRequest, pk: int, sign_up: int) -> HttpResponse:
    """Show what the family wrote about a child that holds a place."""
    now = timezone.now()
    session = session_to_run(request, pk)
    require(policies.may_see_health_note(request.acting, session, now))
    row = child_on_list(session, sign_up)
    found = queries.health_note(row, now)
    if found is None:
        raise Http404
    purpose = RosterAccess.Purpose.HEALTH
    checkin.log_roster_access(session, purpose=purpose, children=[row.child_id], by=request.acting, now=now)
    context = {"session": session, "version": session.version, "row": row, "note": found}
    return render(request, "activities/health_note.html", context)
