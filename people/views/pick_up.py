"""Whom a family lets fetch a child: a guardian's own page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.access import require, signed_in, view
from core.errors import DomainError
from core.forms import posted
from core.time import today
from organisations.acting import ActingRequest
from people import pick_up, policies
from people.forms import PickUpForm
from people.models import Child, PickUpPerson
from people.models.pick_up import MOST_PICK_UP_PERSONS


@view(signed_in, methods=["GET", "POST"])
@never_cache
def persons(request: ActingRequest, pk: int) -> HttpResponse:
    """Show who may fetch the child besides its guardians, and name one more."""
    now = timezone.now()
    child = get_object_or_404(Child.objects.visible_to(request.acting, today(now)), pk=pk)
    require(policies.is_guardian_of(request.acting, child, today(now)))
    form = PickUpForm(posted(request))
    if form.is_valid():
        given = form.cleaned_data
        try:
            pick_up.name_person(
                child,
                name=given["name"],
                phone=given["phone"],
                by=request.acting,
                submission_id=given["submission_id"],
                now=now,
            )
            messages.success(request, _("Staff see the name when they hand your child over."))
            return redirect("people:pick-up", pk=child.pk)
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
    rows = list(child.pick_up_persons.order_by("slot"))
    context = {"child": child, "rows": rows, "form": form, "has_room": len(rows) < MOST_PICK_UP_PERSONS}
    return render(request, "people/pick_up.html", context, status=422 if form.errors else 200)


@view(signed_in, methods=["POST"])
def take_back(request: ActingRequest, pk: int) -> HttpResponse:
    """Take a pick-up person back."""
    person = get_object_or_404(PickUpPerson.objects.visible_to(request.acting).select_related("child"), pk=pk)
    pick_up.take_back(person, by=request.acting, now=timezone.now())
    messages.success(request, _("The name is deleted."))
    return redirect("people:pick-up", pk=person.child_id)
