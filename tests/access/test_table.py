"""Every address of ours, asked by every role with every method, answers as the table says."""

import pytest

from tests import database
from tests.access import asking
from tests.access.tables import OURS
from tests.access.world import ROLES
from tests.proving import in_turn

pytestmark = pytest.mark.django_db
OTHER_METHODS = ("put", "patch", "delete")
HALF = ROLES[database.is_sqlite() :: 2]  # every second one on SQLite, the others on PostgreSQL: policies are in Python


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_every_address_answers_in_each_of_its_ways_as_the_table_says(part, world):
    """Of each line one role for each answer, in turn, and the strangers where a pair is told apart."""
    expected, clients = asking.table(), {}
    differing, asked = {}, 0
    for number, (address, method) in enumerate(asking.lines()):
        key = (address.name, method)
        for role in asking.to_ask(number, {role: expected[role][key] for role in ROLES}) if number % 2 == part else ():
            if role not in clients:
                clients[role] = asking.client_of(role, world)
            found = asking.ask(clients[role], method, asking.path_of(address, world))
            asked += 1
            if found != expected[role][key]:
                differing[key, role] = (found, expected[role][key])
    assert differing == {}
    assert set(clients) == set(ROLES)
    assert asked >= len(asking.lines())


@pytest.mark.prove
@pytest.mark.parametrize("role", HALF)
def test_every_address_answers_the_role_as_the_table_says(role, world, record_property):
    found = asking.column(role, world)

    record_property("cells", len(found))
    assert asking.differing(found, asking.table()[role]) == {}


UNDECLARED = ("officer", "ngo")


@pytest.mark.slow
@pytest.mark.parametrize(
    "role", [each if each in UNDECLARED else pytest.param(each, marks=pytest.mark.prove) for each in ROLES]
)
def test_methods_that_a_view_does_not_declare_are_refused(role, world, record_property):
    """Every second address of each of two people each day, a tenth of the others' in CI; under ``make prove`` all."""
    client, wrong, asked = asking.client_of(role, world), [], 0
    mine = in_turn(asking.our_addresses(), len(UNDECLARED) if role in UNDECLARED else 10)
    for address in mine:
        for method in [m for m in ("GET", "POST") if m not in address.methods] + [*OTHER_METHODS]:
            answer = asking.ask(client, method, asking.path_of(address, world))
            asked += 1
            if answer not in {"405", "403", "login"}:
                wrong.append((method, address.name, answer))
    record_property("cells", asked)
    assert wrong == []
    assert asked > len(mine)


def test_the_world_has_a_thing_for_every_place_of_an_address():
    assert asking.without_things() == []


def test_the_table_has_a_line_for_each_address_and_method_and_no_other():
    assert {(name, method) for name, method, *_ in OURS.rows()} == {
        (address.name, method) for address, method in asking.lines()
    }


def test_whom_to_ask_is_one_of_each_answer_in_turn_and_the_pairs_told_apart():
    expected = dict.fromkeys(ROLES, "404") | {"anonymous": "login", "ngo": "may", "crew": "may"}

    asked = [asking.to_ask(number, expected) for number in range(2)]

    assert all({"anonymous", "ngo", "ngo2"} <= roles for roles in asked)
    assert "crew" in asked[0]
    assert asked[0] - asked[1]


def test_the_table_names_no_address_twice_and_answers_in_known_words():
    rows = list(OURS.rows())

    assert len({(name, method) for name, method, *_ in rows}) == len(rows)
    assert {answer for _, _, *answers in rows for answer in answers} <= {"may", "login", "403", "404"}
