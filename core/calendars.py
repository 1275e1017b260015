"""Dates as a calendar file (RFC 5545): what a phone subscribes to or takes in. Knows no domain noun."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from core.site import site_name
from core.time import local

if TYPE_CHECKING:
    from icalendar import Event

TYPE = "text/calendar; charset=utf-8"
_ZONES_SINCE = date(2020, 1, 1)  # the city's zone has not changed since; older rules would only make files longer


@dataclass(frozen=True)
class Entry:
    """One date. ``key`` stays the same for ever, ``sequence`` rises with each change of time, place or status."""

    key: str
    title: str
    place: str
    path: str
    starts_at: datetime
    ends_at: datetime
    sequence: int
    changed_at: datetime
    is_cancelled: bool = False


def file_of(entries: Iterable[Entry]) -> bytes:
    """Return the entries as a calendar with the city's time zone; the same entries make the same bytes."""
    from icalendar import Calendar  # late: it costs a fifth of a second to load

    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME['en']}//calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", site_name())
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry))
    calendar.add_missing_timezones(first_date=_ZONES_SINCE)
    return calendar.to_ical()  # type: ignore[no-any-return]


def _event(entry: Entry) -> "Event":
    from icalendar import Event

    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    event = Event()
    event.add("uid", f"{entry.key}@{host}")
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.sequence)
    event.add("dtstart", local(entry.starts_at))
    event.add("dtend", local(entry.ends_at))
    event.add("summary", entry.title)
    if entry.place:
        event.add("location", entry.place)
    event.add("url", f"{settings.SITE_URL}{entry.path}")
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    return event


def answer(request: HttpRequest, entries: Iterable[Entry], *, name: str) -> HttpResponseBase:
    """Return the file, or 304 to who has these very bytes. It is for its reader alone and says nothing about today."""
    content = file_of(entries)
    etag = quote_etag(hashlib.sha256(content).hexdigest())
    response = HttpResponse(content, content_type=TYPE)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = "private, no-cache"
    response["ETag"] = etag
    response["X-Robots-Tag"] = "noindex"
    found = get_conditional_response(request, etag=etag, response=response)
    assert found is not None
    return found
