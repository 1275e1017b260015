"""Members of one's own organisation, invitations, and for whom one acts."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import public, require, signed_in, view
from core.errors import DomainError
from core.formats import day_text
from core.forms import posted
from core.time import today
from organisations import deputies, memberships, policies
from organisations.acting import ActingRequest
from organisations.forms import DeputyForm, HandOverForm, InvitationForm, RoleForm
from organisations.middleware import SESSION_KEY
from organisations.models import Invitation, Membership, Organisation
from organisations.models.membership import HEAD_ROLE


def _own(request: ActingRequest) -> Organisation:
    """Return the acting organisation; the page's policy has made sure that there is one."""
    organisation = request.acting.organisation
    assert organisation is not None
    return organisation


@view(policies.member, methods=["GET", "POST"])
def members(request: ActingRequest) -> HttpResponse:
    """List who acts for the organisation; whoever has the head role invites more."""
    organisation, now = _own(request), timezone.now()
    may_manage = policies.may_manage_members(request.acting, organisation)
    form = InvitationForm(posted(request), kind=organisation.kind)
    if request.method == "POST":
        require(may_manage)
        if form.is_valid():
            try:
                memberships.invite(organisation, **form.cleaned_data, by=request.acting, now=now)
            except DomainError as refusal:
                form.add_error(refusal.field, str(refusal))
            else:
                words = {"email": form.cleaned_data["email"]}
                messages.success(request, _("The invitation is on its way to %(email)s.") % words)
                return redirect("organisations:members")
    day = today(now)
    rows = organisation.memberships.not_ended(day).select_related("user").order_by("user__name", "pk")
    invitations = organisation.invitations.open(now).order_by("-pk") if may_manage else []
    context: dict[str, Any] = {
        "organisation": organisation,
        "rows": rows,
        "day": day,
        "invitations": invitations,
        "may_manage": may_manage,
        "form": form,
    }
    return render(request, "organisations/members.html", context, status=422 if form.errors else 200)


def _member(request: ActingRequest, pk: int) -> Membership:
    rows = _own(request).memberships.not_ended(today(timezone.now())).select_related("user", "organisation")
    return get_object_or_404(rows, pk=pk)


@view(policies.head, methods=["GET", "POST"])
def end_membership(request: ActingRequest, pk: int) -> HttpResponse:
    """Take a role away, after saying what that means; a colleague may take over in the same act."""
    membership, now = _member(request, pk), timezone.now()
    form = HandOverForm(posted(request), leaving=membership, on=today(now))
    problem = ""
    if form.is_valid():
        try:
            if form.cleaned_data["to"]:
                deputies.hand_over(membership, to=form.cleaned_data["to"], by=request.acting, now=now)
            else:
                memberships.end(membership, by=request.acting, now=now)
        except DomainError as error:
            problem = str(error)
        else:
            messages.success(request, _("%(person)s no longer has this role.") % {"person": membership.user})
            gone = membership.user_id == getattr(request.user, "pk", None)
            return redirect(settings.LOGIN_REDIRECT_URL if gone else "organisations:members")
    context = {"membership": membership, "form": form, "problem": problem}
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "organisations/member_end.html", context, status=status)


@view(policies.head, methods=["GET", "POST"])
def deputise(request: ActingRequest, pk: int) -> HttpResponse:
    """Let a colleague stand in from one day to another."""
    membership, now = _member(request, pk), timezone.now()
    kind = membership.organisation.kind
    form = DeputyForm(posted(request), kind=kind, initial={"role": HEAD_ROLE[kind], "starts_on": today(now)})
    if form.is_valid():
        try:
            deputies.deputise(membership, **form.cleaned_data, by=request.acting, now=now)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            words = {"person": membership.user, "day": day_text(form.cleaned_data["ends_on"])}
            messages.success(request, _("%(person)s stands in until %(day)s.") % words)
            return redirect("organisations:members")
    context = {"membership": membership, "form": form}
    return render(request, "organisations/member_deputy.html", context, status=422 if form.errors else 200)


@view(policies.head, methods=["GET", "POST"])
def change_role(request: ActingRequest, pk: int) -> HttpResponse:
    """Give a member another role."""
    membership = _member(request, pk)
    form = RoleForm(posted(request), kind=membership.organisation.kind, initial={"role": membership.role})
    if form.is_valid():
        try:
            memberships.change_role(membership, role=form.cleaned_data["role"], by=request.acting, now=timezone.now())
        except DomainError as error:
            form.add_error("role", str(error))
        else:
            messages.success(request, _("The role is changed."))
            return redirect("organisations:members")
    context = {"membership": membership, "form": form}
    return render(request, "organisations/member_role.html", context, status=422 if form.errors else 200)


@view(policies.head, methods=["POST"])
def withdraw_invitation(request: ActingRequest, pk: int) -> HttpResponse:
    """Take back an invitation."""
    invitation = get_object_or_404(Invitation.objects.filter(organisation=_own(request)), pk=pk)
    try:
        memberships.withdraw(invitation, by=request.acting, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The invitation no longer works."))
    return redirect("organisations:members")


@view(public, methods=["GET", "POST"])
def invitation(request: ActingRequest, secret: str) -> HttpResponse:
    """Show what an invitation offers; who is signed in accepts it."""
    now = timezone.now()
    try:
        offered = memberships.find_invitation(secret, now=now)
        if request.method == "POST" and request.user.is_authenticated:
            accepted = memberships.accept(secret, user=request.user, now=now)
            request.session[SESSION_KEY] = accepted.organisation_id
            welcome = _("You act for %(organisation)s now.") % {"organisation": accepted.organisation}
            messages.success(request, welcome)
            return redirect(settings.LOGIN_REDIRECT_URL)
    except DomainError as error:
        return render(request, "organisations/invitation_gone.html", {"problem": str(error)}, status=410)
    return render(request, "organisations/invitation.html", {"invitation": offered, "next": request.path})


@view(signed_in, methods=["POST"])
def act(request: ActingRequest) -> HttpResponse:
    """Switch the organisation for which one acts; one's own memberships only."""
    bool(request.acting)  # loads the choices
    chosen = request.POST.get("organisation", "")
    allowed = {str(one.pk): one.pk for one in getattr(request, "acting_choices", [])}
    require(chosen in allowed)
    request.session[SESSION_KEY] = allowed[chosen]
    return redirect(settings.LOGIN_REDIRECT_URL)
