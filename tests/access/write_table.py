"""Writes what every role meets into ``table.txt``: ``python -m tests.access.write_table``. Then read the difference.

The table is an expectation, not a recording: compare each changed line with who should see what before you keep it.
"""

import logging
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.test")
django.setup()

import time_machine  # noqa: E402  after the set-up
from django.db import transaction  # noqa: E402
from django.utils import translation  # noqa: E402

from tests import database  # noqa: E402
from tests.access import asking  # noqa: E402
from tests.access.world import NOW_THERE, ROLES, make_world  # noqa: E402

REMARK = """\
# Who may open what. may: a page or a way on; login: sent to the login; 403: may see it, not do it; 404: not for them.
# The things in the addresses belong to ngo, office and guardian; ngo2, office2, guardian2 and school are strangers.
# A new address needs a line: python -m tests.access.write_table, then judge every word of it.
"""


def write() -> None:
    """Ask everything and write the file."""
    logging.disable()
    assert asking.without_things() == [], "tests/access/places.py must say what stands in these"
    with transaction.atomic():
        world = make_world()
        columns = {role: asking.column(role, world) for role in ROLES}
        transaction.set_rollback(True)
    lines = [f"{REMARK}{asking.HEAD}"]
    for name, method in columns[ROLES[0]]:
        lines.append(f"{name:34} {method:6} " + " ".join(f"{columns[role][name, method]:6}" for role in ROLES))
    asking.TABLE.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    copy = database.make_copy(database.template(), f"access_{os.getpid()}")
    database.point_at(copy)
    try:
        with time_machine.travel(NOW_THERE, tick=False), translation.override("en"):
            write()
    finally:
        database.remove_copy(copy)
