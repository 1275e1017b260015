"""The second person's word about an account: one page for each kind, one way through it."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from core.errors import DomainError
from core.forms import posted
from funding.forms import SendForm
from funding.models.account import ConfirmedAccount
from organisations.acting import ActingRequest


def confirm_page(
    request: ActingRequest, account: ConfirmedAccount, act: Callable[..., object], **page: Any
) -> HttpResponse:
    """Show an account to its second person; ``act`` confirms it. The login is asked for again first.

    ``page``: the ``template``, the sentence ``said`` on the page ``after``, and what else the template needs.
    """
    answer: HttpResponse = _ask(request, account=account, act=act, **page)
    return answer


@reauthentication_required
def _ask(
    request: ActingRequest,
    *,
    account: ConfirmedAccount,
    act: Callable[..., object],
    template: str,
    said: str,
    after: str,
    **more: Any,
) -> HttpResponse:
    form = SendForm(posted(request))
    if form.is_valid():
        try:
            act(account, by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect(after)
    return render(request, template, {"form": form, "account": account, **more}, status=422 if form.errors else 200)
