"""Who else answers for a child: the page of who answers or registered the child, and that of who is to answer too."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.access import public, require, signed_in, view
from core.errors import DomainError
from core.forms import posted
from core.time import today
from organisations.acting import ActingRequest
from people import joint, looks, policies, services
from people.forms import JoiningForm, JointForm
from people.links import LinkGone
from people.models import Child, GuardianLink


def _child(request: ActingRequest, pk: int) -> Child:
    """Return the child that the person may change; a clerk's look is written down."""
    now = timezone.now()
    child = get_object_or_404(Child.objects.visible_to(request.acting, today(now)), pk=pk)
    require(policies.may_edit(request.acting, child, today(now)))
    looks.of_family(child, by=request.acting, now=now)
    return child


def _page(request: ActingRequest, child: Child, status: int = 200, **more: Any) -> HttpResponse:
    now, by = timezone.now(), request.acting
    on = today(now)
    is_own = policies.is_guardian_of(by, child, on)
    context = {
        "child": child,
        "others": joint.how_many(child, on) - is_own,
        "is_own": is_own,
        "links": GuardianLink.objects.filter(child=child).open(now).order_by("pk"),
        "may_offer": policies.may_offer(by, child, on),
        "may_leave": is_own and joint.may_leave(child, by=by, on=on),
        "back": reverse("people:children" if is_own else "people:families"),
        **more,
    }
    return render(request, "people/joint.html", context, status=status)


@view(signed_in, methods=["GET", "POST"])
@never_cache
def guardians(request: ActingRequest, pk: int) -> HttpResponse:
    """Say how many others answer for the child, and make a link for one more; it is shown once."""
    child, form = _child(request, pk), JointForm(posted(request))
    if form.is_valid():
        given = form.cleaned_data
        try:
            secret = joint.offer(
                child, relation=given["relation"], until=given["until"], by=request.acting, now=timezone.now()
            )
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            link = settings.SITE_URL + reverse("people:join", kwargs={"secret": secret})
            return _page(request, child, link=link, form=JointForm())
    return _page(request, child, form=form, status=422 if form.errors else 200)


@view(signed_in, methods=["POST"])
def take_back(request: ActingRequest, pk: int) -> HttpResponse:
    """Take back a link for one more guardian."""
    now, by = timezone.now(), request.acting
    link = get_object_or_404(GuardianLink.objects.visible_to(by, today(now)).select_related("child"), pk=pk)
    require(policies.may_edit(by, link.child, today(now)))
    joint.take_back(link, by=by, now=now)
    messages.success(request, _("The link no longer works."))
    return redirect("people:joint", pk=link.child_id)


@view(signed_in, methods=["POST"])
def leave(request: ActingRequest, pk: int) -> HttpResponse:
    """End the person's own part."""
    child = _child(request, pk)
    try:
        joint.end_own(child, by=request.acting, now=timezone.now())
    except DomainError as refusal:
        return _page(request, child, form=JointForm(), problem=str(refusal), status=409)
    messages.success(request, _("From tomorrow on you no longer answer for this child."))
    return redirect("people:children")


@view(public, methods=["GET", "POST"])
@never_cache
def join(request: ActingRequest, secret: str) -> HttpResponse:
    """Let whoever is signed in answer for a child too; who the child is stands on no page before."""
    now, user = timezone.now(), request.acting.user
    try:
        context: dict[str, Any] = {"invitation": joint.find_link(secret, now=now), "next": request.path}
        if user is None:
            return render(request, "people/join.html", context)
        form = JoiningForm(posted(request), known=services.contact_of(user))
        if form.is_valid():
            joint.take_up(secret, user=user, contact=form.contact(), now=now)
            messages.success(request, _("The child is in your list: you answer for it too, from today on."))
            return redirect("people:children")
    except LinkGone as refusal:
        return render(request, "people/join.html", {"gone": str(refusal)}, status=410)
    except DomainError as refusal:
        return render(request, "people/join.html", {"problem": str(refusal)}, status=409)
    return render(request, "people/join.html", {**context, "form": form}, status=422 if form.errors else 200)
