"""Words of the design system: money, days, names, badges. Built in to every template.

Days and times come as HTML with the day and the time each unbreakable; where autoescaping is off (mails, plain
texts) and from the ``..._text`` filters they come as plain text, which is also what belongs in an attribute.
"""

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.template import Context
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core import formats
from core import money as money_module
from core.templatetags.figures import icon as icon_svg
from core.templatetags.figures import ring as ring_svg
from core.time import local, today

register = template.Library()

_DATED = re.compile(r"((?:[0-9]+ ?[年月日号])+)")

TONES = frozenset({"info", "success", "warn", "danger", "queue", "neutral", "lit"})


@register.filter
def money(minor: int | None, currency: str = money_module.DEFAULT_CURRENCY) -> str:
    """Return an amount of minor units as people read it: ``¥6,400.00``; nothing for no amount."""
    return "" if minor is None else money_module.format_money(minor, currency)


@register.filter
def money_plain(minor: int | None, currency: str = money_module.DEFAULT_CURRENCY) -> str:
    """Return an amount for a table whose head names the currency: ``6,400.00``; nothing for no amount."""
    return "" if minor is None else money_module.format_plain(minor, currency)


def _day_html(moment: date) -> SafeString:
    day = today(moment) if isinstance(moment, datetime) else moment
    return format_html('<time class="nowrap" datetime="{}">{}</time>', day.isoformat(), formats.day_text(day))


def _clock_html(moment: datetime, shown: str) -> SafeString:
    return format_html(
        '<time class="nowrap" datetime="{}">{}</time>', local(moment).isoformat(timespec="minutes"), shown
    )


def _daytime_html(moment: datetime) -> SafeString:
    clock = _clock_html(moment, formats.clock_text(moment))
    return _day_html(moment) + _gap() + clock


def _gap() -> SafeString:
    return SafeString(formats.between_day_and_time() or "<wbr>")


@register.filter(needs_autoescape=True)
def day(moment: date | None, autoescape: bool = True) -> str:
    """Return the day: ``11月28日（周六）``."""
    if not moment:
        return ""
    return _day_html(moment) if autoescape else formats.day_text(moment)


@register.filter
def long_day(moment: date | None) -> str:
    """Return the day with its year, in one piece: ``2026年1月1日``."""
    if not moment:
        return ""
    found = today(moment) if isinstance(moment, datetime) else moment
    shown = date_format(found, "DATE_FORMAT")
    return format_html('<time class="nowrap" datetime="{}">{}</time>', found.isoformat(), shown)


@register.filter
def unbroken(text: object) -> SafeString:
    """Write a heading in which no year, month or day is torn from its number: ``2026年``."""
    parts = _DATED.split(str(text))
    pieces = (
        format_html('<span class="nowrap">{}</span>', part) if number % 2 else conditional_escape(part)
        for number, part in enumerate(parts)
    )
    return SafeString("".join(pieces))


@register.filter(needs_autoescape=True)
def daytime(moment: datetime | None, autoescape: bool = True) -> str:
    """Return the day and the time: ``11月28日（周六）09:30``."""
    if not moment:
        return ""
    return _daytime_html(moment) if autoescape else formats.daytime_text(moment)


@register.filter
def clock(moment: datetime | None) -> str:
    """Return the time on the city's clock: ``09:30``."""
    return formats.clock_text(moment) if moment else ""


@register.filter
def day_text(moment: date | None) -> str:
    """Return the day as plain text, for an attribute or a title."""
    return formats.day_text(moment) if moment else ""


@register.filter
def daytime_text(moment: datetime | None) -> str:
    """Return the day and the time as plain text, for an attribute or a title."""
    return formats.daytime_text(moment) if moment else ""


@register.filter
def period_text(start: datetime | None, end: datetime | None) -> str:
    """Return ``{{ start|period_text:end }}`` as plain text, for an attribute or a title."""
    return formats.period_text(start, end) if start and end else ""


@register.simple_tag(takes_context=True)
def period(context: Context, start: datetime | None, end: datetime | None) -> str:
    """Write from when to when: ``11月28日（周六）09:30–11:00``."""
    if not start or not end:
        return ""
    if not context.autoescape:
        return formats.period_text(start, end)
    if today(start) != today(end):
        return _daytime_html(start) + SafeString(" – ") + _daytime_html(end)
    return _day_html(start) + _gap() + _clock_html(start, formats.times_text(start, end))


@register.filter
def phone_text(number: str | None) -> str:
    """Return a phone number in groups, as people read it; an address (``tel:``) takes the number itself."""
    return formats.phone_text(number) if number else ""


@register.filter
def masked(name: str | None) -> str:
    """Return a person's name so that only who knows it recognises it: ``李**``."""
    return f"{name.strip()[0]}**" if name and name.strip() else "**"


@register.filter
def as_written(text: object) -> str:
    """Mark what people wrote in Chinese, such as a name, as Chinese where the page speaks another language."""
    has_hanzi = any("\u3400" <= sign <= "\u9fff" or sign >= "\U00020000" for sign in str(text))
    if has_hanzi and not (get_language() or "").startswith("zh"):
        return format_html('<span lang="zh-Hans">{}</span>', text)
    return conditional_escape(str(text))


@register.simple_tag
def person_name(name: str | None) -> str:
    """Write a masked name; for templates that say what they do."""
    return masked(name)


@register.simple_tag
def badge(text: str, tone: str = "neutral", icon: str = "", ring: Any = None, big: bool = False) -> SafeString:
    """Write a status: icon or ring, and words. ``tone`` is one of ``TONES``; it is never a link."""
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"A badge has no tone {tone!r}; choose one of {sorted(TONES)}.")
    classes = "badge" + ("" if tone == "neutral" else f" badge-{tone}") + (" badge-big" if big else "")
    sign = ring_svg(ring) if ring else icon_svg(icon) if icon else ""
    return format_html('<span class="{}">{}{}</span>', classes, sign, text)


@register.simple_tag
def theme_label(slug: str, name: str) -> SafeString:
    """Write a theme's name with its dot of colour."""
    return format_html('<span class="theme theme-{}">{}</span>', slug, name)
