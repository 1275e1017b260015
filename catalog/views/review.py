"""The League's review: what waits, what changed since the version on the menu, publish or send back."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import changes, lifecycle, policies, queries
from catalog.forms import ReasonForm, SeenForm
from catalog.models import Programme
from core.access import require, view
from core.errors import DomainError
from core.time import today
from organisations.acting import ActingRequest

PER_PAGE = 30


def _load(request: ActingRequest, slug: str) -> Programme:
    rows = Programme.objects.visible_to(request.acting)
    return get_object_or_404(
        rows.select_related("provider__region", "current_version__theme", "theme", "series"), slug=slug
    )


@view(policies.reviews_programmes)
def queue(request: ActingRequest) -> HttpResponse:
    """List what the League has to read, what waited longest first."""
    page = Paginator(queries.to_review(request.acting.organisation), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "catalog/review_queue.html", {"page": page})


def _show(request: ActingRequest, programme: Programme, form: ReasonForm, *, status: int = 200) -> HttpResponse:
    history = programme.history.select_related("actor", "on_behalf_of").order_by("-at", "-pk")[:30]
    is_own = policies.is_own(request.acting, programme, today(timezone.now()))
    context = {
        "programme": programme,
        "form": form,
        "seen": SeenForm(initial={"seen": programme.edits}),
        "is_own": is_own,
        "waits": lifecycle.can("publish", programme) and not is_own,
        "can_suspend": lifecycle.can("suspend", programme),
        "can_resume": lifecycle.can("resume", programme) and not is_own,
        "rows": changes.compare(programme.current_version, programme),
        "status_sentence": lifecycle.SENTENCES[programme.status],
        "timeline": lifecycle.timeline(history),
    }
    return render(request, "catalog/review_one.html", context, status=status)


@view(policies.reviews_programmes)
def one(request: ActingRequest, slug: str) -> HttpResponse:
    """Show a programme for review: every field, and what differs from the version on the menu."""
    programme = _load(request, slug)
    require(policies.may_oversee(request.acting, programme))
    return _show(request, programme, ReasonForm())


def _decide(
    request: ActingRequest, slug: str, decision: Callable[[Programme], Programme], done: str, form: ReasonForm
) -> HttpResponse:
    """Run one verb of the League and say what it did; show the page again, nothing lost, where it is refused."""
    programme = _load(request, slug)
    require(policies.may_oversee(request.acting, programme))
    if form.is_valid():
        try:
            decision(programme)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return redirect("catalog:review")
    return _show(request, programme, form, status=422)


@view(policies.reviews_programmes, methods=["POST"])
def publish(request: ActingRequest, slug: str) -> HttpResponse:
    """Put what was read on the menu."""
    read = SeenForm(request.POST)
    seen = read.cleaned_data["seen"] if read.is_valid() else -1
    decision = partial(lifecycle.publish, by=request.acting, now=timezone.now(), seen=seen)
    return _decide(
        request, slug, decision, _("Published. Offices can order it now."), ReasonForm(request.POST, required=False)
    )


@view(policies.reviews_programmes, methods=["POST"])
def send_back(request: ActingRequest, slug: str) -> HttpResponse:
    """Give it back with a reason."""
    form = ReasonForm(request.POST)
    decision = partial(_with_reason, lifecycle.send_back, request, form)
    return _decide(request, slug, decision, _("Sent back. The provider reads your reason."), form)


@view(policies.reviews_programmes, methods=["POST"])
def suspend(request: ActingRequest, slug: str) -> HttpResponse:
    """Take it off the menu for now."""
    form = ReasonForm(request.POST)
    decision = partial(_with_reason, lifecycle.suspend, request, form)
    return _decide(request, slug, decision, _("Suspended. It is off the menu for now."), form)


def _with_reason(
    verb: Callable[..., Programme], request: ActingRequest, form: ReasonForm, programme: Programme
) -> Programme:
    return verb(programme, by=request.acting, now=timezone.now(), reason=form.cleaned_data["reason"])


@view(policies.reviews_programmes, methods=["POST"])
def resume(request: ActingRequest, slug: str) -> HttpResponse:
    """Put it back on the menu."""
    decision = partial(lifecycle.resume, by=request.acting, now=timezone.now())
    return _decide(request, slug, decision, _("Back on the menu."), ReasonForm(request.POST, required=False))
