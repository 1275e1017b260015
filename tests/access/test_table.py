"""Every address of ours, asked by every role with every method, answers as the table says."""

import pytest
import time_machine

from tests.access import asking
from tests.access.world import NOW_THERE, ROLES, make_world

pytestmark = pytest.mark.django_db
# One of each kind every day, strangers and the superuser among them; everybody under ``make prove``.
DAILY = {"anonymous", "guardian", "guardian2", "crew", "ngo", "ngo2", "clerk", "office2", "officer", "superuser"}
OTHER_METHODS = ("put", "patch", "delete")


@pytest.fixture
def world():
    with time_machine.travel(NOW_THERE, tick=False):
        yield make_world()


@pytest.mark.slow
@pytest.mark.parametrize(
    "role", [role if role in DAILY else pytest.param(role, marks=pytest.mark.prove) for role in ROLES]
)
def test_every_address_answers_the_role_as_the_table_says(role, world):
    expected = asking.table()[role]

    found = asking.column(role, world)

    differing = {key: (found.get(key), expected.get(key)) for key in found.keys() | expected.keys()}
    assert {key: pair for key, pair in differing.items() if pair[0] != pair[1]} == {}


@pytest.mark.slow
def test_methods_that_a_view_does_not_declare_are_refused(world):
    wrong = []
    for role in ("officer", "ngo"):
        client = asking.client_of(role, world)
        for address in asking.our_addresses():
            undeclared = [m for m in ("GET", "POST") if m not in address.methods]
            for method in [*undeclared, *OTHER_METHODS]:
                answer = asking.ask(client, method, asking.path_of(address, world))
                if answer not in {"405", "403", "login"}:
                    wrong.append((role, method, address.name, answer))
    assert wrong == []


def test_the_world_has_a_thing_for_every_place_of_an_address():
    assert asking.without_things() == []


def test_the_table_names_no_address_twice_and_answers_in_known_words():
    rows = list(asking._lines())

    assert len({(name, method) for name, method, *_ in rows}) == len(rows)
    assert {answer for _, _, *answers in rows for answer in answers} <= {"may", "login", "403", "404"}
