"""The check-in list for staff on duty. Full names stand here only; every look is logged, nothing is stored."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.cache import never_cache

from activities import checkin, eligibility, handover, lifecycle, policies, queries
from activities.forms import CloseForm, ReopenForm, WalkInForm
from activities.models import Attendance, Session, SignUp
from activities.queries import RosterRow
from core.access import require, signed_in, view
from core.errors import DomainError
from core.forms import posted, private_query
from core.middleware import permissions_policy
from core.time import today
from organisations.acting import ActingRequest
from safeguarding import consents
from safeguarding.models import Purpose

STATUS = Attendance.Status
TABS = ("open", "here", "home", "away", "all")


def session_to_run(request: ActingRequest, pk: int) -> Session:
    """Return a session that the visitor runs, or answer 404 as if there were none."""
    session = get_object_or_404(Session.objects.with_card_data(), pk=pk)
    if not policies.runs(request.acting, session):
        raise Http404
    return session


def shut_list(request: ActingRequest, session: Session, now: datetime) -> HttpResponse:
    """Say why the list shows no name: it is not its time, or the gate keeps whoever asks away."""
    is_kept_away = policies.is_list_open(session, now)
    context = {"session": session, "version": session.version, "is_kept_away": is_kept_away}
    return render(request, "activities/roll_shut.html", context)


def child_on_list(session: Session, sign_up: int) -> SignUp:
    """Return the sign-up of a child that holds a place in the session, or answer 404."""
    row = get_object_or_404(SignUp.objects.confirmed().filter(session=session).select_related("child"), pk=sign_up)
    row.session = session
    return row


@view(signed_in, methods=["GET", "POST"])
@never_cache
def roll(request: ActingRequest, pk: int) -> HttpResponse:
    """Show the list: who is expected, who is here, one button each."""
    now = timezone.now()
    session = session_to_run(request, pk)
    if not policies.may_see_roster(request.acting, session, now):
        return shut_list(request, session, now)
    everybody = queries.roster(session, by=request.acting)
    tab, query = _tab(request, session), private_query(request)
    shown = [row for row in everybody if _is_shown(row, tab, query, request.GET.get("just"))]
    seen = [row.sign_up.child_id for row in shown]
    checkin.log_roster_access(session, purpose="check_in", children=seen, by=request.acting, now=now)
    here = sum(row.status == STATUS.PRESENT for row in everybody)
    away = sum(row.status in (STATUS.EXCUSED, STATUS.ABSENT) for row in everybody)
    context = {
        "session": session,
        "version": session.version,
        "rows": shown,
        "just": request.GET.get("just", ""),
        "here": here,
        "away": away,
        "missing": len(everybody) - here - away,
        "total": len(everybody),
        "seats": _seats(everybody),
        "seats_height": 2 + 22 * -(-len(everybody) // 12),
        "query": query,
        "tab": tab,
        "tabs": _tabs(session, tab, everybody, here, away),
        "walk_in_open": now >= session.closes_at and session.status == Session.Status.SCHEDULED,
        "has_begun": now >= session.starts_at,
        "may_close": now >= session.ends_at and session.status == Session.Status.SCHEDULED,
        "is_closed": session.status == Session.Status.CLOSED,
        "may_reopen": session.sealed_at is None and policies.coordinates(request.acting, session),
    }
    response = render(request, "activities/roll.html", context)
    response["Permissions-Policy"] = permissions_policy(camera=not context["is_closed"])  # tickets are scanned here
    return response


def _tab(request: ActingRequest, session: Session) -> str:
    """Return which part of the list is asked for; nobody of a closed session is still expected."""
    tab = request.GET.get("tab", "")
    if session.status == Session.Status.CLOSED and tab in ("", "open"):
        return "all"
    return tab if tab in TABS else "open"


def _is_shown(row: RosterRow, tab: str, query: str, just: str | None) -> bool:
    """Whether a row stands on this tab; a search looks everywhere, what was just marked stays in place."""
    if query:
        code = query.replace(" ", "").upper()
        return query in row.name or code == row.sign_up.code or (row.phone_end != "" and row.phone_end.endswith(query))
    if just and str(row.sign_up.pk) == just:
        return True
    if tab == "home":
        return row.waits_for_pick_up
    wanted = {"open": ("",), "here": (STATUS.PRESENT,), "away": (STATUS.ABSENT, STATUS.EXCUSED)}
    return tab == "all" or row.status in wanted.get(tab, ("",))


def _tabs(session: Session, tab: str, rows: list[RosterRow], here: int, away: int) -> list[dict[str, Any]]:
    is_closed, total = session.status == Session.Status.CLOSED, len(rows)
    has_absent = is_closed or any(row.status == STATUS.ABSENT for row in rows)
    hands_over = not is_closed and any(row.hands_over for row in rows)
    labels = [
        *([] if is_closed else [("open", _("Not here yet"), total - here - away)]),
        ("here", _("Here"), here),
        *([("home", _("To hand over"), sum(row.waits_for_pick_up for row in rows))] if hands_over else []),
        ("away", _("Excused or absent") if has_absent else _("Excused"), away),
        ("all", pgettext("list", "All"), total),
    ]
    address = reverse("activities:check-in", args=[session.pk])
    return [
        {"url": f"{address}?tab={key}", "label": label, "count": count, "current": key == tab}
        for key, label, count in labels
    ]


def _seats(rows: list[RosterRow]) -> list[dict[str, Any]]:
    """The seats of the picture, twelve in a row: who is here first, the excused last."""
    kinds = {STATUS.PRESENT: "in", "": "", STATUS.EXCUSED: "off", STATUS.ABSENT: "off"}
    drawn = sorted((kinds[row.status] for row in rows), key=["in", "", "off"].index)
    return [{"kind": kind, "x": 10 + 20 * (i % 12), "y": 11 + 22 * (i // 12)} for i, kind in enumerate(drawn)]


def _back(session_id: int, just: int | None = None, tab: str = "open") -> HttpResponse:
    address = reverse("activities:check-in", args=[session_id])
    return redirect(f"{address}?tab={tab}&just={just}#s{just}" if just else f"{address}?tab={tab}")


@view(signed_in, methods=["POST"])
def mark(request: ActingRequest, pk: int, sign_up: int, verb: str) -> HttpResponse:
    """Mark one child as here, excused or absent, or take the mark back."""
    now = timezone.now()
    session = session_to_run(request, pk)
    require(policies.may_see_roster(request.acting, session, now))
    row = get_object_or_404(SignUp.objects.filter(session=session), pk=sign_up)
    tab = request.POST.get("tab", "open")
    try:
        if verb == "undo":
            checkin.undo(row, by=request.acting, now=now)
        else:
            checkin.mark(row, verb, by=request.acting, now=now)
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    return _back(session.pk, row.pk, tab if tab in TABS else "open")


@view(signed_in, methods=["POST"])
def mark_missing(request: ActingRequest, pk: int) -> HttpResponse:
    """Mark everybody who is missing as absent, with one tap."""
    now = timezone.now()
    session = session_to_run(request, pk)
    require(policies.may_see_roster(request.acting, session, now))
    try:
        n = checkin.mark_missing(session, by=request.acting, now=now)
        words = ngettext("%(n)s child is marked as absent.", "%(n)s children are marked as absent.", n)
        messages.success(request, words % {"n": n})
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    return redirect("activities:close", pk=session.pk)


@view(signed_in, methods=["GET", "POST"])
@never_cache
def walk_in(request: ActingRequest, pk: int) -> HttpResponse:
    """Give a free place to a child that is there; the family is found by what the guardian says, nothing is listed."""
    now = timezone.now()
    session = session_to_run(request, pk)
    require(policies.may_see_roster(request.acting, session, now))
    form, text = WalkInForm(posted(request)), consents.to_ask(Purpose.SIGN_UP, today(now))
    if request.method == "POST" and form.is_valid():
        try:
            if (row := _let_in(request, session, form, now)) is not None:
                return _back(session.pk, row.pk)
            form.add_error(None, _("No family with this phone and name. Ask the guardian to add the child first."))
        except eligibility.NotEligible as refusal:
            form.add_error(None, refusal.at_the_door)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    form.stand_beside(text)
    context = {"session": session, "version": session.version, "form": form, "text": text}
    return render(request, "activities/walk_in.html", context, status=422 if form.is_bound else 200)


def _let_in(request: ActingRequest, session: Session, form: WalkInForm, now: datetime) -> SignUp | None:
    """Find the family that the form names and check its child in; nothing if there is no such family."""
    given, by = form.cleaned_data, request.acting
    found = checkin.look_up(session, phone=given["phone"], name=given["name"], by=by, now=now)
    if found is None:
        return None
    guardian, child = found
    return checkin.walk_in(
        session,
        child,
        guardian=guardian,
        by=by,
        now=now,
        submission_id=given["submission_id"],
        signed=consents.on_page(Purpose.SIGN_UP, given["agrees_to"]) if given["agreed"] else None,
    )


@view(signed_in, methods=["GET", "POST"])
@never_cache
def close(request: ActingRequest, pk: int) -> HttpResponse:
    """Show who is missing, then end the session."""
    now = timezone.now()
    session = session_to_run(request, pk)
    form = CloseForm(posted(request), asks_collected=bool(handover.still_here(session)))
    if request.method == "POST" and form.is_valid():
        try:
            collected = form.cleaned_data.get("all_collected", False)
            lifecycle.close(session, by=request.acting, now=now, all_collected=collected)
            messages.success(request, _("Closed. The attendance goes into the report."))
        except DomainError as refusal:
            messages.warning(request, str(refusal))
        return _back(session.pk, tab="all")
    rows = queries.roster(session) if policies.may_see_roster(request.acting, session, now) else []
    missing, still_here = [row for row in rows if not row.status], [row for row in rows if row.waits_for_pick_up]
    if seen := [row.sign_up.child_id for row in (*missing, *still_here)]:
        checkin.log_roster_access(session, purpose="check_in", children=seen, by=request.acting, now=now)
    context = {
        "session": session,
        "version": session.version,
        "form": form,
        "missing": missing,
        "still_here": still_here,
        "here": sum(row.status == STATUS.PRESENT for row in rows),
        "is_over": now >= session.ends_at,
        "has_begun": now >= session.starts_at,
    }
    return render(request, "activities/close.html", context, status=422 if form.is_bound else 200)


@view(signed_in, methods=["GET", "POST"])
def reopen(request: ActingRequest, pk: int) -> HttpResponse:
    """Open a closed session again, with a reason."""
    session = session_to_run(request, pk)
    require(policies.coordinates(request.acting, session))
    form = ReopenForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            lifecycle.reopen(session, by=request.acting, now=timezone.now(), reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            messages.warning(request, str(refusal))
        return _back(session.pk, tab="all")
    context = {"session": session, "version": session.version, "form": form}
    return render(request, "activities/reopen.html", context, status=422 if form.is_bound else 200)
