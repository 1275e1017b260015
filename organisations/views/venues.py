"""The organisation's own places and profile."""

from django.contrib import messages
from django.forms import model_to_dict
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import view
from core.errors import DomainError
from core.forms import posted
from organisations import policies, services
from organisations.acting import ActingRequest
from organisations.forms import NewVenueForm, ProfileForm, VenueForm
from organisations.meanwhile import ChangedMeanwhile, state_of
from organisations.models import Venue


@view(policies.member)
def venues(request: ActingRequest) -> HttpResponse:
    """List the organisation's places, those in use first; who looks after them may change them."""
    rows = Venue.objects.filter(organisation=request.acting.organisation).order_by("-is_active", "name")
    return render(request, "organisations/venues.html", {"rows": rows, "may_edit": policies.venue_keeper(request)})


@view(policies.venue_keeper, methods=["GET", "POST"])
def venue_new(request: ActingRequest) -> HttpResponse:
    """Add a place."""
    organisation = request.acting.organisation
    assert organisation is not None
    form = NewVenueForm(posted(request))
    if form.is_valid():
        asked = ("name", "name_en", "address", "capacity", "phone", "submission_id")
        given = {name: form.cleaned_data[name] for name in asked}
        try:
            services.add_venue(organisation, by=request.acting, now=timezone.now(), **given)
        except DomainError as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, _("The venue can be booked now."))
            return redirect("organisations:venues")
    return render(request, "organisations/venue_form.html", {"form": form}, status=422 if form.errors else 200)


@view(policies.venue_keeper, methods=["GET", "POST"])
def venue_edit(request: ActingRequest, pk: int) -> HttpResponse:
    """Change a place, or take it out of use."""
    venue = get_object_or_404(Venue.objects.filter(organisation=request.acting.organisation), pk=pk)
    saves = services.venue_saves(venue)
    form = VenueForm(posted(request), instance=venue, initial={"seen": state_of(saves)})
    if form.is_valid():
        try:
            services.edit_venue(venue, by=request.acting, now=timezone.now(), **form.cleaned_data)
        except ChangedMeanwhile as refusal:
            venue.refresh_from_db()
            form.give_way(refusal, form.differences(venue), seen=state_of(saves))
        except DomainError as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, _("The venue is changed."))
            return redirect("organisations:venues")
    context = {"form": form, "venue": venue}
    return render(request, "organisations/venue_form.html", context, status=422 if form.errors else 200)


@view(policies.head, methods=["GET", "POST"])
def profile(request: ActingRequest) -> HttpResponse:
    """Change how the organisation presents itself."""
    organisation = request.acting.organisation
    assert organisation is not None
    saves = services.profile_saves(organisation)
    form = ProfileForm(posted(request), initial={**model_to_dict(organisation), "seen": state_of(saves)})
    if form.is_valid():
        try:
            services.edit_profile(organisation, by=request.acting, now=timezone.now(), **form.cleaned_data)
        except ChangedMeanwhile as refusal:
            organisation.refresh_from_db()
            form.give_way(refusal, form.differences(organisation), seen=state_of(saves))
        else:
            messages.success(request, _("The profile is changed."))
            return redirect("organisations:profile")
    context = {"form": form, "organisation": organisation}
    return render(request, "organisations/profile.html", context, status=422 if form.errors else 200)
