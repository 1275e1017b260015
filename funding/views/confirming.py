"""The second person's word about an account: one page for each kind, one way through it."""

from collections.abc import Callable
from typing import Any, TypeVar

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

A = TypeVar("A", bound=ConfirmedAccount)


def confirm_page(
    request: ActingRequest, account: A, act: Callable[..., object], *, template: str, said: str, after: str, **more: Any
) -> HttpResponse:
    """Show an account to its second person; ``act`` confirms it, then ``said`` is told on the page ``after``.

    The login is asked for again first: where money goes is changed by this page.
    """

    @reauthentication_required
    def ask(request: ActingRequest) -> HttpResponse:
        return _ask(request, account, act, template, said, after, more)

    answer: HttpResponse = ask(request)
    return answer


def _ask(
    request: ActingRequest, account: A, act: Callable[..., object], template: str, said: str, after: str, more: Any
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
