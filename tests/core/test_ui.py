from datetime import date

import pytest
from django.template import TemplateSyntaxError, engines
from django.utils import translation

from core.templatetags import figures, ui

HOSTILE = '<script>alert("x")</script>'
NEW_ORDER = ["todo", "now", "done", "todo", "todo"]


def render(source: str, **context) -> str:
    return engines["django"].from_string(source).render(context)


def test_money_writes_symbol_and_places():
    assert render("{{ m|money }} {{ m|money_plain }} {{ m|money:'JPY' }}", m=640000) == "¥6,400.00 6,400.00 JP¥640,000"


def test_money_of_nothing_is_nothing():
    assert render("{{ m|money }}{{ m|money_plain }}", m=None) == ""


@pytest.mark.parametrize(
    ("name", "expected"), [("李小明", "李**"), ("  Ann ", "A**"), ("𠮷田", "𠮷**"), ("", "**"), (None, "**")]
)
def test_masked_keeps_only_the_first_sign(name, expected):
    assert render("{{ name|masked }}", name=name) == expected
    assert render("{% person_name name %}", name=name) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "北辰区", '<span lang="zh-Hans">北辰区</span>'),
        ("en", "<b>𠮷", '<span lang="zh-Hans">&lt;b&gt;𠮷</span>'),
        ("en", "Ann & <b>", "Ann &amp; &lt;b&gt;"),
        ("zh-hans", "北辰区", "北辰区"),
    ],
)
def test_as_written_marks_chinese_on_pages_of_another_language(language, text, expected):
    with translation.override(language):
        assert render("{{ text|as_written }}", text=text) == expected


def test_badge_shows_icon_and_escaped_words():
    html = render("{% badge text 'warn' 'people' %}", text=HOSTILE)

    assert html.startswith('<span class="badge badge-warn"><svg class="icon"')
    assert "#i-people" in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_badge_with_a_ring_shows_whose_turn_it_is():
    html = render("{% badge 'Waiting' 'info' ring=states big=True %}", states=NEW_ORDER)

    assert 'class="badge badge-info badge-big"' in html
    assert html.count("<path") == 5


def test_badge_without_tone_is_neutral():
    assert render("{% badge 'Draft' %}") == '<span class="badge">Draft</span>'


def test_badge_of_an_unknown_tone_is_refused():
    with pytest.raises(TemplateSyntaxError, match="no tone 'purple'"):
        ui.badge("x", "purple")


def test_theme_label_escapes_its_name():
    assert render("{% theme_label 'law' name %}", name="<b>") == '<span class="theme theme-law">&lt;b&gt;</span>'


def test_icon_is_decoration_unless_it_has_words():
    assert 'aria-hidden="true"' in render("{% icon 'people' %}")
    assert 'role="img" aria-label="a &quot;b&quot;"' in render("{% icon 'people' title %}", title='a "b"')


def test_emblem_comes_from_the_sprite():
    assert "icons.svg#emblem" in render("{% emblem %}")


def test_ring_has_five_arcs_from_the_top_clockwise():
    html = figures.ring(NEW_ORDER)

    assert [part.split('"')[0] for part in html.split('class="')[2:]] == NEW_ORDER
    assert '<path class="todo" d="M6.06 3.04A8 8 0 0 1 13.94 3.04"/>' in html
    assert '<path class="now" d="M15.40 4.10A8 8 0 0 1 17.84 11.59"/>' in html
    assert '<path class="todo" d="M2.16 11.59A8 8 0 0 1 4.60 4.10"/>' in html


def test_ring_of_a_list_is_larger():
    assert 'class="ring ring-m"' in figures.ring(NEW_ORDER, size="m")


@pytest.mark.parametrize("states", [["done"] * 4, ["done"] * 6, ["lit", "done", "done", "done", "done"], [HOSTILE] * 5])
def test_ring_of_other_than_five_states_is_refused(states):
    with pytest.raises(TemplateSyntaxError, match="five states"):
        figures.ring(states)


def test_loop_in_chinese_has_one_sign_a_circle():
    with translation.override("zh-hans"):
        html = figures.loop(["now", "done", "done", "todo", "todo"], "轮到团委", "第 3 步")

    assert '<circle class="node now" cx="88.0" cy="22.0" r="20"/><text x="88.0" y="29.5">买</text>' in html
    assert '<circle class="node done" cx="150.8" cy="67.6" r="17"/><text x="150.8" y="73.8">做</text>' in html
    assert '<path class="arc done" d="M109.49 25.60A66 66 0 0 1 140.71 48.28"/>' in html
    assert html.count('class="arc done"') == 2
    assert 'aria-label="五步环；已完成：做、点；现在轮到：买"' in html


def test_loop_in_english_has_words_in_pills():
    html = figures.loop(["now", "done", "done", "todo", "todo"], "League", "step 3 of 5")

    assert '<rect class="node now" x="73.0" y="9.0" width="62" height="30" rx="15"/>' in html
    assert ">Cook</text>" in html
    assert 'class="loop loop-words"' in html
    assert 'aria-label="Loop of five verbs; done: Cook, Order; now: Buy"' in html


def test_loop_escapes_what_stands_in_its_middle():
    html = figures.loop(["todo"] * 5, HOSTILE, HOSTILE)

    assert "<script>" not in html
    assert 'aria-label="Loop of five verbs"' in html


def test_bar_places_each_part_after_the_one_before():
    html = render(
        "{% bar parts 40000 label %}",
        parts=[("paid", 14000), ("payable", 3600), ("committed", 12800), ("this", 6400), ("available", 3200)],
        label=HOSTILE,
    )

    assert '<rect class="m-payable" x="35.00%" width="9.00%" height="100%"/>' in html
    assert '<rect class="m-available" x="92.00%" width="8.00%" height="100%"/>' in html
    assert html.count("<line") == 4
    assert "<script>" not in html
    assert 'role="img"' in html
    assert "style=" not in html


def test_bar_takes_mappings_and_dicts_and_leaves_out_nothings():
    by_mapping = figures.bar({"paid": 1, "payable": 0, "this": 1}, 4)

    assert by_mapping == figures.bar([{"kind": "paid", "amount": 1}, {"kind": "this", "amount": 1}], 4)
    assert 'aria-hidden="true"' in by_mapping
    assert "m-payable" not in by_mapping


def test_bar_never_passes_its_end():
    assert figures.bar_widths([60, 60, -5], 100) == [(0.0, 60.0), (60.0, 40.0), (100.0, 0.0)]
    assert figures.bar_widths([5], 0) == [(0.0, 0.0)]
    assert 'class="bar bar-thin"' in figures.bar({"paid": 5}, 0, thin=True)


def test_fill_says_how_full_in_words_too():
    html = figures.fill(17, 24)

    assert 'aria-label="17 of 24 taken"' in html
    assert 'width="70.83%"' in html
    assert "17 / 24" in html


@pytest.mark.parametrize(("done", "of", "lit", "shown"), [(0, 8, 0, 8), (3, 8, 3, 8), (20, 40, 5, 10), (0, 0, 0, 0)])
def test_pips_show_each_session_up_to_ten(done, of, lit, shown):
    html = figures.pips(done, of)

    assert html.count('class="on"') == lit
    assert html.count("<rect") == shown
    assert f"{done} / {of}" in html


def test_cover_and_plate_follow_theme_and_number():
    assert "covers.svg#cover-law-c" in figures.cover("law", 2)
    assert "covers.svg#cover-law-d" in figures.cover("law", 3)
    assert "covers.svg#plate-book" in figures.plate("law", 3)
    assert 'alt="" width="96" height="96"' in figures.plate("law", 3, 96)


def test_cover_of_an_unknown_theme_is_still_a_cover():
    assert "covers.svg#cover-practice-a" in figures.cover("<none>", 0)


@pytest.mark.parametrize(("mean", "lit"), [(4.8, 5), (4.5, 5), (4.4, 4), (0, 0), (1, 1)])
def test_stars_round_to_whole_ones_and_say_the_mean(mean, lit):
    html = figures.stars(mean)

    assert html.count('class="icon off"') == 5 - lit
    assert f'aria-label="{mean:.1f} of 5 stars"' in html


def test_stars_of_nobody_are_nothing():
    assert figures.stars(None) == ""


def test_distribution_goes_from_five_to_one():
    html = figures.distribution({5: 53, 4: 8, 3: 1, 2: 1})

    assert html.index("Very good") < html.index("Very poor")
    assert 'width="84.1%"' in html
    assert html == figures.distribution([0, 1, 1, 8, 53])


def test_distribution_of_nobody_is_empty():
    assert figures.distribution({}).count('width="0.0%"') == 5


def test_a_heading_keeps_a_year_with_its_number_and_escapes_what_people_wrote():
    html = render("{{ text|unbroken }}", text="<b>2026 年青少年专项资金（1月1日起）")

    assert html == (
        '&lt;b&gt;<span class="nowrap">2026 年</span>青少年专项资金（<span class="nowrap">1月1日</span>起）'
    )
    assert render("{{ text|unbroken }}", text="Youth services fund 2026") == "Youth services fund 2026"


def test_a_long_day_is_in_one_piece():
    with translation.override("zh-hans"):
        html = render("{{ day|long_day }}{{ none|long_day }}", day=date(2026, 1, 1), none=None)

    assert html == '<time class="nowrap" datetime="2026-01-01">2026年1月1日</time>'
