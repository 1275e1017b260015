"""Calendar files that phones understand: RFC 5545, the same bytes for the same dates, 304 for who has them."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory
from icalendar import Calendar, Event

from core import calendars
from core.calendars import Entry
from core.logs import SecretsFilter

STARTS = datetime(2026, 11, 28, 1, 30, tzinfo=UTC)
ENTRY = Entry(
    key="session-7",
    title="青春，菜单; 第二行\n结束",
    place="活动室 示范路1号",
    path="/sessions/7/",
    starts_at=STARTS,
    ends_at=STARTS + timedelta(minutes=90),
    sequence=2,
    changed_at=datetime(2026, 11, 20, 4, 0, 1, 999, tzinfo=UTC),
)


def parsed(*entries: Entry) -> tuple[Calendar, list[Event]]:
    calendar = Calendar.from_ical(calendars.file_of(entries))
    return calendar, calendar.walk("VEVENT")


def test_an_event_says_what_where_and_when_on_the_citys_clock():
    _calendar, [event] = parsed(ENTRY)

    assert event["SUMMARY"] == ENTRY.title
    assert event["LOCATION"] == ENTRY.place
    assert event["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert event.start == STARTS
    assert event.end == ENTRY.ends_at
    assert event["UID"].startswith("session-7@")
    assert event["URL"].endswith("/sessions/7/")
    assert (event["SEQUENCE"], event["STATUS"]) == (2, "CONFIRMED")


def test_the_calendar_brings_its_time_zone_and_names_its_maker():
    calendar, _events = parsed(ENTRY)

    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert calendar["PRODID"]
    assert calendar.get_missing_tzids() == set()


def test_lines_are_folded_and_end_as_the_standard_says():
    content = calendars.file_of([replace(ENTRY, title="很长的题目" * 30)])

    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    assert content.endswith(b"END:VCALENDAR\r\n")


def test_moments_of_change_come_from_the_data_so_that_the_bytes_stay_the_same(time_machine):
    time_machine.move_to(STARTS)
    before = calendars.file_of([ENTRY])
    time_machine.move_to(STARTS + timedelta(days=3))

    assert calendars.file_of([ENTRY]) == before
    assert b"DTSTAMP:20261120T040001Z" in before
    assert b"LAST-MODIFIED:20261120T040001Z" in before


def test_what_was_called_off_says_so_and_a_place_may_be_unknown():
    _calendar, [event] = parsed(replace(ENTRY, is_cancelled=True, place=""))

    assert event["STATUS"] == "CANCELLED"
    assert "LOCATION" not in event


def test_no_dates_are_a_calendar_too():
    calendar, events = parsed()

    assert events == []
    assert calendar["VERSION"] == "2.0"


def test_who_has_the_same_bytes_is_told_so():
    first = calendars.answer(RequestFactory().get("/"), [ENTRY], name="a.ics")
    request = RequestFactory().get("/", headers={"If-None-Match": first["ETag"]})

    again = calendars.answer(request, [ENTRY], name="a.ics")
    moved = calendars.answer(request, [replace(ENTRY, sequence=3)], name="a.ics")

    assert (first.status_code, again.status_code, moved.status_code) == (200, 304, 200)
    assert again.content == b""
    assert first["Cache-Control"] == again["Cache-Control"] == "private, no-cache"
    assert first["Content-Type"] == "text/calendar; charset=utf-8"


@pytest.mark.parametrize(
    ("line", "args", "shown"),
    [
        ("Not Found: %s", ("/calendar/s3cret-_x.ics",), "Not Found: /calendar/***"),
        ("Not Found: /invitations/s3cret/", (), "Not Found: /invitations/***/"),
        ("Forbidden: %s", ("/my/youth/s3cret/",), "Forbidden: /my/youth/***/"),
        ("Not Found: %s", ("/sessions/7/",), "Not Found: /sessions/7/"),
    ],
)
def test_no_log_line_holds_the_secret_of_an_address(line, args, shown):
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, line, args, None)

    assert SecretsFilter().filter(record)
    assert record.getMessage() == shown
