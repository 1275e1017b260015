"""Amounts and reasons in words: tags of the money, and why a line has its amount, in both languages."""

from datetime import date

import pytest
from django.template import Context, Template
from django.utils import translation

from funding import settlements, wording
from funding.settlements import ProposedLine
from organisations.acting import clock
from tests.conftest import NOW
from tests.factories.funding import make_commitment, make_fund, make_line

pytestmark = pytest.mark.django_db


def render(source: str, **context) -> str:
    return Template("{% load funding_tags %}" + source).render(Context(context))


def a_line_of_the_pictures():
    """瑞景街道 of the pictures: 40,000 = 12,800 committed + 27,200 available."""
    line = make_line(4_000_000, fund=make_fund(5_000_000, name="青少年服务专项资金"))
    make_commitment(1_280_000, line=line)
    line.refresh_from_db()
    return line


def test_budget_bar_says_its_parts_in_words():
    html = render("{% budget_bar line %}", line=a_line_of_the_pictures())

    assert "青少年服务专项资金 · 瑞景街道 ¥40,000.00: Paid ¥0.00, Payable ¥0.00, Committed ¥12,800.00" in html
    assert 'class="m-committed" x="0.00%" width="32.00%"' in html


def test_budget_bar_takes_this_order_out_of_what_is_available():
    html = render("{% budget_bar line this=640000 %}", line=a_line_of_the_pictures())

    assert "This order ¥6,400.00, Available ¥20,800.00" in html
    assert 'class="m-this" x="32.00%" width="16.00%"' in html


def test_line_legend_shows_before_and_after():
    html = render("{% line_legend line this=640000 %}", line=a_line_of_the_pictures())

    assert "Available after approval" in html
    assert "¥20,800.00<small>now ¥27,200.00</small>" in html
    assert "missing" not in html


def test_line_legend_of_an_order_that_does_not_fit_says_what_is_missing():
    html = render("{% line_legend line this=2800000 %}", line=a_line_of_the_pictures())

    assert "¥800.00 is missing on this line" in html
    assert "¥28,000.00" in html


def test_line_legend_without_an_order_shows_four_parts():
    html = render("{% line_legend line %}", line=a_line_of_the_pictures())

    assert html.count("<dt>") == 4


def test_fund_strip_shows_the_running_fund_and_nothing_without_one(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    assert render("{% fund_strip %}").strip() == ""
    make_line(4_000_000, fund=make_fund(20_000_000, name="青少年服务专项资金"))

    html = render("{% fund_strip %}")

    assert "青少年服务专项资金: of ¥200,000.00, paid so far" in html
    assert "Available 100.0%" in html


def test_theme_names_know_the_catalogues_themes_and_leave_others_as_they_are():
    assert [wording.theme(slug) for slug in ("law", "", "robots")] == ["Law and rights", "All themes", "robots"]
    assert render("{{ 'law'|theme_name }}{{ 'JPY'|currency_name }}{{ 'CNY'|currency_name }}") == "Law and rightsJPYyuan"
    assert render("{{ 'queue'|verb_words }}|{{ 'dance'|verb_words }}") == "Transfer prepared|dance"


def a_settlement(reason: str, rate: int, **facts):
    lines = [
        ProposedLine("第1场", date(2026, 11, 1), 10_000, 100, 10_000, "full"),
        ProposedLine("第2场", date(2026, 11, 8), 10_000, rate, 100 * rate, reason),
    ]
    return settlements.propose(make_commitment(20_000), lines, explanation=facts, by=clock("tests"), now=NOW)


@pytest.mark.parametrize(
    ("reason", "rate", "english", "chinese"),
    [
        ("full", 100, "Held: paid in full.", "已开展，全额支付。"),
        (
            "satisfaction",
            98,
            "Held. 12 attendees gave 3.40 of 5 on average; below 4 the rule reduces, by at most 10%: 98% are paid.",
            "已开展。12 位参加者平均打 3.40 分（满分 5）；低于 4 分按规则扣减，最多扣 10%：支付 98%。",
        ),
        (
            "no_attendance",
            50,
            "Nobody came though the provider was there: the rule pays 50%.",
            "机构到场，但无人参加：按规则支付 50%。",
        ),
        ("not_held", 0, "Not held: nothing is paid.", "未开展，不支付。"),
        (
            "disputed",
            0,
            "The League decided after the office's objection that nothing is paid.",
            "镇街提出异议，团委裁定不支付。",
        ),
    ],
)
def test_why_says_the_reason_in_the_readers_language(reason, rate, english, chinese):
    settlement = a_settlement(reason, rate, raters=12, mean="3.40", percent=98)
    line = settlement.lines.get(position=2)

    assert (
        render("{% autoescape off %}{% why line settlement %}{% endautoescape %}", line=line, settlement=settlement)
        == english
    )
    with translation.override("zh-hans"):
        assert wording.why(line, settlement) == chinese


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"raters": 3, "mean": "4.50", "percent": 100}, "3 attendees gave a mark. The satisfaction rule starts at 5"),
        ({}, "0 attendees gave a mark."),
        ({"raters": 8, "mean": "4.50", "percent": 100}, "8 attendees gave 4.50 of 5 on average: nothing is reduced."),
        ({"raters": 8, "mean": "3.40", "percent": 98}, "held sessions are paid at 98%."),
    ],
)
def test_satisfaction_says_what_the_marks_did(facts, sentence):
    assert sentence in render("{% satisfaction settlement %}", settlement=a_settlement("full", 100, **facts))
