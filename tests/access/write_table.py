"""Writes what every role meets into ``table.txt`` and ``packages.txt``: ``python -m tests.access.write_table``.

Both are expectations, not recordings: compare each changed line with who should see what before you keep it.
"""

import logging
import os
from tempfile import TemporaryDirectory

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.test")
django.setup()

import time_machine  # noqa: E402  after the set-up
from django.db import transaction  # noqa: E402
from django.test import override_settings  # noqa: E402
from django.utils import translation  # noqa: E402

from tests import database  # noqa: E402
from tests.access import asking, packages  # noqa: E402
from tests.access.tables import OURS, PACKAGES  # noqa: E402
from tests.access.world import NOW_THERE, ROLES, make_world  # noqa: E402


def write() -> None:
    """Ask everything and write both files."""
    logging.disable()
    assert asking.without_things() == [], "tests/access/places.py must say what stands in these"
    with transaction.atomic(), TemporaryDirectory() as media, override_settings(MEDIA_ROOT=media):
        world = make_world()
        OURS.write({role: asking.column(role, world) for role in ROLES})
        things = packages.make_things(world)
        PACKAGES.write({role: packages.column(role, world, things) for role in PACKAGES.roles})
        transaction.set_rollback(True)


if __name__ == "__main__":
    copy = database.make_copy(database.template(), f"access_{os.getpid()}")
    database.point_at(copy)
    try:
        with time_machine.travel(NOW_THERE, tick=False), translation.override("en"):
            write()
    finally:
        database.remove_copy(copy)
