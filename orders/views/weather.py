"""Bad weather: see whom the sessions of a day concern, call off those that cannot take place, or move them."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.access import view
from core.forms import posted
from core.time import today
from orders import moving, policies, weather
from orders.forms import AnswerForm, CallOffForm, DayForm, MoveForm
from orders.weather import Outcome
from organisations.acting import ActingRequest
from organisations.models import Region


@view(policies.calls_off, methods=("GET", "POST"))
def bad_weather(request: ActingRequest) -> HttpResponse:
    """Choose a day and an area, read what it would mean, and call the chosen sessions off in one act."""
    now, by = timezone.now(), request.acting
    form = CallOffForm(posted(request))
    chosen = DayForm(request.GET)
    day, region, _to = _where(chosen, today(now))
    outcomes: Sequence[Outcome] = []
    if form.is_valid():
        outcomes = weather.call_off(form.cleaned_data["sessions"], by=by, now=now, reason=form.cleaned_data["reason"])
    everything = weather.rows_on(by, day, now)
    rows = [row for row in everything if region is None or row.planned.order.region.is_within(region)]
    context: dict[str, Any] = {
        "form": form,
        "day": day,
        "region": region,
        "areas": weather.areas_of(everything),
        "rows": rows[: weather.MOST],
        "more": len(rows) - weather.MOST,
        "outcomes": outcomes,
        "new": [row for row in rows if row.planned.pk not in form.shown] if outcomes else [],
        "picked": form.picked if form.errors else None,
        "may_move": policies.proposes_dates(request),
    }
    return render(request, "orders/weather.html", context, status=422 if form.errors else 200)


@view(policies.proposes_dates, methods=("GET", "POST"))
def move(request: ActingRequest) -> HttpResponse:
    """Choose the day to move to, read what stands against each session, and propose the chosen ones in one act."""
    now, by = timezone.now(), request.acting
    day, region, to = _where(DayForm(request.GET), today(now))
    form = MoveForm(posted(request), initial={"to": to})
    outcomes: Sequence[Outcome] = []
    if form.is_valid():
        sent = form.cleaned_data
        outcomes = moving.propose(
            sent["sessions"], to=sent["to"], by=by, now=now, note=sent["note"], act=sent["submission_id"]
        )
    everything = moving.wishes(by, day, to, now) if to and to != day else []
    wishes = [one for one in everything if region is None or one.row.planned.order.region.is_within(region)]
    if outcomes:
        done = {one.planned.pk for one in outcomes}
        wishes = [one for one in wishes if one.row.planned.pk not in done]
    context: dict[str, Any] = {
        "form": MoveForm(initial={"to": to}) if outcomes else form,  # another act has a number of its own
        "day": day,
        "to": to,
        "region": region,
        "areas": weather.areas_of(one.row for one in everything),
        "wishes": wishes[: weather.MOST],
        "more": len(wishes) - weather.MOST,
        "can_any": any(not one.problems for one in wishes[: weather.MOST]),
        "outcomes": outcomes,
        "picked": form.picked if form.errors else None,
    }
    return render(request, "orders/weather_move.html", context, status=422 if form.errors else 200)


@view(policies.proposes_dates)
def moves(request: ActingRequest) -> HttpResponse:
    """List the proposed moves of a day, to be answered together."""
    return _moves(request, AnswerForm(), [])


@view(policies.proposes_dates, methods=("POST",))
def agree(request: ActingRequest) -> HttpResponse:
    """Take the new dates of the chosen sessions in one act."""
    return _answer(request, moving.agree)


@view(policies.proposes_dates, methods=("POST",))
def decline(request: ActingRequest) -> HttpResponse:
    """Keep the dates of the chosen sessions in one act."""
    return _answer(request, moving.decline)


def _answer(request: ActingRequest, function: Callable[..., list[Outcome]]) -> HttpResponse:
    form = AnswerForm(posted(request))
    outcomes: list[Outcome] = []
    if form.is_valid():
        act = form.cleaned_data["submission_id"]
        outcomes = function(form.cleaned_data["proposals"], by=request.acting, now=timezone.now(), act=act)
    return _moves(request, form, outcomes)


def _moves(request: ActingRequest, form: AnswerForm, outcomes: Sequence[Outcome]) -> HttpResponse:
    now = timezone.now()
    day, _region, _to = _where(DayForm(request.GET), today(now))
    rows = moving.proposals_on(request.acting, day, now)
    context: dict[str, Any] = {
        "form": AnswerForm() if outcomes else form,  # another act has a number of its own
        "day": day,
        "waiting": [one for one in rows if not one.is_mine][: weather.MOST],
        "mine": [one for one in rows if one.is_mine],
        "outcomes": outcomes,
        "picked": form.picked if form.errors else None,
    }
    return render(request, "orders/weather_moves.html", context, status=422 if form.errors else 200)


def _where(form: DayForm, on: date) -> tuple[date, Region | None, date | None]:
    """Return the day that was asked for, else today; the area, if there is one of that code; the day to move to."""
    form.is_valid()
    asked = form.cleaned_data
    code = asked.get("region", "")
    return asked.get("day") or on, Region.objects.filter(pk=code).first() if code else None, asked.get("to")
