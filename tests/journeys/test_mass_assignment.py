"""Whoever may send a form cannot set with it what it does not ask for: a column's name in the form changes nothing.

Each form is sent twice, as its page has it and with columns added; what both write to the database is compared.
"""

import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test import Client

from marketplace.addresses import Address
from tests import database
from tests.access import asking
from tests.access.world import ROLES
from tests.journeys import fuzzing
from tests.journeys.visitor import _Forms
from tests.proving import share
from users.models import User
from users.views import details

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
SEED = 20261126
PACKAGES = ("wagtail", "allauth", "taggit", "django", "simple_")
ALWAYS = ("pk", "user_permissions", "groups", "is_staff", "is_superuser", "is_active", "status", "role", "approved_by")
RANDOM = re.compile(r"[\w+/=-]{16,}|[0-9a-f]{8}-[0-9a-f-]{27}")  # numbers of requests, secrets, what is encrypted
OFFERED = {  # what a form does ask for, on a page of another address or only of those whom it concerns
    "activities:leave": {"children"},
    "catalog:retire": {"reason"},
    "catalog:suspend": {"reason"},
    "funding:pay": {"payer"},
    "orders:new": {"programme"},
}
NOT_OURS = {"wagtailadmin_account"}  # Wagtail's form: it gives the session another key, which is undone with the rest
Write = tuple[str, list[Any]]


@cache
def columns() -> dict[str, list[models.Field[Any, Any]]]:
    """Every column of a model of ours by the names under which a form could mean it."""
    found: dict[str, list[models.Field[Any, Any]]] = {}
    for model in apps.get_models():
        if model.__module__.startswith(PACKAGES):
            continue
        for column in model._meta.concrete_fields:
            for name in {column.name, column.attname}:
                found.setdefault(name, []).append(column)
    return found


def _value(column: models.Field[Any, Any], dice: random.Random) -> str:
    """What somebody would like to have there."""
    if column.choices:
        return str(dice.choice(list(column.flatchoices))[0])
    if isinstance(column, models.ForeignKey | models.AutoField):
        return str(dice.randint(1, 9))
    if isinstance(column, models.BooleanField):
        return "on"
    if isinstance(column, models.DateTimeField):
        return "2031-03-07T03:07"
    if isinstance(column, models.DateField):
        return "2031-03-07"
    return "77777771" if isinstance(column, models.IntegerField) else "PWNED"


def _added(address: Address, form: dict[str, list[str]], count: int, dice: random.Random) -> dict[str, list[str]]:
    """So many columns that the form does not ask for, and a few that matter most, each with a value."""
    closed = sorted(set(columns()) - set(form) - OFFERED.get(address.name, set()))
    chosen = {*dice.sample(closed, min(count, len(closed))), *(name for name in ALWAYS if name in closed)}
    return {name: [_value(dice.choice(columns()[name]), dice)] for name in sorted(chosen)}


def _plain(value: Any) -> Any:
    """A written value without what is another one each time."""
    if isinstance(value, bool | float | None.__class__):
        return value
    if isinstance(value, int):
        return value if database.is_sqlite() else "number"  # PostgreSQL counts on after what was undone
    text = RANDOM.sub("random", str(value)) if not isinstance(value, bytes | memoryview) else "bytes"
    return text if database.is_sqlite() else re.sub(r"\d+", "number", text)


def _writes(client: Client, path: str, data: dict[str, list[str]]) -> tuple[int, list[Write]]:
    """Send the form; return the status and what was written. Nothing stays."""
    written: list[Write] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")) and "session_data" not in sql:
            rows = params if many else [params or ()]
            written.extend((sql, [_plain(value) for value in row]) for row in rows)
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(note):
            response = client.post(path, urlencode(data, doseq=True), content_type="application/x-www-form-urlencoded")
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    return response.status_code, written


def _forms(client: Client, address: Address, path: str) -> list[dict[str, list[str]]]:
    """The form that the address's own page has for it, filled in where it is; an empty one where there is none."""
    parser = _Forms(path)
    if "GET" in address.methods:
        parser.feed(fuzzing._page(client, path))
    own = [form for form in parser.found if form.action.partition("?")[0] == path]
    return [{name: _filled(name, form.fields.get(name, [""])) for name in sorted(form.names)} for form in own] or [{}]


def _filled(name: str, values: list[str]) -> list[str]:
    """What somebody might write where a field is empty, so that more of the forms are taken."""
    column = columns().get(name, [None])[0]
    if values != [""] or column is None:
        return values
    if isinstance(column, models.DateField | models.IntegerField | models.BooleanField):
        return ["2026-12-01" if isinstance(column, models.DateField) else "1"]
    return ["1"]


def _tries(
    addresses: list[tuple[Address, str]], world: Any, each: int, count: int, dice: random.Random
) -> Iterator[tuple[str, bool, bool]]:
    """For each try: what was tried, whether the form wrote something, and whether the added columns changed that."""
    client_of = cache(lambda role: asking.client_of(role, world))
    for address, role in addresses:
        client, path = client_of(role), asking.path_of(address, world)
        for form in _forms(client, address, path)[:2]:
            before = _writes(client, path, form)
            for _ in range(each):
                added = _added(address, form, count, dice)
                after = _writes(client, path, form | added)
                yield f"{role} {address.name} {_difference(before, after, added)}", bool(before[1]), before != after


def _difference(before: tuple[int, list[Write]], after: tuple[int, list[Write]], added: dict[str, list[str]]) -> str:
    if before == after:
        return ""
    odd = [(sql[:90], values) for sql, values in after[1] if (sql, values) not in before[1]][:2]
    return f"{before[0]} {after[0]} {odd}"[:700]


def _posts() -> list[Address]:
    return [each for each in asking.our_addresses() if "POST" in each.methods and each.name not in NOT_OURS]


def _who(address: Address) -> list[str]:
    return [role for role in ROLES if asking.table()[role].get((address.name, "POST")) == "may"]


def _share_of(number: int, of: int) -> list[tuple[Address, str]]:
    """Every so-many-th form, by one who may send it, in turn."""
    forms = [(each, who) for each in _posts() if (who := _who(each))]
    return [(each, who[n % len(who)]) for n, (each, who) in enumerate(forms)][number::of]


def _assert_nothing_changes(tried: list[tuple[str, bool, bool]], *, least: int, written: int) -> None:
    assert [what for what, _, changed in tried if changed] == []
    assert len(tried) >= least
    assert sum(wrote for _, wrote, _ in tried) >= written, "too few of the forms were taken to prove anything"


def test_no_form_takes_all_columns_at_once(world):
    """Every form with every column that there is, by one who may send it."""
    tried = list(_tries(_share_of(0, 1), world, 1, 10_000, random.Random(SEED)))

    _assert_nothing_changes(tried, least=150, written=60)


@pytest.mark.prove
@pytest.mark.parametrize("part", range(4))
def test_no_form_takes_any_columns_in_a_thousand_tries(part, world, settings):
    """Each form with all columns, and several times with some of them, which a refusal of one cannot hide."""
    settings.ACCOUNT_RATE_LIMITS = False  # a password may be tried five times a minute, and is sent eight times here
    dice, pairs = random.Random(f"{SEED} {part}"), _share_of(part, 4)
    tried = [*_tries(pairs, world, 1, 10_000, dice), *_tries(pairs, world, share(6), 12, dice)]

    _assert_nothing_changes(tried, least=38 * (1 + share(6)), written=10 * (1 + share(6)))


def test_the_tries_would_notice_a_form_that_takes_a_column(world, monkeypatch):
    """The page of one's own details, as it must not be."""

    class Careless(details.DetailsForm):
        def is_valid(self) -> bool:
            if self.is_bound:
                User.objects.filter(pk=world.people["nobody"].pk).update(is_superuser="is_superuser" in self.data)
            return super().is_valid()

    monkeypatch.setattr(details, "DetailsForm", Careless)
    [address] = [each for each in _posts() if each.name == "users:details"]

    [(what, wrote, changed)] = _tries([(address, "nobody")], world, 1, 1, random.Random(SEED))

    assert (wrote, changed) == (True, True)
    assert "is_superuser" in what
