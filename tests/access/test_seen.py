"""A person's data is shown to whom the file says and where it says so: on no other page, to nobody else, at no time."""

import pytest
import time_machine

from tests.access import asking, seeing
from tests.access.world import NOW_THERE, ROLES, make_world
from tests.proving import in_turn

pytestmark = pytest.mark.django_db
MOMENTS = ("before", "during", "after")
FAMILY = {"guardian", "guardian2", "youth"}
NEVER = {"anonymous", "nobody", "reviewer", "editor", "enterprise", "enterprise2", "ngo2", "office2", "school"}


@pytest.fixture
def clock():
    with time_machine.travel(NOW_THERE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def planted(clock, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    world = make_world()
    seeing.plant(world)
    return world


@pytest.mark.prove
@pytest.mark.parametrize("role", in_turn(ROLES, 3))
@pytest.mark.parametrize("moment", in_turn(MOMENTS, 3))
def test_a_role_sees_what_the_file_says_and_nothing_else(role, moment, planted, clock, record_property):
    clock.move_to(seeing.moments(planted)[moment])

    opened, found = seeing.shown_to(role, planted)

    record_property("pages", sum(1 for _ in seeing.paths(planted, role)))
    due = {what for what, roles in seeing.expected()[moment].items() if role in roles}
    assert {"too much": found - due, "missing": due - found} == {"too much": set(), "missing": set()}
    assert opened >= 10


def test_by_the_file_strangers_see_nothing_and_only_the_family_and_staff_on_duty_a_health_note():
    every = [(moment, what, roles) for moment, seen in seeing.expected().items() for what, roles in seen.items()]

    assert [line for line in every if line[2] & NEVER] == []
    notes = [(moment, roles) for moment, (kind, _), roles in every if kind == "note"]
    assert notes
    assert [line for line in notes if not line[1] <= {"guardian", "crew"}] == []
    assert [line for line in notes if line[0] == "before" and "crew" in line[1]] == []


def test_the_file_names_addresses_that_there_are_and_known_words(planted):
    known = {name for name, _ in seeing.paths(planted, "superuser")}
    lines = {what for seen in seeing.expected().values() for what in seen}

    assert {name for _, name in lines} <= known
    assert {kind for kind, _ in lines} <= set(seeing.PLANTED)


def test_each_word_is_met_by_somebody_so_that_each_would_be_noticed(planted):
    """The words are in the form in which pages show them: what nobody meets anywhere would prove nothing."""
    met = {kind for seen in seeing.expected().values() for kind, _ in seen}
    client = asking.client_of("guardian", planted)

    assert set(seeing.PLANTED) - met <= {"check"}  # a check's reference is shown to no-one, or only where it is asked
    assert seeing.PLANTED["child"][0] in client.get("/my/children/").content.decode()
