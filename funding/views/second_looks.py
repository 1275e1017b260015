"""A second person looks at what another asked for: then it is booked, or dropped."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require, view
from core.errors import DomainError
from core.forms import posted
from funding import policies
from funding import second_looks as domain
from funding.forms import SendForm
from funding.models import SecondLook
from organisations.acting import ActingRequest


@view(policies.fund_reader, methods=["GET", "POST"])
def look(request: ActingRequest, pk: int) -> HttpResponse:
    """Show what was asked for; another officer, or somebody else of finance, confirms or drops it."""
    rows = SecondLook.objects.visible_to(request.acting)
    asked = get_object_or_404(rows.select_related("fund__league", "line__region", "donation", "asked_by"), pk=pk)
    may_keep = policies.may_keep(request.acting, asked.fund)
    require(may_keep or request.method != "POST")
    form = SendForm(posted(request))
    if form.is_valid():
        is_drop = "drop" in request.POST
        act = domain.drop if is_drop else domain.confirm
        try:
            act(asked, by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Dropped. Nothing was booked.") if is_drop else _("Confirmed, and booked."))
            return redirect("funding:second-look", asked.pk)
    context = {
        "asked": asked,
        "fund": asked.fund,
        "form": form,
        "may_keep": may_keep and asked.status == SecondLook.Status.WAITING,
        "is_mine": request.acting.user is not None and asked.asked_by_id == request.acting.user.pk,
    }
    return render(request, "funding/second_look.html", context, status=422 if form.errors else 200)
