import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.template import Context, engines
from django.utils import translation

from core import formats
from tests.architecture import guards

START = datetime(2026, 11, 28, 1, 30, tzinfo=UTC)  # Saturday 09:30 in the city
END = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 28, 17, 0, tzinfo=UTC)  # Sunday 01:00 in the city


def render(source: str, *, autoescape: bool = True, **context) -> str:
    template = engines["django"].from_string(source).template
    return template.render(Context(context, autoescape=autoescape))


@pytest.fixture(autouse=True)
def _in_2026():
    with time_machine.travel(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), tick=False):
        yield


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh-hans", "11月28日（周六）09:30–11:00"),
        ("en", "Sat 28 Nov 2026, 09:30–11:00"),
    ],
)
def test_period_in_text_names_day_and_both_times(language, expected):
    with translation.override(language):
        assert formats.period_text(START, END) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh-hans", "11月28日（周六）09:30 – 11月29日（周日）01:00"),
        ("en", "Sat 28 Nov 2026, 09:30 – Sun 29 Nov 2026, 01:00"),
    ],
)
def test_period_past_midnight_names_both_days(language, expected):
    with translation.override(language):
        assert formats.period_text(START, NIGHT) == expected
        html = render("{% period a b %}", a=START, b=NIGHT)
    assert html.count("<time") == 4


def test_day_of_another_year_names_the_year_in_chinese():
    with translation.override("zh-hans"):
        assert formats.day_text(date(2027, 1, 2)) == "2027年1月2日（周六）"
        assert formats.day_text(date(2026, 1, 2)) == "1月2日（周五）"


def test_day_of_a_moment_is_the_citys_day():
    assert formats.day_text(NIGHT) == "Sun 29 Nov 2026"


def test_period_in_a_page_keeps_day_and_time_unbreakable():
    with translation.override("zh-hans"):
        html = render("{% period a b %}", a=START, b=END)

    assert html == (
        '<time class="nowrap" datetime="2026-11-28">11月28日（周六）</time><wbr>'
        '<time class="nowrap" datetime="2026-11-28T09:30+08:00">09:30–11:00</time>'
    )


def test_filters_in_a_page_write_elements():
    assert render("{{ a|day }}", a=START) == '<time class="nowrap" datetime="2026-11-28">Sat 28 Nov 2026</time>'
    assert ', <time class="nowrap" datetime="2026-11-28T09:30+08:00">09:30</time>' in render("{{ a|daytime }}", a=START)


def test_filters_without_autoescape_write_plain_text():
    html = render("{{ a|day }} / {{ a|daytime }} / {% period a b %}", autoescape=False, a=START, b=END)

    assert html == "Sat 28 Nov 2026 / Sat 28 Nov 2026, 09:30 / Sat 28 Nov 2026, 09:30–11:00"


def test_text_filters_write_plain_text_everywhere():
    html = render("{{ a|day_text }} / {{ a|daytime_text }} / {{ a|period_text:b }} / {{ a|clock }}", a=START, b=END)

    assert html == "Sat 28 Nov 2026 / Sat 28 Nov 2026, 09:30 / Sat 28 Nov 2026, 09:30–11:00 / 09:30"


def test_nothing_is_written_for_no_moment():
    filters = ["day", "daytime", "clock", "day_text", "daytime_text", "period_text:a"]

    assert render("".join(f"{{{{ a|{name} }}}}" for name in filters) + "{% period a a %}", a=None) == ""


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+8613812341234", "138 1234 1234"),
        ("13812341234", "138 1234 1234"),
        ("02226390000", "022-2639 0000"),
        ("022-0000 0000", "022-0000 0000"),
        ("110", "110"),
        (None, ""),
    ],
)
def test_a_phone_number_is_read_in_groups(number, shown):
    assert render("{{ number|phone_text }}", number=number) == shown


def test_no_page_and_no_message_shows_a_number_as_it_is_stored():
    """Eleven digits in a row are misread at the telephone; only an address (``tel:``) takes them."""
    raw = re.compile(r"(?<!tel:)\{\{ *([\w.]*phone) *\}\}")
    shown = {
        (path, name)
        for path, text in guards.templates()
        for name in raw.findall(text)
        if name != "frame.phone" and not re.search(r"\bphone=(?:frame\.phone|\w+\|phone_text)", text)
    }

    assert shown == set()
