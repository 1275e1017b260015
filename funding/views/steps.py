"""One page for each act on the books: what it will do, a form, a button; then back to where it shows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.errors import DomainError
from funding.models import SecondLook
from organisations.acting import ActingRequest
from organisations.meanwhile import ChangedMeanwhile


@dataclass(frozen=True)
class Step:
    """The words of a page, and where it leads: ``parent`` is the crumb above it, ``back`` where one lands."""

    title: str | Promise
    button: str | Promise
    done: str | Promise | Callable[[object], str]
    parent: object
    parent_url: str
    lead: str | Promise = ""
    back: str = ""
    is_end: bool = False
    more: dict[str, Any] = field(default_factory=dict)


def asked_or(done: str) -> Callable[[object], str]:
    """Return what is said of an act that may wait for a second person; ``done`` is what is said where it need not."""

    def said(result: object) -> str:
        if isinstance(result, SecondLook):
            return _("Asked for. It is booked when a second person has confirmed it.")
        return done

    return said


def take(
    request: ActingRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], object],
    step: Step,
    *,
    give_way: Callable[[ChangedMeanwhile], None] | None = None,
) -> HttpResponse:
    """Show the page of a step, or do it: ``act`` gets what was typed. A refusal stands beside it."""
    if form.is_valid():
        try:
            result = act(form.cleaned_data)
        except ChangedMeanwhile as refusal:
            assert give_way is not None
            give_way(refusal)
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, step.done(result) if callable(step.done) else str(step.done))
            return redirect(step.back or step.parent_url)
    context = {"form": form, "step": step, **step.more}
    return render(request, "funding/step.html", context, status=422 if form.errors else 200)
