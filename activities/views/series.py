"""All dates of a family in one series: what it has on each, and leaving those that are left."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext

from activities import checkin, policies, series
from activities.forms import LeaveForm
from activities.models import Party
from core.access import require, signed_in, view
from core.forms import posted
from core.time import today
from organisations.acting import ActingRequest


def _party(request: ActingRequest, pk: int, party: int) -> Party:
    """Load a party of the visitor's in a session of a series, or answer 404."""
    rows = Party.objects.visible_to(request.acting).select_related(
        "session__version__theme", "session__venue", "session__provider", "guardian"
    )
    return get_object_or_404(rows, pk=party, session=pk, session__series__isnull=False)


@view(signed_in)
def dates(request: ActingRequest, pk: int, party: int) -> HttpResponse:
    """List the coming dates: a place, a rank in the line, or none."""
    row = _party(request, pk, party)
    now = timezone.now()
    rows = series.sign_ups_of(row, request.acting)
    checkin.log_look_of_office(row, children=[one.child_id for one in rows], by=request.acting, now=now)
    context = {
        "party": row,
        "session": row.session,
        "version": row.session.version,
        "lines": series.lines(row, rows, now),
        "children": list({one.child_id: one.child for one in rows}.values()),
        "may_leave": len({one.session_id for one in rows if one.is_active and one.starts_at > now}) > 1,
    }
    return render(request, "activities/dates.html", context)


@view(signed_in, methods=["GET", "POST"])
def leave(request: ActingRequest, pk: int, party: int) -> HttpResponse:
    """Say what leaving means, then give back all dates that are left."""
    row = _party(request, pk, party)
    now = timezone.now()
    found = series.sign_ups_of(row, request.acting)
    rows = [one for one in found if one.is_active and one.starts_at > now]
    if not rows:
        return redirect("activities:dates", pk=pk, party=party)
    by_child = {one.child_id: one for one in rows}
    require(all(policies.may_answer_for(request.acting, one, today(now)) for one in by_child.values()))
    children = [one.child for one in by_child.values()]
    form = LeaveForm(posted(request), children=children)
    if request.method == "POST" and form.is_valid():
        going = [one for one in rows if one.child_id in form.leaving]
        ended = series.leave(going, by=request.acting, now=now, reason=form.cleaned_data["reason"])
        sentence = ngettext(
            "%(n)d sign-up cancelled. The place goes to the next family.",
            "%(n)d sign-ups cancelled. The places go to the next families.",
            ended,
        )
        messages.success(request, sentence % {"n": ended})
        return redirect("activities:dates", pk=pk, party=party)
    checkin.log_look_of_office(row, children=list(by_child), by=request.acting, now=now)
    context = {
        "party": row,
        "session": row.session,
        "version": row.session.version,
        "form": form,
        "children": children,
        "sessions": list({one.session_id: one for one in rows}.values()),
    }
    return render(request, "activities/leave.html", context, status=422 if form.is_bound else 200)
