"""The sessions of this week, and one session."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from activities import announcements, eligibility, noshows, policies, queries, waiting
from activities.reading import crew_shown, session_or_404
from core import calendars
from core.access import public, view
from core.time import today
from organisations.acting import ActingRequest
from organisations.models import Region
from people.policies import clerk_for_families

PER_PAGE = 30


@view(public)
def week(request: ActingRequest) -> HttpResponse:
    """List what families can sign up for in the next seven days."""
    code = request.GET.get("region", "").replace("\x00", "")[:12]
    region = Region.objects.filter(pk=code).first() if code else None
    only = request.GET.get("places") == "free"
    rows = queries.this_week(timezone.now(), region, only_with_places=only)
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "region": region,
        "only_with_places": only,
        "on_behalf": clerk_for_families(request),
    }
    return render(request, "activities/week.html", context)


@view(public)
def session(request: ActingRequest, pk: int) -> HttpResponse:
    """Show one session: when, where, how many places, and the visitor's own sign-ups."""
    now = timezone.now()
    row = session_or_404(pk)
    by = request.acting
    own = queries.own_parties(row, by) if request.user.is_authenticated else []
    runs = request.user.is_authenticated and policies.runs(by, row)
    holds_place = any(sign_up.holds_place for party in own for sign_up in party.rows)  # type: ignore[attr-defined]
    may_read = holds_place or (request.user.is_authenticated and policies.reads_announcements(by, row))
    context = {
        "session": row,
        "now": now,
        "version": row.version,
        "closed_because": eligibility.closed_because(row, now),
        "missed_rule": noshows.rule_for(row.region, today(now)),
        "is_ahead": row.status == row.Status.SCHEDULED and now < row.starts_at,
        "crew": crew_shown(row),
        "on_behalf": clerk_for_families(request),
        "own": [(party, waiting.position(party)) for party in own],
        "runs": runs,
        "may_announce": runs and not announcements.is_over(row, now),
        "announcements": announcements.sent_about(row) if may_read else [],
        "told_whom": may_read and not holds_place,
        "may_invite": row.status != row.Status.CANCELLED and policies.may_invite(by, row),
        "coordinates": policies.coordinates(by, row),
        "sets_places": row.status == row.Status.SCHEDULED and policies.sets_places(by, row),
        "may_see_roster": runs and policies.may_see_roster(by, row, now),
        "is_kept_away": policies.is_list_open(row, now),
    }
    return render(request, "activities/session.html", context)


@view(public)
def date(request: ActingRequest, pk: int) -> HttpResponseBase:
    """Hand out the session's date for a calendar: what its page shows to everybody."""
    return calendars.answer(request, [queries.as_entry(session_or_404(pk))], name=f"session-{pk}.ics")
