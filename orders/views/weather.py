"""Bad weather: see whom the sessions of a day concern, and call off those that cannot take place."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.access import view
from core.forms import posted
from core.time import today
from orders import policies, weather
from orders.forms import CallOffForm, DayForm
from organisations.acting import ActingRequest
from organisations.models import Region


@view(policies.calls_off, methods=("GET", "POST"))
def bad_weather(request: ActingRequest) -> HttpResponse:
    """Choose a day and an area, read what it would mean, and call the chosen sessions off in one act."""
    now, by = timezone.now(), request.acting
    form = CallOffForm(posted(request))
    chosen = DayForm(request.GET)
    day, region = _where(chosen, today(now))
    outcomes = []
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
        "chosen": chosen,
    }
    return render(request, "orders/weather.html", context, status=422 if form.errors else 200)


def _where(form: DayForm, on: date) -> tuple[date, Region | None]:
    """Return the day that was asked for, else today, and the area, if there is one of that code."""
    asked = form.cleaned_data if form.is_valid() else {}
    code = asked.get("region", "")
    return asked.get("day") or on, Region.objects.filter(pk=code).first() if code else None
