"""A child's consents: read, answer, take back."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require, signed_in, view
from core.errors import DomainError
from core.time import today
from organisations.acting import ActingRequest
from people import looks
from people.models import Child, Guardian
from people.policies import answers_for, is_guardian_of, is_the_youth
from people.queries import guardians_of
from safeguarding import consents
from safeguarding.forms import AnswerForm
from safeguarding.models import Consent, ConsentText, Purpose
from safeguarding.policies import writes_health_note


def _child(request: ActingRequest, pk: int) -> tuple[Child, date]:
    on = today(timezone.now())
    child = get_object_or_404(Child.objects.visible_to(request.acting, on), pk=pk)
    require(answers_for(request.acting, child, on))
    return child, on


def _show(request: ActingRequest, child: Child, on: date, form: AnswerForm | None = None) -> HttpResponse:
    by = request.acting
    standing = consents.standing([child], on)[child.pk]
    on_paper = not (is_guardian_of(by, child, on) or is_the_youth(by, child, on))
    # Whether there is something to know of a child's health is no office's business: a clerk reads nothing of it.
    asked = [purpose for purpose in Purpose if purpose != Purpose.HEALTH or not on_paper]
    looks.of_family(child, by=by, now=timezone.now())
    history = child.consents.filter(text__purpose__in=asked).select_related("text", "guardian", "recorded_by")
    context = {
        "child": child,
        "rows": [_row(purpose, standing[purpose], on) for purpose in asked],
        "form": form,
        "on_paper": on_paper,
        "guardians": guardians_of(child, on),
        "history": history.newest_first()[:20],
    }
    return render(request, "safeguarding/consents.html", context, status=422 if form else 200)


def _row(purpose: Purpose, standing: Consent | None, on: date) -> dict[str, Any]:
    """Return what a purpose's part of the page shows: the text to answer, and the one that was agreed to."""
    text = consents.to_ask(purpose, on)
    is_newer = standing is not None and standing.is_standing and standing.text_id != text.pk
    agreed = ConsentText.objects.get(pk=standing.text_id) if standing is not None and is_newer else text
    return {"purpose": purpose, "text": text, "standing": standing, "agreed": agreed, "is_newer": is_newer}


@view(signed_in)
def child_consents(request: ActingRequest, child_pk: int) -> HttpResponse:
    """Show what was agreed to for a child."""
    child, on = _child(request, child_pk)
    return _show(request, child, on)


def _guardian(request: ActingRequest, child: Child, on: date, chosen: Guardian | None) -> Guardian | None:
    """Return who answers: the guardian who is signed in, nobody for the youth, else whom the clerk chose."""
    own = guardians_of(child, on).filter(user=request.acting.user).first()
    if own or is_the_youth(request.acting, child, on):
        return own
    return chosen or guardians_of(child, on).first()


@view(signed_in, methods=["POST"])
def answer(request: ActingRequest, child_pk: int, purpose: str) -> HttpResponse:
    """Agree or refuse, for one purpose."""
    child, on = _child(request, child_pk)
    require(purpose != Purpose.HEALTH or writes_health_note(request.acting, child, on))
    form = AnswerForm(request.POST, guardians=guardians_of(child, on))
    if form.is_valid():
        data: dict[str, Any] = form.cleaned_data
        text = get_object_or_404(ConsentText, pk=data["text"], purpose=purpose)
        try:
            consents.answer(
                child,
                guardian=_guardian(request, child, on, data["guardian"]),
                purpose=purpose,
                given=data["answer"] == Consent.Answer.GIVEN,
                by=request.acting,
                now=timezone.now(),
                paper_on=data["paper_on"],
                text=text,
            )
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Your answer was recorded."))
            return redirect("safeguarding:consents", child.pk)
    return _show(request, child, on, form)


@view(signed_in, methods=["POST"])
def withdraw(request: ActingRequest, child_pk: int, pk: int) -> HttpResponse:
    """Take a consent back."""
    child, on = _child(request, child_pk)
    rows = Consent.objects.visible_to(request.acting).select_related("text")
    consent = get_object_or_404(rows, pk=pk, child=child)
    require(consent.text.purpose != Purpose.HEALTH or writes_health_note(request.acting, child, on))
    consents.withdraw(consent, by=request.acting, now=timezone.now())
    messages.success(request, _("The consent was taken back. What was done before stays as it is."))
    return redirect("safeguarding:consents", child.pk)
