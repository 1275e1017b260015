"""A child's health note: a guardian's own page, or the youth's."""

from datetime import date, datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.access import require, signed_in, view
from core.errors import DomainError
from core.forms import posted
from core.time import today
from organisations.acting import ActingRequest
from organisations.meanwhile import ChangedMeanwhile, state_of
from people.models import Child
from people.queries import guardians_of
from safeguarding import consents, health
from safeguarding.forms import HealthNoteForm
from safeguarding.models import Consent, ConsentText, HealthNote, Purpose
from safeguarding.policies import writes_health_note


def _child(request: ActingRequest, pk: int, on: date) -> Child:
    child = get_object_or_404(Child.objects.visible_to(request.acting, on), pk=pk)
    require(writes_health_note(request.acting, child, on))
    return child


@view(signed_in, methods=["GET", "POST"])
@never_cache
def note(request: ActingRequest, child_pk: int) -> HttpResponse:
    """Show the note and take another; where no consent stands, ask for it in the same form."""
    now = timezone.now()
    child = _child(request, child_pk, today(now))
    row, agreed = HealthNote.objects.filter(child=child).first(), health.agreed(child, today(now))
    saves = health.saves_of(child)
    text = agreed.text if agreed else consents.to_ask(Purpose.HEALTH, today(now))
    known = {"text": row.text if row else "", "seen": state_of(saves)}
    form = HealthNoteForm(posted(request), asks=agreed is None, initial=known)
    if form.is_valid():
        try:
            _save(request, child, form, agreed, now)
        except ChangedMeanwhile as refusal:
            saved = HealthNote.objects.filter(child=child).first() or HealthNote()
            form.give_way(refusal, form.differences(saved), seen=state_of(saves))
        except DomainError as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The note is saved. The staff on duty see it around an activity."))
            return redirect("safeguarding:health-note", child.pk)
    form.stand_beside(text)
    context = {"child": child, "note": row, "agreed": agreed, "text": text, "form": form}
    return render(request, "safeguarding/health_note.html", context, status=422 if form.errors else 200)


def _save(request: ActingRequest, child: Child, form: HealthNoteForm, agreed: Consent | None, now: datetime) -> None:
    given = form.cleaned_data
    asked = None if agreed else get_object_or_404(ConsentText, pk=given["agrees_to"], purpose=Purpose.HEALTH)
    health.write(
        child,
        given["text"],
        guardian=guardians_of(child, today(now)).filter(user=request.acting.user).first(),
        by=request.acting,
        now=now,
        agrees_to=asked,
        seen=given["seen"],
    )


@view(signed_in, methods=["POST"])
def delete(request: ActingRequest, child_pk: int) -> HttpResponse:
    """Delete the note."""
    now = timezone.now()
    child = _child(request, child_pk, today(now))
    health.take_back(child, by=request.acting, now=now)
    messages.success(request, _("The note is deleted."))
    return redirect("safeguarding:health-note", child.pk)
