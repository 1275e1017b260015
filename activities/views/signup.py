"""Signing up, the ticket, cancelling, answering an offer."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from activities import backups, checkin, door, eligibility, noshows, places, policies, queries, series, signups, waiting
from activities.forms import CancelForm, SignUpForm
from activities.models import Party, Session, SignUp
from activities.reading import backups_shown, crew_shown, session_or_404
from core.access import require, signed_in, view
from core.errors import DomainError
from core.forms import posted, private_query, whole_number
from core.time import today
from organisations.acting import ActingRequest
from people.models import Child, Guardian
from people.policies import clerk_for_families
from people.queries import children_of, families_of, wards_of
from safeguarding import consents
from safeguarding.models import Purpose

FAMILIES_PER_PAGE = 20


@dataclass
class Family:
    """Who signs up whom: a guardian, an office's clerk for a guardian, or a youth alone (no guardian)."""

    guardian: Guardian | None
    children: list[Child]
    by_office: bool = False


def family_of(request: ActingRequest, on: date) -> Family:
    """Return for whom the visitor signs up; ``?guardian=`` names a family of the clerk's own office, else 404."""
    by = request.acting
    named = request.GET.get("guardian", "")
    if named:
        guardian = get_object_or_404(Guardian.objects.visible_to(by), pk=whole_number(named))
        own = by.user is not None and guardian.user_id == by.user.pk
        return Family(guardian, list(children_of(guardian, on)), by_office=not own)
    rows = wards_of(by.user.pk, on) if by.user else []
    if rows:
        return Family(rows[0].guardian, [row.child for row in rows])
    youth = Child.objects.unmerged().filter(user=by.user).select_related("home_community").first()
    return Family(None, [youth] if youth and youth.is_youth(on) else [])


def _choose_family(request: ActingRequest, pk: int, now: datetime) -> HttpResponse:
    """Let an office's clerk say for which of its families the sign-up is."""
    session = get_object_or_404(Session.objects.with_card_data(), pk=pk)
    q = private_query(request)
    page = Paginator(families_of(request.acting, today(now), q=q), FAMILIES_PER_PAGE).get_page(request.GET.get("page"))
    shown = [one.child_id for row in page for one in row.current]  # type: ignore[attr-defined]
    checkin.log_look(session, purpose="on_behalf", children=shown, by=request.acting, now=now)
    context = {
        "session": session,
        "q": q,
        "page": page,
        "closed_because": eligibility.closed_because(session, now),
    }
    return render(request, "activities/for_family.html", context)


@view(signed_in, methods=["GET", "POST"])
def sign_up(request: ActingRequest, pk: int) -> HttpResponse:
    """Choose children, agree, and sign up; one POST decides."""
    now = timezone.now()
    looks = request.method == "GET" or "q" in request.POST
    if looks and clerk_for_families(request) and not request.GET.get("guardian"):
        return _choose_family(request, pk, now)
    family = family_of(request, today(now))
    if request.method == "POST":
        form = SignUpForm(request.POST, children=family.children)
        if form.is_valid():
            try:
                return _decide(request, pk, form, family, now)
            except Session.DoesNotExist as missing:
                raise Http404 from missing
            except series.AllRefused as refusal:
                form.add_error(None, refusal.sentences)
            except DomainError as refusal:
                form.add_error(None, str(refusal))
    else:
        form = SignUpForm(children=family.children)
    return _form_page(request, pk, form, family, now)


def _decide(request: ActingRequest, pk: int, form: SignUpForm, family: Family, now: datetime) -> HttpResponse:
    """Sign up for this date, or for the dates of its series that were chosen, and show what became of it."""
    what: dict[str, Any] = {
        "children": form.chosen,
        "guardian": family.guardian,
        "by": request.acting,
        "now": now,
        "submission_id": form.cleaned_data["submission_id"],
        "answers": _answers(form, family, now),
    }
    dates = form.dates_beside(pk)
    if dates is None:
        party = backups.sign_up(pk, backups=form.cleaned_data["backups"], **what)
        if party.session_id != pk:
            messages.success(request, _("The date of your first choice was full. You have places on this one."))
        return redirect("activities:ticket", pk=party.session_id, party=party.pk)
    found = series.sign_up(pk, dates=dates, **what)
    for sentence in series.refusals(found):
        messages.warning(request, sentence)
    first = next(one.party for one in found if one.party)
    return redirect("activities:dates", pk=first.session_id, party=first.pk)


def _answers(form: SignUpForm, family: Family, now: datetime) -> list[signups.ConsentAnswer]:
    """Return the answers that the form asked for and that differ from what stands."""
    paper_on = form.cleaned_data["paper_on"] if family.by_office else None
    agreed = [child for child in form.chosen if form.agreed_for(child)]
    found = _answers_to(Purpose.SIGN_UP, form, agreed, given=True, paper_on=paper_on)
    photo = form.cleaned_data["photo"]
    if photo:
        standing = consents.standing(form.chosen, today(now))
        unasked = [child for child in form.chosen if standing[child.pk][Purpose.PHOTO] is None]
        found += _answers_to(Purpose.PHOTO, form, unasked, given=photo == "yes", paper_on=paper_on)
    return found


def _answers_to(
    purpose: str, form: SignUpForm, children: list[Child], *, given: bool, paper_on: date | None
) -> list[signups.ConsentAnswer]:
    """Return one answer for each of the children, to the text that stood on the page."""
    if not children:
        return []
    text = consents.on_page(purpose, form.text_beside(purpose))
    return [signups.ConsentAnswer(child, text, given=given, paper_on=paper_on) for child in children]


def _child_rows(
    request: ActingRequest, session: Session, form: SignUpForm, family: Family, now: datetime, *, been: frozenset[int]
) -> list[dict[str, Any]]:
    """Return each child with what stands against it, and what the guardian has agreed to. Asks for all at once.

    ``been`` are the children who came before: those places that are kept for first-timers are not for them.
    """
    standing = consents.standing(family.children, today(now))
    found = eligibility.find(session, family.children, now, guardian=family.guardian, answers=standing)
    picked = set(request.POST.getlist("children"))
    is_kept = bool(session.kept_for_first_timers(now))
    rows = []
    for child in family.children:
        hard = [one for one in found[child.pk] if one.code != eligibility.CONSENT]
        rows.append(
            {
                "pk": str(child.pk),
                "child": child,
                "age": child.age(today(session.starts_at)),
                "kept_from": is_kept and child.pk in been,
                "obstacles": hard,
                "too_young": any(one.code == eligibility.TOO_YOUNG for one in hard),
                "missed": any(one.code == eligibility.MISSED for one in hard),
                "suspended": any(one.code == eligibility.SUSPENDED for one in hard),
                "lacks_consent": any(one.code == eligibility.CONSENT for one in found[child.pk]),
                "agreed": form.is_bound and form.agreed_for(child),
                "consent": standing[child.pk][Purpose.SIGN_UP],
                "ask_photo": standing[child.pk][Purpose.PHOTO] is None,
                "picked": str(child.pk) in picked if form.is_bound else not hard and len(family.children) == 1,
            }
        )
    return rows


def _form_page(request: ActingRequest, pk: int, form: SignUpForm, family: Family, now: datetime) -> HttpResponse:
    """Show the form: each child with what stands against it, the consents still to be given."""
    session = session_or_404(pk)
    if family.by_office:
        shown = [child.pk for child in family.children]
        checkin.log_look(session, purpose="on_behalf", children=shown, by=request.acting, now=now)
    on = today(now)
    been = places.been_before(session, family.children, now)
    rows = _child_rows(request, session, form, family, now, been=been)
    welcome = [row for row in rows if not row["obstacles"]]
    may_come = [child for child, row in zip(family.children, rows, strict=True) if not row["obstacles"]]
    dates = queries.dates_to_choose(session, family.children, now)
    room = places.room_for(session, may_come, been, now)
    context: dict[str, Any] = {
        "session": session,
        "now": now,
        "version": session.version,
        "form": form,
        "family": family,
        "rows": rows,
        "welcome": welcome,
        "free_returning": session.free_returning(now),
        "holds_up": session.free_returning(now) < sum(row["kept_from"] for row in welcome) < len(welcome),
        "to_agree": (to_agree := [row for row in welcome if row["lacks_consent"]]),
        "ask_photo": (ask_photo := any(row["ask_photo"] for row in welcome)),
        "sign_up_text": (agree_to := consents.to_ask(Purpose.SIGN_UP, on) if to_agree else None),
        "photo_text": (photo_text := consents.to_ask(Purpose.PHOTO, on) if ask_photo else None),
        "other_text": form.was_beside_another(agree_to),
        "other_photo_text": form.was_beside_another(photo_text),
        "closed_because": eligibility.closed_because(session, now),
        "missed_rule": noshows.rule_for(session.region, on),
        "crew": crew_shown(session),
        "room": room,
        "backups": [] if room.is_there else backups_shown(session, may_come, now),
        "ticked_backups": {*request.POST.getlist("backups")},
        "dates": dates if len(dates) > 1 else [],
        "free_dates": [one for one in dates if one.ours < len(family.children)],  # type: ignore[attr-defined]
        "ticked": {*request.POST.getlist("on")} if form.is_bound else {str(pk)},
    }
    return render(request, "activities/sign_up.html", context, status=422 if form.is_bound else 200)


@view(signed_in)
def ticket(request: ActingRequest, pk: int, party: int) -> HttpResponse:
    """Show what the family has: places with their codes, an offer to answer, or the rank in the line."""
    now = timezone.now()
    row = get_object_or_404(
        Party.objects.visible_to(request.acting).select_related(
            "session__version__theme", "session__venue", "session__provider", "session__region", "guardian"
        ),
        pk=party,
        session=pk,
    )
    own = list(
        SignUp.objects.visible_to(request.acting)
        .filter(party=row)
        .select_related("child", "attendance__objection")
        .order_by("pk")
    )
    checkin.log_look_of_office(row, children=[one.child_id for one in own], by=request.acting, now=now)
    active = [one for one in own if one.is_active]
    status = active[0].status if active else own[-1].status
    context = {
        "party": row,
        "session": row.session,
        "version": row.session.version,
        "missed": _missed(own, row.session, now),
        "rows": active or own,
        "status": status,
        "kept_for_area": row.outside and row.session.kept_for_area(now),
        "kept_first": row.returning and row.session.kept_for_first_timers(now),
        "held_back": [one for one in active if one.is_returning] if row.returning < row.size else [],
        "position": waiting.position(row) if status == SignUp.Status.WAITING else None,
        "may_accept": status == SignUp.Status.OFFERED and policies.may_accept(request.acting, row, now),
        "shows_code": now < row.session.ends_at,
        "redrawn_seconds": int(door.REDRAWN_AFTER.total_seconds()),
        "may_cancel": bool(active) and now < row.session.starts_at,
        "reason": _words(own[-1].reason) if not active else "",
        "tasted": ["done", "done", "done", "now", "todo"],
    }
    return render(request, "activities/ticket.html", context)


def _missed(rows: list[SignUp], session: Session, now: datetime) -> list[SignUp]:
    """Return which of a party's sign-ups are absences that count. No query."""
    if session.status != Session.Status.CLOSED:
        return []
    absent = [row for row in rows if hasattr(row, "attendance") and noshows.is_absence(row)]
    for row in absent:
        row.session = session
    return [row for row in absent if noshows.counts(row, now)]


def _words(reason: str) -> str:
    """Return a stored reason in words: the system's own reasons are codes."""
    if reason == "session_cancelled":
        return _("The session was called off.")
    return _(waiting.SENTENCES[reason]) if reason in waiting.SENTENCES else reason


@view(signed_in, methods=["GET", "POST"])
def cancel(request: ActingRequest, pk: int) -> HttpResponse:
    """Say what cancelling means, then give the place or the rank back."""
    now = timezone.now()
    rows = SignUp.objects.visible_to(request.acting).select_related(
        "session__version__theme", "party__guardian", "party__session", "child"
    )
    row = get_object_or_404(rows, pk=pk)
    require(policies.may_answer_for(request.acting, row, today(now)))
    form = CancelForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            signups.cancel(row, by=request.acting, now=now, reason=form.cleaned_data["reason"])
            messages.success(request, _("Cancelled. The place goes to the next family."))
        except DomainError as refusal:
            messages.warning(request, str(refusal))
        return redirect("activities:ticket", pk=row.session_id, party=row.party_id)
    checkin.log_look_of_office(row.party, children=[row.child_id], by=request.acting, now=now)
    context = {"sign_up": row, "session": row.session, "version": row.session.version, "form": form}
    return render(request, "activities/cancel.html", context)


@view(signed_in, methods=["GET", "POST"])
def accept(request: ActingRequest, pk: int) -> HttpResponse:
    """Take the offered places: one tap to this page, one to confirm."""
    now = timezone.now()
    rows = Party.objects.visible_to(request.acting)
    rows = rows.select_related("session__version__theme", "session__venue", "guardian")
    party = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        require(policies.may_accept(request.acting, party, now))
        try:
            signups.accept_offer(party, by=request.acting, now=now)
            messages.success(request, _("The place is yours."))
        except DomainError as refusal:
            messages.warning(request, str(refusal))
        return redirect("activities:ticket", pk=party.session_id, party=party.pk)
    offered = list(party.sign_ups.filter(status=SignUp.Status.OFFERED).select_related("child").order_by("pk"))
    if not offered or not policies.may_accept(request.acting, party, now):
        return redirect("activities:ticket", pk=party.session_id, party=party.pk)
    checkin.log_look_of_office(party, children=[one.child_id for one in offered], by=request.acting, now=now)
    context = {"party": party, "session": party.session, "version": party.session.version, "offered": offered}
    return render(request, "activities/accept.html", context)
