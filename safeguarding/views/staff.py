"""A provider's own members: who may be with children, what is missing, and asking for a check."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import view
from core.errors import DomainError
from core.time import today
from organisations.acting import ActingRequest
from safeguarding import clearance, leaving, queries, services
from safeguarding.policies import answers_for_staff
from safeguarding.reminders import RENEW_FROM

PAGE = 30


@view(answers_for_staff)
def staff(request: ActingRequest) -> HttpResponse:
    """List the provider's members with today's answer of the gate."""
    now, organisation = timezone.now(), request.acting.organisation
    page = Paginator(queries.staff_of(request.acting, today(now)), PAGE).get_page(request.GET.get("page"))
    answers = clearance.of_workers(page.object_list, today(now))
    asked = queries.checks_asked_for(page.object_list, now)
    context = {
        "page": page,
        "rows": [(user, answers[user.pk], asked.get(user.pk)) for user in page],
        "cases": leaving.cases(today(now), organisation=organisation),
        "renew_by": today(now) + RENEW_FROM,
        "on": today(now),
        "phone": settings.SAFEGUARDING_PHONE,
    }
    return render(request, "safeguarding/staff.html", context)


@view(answers_for_staff, methods=["POST"])
def ask(request: ActingRequest, pk: int) -> HttpResponse:
    """Ask the safeguarding officer to query a member's record."""
    now = timezone.now()
    person = get_object_or_404(queries.staff_of(request.acting, today(now)), pk=pk)
    try:
        services.ask_for_check(person, by=request.acting, now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The safeguarding officer has your request."))
    return redirect("safeguarding:staff")
