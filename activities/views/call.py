"""Whom staff on duty call when something happens to a child: one child at a time, and each look is logged."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from activities import checkin, policies, queries
from activities.models import RosterAccess
from activities.views.checkin import child_on_list, session_to_run
from core.access import require, signed_in, view
from core.time import today
from organisations.acting import ActingRequest


@view(signed_in)
@never_cache
def family(request: ActingRequest, pk: int, sign_up: int) -> HttpResponse:
    """Show the numbers of who answers for a child that holds a place."""
    now = timezone.now()
    session = session_to_run(request, pk)
    require(policies.may_see_roster(request.acting, session, now))
    row = child_on_list(session, sign_up)
    purpose = RosterAccess.Purpose.CALL
    checkin.log_roster_access(session, purpose=purpose, children=[row.child_id], by=request.acting, now=now)
    people = queries.whom_to_call(row.child, today(now))
    context = {"session": session, "version": session.version, "row": row, "people": people}
    return render(request, "activities/call.html", context)
