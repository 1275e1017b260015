"""Marks from a phone that was without network."""

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from activities import policies, uploads
from activities.forms import BadUpload, read_upload
from activities.views.checkin import session_to_run
from core.access import require, signed_in, view
from organisations.acting import ActingRequest


@view(signed_in, methods=["POST"])
@never_cache
def upload(request: ActingRequest, pk: int) -> HttpResponse:
    """Take in what a phone kept, and answer for each mark what became of it. No name goes either way."""
    now = timezone.now()
    session = session_to_run(request, pk)
    require(policies.may_see_roster(request.acting, session, now))
    try:
        queued = read_upload(request.body if request.content_type == "application/json" else b"", now)
    except BadUpload as refusal:
        return JsonResponse({"words": str(refusal)}, status=400)
    answers = uploads.take_in(session, queued, by=request.acting, now=now)
    return JsonResponse({"answers": [vars(one) for one in answers]})
