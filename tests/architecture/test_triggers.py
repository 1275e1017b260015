"""What is written down for good is append-only in the database itself, and ``verify`` notices where they are not."""

import re

import pytest
from django.db import connection

from core.invariants import logs_cannot_be_changed
from core.triggers import declared, trigger_names
from tests.breaking import drop_triggers

# A trigger that refuses a change or a deletion; those that refuse a wrong row have checks of their own (D13).
MADE = re.compile(r"CREATE TRIGGER (\S+) BEFORE (?:UPDATE|DELETE)")


def statements() -> list[str]:
    """Return what the database says made its triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
def test_every_trigger_against_changes_is_declared_by_its_migration():
    """One that a migration makes by hand and names nowhere could be dropped without ``verify`` noticing."""
    made = {name for text in statements() for name in MADE.findall(text)}

    assert len(made) > 50
    assert made - declared() == set()


@pytest.mark.parametrize(
    "table",
    [
        "activities_noshowrule",
        "activities_rosteraccess",
        "activities_uploadedmark",
        "catalog_programmeversion",
        "funding_settlementline",
        "funding_settlementrule",
        "orders_orderhistory",
        "safeguarding_consenttext",
        "safeguarding_pledgetext",
    ],
)
def test_a_table_that_is_no_history_is_watched_as_well(table):
    assert set(trigger_names(table)) <= declared()


@pytest.mark.django_db
def test_every_history_table_has_its_triggers():
    found = logs_cannot_be_changed()

    assert found.checked == len(declared()) > 50
    assert found.breaches == []


def test_a_history_that_no_migration_guards_is_reported(breakable_db, monkeypatch):
    monkeypatch.setattr("core.invariants.declared", set)
    drop_triggers("people_childhistory")

    assert len(logs_cannot_be_changed().breaches) == 2


@pytest.mark.parametrize("name", ["orders_order_no_delete", "catalog_programmeversion_no_update"])
def test_a_missing_guard_of_an_order_or_a_version_is_reported(breakable_db, name):
    with connection.cursor() as cursor:
        on = f" ON {name.rpartition('_no_')[0]}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER {name}{on}")

    assert logs_cannot_be_changed().breaches == [f"trigger {name}: it is missing"]


def test_log_that_could_be_changed_is_reported(breakable_db):
    drop_triggers("orders_orderhistory")

    assert logs_cannot_be_changed().breaches == [
        "trigger orders_orderhistory_no_delete: it is missing",
        "trigger orders_orderhistory_no_update: it is missing",
    ]
