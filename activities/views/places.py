"""How many places a session has."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from activities import lifecycle, policies
from activities.forms import PlacesForm
from activities.models import Session
from core.access import signed_in, view
from core.errors import DomainError, StaleState
from core.forms import posted
from organisations.acting import ActingRequest


@view(signed_in, methods=["GET", "POST"])
def places(request: ActingRequest, pk: int) -> HttpResponse:
    """Show what is taken, and set another number of places."""
    session = get_object_or_404(Session.objects.with_card_data(), pk=pk)
    if not policies.sets_places(request.acting, session):
        raise Http404
    form = PlacesForm(posted(request), initial={"capacity": session.capacity, "seen": session.capacity})
    if form.is_valid():
        try:
            lifecycle.change_capacity(session, by=request.acting, now=timezone.now(), **form.cleaned_data)
        except StaleState as refusal:
            session.refresh_from_db(fields=["capacity", "taken", "waiting_parties"])
            form.give_way(refusal, form.differences(session), seen=session.capacity)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Saved. Who waits and fits has been given a place."))
            return redirect("activities:session", session.pk)
    context = {"session": session, "version": session.version, "form": form}
    return render(request, "activities/places.html", context, status=422 if form.errors else 200)
