"""A child's name, birth date and the family's phone appear to the family, its office and staff on duty; nowhere else.

A family with unmistakable words takes part in all that a child can; then everybody opens every page.
"""

import re
from datetime import date

import pytest
import time_machine

from notifications.models import Letter, Message
from notifications.rendering import render
from tests.access import asking, seeing
from tests.access.seeing import text_of
from tests.access.world import NOW_THERE, make_world

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
NAME, PHONE, BORN = "窦娥金丝雀", "13987654321", date(2015, 2, 27)
FETCHER, FETCHER_PHONE = "窦姥姥红隼", "13912345678"
NOTE = "花生过敏戴胜"
WORDS = (
    NOTE,
    NAME,
    PHONE,
    FETCHER,
    FETCHER_PHONE,
    "2015-02-27",
    "2015年2月27日",
    "27 February 2015",
    "Feb. 27, 2015",
    "27 Feb 2015",
    "02/27/2015",
)
STRANGERS = ("anonymous", "volunteer", "office2", "auditor")
OTHERS = (
    *("ngo2", "editor", "officer", "nobody", "guardian2", "youth", "reviewer", "school"),
    *("finance", "ngo_finance", "superuser"),
)


@pytest.fixture
def clock():
    with time_machine.travel(NOW_THERE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(clock):
    world = make_world()
    child, guardian = world.child, world.guardian_row
    for row in (child, world.clerked_child):
        row.name, row.birth_date = NAME, BORN
        row.save()
    for row in (guardian, world.clerked):
        row.phone = PHONE
        row.save()
    world.pick_up.name, world.pick_up.phone = FETCHER, FETCHER_PHONE
    world.pick_up.save()
    world.health_note.text = NOTE
    world.health_note.save()
    return world


def _paths(world, role: str) -> list[str]:
    pages = [path for _, path in seeing.paths(world, role) if "?q=" not in path]  # a search says again what was typed
    return [*pages, f"/catalog/?q={NAME[:2]}", "/workbench/", "/orders/", "/"]


def _leaks(role: str, world) -> tuple[int, list[str]]:
    client, found, opened = asking.client_of(role, world), [], 0
    for path in _paths(world, role):
        response = client.get(path)
        opened += response.status_code == 200
        text = text_of(response)
        found += [f"{path}: {word}" for word in WORDS if word in text]
    return opened, found


@pytest.mark.parametrize("role", STRANGERS)
def test_a_stranger_meets_no_childs_data_on_any_page(role, world):
    """Everybody, at each moment, is asked under ``make prove``: tests/access/test_seen.py."""
    opened, found = _leaks(role, world)

    assert found == []
    assert opened >= 10


def test_the_crawl_would_notice_a_leak(world):
    """The family itself meets the name on its own pages, so the words are those that pages would show."""
    client = asking.client_of("guardian", world)

    assert NAME in text_of(client.get("/my/children/"))
    assert FETCHER in text_of(client.get(f"/my/children/{world.child.pk}/pick-up/"))
    assert NOTE in text_of(client.get(f"/safeguarding/health/{world.child.pk}/"))


@pytest.mark.parametrize("role", [*STRANGERS, *OTHERS, "ngo", "office", "clerk", "safeguarding"])
def test_nobody_but_the_family_and_staff_on_duty_meets_a_health_note(role, world, clock):
    clock.move_to(world.session.starts_at)
    client = asking.client_of(role, world)
    paths = [path for path in _paths(world, role) if "child" in path or "sessions/" in path or "safeguarding/" in path]

    assert paths
    assert [path for path in paths if NOTE in text_of(client.get(path))] == []


def test_staff_on_duty_meet_a_health_note_on_its_own_page_only(world, clock):
    clock.move_to(world.session.starts_at)
    client = asking.client_of("crew", world)

    assert [path for path in _paths(world, "crew") if NOTE in text_of(client.get(path))] == [
        f"/sessions/{world.session.pk}/check-in/{world.sign_up.pk}/health/"
    ]


def test_no_message_and_no_letter_names_a_child(world):
    for message in Message.objects.all():
        for language in ("zh-hans", "en"):
            shown = render(message, language)
            assert [word for word in WORDS if word in f"{shown.subject} {shown.body} {message.path}"] == []
    letters = Letter.objects.all()
    assert letters
    assert [word for letter in letters for word in WORDS if word in f"{letter.subject} {letter.body}"] == []


def test_no_address_or_title_of_the_familys_own_pages_names_the_child(world):
    for role in ("guardian", "clerk"):
        client = asking.client_of(role, world)
        for path in _paths(world, role):
            response = client.get(path)
            title = re.search(r"<title>(.*?)</title>", text_of(response), re.DOTALL)
            shown = f"{response.get('Location', '')} {title[1] if title else ''}"
            assert (path, [word for word in WORDS if word in shown]) == (path, [])
