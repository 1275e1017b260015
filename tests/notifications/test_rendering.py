"""Messages become words in the reader's language, as plain text."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines

from notifications import rendering
from notifications.models import Message


@pytest.fixture
def template(monkeypatch, settings, tmp_path):
    """Write a template of the kind ``sample``."""

    def write(text: str) -> None:
        folder = tmp_path / "notifications" / "messages"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sample.txt").write_text(text, encoding="utf-8")
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]

    return write


def message(**context) -> Message:
    return Message(kind="sample", context=rendering.encode(context), path="/my/")


def test_render_takes_the_first_line_as_subject(template):
    template("{{ title }}\n\nBody of {{ title }}\n{{ path }}\n")

    assert rendering.render(message(title="A & <b>"), "en") == rendering.Rendered("A & <b>", "Body of A & <b>\n/my/")


def test_render_keeps_a_subject_on_one_line_whatever_the_title_holds(template):
    template("{{ title }}\n\nBody\n")

    assert "\n" not in rendering.render(message(title="A\r\nBcc: x@example.test"), "en").subject


def test_render_does_not_run_what_a_title_says(template):
    template("{{ title }}\n\nBody\n")

    assert rendering.render(message(title="{{ path }} %(x)s {0}"), "en").subject == "{{ path }} %(x)s {0}"


@pytest.mark.parametrize(("language", "title"), [("en", "Spot the mistake"), ("zh-hans", "安全找茬")])
def test_render_picks_the_title_of_the_readers_language(template, language, title):
    template("{{ title }}\n\n{% translate 'News for you' %}")

    words = rendering.render(message(title="安全找茬", title_en="Spot the mistake"), language)

    assert words.subject == title
    assert words.body == {"en": "News for you", "zh-hans": "你有新的消息"}[language]


def test_render_without_an_english_title_keeps_the_chinese_one(template):
    template("{{ title }}\n\nBody")

    assert rendering.render(message(title="安全找茬", title_en=""), "en").subject == "安全找茬"


def test_render_shows_moments_on_the_citys_clock(template):
    template("{{ at|date:'Y-m-d H:i' }} {{ on|date:'Y-m-d' }}\n\nBody")

    words = rendering.render(message(at=datetime(2026, 11, 28, 1, 30, tzinfo=UTC), on=date(2026, 11, 28)), "en")

    assert words.subject == "2026-11-28 09:30 2026-11-28"


def test_render_of_an_unknown_kind_points_to_the_page():
    assert rendering.render(Message(kind="gone", context={}, path="/my/"), "en").subject == "News for you"


def test_every_message_template_renders_in_both_languages_and_names_nobody():
    files = [
        f for app in settings.OUR_APPS for f in Path(settings.BASE_DIR, app).glob("templates/notifications/messages/*")
    ]
    engines["django"]  # the project's own engine, with its built-in tags

    for file in files:
        text = file.read_text(encoding="utf-8")
        named = re.findall(r"{{\s*(\w*(?:child|guardian|family|youth|participant|parent)\w*)[\s|}]", text)
        assert [name for name in named if name != "children"] == [], file
        given = {"words": "What staff wrote.", **dict.fromkeys(re.findall(r"count\s+\w+=(\w+)", text), 2)}
        for language in ["en", "zh-hans"]:
            words = rendering.render(Message(kind=file.stem, context=given, path="/my/"), language)
            assert words.subject, file
            assert words.body, file
