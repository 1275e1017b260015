"""Days, times and phone numbers as people write them: ``11月28日（周六）09:30–11:00``, ``Sat 28 Nov 2026``."""

import re
from datetime import date, datetime

from django.utils import dateformat, timezone, translation

from core.time import local, today

_ZH_WEEKDAYS = "一二三四五六日"
_MOBILE = re.compile(r"^(?:\+86)?(1[3-9]\d)(\d{4})(\d{4})$")
_LANDLINE = re.compile(r"^(?:\+86|0)(10|2\d|[3-9]\d{2})(\d{3,4})(\d{4})$")


def in_chinese() -> bool:
    """Tell whether the page is being written in Chinese."""
    return (translation.get_language() or "").startswith("zh")


def _date(moment: date) -> date:
    return today(moment) if isinstance(moment, datetime) else moment


def day_text(moment: date) -> str:
    """Return the day with its weekday. Chinese names the year only where it is not this year."""
    day = _date(moment)
    if not in_chinese():
        return dateformat.format(day, "D j M Y")
    year = "" if day.year == today(timezone.now()).year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日（周{_ZH_WEEKDAYS[day.weekday()]}）"


def clock_text(moment: datetime) -> str:
    """Return what the city's clock shows: ``09:30``."""
    return f"{local(moment):%H:%M}"


def between_day_and_time() -> str:
    """Return what stands between a day and a time: nothing after a Chinese bracket, a comma in English."""
    return "" if in_chinese() else ", "


def daytime_text(moment: datetime) -> str:
    """Return the day and the time."""
    return day_text(moment) + between_day_and_time() + clock_text(moment)


def times_text(start: datetime, end: datetime) -> str:
    """Return from when to when on one day: ``09:30–11:00``."""
    return f"{clock_text(start)}–{clock_text(end)}"


def period_text(start: datetime, end: datetime) -> str:
    """Return the day with both times; both days where the period goes past midnight."""
    if today(start) != today(end):
        return f"{daytime_text(start)} – {daytime_text(end)}"
    return day_text(start) + between_day_and_time() + times_text(start, end)


def phone_text(number: str) -> str:
    """Return a phone number in groups, as people here read it aloud: ``138 0000 1111``, ``022-2639 0000``.

    Numbers of other countries, and what a city wrote in its own way, stay as they are.
    """
    if mobile := _MOBILE.match(number):
        return " ".join(mobile.groups())
    if landline := _LANDLINE.match(number):
        area, head, tail = landline.groups()
        return f"0{area}-{head} {tail}"
    return number
