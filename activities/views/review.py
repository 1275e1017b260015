"""Rating a session, answering a review, hiding one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from activities import policies, reviews
from activities.forms import HideForm, InviteForm, ReplyForm, ReviewForm
from activities.models import Review, ReviewInvitation, Session, SignUp
from core.access import require, signed_in, view
from core.errors import DomainError
from core.forms import posted
from core.time import today
from organisations.acting import ActingRequest


@view(signed_in, methods=["GET", "POST"])
def review(request: ActingRequest, pk: int) -> HttpResponse:
    """Rate as the child (``?as=child``, or a youth themself) or as the guardian."""
    now = timezone.now()
    rows = SignUp.objects.visible_to(request.acting).select_related(
        "session__version__theme", "session__version__programme", "child"
    )
    row = get_object_or_404(rows, pk=pk)
    is_youth = row.child.user_id == request.user.pk
    by_child = is_youth or request.GET.get("as") == "child"
    require(policies.may_review(request.acting, row, today(now), by_child=by_child))
    known = Review.objects.filter(sign_up=row, by_child=by_child).first()
    initial = {"mark": known.mark, "tags": known.tags, "text": known.text} if known else None
    form = ReviewForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            reviews.submit(row, by_child=by_child, by=request.acting, now=now, **form.cleaned_data)
            messages.success(request, _("Thank you. The provider and the League read every review."))
            return redirect("catalog:programme", slug=row.session.version.programme.slug)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    context = {
        "sign_up": row,
        "session": row.session,
        "version": row.session.version,
        "form": form,
        "by_child": by_child,
        "is_youth": is_youth,
        "pseudonym": reviews.pseudonym(row, by_child=by_child),
        "known": known,
        "is_late": known is not None and now > known.editable_until,
    }
    return render(request, "activities/review.html", context, status=422 if form.is_bound else 200)


@view(signed_in, methods=["GET", "POST"])
def invited(request: ActingRequest, pk: int) -> HttpResponse:
    """Rate as somebody from society who was invited to the session."""
    now = timezone.now()
    rows = ReviewInvitation.objects.filter(user=request.acting.user)
    row = get_object_or_404(rows.select_related("session__version__theme", "session__version__programme"), pk=pk)
    known = Review.objects.filter(invitation=row).first()
    initial = {"mark": known.mark, "tags": known.tags, "text": known.text} if known else None
    form = ReviewForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            reviews.submit_invited(row, by=request.acting, now=now, **form.cleaned_data)
            messages.success(request, _("Thank you. The provider and the League read every review."))
            return redirect("catalog:programme", slug=row.session.version.programme.slug)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    context = {
        "session": row.session,
        "version": row.session.version,
        "form": form,
        "known": known,
        "is_early": now < row.session.ends_at,
        "is_late": known is not None and now > known.editable_until,
    }
    return render(request, "activities/review.html", context, status=422 if form.is_bound else 200)


@view(signed_in, methods=["GET", "POST"])
def invite(request: ActingRequest, pk: int) -> HttpResponse:
    """Ask somebody from society to rate a session. The answer never tells who has an account here."""
    session = get_object_or_404(Session.objects.with_card_data(), pk=pk)
    require(policies.may_invite(request.acting, session))
    form = InviteForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            reviews.invite_by_address(session, form.cleaned_data["address"], by=request.acting, now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _(
                    "If somebody signs in here with this e-mail or phone, and is not of the provider, the invitation "
                    "is in their inbox now."
                ),
            )
            return redirect("activities:invite", pk)
    context = {
        "session": session,
        "version": session.version,
        "form": form,
        "rated": session.reviews.filter(kind=Review.Kind.INVITED).count(),
    }
    return render(request, "activities/invite.html", context, status=422 if form.is_bound else 200)


def _review_with_session(pk: int) -> Review:
    rows = Review.objects.select_related("session__version__programme", "session__provider", "session__region")
    return get_object_or_404(rows, pk=pk)


@view(signed_in, methods=["GET", "POST"])
def reply(request: ActingRequest, pk: int) -> HttpResponse:
    """Answer a review as the provider."""
    row = _review_with_session(pk)
    require(policies.may_reply(request.acting, row))
    form = ReplyForm(posted(request), initial={"text": row.reply})
    if request.method == "POST" and form.is_valid():
        reviews.reply(row, text=form.cleaned_data["text"], by=request.acting, now=timezone.now())
        return redirect("catalog:programme", slug=row.session.version.programme.slug)
    return render(request, "activities/answer_review.html", {"review": row, "form": form, "verb": "reply"})


@view(signed_in, methods=["GET", "POST"])
def hide(request: ActingRequest, pk: int) -> HttpResponse:
    """Hide a review with a reason; it stays on record."""
    row = _review_with_session(pk)
    require(policies.may_hide(request.acting, row))
    form = HideForm(posted(request))
    if request.method == "POST" and form.is_valid():
        reviews.hide(row, reason=form.cleaned_data["reason"], by=request.acting, now=timezone.now())
        return redirect("catalog:programme", slug=row.session.version.programme.slug)
    return render(request, "activities/answer_review.html", {"review": row, "form": form, "verb": "hide"})
