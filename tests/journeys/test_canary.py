"""A child's name, birth date and the family's phone appear to the family, its office and staff on duty; nowhere else.

A family with unmistakable words takes part in all that a child can; then everybody opens every page.
"""

import re
from datetime import date
from html import unescape
from io import BytesIO

import pytest
import time_machine
from openpyxl import load_workbook

from activities import reviews
from activities.models import SignUp
from marketplace.addresses import all_addresses
from notifications.models import Letter, Message
from notifications.rendering import render
from tests.access import asking
from tests.access.world import NOW_THERE, make_world
from tests.proving import in_turn

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
STRANGERS = ("anonymous", "volunteer", "office2", "ngo2", "editor", "officer", "auditor")
DAILY = {"anonymous", "volunteer", "office2", "auditor"}  # the others under ``make prove``
OTHERS = ("nobody", "guardian2", "youth", "reviewer", "school", "finance", "ngo_finance", "superuser")


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


def _text(response) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if "spreadsheetml" in response.get("Content-Type", ""):
        rows = load_workbook(BytesIO(body)).active.iter_rows(values_only=True)
        return "\n".join(str(value) for row in rows for value in row)
    return f"{response.get('Location', '')} {response.headers} {unescape(body.decode(errors='replace'))}"


def _paths(world) -> list[str]:
    """Every address with the world's things in it, with each export, and those of other packages without places."""
    ours = [asking.path_of(each, world) for each in asking.our_addresses()]
    theirs = [each.pattern for each in all_addresses() if not each.is_ours and re.fullmatch(r"[\w/.-]+", each.pattern)]
    exports = [f"/workbench/export/{what}.xlsx" for what in ("orders", "sessions", "programmes")]
    searches = [f"/catalog/?q={NAME[:2]}", "/workbench/", "/orders/", "/"]
    return [*ours, *(path for path in theirs if "logout" not in path), *exports, *searches]


def _leaks(role: str, world) -> tuple[int, list[str]]:
    client, found, opened = asking.client_of(role, world), [], 0
    for path in _paths(world):
        response = client.get(path)
        opened += response.status_code == 200
        text = _text(response)
        found += [f"{path}: {word}" for word in WORDS if word in text]
    return opened, found


@pytest.mark.parametrize(
    "role", [role if role in DAILY else pytest.param(role, marks=pytest.mark.prove) for role in STRANGERS]
)
def test_a_stranger_meets_no_childs_data_on_any_page(role, world):
    opened, found = _leaks(role, world)

    assert found == []
    assert opened >= 10


@pytest.mark.prove
@pytest.mark.parametrize("role", in_turn([*STRANGERS, *OTHERS], 3))
@pytest.mark.parametrize("moment", ["starts_at", "ends_at"])
def test_a_stranger_meets_no_childs_data_during_and_after_the_session(role, moment, world, clock):
    clock.move_to(getattr(world.session, moment))
    reviewed = SignUp.objects.filter(pk=world.sign_up.pk).first()
    assert reviewed is not None
    assert NAME not in reviews.pseudonym(reviewed, by_child=True)

    assert _leaks(role, world)[1] == []


def test_the_crawl_would_notice_a_leak(world):
    """The family itself meets the name on its own pages, so the words are those that pages would show."""
    client = asking.client_of("guardian", world)

    assert NAME in _text(client.get("/my/children/"))
    assert FETCHER in _text(client.get(f"/my/children/{world.child.pk}/pick-up/"))
    assert NOTE in _text(client.get(f"/safeguarding/health/{world.child.pk}/"))


@pytest.mark.parametrize("role", [*STRANGERS, *OTHERS, "ngo", "office", "clerk", "safeguarding"])
def test_nobody_but_the_family_and_staff_on_duty_meets_a_health_note(role, world, clock):
    clock.move_to(world.session.starts_at)
    client = asking.client_of(role, world)
    paths = [path for path in _paths(world) if "child" in path or "sessions/" in path or "safeguarding/" in path]

    assert paths
    assert [path for path in paths if NOTE in _text(client.get(path))] == []


def test_staff_on_duty_meet_a_health_note_on_its_own_page_only(world, clock):
    clock.move_to(world.session.starts_at)
    client = asking.client_of("crew", world)

    assert [path for path in _paths(world) if NOTE in _text(client.get(path))] == [
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
        for path in _paths(world):
            response = client.get(path)
            title = re.search(r"<title>(.*?)</title>", _text(response), re.DOTALL)
            shown = f"{response.get('Location', '')} {title[1] if title else ''}"
            assert (path, [word for word in WORDS if word in shown]) == (path, [])
