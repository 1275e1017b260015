"""Migrations are in step with the models, and import no model."""

from contextlib import suppress
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from tests.architecture import guards


@pytest.mark.django_db
def test_no_migration_is_pending():
    out = StringIO()
    with suppress(SystemExit):
        call_command("makemigrations", "--check", "--dry-run", stdout=out)

    assert out.getvalue() == "No changes detected\n"


def test_migrations_use_historical_models_only():
    found = [
        f"{path}:{line} imports {name}"
        for path, text in guards.sources(*guards.apps(), but=())
        if "/migrations/" in path
        for line, name in guards.imports(path, text)
        if ".models" in name and name.split(".")[0] in guards.LAYERS and not name.startswith("core.models")
    ]
    # An initial migration names validators and mixins of its own app; rows it reads come from ``apps.get_model``.
    assert [line for line in found if "_initial.py" not in line] == []


def test_packages_migrate_before_us():
    """A change of a package's renders every model tied to a person anew; after ours that took three times as long."""
    graph = MigrationLoader(None).graph
    plan = [key for leaf in graph.leaf_nodes() for key in graph.forwards_plan(leaf)]
    order = [app for app, _name in dict.fromkeys(plan)]

    ours = [position for position, app in enumerate(order) if app in settings.OUR_APPS and app != "users"]
    theirs = {app for app in order[ours[0] :] if app not in settings.OUR_APPS}
    assert theirs == set(), "name its last migration in notifications/migrations/0001_initial.py"
