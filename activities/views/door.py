"""A ticket's code: the family's phone shows it, the staff's phone reads it."""

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from activities import checkin, door, policies, queries
from activities.models import Party, Session, SignUp
from activities.views.checkin import session_to_run, shut_list
from core.access import require, signed_in, view
from core.errors import DomainError
from organisations.acting import ActingRequest


@view(signed_in)
@never_cache
def picture(request: ActingRequest, pk: int, party: int) -> HttpResponse:
    """Draw the code of a ticket anew, for who may see the ticket while it holds a place."""
    now = timezone.now()
    row = get_object_or_404(Party.objects.visible_to(request.acting), pk=party, session=pk, session__ends_at__gt=now)
    if not SignUp.objects.visible_to(request.acting).confirmed().filter(party=row).exists():
        raise Http404
    return HttpResponse(door.picture(row, now), content_type="image/svg+xml")


@view(signed_in)
@never_cache
def scanned(request: ActingRequest, code: str) -> HttpResponse:
    """Show staff the children of a ticket that was scanned, one button each; the family itself gets its ticket."""
    now = timezone.now()
    try:
        number = door.read(code, now)
    except door.UnreadableCode as refusal:
        raise Http404 from refusal
    except door.OldCode as refusal:
        return render(request, "activities/door_old.html", {"words": str(refusal)}, status=410)
    party = get_object_or_404(Party, pk=number)
    session = get_object_or_404(Session.objects.with_card_data(), pk=party.session_id)
    if not policies.runs(request.acting, session):
        get_object_or_404(Party.objects.visible_to(request.acting), pk=party.pk)
        return redirect("activities:ticket", pk=session.pk, party=party.pk)
    if not policies.may_see_roster(request.acting, session, now):
        return shut_list(request, session, now)
    rows = [row for row in queries.roster(session, by=request.acting) if row.sign_up.party_id == party.pk]
    seen = [row.sign_up.child_id for row in rows]
    checkin.log_roster_access(session, purpose="check_in", children=seen, by=request.acting, now=now)
    context = {
        "session": session,
        "version": session.version,
        "rows": rows,
        "tab": "open",
        "is_closed": session.status == Session.Status.CLOSED,
    }
    return render(request, "activities/door.html", context)


@view(signed_in, methods=["POST"])
@never_cache
def scan(request: ActingRequest, pk: int) -> HttpResponse:
    """Read a ticket with the list's own camera: its children on this session, or a sentence. It marks nobody."""
    now = timezone.now()
    session = session_to_run(request, pk)
    require(policies.may_see_roster(request.acting, session, now))
    try:
        party = door.read(request.POST.get("code", ""), now)
        rows = [row for row in queries.roster(session) if row.sign_up.party_id == party]
        if not rows:
            raise door.NotOnThisList(_("This ticket holds no place in this session. Look at its date, or in the list."))
    except DomainError as refusal:
        return JsonResponse({"words": str(refusal), "children": []}, status=422)
    seen = [row.sign_up.child_id for row in rows]
    checkin.log_roster_access(session, purpose="check_in", children=seen, by=request.acting, now=now)
    children = [{"sign_up": row.sign_up.pk, "name": row.name, "state": row.status} for row in rows]
    return JsonResponse({"words": "", "children": children})
