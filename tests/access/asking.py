"""Asks every address as somebody, and puts each answer into one word."""

import re
from collections.abc import Iterable

from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from marketplace.addresses import Address, all_addresses
from tests.access.places import PLACES, Value
from tests.access.tables import OURS, Column
from tests.access.world import ROLES, World

MAY = {200, 400, 409, 422}  # a page, or a complaint about what was typed
PAIRS = (("guardian", "guardian2"), ("ngo", "ngo2"), ("office", "office2"), ("enterprise", "enterprise2"))


def our_addresses() -> list[Address]:
    """Every address of ours, by name."""
    return sorted((each for each in all_addresses() if each.is_ours), key=lambda each: each.name)


def places(address: Address) -> dict[str, Value | None]:
    """What stands in each place of an address; nothing where the world does not say."""
    app = address.name.partition(":")[0]
    known = {**PLACES.get(app, {}), **PLACES.get(address.name, {})}
    return {name: known.get(name) for name in re.findall(r"<(?:\w+:)?(\w+)>", address.pattern)}


def without_things() -> list[str]:
    """Addresses for which the world has no thing."""
    return [f"{each.name} {each.pattern}" for each in our_addresses() if None in places(each).values()]


def path_of(address: Address, world: World) -> str:
    """The address with the world's things in its places."""
    assert None not in places(address).values(), f"tests/access/places.py lacks {address.name}"
    return reverse(address.name, kwargs={name: value(world) for name, value in places(address).items() if value})


def word(response: HttpResponseBase) -> str:
    """``may`` for a page, a form's complaint or a way on; ``login`` for the way to the login; else the status."""
    if response.status_code in {301, 302, 303}:
        return "login" if response["Location"].startswith("/accounts/login/") else "may"
    return "may" if response.status_code in MAY else str(response.status_code)


def ask(client: Client, method: str, path: str) -> str:
    """Ask, and undo whatever the answer changed."""
    return word(answer_to(client, method, path))


def answer_to(client: Client, method: str, path: str) -> HttpResponseBase:
    """The answer itself, read to its end; what it changed is undone."""
    with transaction.atomic():
        response = getattr(client, method.lower())(path)
        if response.streaming:
            response.streaming_content = [response.getvalue()]  # read to its end, a file is closed
        transaction.set_rollback(True)
    return response


def client_of(role: str, world: World) -> Client:
    """A browser in which the person is logged in."""
    client = Client(raise_request_exception=False)
    person = world.people[role]
    if person is not None:
        client.force_login(person)
    return client


def lines() -> list[tuple[Address, str]]:
    """Every address of ours with each of its methods: what the table has a line for."""
    return [(address, method) for address in our_addresses() for method in address.methods]


def column(role: str, world: World) -> Column:
    """What one person meets at every address of ours, by name and method."""
    return met(client_of(role, world), world)


def met(client: Client, world: World) -> Column:
    """What one browser meets at every address of ours, by name and method."""
    return {(address.name, method): ask(client, method, path_of(address, world)) for address, method in lines()}


def differing(found: Column, expected: Column) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    """The lines where what was met is not what was expected, or where one of the two has no line."""
    return {
        line: (found.get(line), expected.get(line))
        for line in found.keys() | expected.keys()
        if found.get(line) != expected.get(line)
    }


def to_ask(number: int, expected: dict[str, str], roles: Iterable[str] = ROLES) -> set[str]:
    """Choose, for one line, a role for each answer in it, another one in each line, and the pairs that it tells apart.

    So each line is tried with somebody who may and with somebody who may not; everybody is, under ``make prove``.
    """
    chosen = {role for pair in PAIRS if len({expected[role] for role in pair}) == 2 for role in pair}
    for answer in sorted(set(expected.values())):
        same = [role for role in roles if expected[role] == answer]
        chosen.add(same[number % len(same)])
    return chosen


def table() -> dict[str, Column]:
    """The expected columns of our addresses by role, as the file has them."""
    return OURS.columns()
