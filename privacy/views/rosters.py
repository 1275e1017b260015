"""A list of names on paper or as a file, for whoever runs the session, inside its window."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from activities.policies import may_see_roster
from activities.views.checkin import session_to_run
from core.access import require, signed_in, view
from core.forms import posted
from organisations.acting import ActingRequest
from privacy import rosters
from privacy.forms import RosterForm


@view(signed_in, methods=["GET", "POST"])
@never_cache
def take(request: ActingRequest, pk: int) -> HttpResponse:
    """Ask what the list is for; then show it for printing, or make the file."""
    now = timezone.now()
    session = session_to_run(request, pk)
    require(may_see_roster(request.acting, session, now))
    form = RosterForm(posted(request))
    context = {"session": session, "version": session.version, "form": form}
    if not form.is_valid():
        return render(request, "privacy/roster.html", context, status=422 if form.is_bound else 200)
    given = form.cleaned_data
    if "file" in request.POST:
        rosters.export(
            session, purpose=given["purpose"], by=request.acting, now=now, submission_id=given["submission_id"]
        )
        return redirect("privacy:my-data")
    rows, mark = rosters.take(session, purpose=given["purpose"], by=request.acting, now=now)
    return render(request, "privacy/roster_print.html", {**context, "rows": rows, "mark": mark})
