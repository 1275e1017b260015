"""History rows are append-only in the database itself."""

import pytest
from django.apps import apps
from django.db import connection

from core.models import HistoryEntry
from core.triggers import trigger_names


@pytest.mark.django_db
def test_every_history_table_has_its_triggers():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        present = {row[0] for row in cursor.fetchall()}

    wanted = {
        name
        for model in apps.get_models()
        if issubclass(model, HistoryEntry)
        for name in trigger_names(model._meta.db_table)
    }
    assert wanted
    assert wanted - present == set()
