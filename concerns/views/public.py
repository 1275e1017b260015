"""Reporting a concern: open to everybody, without a login, without a name, without JavaScript."""

from allauth.core import ratelimit
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import never_cache

from concerns import intake, queries, references
from concerns.forms import MoreWordsForm, PublicReportForm, TapForm
from concerns.models import Concern
from concerns.references import Subject
from core.access import public, view
from core.errors import DomainError
from core.forms import posted
from core.time import today
from organisations.acting import Acting, ActingRequest
from organisations.models import Organisation
from people.models import Child

TOO_MANY = 429


def _reporter(request: ActingRequest, *, named: bool) -> Acting | None:
    """Return who reports; nobody unless they are signed in and want their name to stand there."""
    return request.acting if named and request.acting.user is not None else None


def _status(form: PublicReportForm | TapForm | MoreWordsForm, *, held_back: bool) -> int:
    if held_back:
        return TOO_MANY
    return 422 if form.errors else 200


def _thank(concern: Concern) -> HttpResponse:
    return redirect("concerns:sent", references.receipt(concern))


def _may_send(request: ActingRequest) -> bool:
    """Tell whether this many reports may come: thirty an hour from an account, whatever its address.

    Without a login the address counts, and a whole school may have one. Of an account a keyed hash counts, for an hour:
    whoever keeps their name to themself is not named by the counter either.
    """
    user = request.acting.user
    if user is None:
        return bool(ratelimit.consume(request, action="concern_without_login"))
    return bool(ratelimit.consume(request, action="concern", key=salted_hmac("concern", str(user.pk)).hexdigest()))


@view(public, methods=["GET", "POST"])
@never_cache
def report(request: ActingRequest) -> HttpResponse:
    """Say whom to call when a child may be at risk, and take a report in."""
    form, held_back = PublicReportForm(posted(request)), False
    if form.is_bound and form.wants_communities:
        form = form.without_checking()  # type: ignore[assignment]
    elif form.is_valid():
        held_back = not _may_send(request)
        if not held_back:
            given = form.cleaned_data
            try:
                made = intake.report(
                    given["category"],
                    words=given["words"],
                    region=given["region"],
                    who=given["who"],
                    about=given["about"],
                    contact=given["contact"],
                    reporter=_reporter(request, named=given["named"]),
                    submission_id=given["submission_id"],
                    now=timezone.now(),
                )
            except DomainError as refusal:
                form.add_error(refusal.field, str(refusal))
            else:
                return _thank(made)
    return _write(request, form, status=_status(form, held_back=held_back), held_back=held_back)


def _write(request: ActingRequest, form: PublicReportForm, *, status: int, **more: bool) -> HttpResponse:
    context = {"form": form, "phones": settings.CONCERN_PHONES, "officer_phone": settings.SAFEGUARDING_PHONE, **more}
    return render(request, "concerns/report.html", context, status=status)


def _from_lost_link(request: ActingRequest) -> HttpResponse:
    """Lead to the open page; what was typed stands there, as the link says no longer where and about whom."""
    if request.method != "POST":
        return redirect("concerns:report")
    typed = {name: request.POST[name] for name in TapForm.base_fields if name in request.POST}
    return _write(request, PublicReportForm(initial=typed), status=422, lost_link=True)


@view(public, methods=["GET", "POST"])
@never_cache
def tap(request: ActingRequest, token: str) -> HttpResponse:
    """Take a report in from a list or a session's page: one tap on a category sends it."""
    subject = references.read(token)
    region = queries.region_of_child(subject.child, subject.region) if subject else None
    if subject is None or region is None:
        return _from_lost_link(request)
    form, held_back = TapForm(posted(request)), False
    if form.is_valid():
        held_back = not _may_send(request)
        if not held_back:
            try:
                made = intake.report(
                    form.cleaned_data["category"],
                    words=form.cleaned_data["words"],
                    region=region,
                    subject=subject,
                    about=Organisation.objects.filter(pk=subject.about or 0).first(),
                    school=queries.school_of(subject.office),
                    reporter=_reporter(request, named=form.cleaned_data["named"]),
                    submission_id=form.cleaned_data["submission_id"],
                    now=timezone.now(),
                )
            except DomainError as refusal:
                form.add_error(refusal.field, str(refusal))
            else:
                return _thank(made)
    context = {"form": form, "held_back": held_back, "phones": settings.CONCERN_PHONES, **_tapped(request, subject)}
    return render(request, "concerns/tap.html", context, status=_status(form, held_back=held_back))


def _tapped(request: ActingRequest, subject: Subject) -> dict[str, object]:
    """Return the child that was tapped, so that a slip of the finger is seen; only to who is signed in."""
    child = Child.objects.filter(pk=subject.child).first() if subject.child and request.acting.user else None
    return {"child": child, "age": child.age(today(timezone.now())) if child else None, "is_child": subject.child}


@view(public, methods=["GET", "POST"])
@never_cache
def sent(request: ActingRequest, token: str) -> HttpResponse:
    """Thank for a report, name its number, and take more words for a day."""
    pk = references.sent(token)
    if pk is None:
        raise Http404
    concern = get_object_or_404(Concern, pk=pk)
    form, held_back = MoreWordsForm(posted(request)), False
    if form.is_valid():
        held_back = not _may_send(request)
        if not held_back:
            given, now = form.cleaned_data, timezone.now()
            try:
                intake.add_words(concern, words=given["words"], submission_id=given["submission_id"], now=now)
            except DomainError as refusal:
                form.add_error(refusal.field, str(refusal))
            else:
                return redirect("concerns:sent", token)
    context = {
        "concern": concern,
        "form": form,
        "held_back": held_back,
        "added": concern.statements.count() - 1,
        "phones": settings.CONCERN_PHONES,
        "officer_phone": settings.SAFEGUARDING_PHONE,
    }
    return render(request, "concerns/sent.html", context, status=_status(form, held_back=held_back))
