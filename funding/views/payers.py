"""The League's own bank accounts, from which is paid."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require, view
from core.errors import DomainError
from core.forms import posted
from funding import payers, policies
from funding.forms import SendForm
from funding.forms.bank import PayerForm
from funding.models import PayerAccount
from funding.views.confirming import confirm_page
from funding.views.steps import Step, take
from organisations.acting import ActingRequest


def _load(request: ActingRequest, pk: int) -> PayerAccount:
    visible = PayerAccount.objects.visible_to(request.acting)
    return get_object_or_404(visible.select_related("league", "set_by"), pk=pk)


@view(policies.fund_reader)
def index(request: ActingRequest) -> HttpResponse:
    """Show from which accounts the League pays, and what waits for a second person."""
    by = request.acting
    rows = PayerAccount.objects.visible_to(by).select_related("set_by", "confirmed_by")
    context = {
        "rows": [(row, policies.may_confirm_payer(by, row)) for row in rows.newest_first()],
        "may_pay": policies.finance(request),
        "may_keep": policies.fund_keeper(request),
    }
    return render(request, "funding/payers.html", context)


@view(policies.finance, methods=["GET", "POST"])
@reauthentication_required
def new(request: ActingRequest) -> HttpResponse:
    """Name an account of the League; the login is asked for again first."""
    league = request.acting.organisation
    assert league is not None  # the policy has made sure
    form = PayerForm(posted(request), initial={"holder": league.name})
    if form.is_valid():
        try:
            payers.enter(league, **form.cleaned_data, by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Entered. A second person has to confirm it before anything is paid from it."))
            return redirect("funding:payers")
    return render(request, "funding/payer_new.html", {"form": form}, status=422 if form.errors else 200)


@view(policies.fund_keeper, methods=["GET", "POST"])
def confirm(request: ActingRequest, pk: int) -> HttpResponse:
    """Confirm an account as the second person, with the bank's paper in hand."""
    found = _load(request, pk)
    require(policies.may_confirm_payer(request.acting, found))
    return confirm_page(
        request,
        found,
        payers.confirm,
        template="funding/payer_confirm.html",
        said=_("Confirmed. Money can be paid from this account now."),
        after="funding:payers",
    )


@view(policies.finance, methods=["GET", "POST"])
def end(request: ActingRequest, pk: int) -> HttpResponse:
    """Close an account; the login is asked for again first, of nobody but the League's own finance."""
    found = _load(request, pk)
    require(policies.may_pay_for(request.acting, found.league_id))
    answer: HttpResponse = _end(request, found)
    return answer


@reauthentication_required
def _end(request: ActingRequest, found: PayerAccount) -> HttpResponse:
    step = Step(
        title=_("Close the account %(account)s") % {"account": found},
        button=_("Close it for good"),
        done=_("Closed. Nothing more is paid from it; its statements can still be imported."),
        parent=_("Our bank accounts"),
        parent_url=reverse("funding:payers"),
        lead=_("What is prepared to be paid from it does not go out any more, and has to be prepared anew."),
        is_end=True,
    )
    return take(
        request,
        SendForm(posted(request)),
        lambda _nothing: payers.end(found, by=request.acting, now=timezone.now()),
        step,
    )
