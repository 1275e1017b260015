"""Who is on duty, and who stands in for whom."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from activities import crew, policies
from activities.forms import AssignForm, SubstituteForm
from activities.models import CrewAssignment, Session
from activities.scheduling import CREW_ROLES
from core.access import signed_in, view
from core.errors import DomainError
from core.forms import posted
from core.time import today
from organisations.acting import ActingRequest
from organisations.models import Membership


def _session(request: ActingRequest, pk: int) -> Session:
    session = get_object_or_404(Session.objects.with_card_data(), pk=pk)
    if not policies.coordinates(request.acting, session):
        raise Http404
    return session


def _on_duty(session: Session) -> QuerySet[CrewAssignment]:
    rows = CrewAssignment.objects.active().filter(session=session)
    return rows.select_related("user").order_by("-is_lead", "pk")


def _members(session: Session) -> QuerySet[Membership]:
    """The provider's other social workers on that day."""
    rows = Membership.objects.current(today(session.starts_at)).with_role(*CREW_ROLES)
    rows = rows.filter(organisation=session.provider).exclude(user__in=_on_duty(session).values("user"))
    return rows.select_related("user").order_by("pk")


def _page(
    request: ActingRequest, session: Session, replacing: SubstituteForm | None = None, adding: AssignForm | None = None
) -> HttpResponse:
    on_duty, members = _on_duty(session), _members(session)
    context = {
        "session": session,
        "version": session.version,
        "crew": on_duty,
        "form": replacing or SubstituteForm(on_duty=on_duty, members=members),
        "adding": adding or AssignForm(members=members),
    }
    refused = any(form is not None and form.errors for form in (replacing, adding))
    return render(request, "activities/crew.html", context, status=422 if refused else 200)


@view(signed_in, ["GET", "POST"])
def substitute(request: ActingRequest, pk: int) -> HttpResponse:
    """Show the crew of a session, and put somebody else in a place."""
    session = _session(request, pk)
    form = SubstituteForm(posted(request), on_duty=_on_duty(session), members=_members(session))
    if form.is_valid():
        given = form.cleaned_data
        try:
            crew.substitute(given["leaves"], given["comes"], by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The crew is changed, and both have been told."))
            return redirect("activities:crew", pk)
    return _page(request, session, replacing=form if form.is_bound else None)


@view(signed_in, ["POST"])
def assign(request: ActingRequest, pk: int) -> HttpResponse:
    """Put one more person on duty."""
    session = _session(request, pk)
    form = AssignForm(request.POST, members=_members(session))
    if form.is_valid():
        try:
            crew.assign(session, form.cleaned_data["member"], by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Put on duty, and told."))
            return redirect("activities:crew", pk)
    return _page(request, session, adding=form)
