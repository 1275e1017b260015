import pytest
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

from core.paging import Steps

HOSTILE = "<script>x</script>"


def render(source: str, address: str = "/", **context) -> str:
    return engines["django"].from_string(source).render(context, RequestFactory().get(address))


def test_timeline_tells_people_system_and_now_apart():
    entries = [
        {"what": "Waiting", "now": True, "when": "now"},
        {"what": "Checked", "system": True, "note": HOSTILE, "note_lang": "en", "when": "16:42"},
        {
            "what": HOSTILE,
            "who": HOSTILE,
            "note": "三位都能到",
            "note_lang": "zh-Hans",
            "when": "11:08",
            "files": [{"url": "/f/1", "name": HOSTILE}],
        },
    ]

    html = render("{% timeline entries %}", entries=entries)

    assert html.count('class="is-now"') == 1
    assert html.count('class="is-system"') == 1
    assert '<blockquote lang="zh-Hans">三位都能到</blockquote>' in html
    assert 'href="/f/1"' in html
    assert HOSTILE not in html


def test_pager_keeps_the_filters_and_marks_the_page():
    html = render("{% pager page %}", "/catalog/?theme=law&q=a%26b&page=3", page=Paginator(range(70), 10).page(3))

    assert 'href="?theme=law&amp;q=a%26b&amp;page=3" aria-current="page"' in html
    assert 'rel="prev"' in html
    assert 'rel="next"' in html
    with translation.override("zh-hans"):
        assert "下一页" in render("{% pager page %}", page=Paginator(range(70), 10).page(3))


@pytest.mark.parametrize(("number", "missing"), [(1, 'rel="prev"'), (7, 'rel="next"')])
def test_pager_at_an_end_leads_only_inwards(number, missing):
    assert missing not in render("{% pager page %}", page=Paginator(range(70), 10).page(number))


def test_pager_of_one_page_is_nothing():
    assert render("{% pager page %}", page=Paginator(range(7), 10).page(1)).strip() == ""


def test_pager_of_many_pages_leaves_some_out():
    html = render("{% pager page %}", page=Paginator(range(1000), 10).page(50))

    assert html.count("…") == 2
    assert html.count("<a ") < 12


def test_query_replaces_and_removes_parameters():
    assert render("{% query sort='new' page='' %}", "/?page=4&age=8") == "?age=8&amp;sort=new"


def test_query_without_a_request_has_only_its_own():
    assert engines["django"].from_string("{% query page='' %}").render({}) == "?"


def test_crumbs_link_all_but_the_last():
    html = render("{% crumbs 'Orders' '/orders/' name %}", name=HOSTILE)

    assert '<li><a href="/orders/">Orders</a></li>' in html
    assert "<li>&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("tone", "expected"),
    [("success", "notice-success"), ("warning", "notice-warn"), ("error", "notice-danger"), ("info", 'class="notice"')],
)
def test_notice_has_a_tone_an_icon_and_escaped_words(tone, expected):
    html = render("{% include 'components/notice.html' %}", tone=tone, text=HOSTILE, url="/x", action_label="On")

    assert expected in html
    assert "<svg" in html
    assert '<a href="/x">On</a>' in html
    assert HOSTILE not in html


def test_other_components_escape_and_show_what_they_get():
    facts = [{"label": "For", "value": HOSTILE, "small": "8–12", "span": True, "number": True}]
    todos = [
        {"title": HOSTILE, "url": "/o/1", "text": "t", "due": "2 days", "action": "Look", "ring": ["done"] * 5},
        {"title": "b", "url": "/", "action": "Go"},
    ]
    html = (
        render("{% include 'components/facts.html' with columns=2 %}", facts=facts)
        + render("{% include 'components/todo_list.html' %}", todos=todos)
        + render(
            "{% include 'components/tabs.html' %}",
            label="L",
            tabs=[{"url": "/a", "label": "A", "current": True, "count": 3}],
        )
        + render(
            "{% include 'components/legend_money.html' %}", entries=[{"kind": "paid", "label": "Paid", "amount": 100}]
        )
        + render("{% include 'components/slip.html' %}", title="T", lines=facts, total=facts[0], note=HOSTILE)
        + render(
            "{% include 'components/empty.html' %}", title="Nothing", text=HOSTILE, action_url="/a", action_label="Do"
        )
    )

    assert HOSTILE not in html
    for part in ("facts-2", "ring-m", 'aria-current="page"', "key-paid", "¥1.00", "slip", "empty"):
        assert part in html


def test_steps_lead_on_and_back_with_the_filters():
    page = Steps([], previous=5, next=9, name="pay-")

    html = render("{% steps page 'pay-h' %}", "/?fund=2&pay-after=4", page=page)

    assert 'href="?fund=2&amp;pay-before=5#pay-h" rel="prev"' in html
    assert 'href="?fund=2&amp;pay-after=9#pay-h" rel="next"' in html
    assert 'href="?fund=2#pay-h"' in html
    assert render("{% steps page %}", page=Steps([], previous=None, next=None)).strip() == ""
