"""The provider's bank account, and the second person's confirmation."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require, view
from core.errors import DomainError
from core.forms import posted
from funding import gateway, payees, policies, queries
from funding.forms import AccountForm
from funding.models import PayeeAccount, StripeAccount
from funding.views.confirming import confirm_page
from organisations.acting import ActingRequest
from organisations.models import Organisation


def _provider(request: ActingRequest) -> Organisation:
    """Return for whom the person acts; the page's policy has made sure that it is a provider."""
    organisation = request.acting.organisation
    assert organisation is not None
    return organisation


@view(policies.payee)
def account(request: ActingRequest) -> HttpResponse:
    """Show the provider to which account its money goes."""
    provider = _provider(request)
    found = PayeeAccount.objects.newest_of(provider.pk)
    context = {
        "provider": provider,
        "account": found,
        "may_confirm": found is not None and policies.may_confirm(request.acting, found),
        **_stripe(request, provider),
        "claims": queries.claims_of(request.acting),
        "running": queries.may_be_advanced(provider),
    }
    return render(request, "funding/account.html", context)


def _stripe(request: ActingRequest, provider: Organisation) -> dict[str, Any]:
    """Return how the provider's account at Stripe stands, where this site uses that."""
    if not gateway.is_on():
        return {}
    found = StripeAccount.objects.filter(organisation=provider).first()
    waits = found is not None and found.is_ready and found.confirmed_at is None and found.holder == provider.name
    may_confirm = waits and found is not None and policies.may_confirm(request.acting, found)
    return {"has_stripe": True, "stripe_account": found, "may_confirm_stripe": may_confirm}


@view(policies.payee, methods=["GET", "POST"])
@reauthentication_required
def new(request: ActingRequest) -> HttpResponse:
    """Name a bank account; the login is asked for again first."""
    provider = _provider(request)
    form = AccountForm(posted(request))
    if form.is_valid():
        try:
            payees.set_account(
                provider, holder=provider.name, **form.cleaned_data, by=request.acting, now=timezone.now()
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Entered. A second person has to confirm it before money goes there."))
            return redirect("funding:account")
    return render(
        request, "funding/account_new.html", {"form": form, "provider": provider}, status=422 if form.errors else 200
    )


@view(policies.payee_or_finance, methods=["GET", "POST"])
def confirm(request: ActingRequest, pk: int) -> HttpResponse:
    """Confirm an account as the second person, with the bank's paper in hand."""
    visible = PayeeAccount.objects.visible_to(request.acting)
    found = get_object_or_404(visible.select_related("organisation", "set_by"), pk=pk)
    require(policies.may_confirm(request.acting, found))
    return confirm_page(
        request,
        found,
        payees.confirm_account,
        template="funding/account_confirm.html",
        said=_("Confirmed. Money can go to this account now."),
        after="funding:finance" if policies.finance(request) else "funding:account",
        also_named_by=payees.also_named_by(found) if policies.finance(request) else [],
    )
