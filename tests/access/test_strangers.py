"""Somebody with the same role elsewhere, and somebody whose role has ended: neither meets what is not theirs.

What is expected follows from the table of access, so that a new address is covered with its line there.
"""

import pytest

from tests.access import asking, strangers
from tests.access.tables import Column
from tests.proving import in_turn

pytestmark = [pytest.mark.prove, pytest.mark.django_db]


def _of_one_thing() -> set[str]:
    """The addresses with something of somebody's in them, but for those that show what is one's own.

    An export's place names a kind of list. A session is on the menu for everybody: a clerk signs own families up.
    """
    own = {"dashboards:export", "activities:sign-up-many"}
    return {address.name for address in asking.our_addresses() if asking.places(address)} - own


@pytest.mark.parametrize("role", in_turn(list(strangers.ELSEWHERE), 3))
def test_the_same_role_elsewhere_meets_its_own_pages_and_nobodys_things(role, world, record_property):
    """At an address of one thing they meet no more than somebody without a role; at the others what the role meets."""
    world.people[role] = strangers.ELSEWHERE[role]()
    own, nobody = asking.table()[role], asking.table()["nobody"]

    found = asking.column(role, world)

    record_property("cells", len(found))
    things = _of_one_thing()
    elsewhere = {line: answer for line, answer in found.items() if line[0] not in things}
    assert asking.differing(elsewhere, {line: own[line] for line in elsewhere}) == {}
    let_in = {line for line in found if line[0] in things and found[line] == "may" and nobody[line] != "may"}
    assert {line for line in let_in if line[0] not in strangers.OF_ALL_LEAGUES.get(role, ())} == set()


@pytest.mark.parametrize("role", in_turn(strangers.MEMBERS, 3))
def test_whose_role_has_ended_meets_what_nobody_meets_on_the_next_request(role, world, record_property):
    client = asking.client_of(role, world)
    assert client.get("/workbench/").status_code == 200

    strangers.end_roles()

    found: Column = asking.met(client, world)
    record_property("cells", len(found))
    assert asking.differing(found, asking.table()["nobody"]) == {}


def test_every_role_of_an_organisation_is_asked_elsewhere_or_has_a_second_column():
    second = {role for pair in asking.PAIRS for role in pair}

    assert set(strangers.MEMBERS) - set(strangers.ELSEWHERE) - second == {"school"}  # a stranger to everything there is
