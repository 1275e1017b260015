"""Asks every address as somebody, and puts each answer into one word."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from marketplace.addresses import Address, all_addresses
from tests.access.places import PLACES, Value
from tests.access.world import ROLES, World

MAY = {200, 400, 409, 422}  # a page, or a complaint about what was typed
TABLE = Path(__file__).with_name("table.txt")
PAIRS = (("guardian", "guardian2"), ("ngo", "ngo2"), ("office", "office2"), ("enterprise", "enterprise2"))
Line = tuple[str, str]  # an address's name and a method
HEAD = f"{'address':34} {'method':6} " + " ".join(f"{role[:6]:6}" for role in ROLES)


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
    with transaction.atomic():
        response = getattr(client, method.lower())(path)
        answer = word(response)
        if response.streaming:
            b"".join(response.streaming_content)  # read to its end, a file is closed
        transaction.set_rollback(True)
    return answer


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


def column(role: str, world: World) -> dict[Line, str]:
    """What one person meets at every address, by name and method."""
    client = client_of(role, world)
    return {(address.name, method): ask(client, method, path_of(address, world)) for address, method in lines()}


def to_ask(number: int, expected: dict[str, str]) -> set[str]:
    """Choose, for one line, a role for each answer in it, another one in each line, and the pairs that it tells apart.

    So each line is tried with somebody who may and with somebody who may not; everybody is, under ``make prove``.
    """
    chosen = {role for pair in PAIRS if len({expected[role] for role in pair}) == 2 for role in pair}
    for answer in sorted(set(expected.values())):
        roles = [role for role in ROLES if expected[role] == answer]
        chosen.add(roles[number % len(roles)])
    return chosen


@cache
def table() -> dict[str, dict[Line, str]]:
    """The expected columns by role, as the file has them."""
    columns: dict[str, dict[Line, str]] = {role: {} for role in ROLES}
    for name, method, *answers in _lines():
        for role, answer in zip(ROLES, answers, strict=True):
            columns[role][name, method] = answer
    return columns


def _lines() -> Iterator[list[str]]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith(("#", "address ")):
            yield line.split()
