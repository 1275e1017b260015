"""Writes what everybody sees of a person into ``seen.txt``: ``python -m tests.access.write_seen``. Judge each word."""

import logging
import os
from collections import defaultdict
from tempfile import TemporaryDirectory

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.test")
django.setup()

import time_machine  # noqa: E402  after the set-up
from django.db import transaction  # noqa: E402
from django.test import override_settings  # noqa: E402
from django.utils import translation  # noqa: E402

from tests import database  # noqa: E402
from tests.access import seeing  # noqa: E402
from tests.access.world import NOW_THERE, ROLES, make_world  # noqa: E402


def write() -> None:
    """Open everything as everybody, at each moment, and write the file."""
    logging.disable()
    seen: dict[str, seeing.Seen] = {}
    with transaction.atomic(), TemporaryDirectory() as media, override_settings(MEDIA_ROOT=media):
        with time_machine.travel(NOW_THERE, tick=False) as clock:
            world = make_world()
            seeing.plant(world)
            for moment, at in seeing.moments(world).items():
                clock.move_to(at)
                seen[moment] = defaultdict(set)
                for role in ROLES:
                    for what in seeing.shown_to(role, world)[1]:
                        seen[moment][what].add(role)
        transaction.set_rollback(True)
    seeing.write(seen)


if __name__ == "__main__":
    copy = database.make_copy(database.template(), f"seen_{os.getpid()}")
    database.point_at(copy)
    try:
        with translation.override("en"):
            write()
    finally:
        database.remove_copy(copy)
