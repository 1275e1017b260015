"""Back to an older state of the database, and forward again."""

from typing import Any

from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def to(*state: str) -> Apps:
    """Bring the database to a state, an app and its migration, and return the models of then."""
    executor = MigrationExecutor(connection)
    executor.migrate([state])
    apps: Any = executor.loader.project_state([state]).apps
    return apps


def to_the_newest() -> None:
    """Bring every app to its newest state."""
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
