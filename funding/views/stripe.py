"""The second rail: what Stripe posts to us, the provider's account there, and differences that a person settles."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, RawPostDataException
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from core.access import public, require, view
from core.errors import DomainError
from core.forms import posted
from funding import gateway, policies
from funding.forms import NoteForm
from funding.models import StripeAccount
from funding.stripe import accounts, quarantine, webhooks
from funding.views.confirming import confirm_page
from organisations.acting import ActingRequest

P = ParamSpec("P")


def where_stripe_is_on(
    function: Callable[Concatenate[Any, P], HttpResponseBase],
) -> Callable[Concatenate[Any, P], HttpResponseBase]:
    """Answer 404 where this site has no key: there is nothing to open."""

    @wraps(function)
    def guarded(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not gateway.is_on():
            raise Http404
        return function(request, *args, **kwargs)

    return guarded


@csrf_exempt
@view(public, methods=["POST"])
@where_stripe_is_on
def events(request: HttpRequest) -> HttpResponse:
    """Take what Stripe posts. Its signature is over the bytes as they came; a worker acts on it afterwards."""
    try:
        webhooks.receive(request.body, request.headers.get("Stripe-Signature", ""), now=timezone.now())
    except (gateway.BadSignature, RawPostDataException):
        return HttpResponse(status=400)
    return HttpResponse()


@view(policies.payee, methods=["GET", "POST"])
@where_stripe_is_on
@reauthentication_required
def connect(request: ActingRequest) -> HttpResponse:
    """Say what an account at Stripe means; asked for, open it and give the way to Stripe's own pages."""
    provider, address, refused = request.acting.organisation, "", ""
    assert provider is not None
    if request.method == "POST":
        try:
            account = accounts.open_account(provider, by=request.acting, now=timezone.now())
            address = accounts.setup_address(account, back=settings.SITE_URL + reverse("funding:stripe-back"))
        except DomainError as refusal:
            refused = str(refusal)
    context = {"provider": provider, "address": address, "refused": refused}
    return render(request, "funding/stripe_connect.html", context, status=422 if refused else 200)


@view(policies.payee)
@where_stripe_is_on
def back(request: ActingRequest) -> HttpResponse:
    """Meet who comes back from Stripe's pages, and take over what Stripe says now."""
    account = StripeAccount.objects.visible_to(request.acting).first()
    if account is not None:
        try:
            accounts.refresh(account, now=timezone.now())
        except gateway.StripeError:
            messages.warning(request, _("Stripe does not answer just now. What you entered there is kept there."))
    return redirect("funding:account")


@view(policies.payee_or_finance, methods=["GET", "POST"])
@where_stripe_is_on
def confirm(request: ActingRequest, pk: int) -> HttpResponse:
    """Confirm as the second person that an account at Stripe is the provider's."""
    visible = StripeAccount.objects.visible_to(request.acting)
    found = get_object_or_404(visible.select_related("organisation", "set_by"), pk=pk)
    require(policies.may_confirm(request.acting, found))
    return confirm_page(
        request,
        found,
        accounts.confirm,
        template="funding/stripe_confirm.html",
        said=_("Confirmed. Money can go to this account now."),
        after="funding:finance" if policies.finance(request) else "funding:account",
    )


@view(policies.finance, methods=["GET", "POST"])
@where_stripe_is_on
def settle(request: ActingRequest, pk: int) -> HttpResponse:
    """Note how a difference at Stripe was settled."""
    found = get_object_or_404(quarantine.visible_to(request.acting), pk=pk)
    form = NoteForm(posted(request))
    if form.is_valid():
        try:
            quarantine.close(found, **form.cleaned_data, by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Noted."))
            return redirect("funding:finance")
    context = {"form": form, "difference": found, "payout": found.payout, "left": quarantine.left_by(found)}
    return render(request, "funding/difference.html", context, status=422 if form.errors else 200)
