"""Whatever words stand in the database, no page runs them and none breaks on them, whoever opens it."""

import pytest
import time_machine

from tests.access import hostile
from tests.access.world import NOW_THERE, ROLES, make_world
from tests.proving import in_turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(NOW_THERE, tick=False):
        yield make_world()


@pytest.mark.prove
@pytest.mark.parametrize("payload", in_turn(list(hostile.PAYLOADS), 5))
@pytest.mark.parametrize("role", in_turn(ROLES, 2))
def test_no_page_runs_the_words_that_stand_in_the_database(role, payload, world, record_property):
    fields = hostile.plant(payload)

    shown, runs, broken, opened = set(), {}, {}, 0
    for name, status, page in hostile.met_by(role, world):
        opened += status == 200
        shown |= {(name, number) for number in map(int, hostile.MARK.findall(page))}
        if found := hostile.what_would_run(page):
            runs[name] = found
        if status >= 500:
            broken[name] = status

    record_property("hostile words shown", len(shown))
    assert runs == {}
    assert broken == {}
    assert {number for _, number in shown} <= set(fields)
    assert len(fields) >= 60
    assert opened >= 10


@pytest.mark.parametrize("payload", hostile.PAYLOADS)
def test_each_payload_would_be_seen_where_it_is_not_escaped(payload):
    words = hostile.PAYLOADS[payload].replace("{n}", "1000")

    places = (f"<p>{words}</p>", f'<input value="{words}">', f"<input value='{words}'>", f'<a href="{words}">x</a>')

    assert any(hostile.what_would_run(place) for place in places)


def test_what_is_escaped_runs_nowhere():
    page = (
        "<title>&lt;script&gt;go(1)</title><p title='onload=go(1)'>javascript:go(1)</p><a href='/x?q=go(1)'>go(1)</a>"
    )

    assert hostile.what_would_run(page + '<script type="application/json">"go(1)"</script>') == []
