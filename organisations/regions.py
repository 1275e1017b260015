"""Imports the official division codes: the whole file is checked, then written in one transaction, or not at all.

A level lies below its parent's, not always the next one: some cities have no counties. The topmost regions of the file
are those whose parent is not in it; the file says nothing about what lies outside them. A region that is missing below
them is gone: it is reported and kept, because people, orders and histories point to it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from organisations.models import Region
from organisations.region_file import DEPTH, Problems, Progress, Row, quietly, read

BATCH = 2_000
TELL_EVERY = 100_000
_FIELDS = ("name", "level", "parent_id", "lineage")


class Stored(NamedTuple):
    """A region as the database has it."""

    code: str
    name: str
    level: str
    parent: str
    lineage: str


@dataclass
class Report:
    """What an import did. ``gone`` are code and name of regions that the file no longer has; they are kept."""

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    gone: list[tuple[str, str]] = field(default_factory=list)


def import_regions(path: Path | str, *, progress: Progress = quietly) -> Report:
    """Import a file of division codes and return what changed; a second run changes nothing.

    Raises:
        BadFile: a row or the whole file cannot be read; nothing was written.
        OSError: the file cannot be opened.
    """
    rows = read(Path(path), progress=progress)
    with transaction.atomic():
        outside = _known_outside(rows)
        _check_parents(rows, outside)
        progress(f"{len(rows)} regions checked.")
        return _write(_Tree(rows, outside), progress)


class _Tree:
    """The regions of the file and, above and below them, those that only the database has."""

    def __init__(self, rows: dict[str, Row], outside: dict[str, Stored]) -> None:
        self.rows = rows
        self.topmost = {code for code, row in rows.items() if row.parent not in rows}
        self._lineages = {code: stored.lineage for code, stored in outside.items()}
        self._gone: dict[str, Stored] = {}

    def takes_as_gone(self, stored: Stored) -> bool:
        """Tell whether the file should have the region, and remember that it does not."""
        if self.topmost.isdisjoint(stored.lineage.split("/")):
            return False
        self._gone[stored.code] = stored
        return True

    def moved_gone(self) -> list[Stored]:
        """Return the gone regions, as they must become, whose ancestors were moved by the file."""
        moved = [one._replace(lineage=self.above(one.parent) + f"{one.code}/") for one in self._gone.values()]
        return [one for one in moved if one.lineage != self._gone[one.code].lineage]

    def above(self, parent: str) -> str:
        """Return the lineage of a parent; it is kept, because its other children will ask."""
        if not parent:
            return ""
        if parent not in self._lineages:
            next_up = self.rows[parent].parent if parent in self.rows else self._gone[parent].parent
            self._lineages[parent] = self.above(next_up) + f"{parent}/"
        return self._lineages[parent]

    def wanted(self, code: str) -> Stored:
        """Return the region as the file wants it."""
        name, level, parent, _line = self.rows[code]
        return Stored(code, name, level, parent, f"{self.above(parent)}{code}/")


# Checking against each other and against what is known


def _known_outside(rows: dict[str, Row]) -> dict[str, Stored]:
    """Return the parents that only the database has, and leave topmost regions without one where they are."""
    alone = [code for code, row in rows.items() if not row.parent]
    for stored in _stored(alone):
        if stored.parent:
            rows[stored.code] = rows[stored.code]._replace(parent=stored.parent)
    return {stored.code: stored for stored in _stored({row.parent for row in rows.values()} - rows.keys() - {""})}


def _check_parents(rows: dict[str, Row], outside: dict[str, Stored]) -> None:
    problems = Problems()
    for code, row in rows.items():
        if not row.parent:
            continue
        above = rows.get(row.parent) or outside.get(row.parent)
        if above is None:
            words = _("parent %(parent)s of %(code)s is neither in the file nor known.")
            problems.add(row.line, words % {"parent": row.parent, "code": code})
        elif DEPTH[above.level] >= DEPTH[row.level]:
            words = _("%(code)s is a %(level)s and cannot lie in the %(above)s %(parent)s.")
            names = {"code": code, "level": row.level, "above": above.level, "parent": row.parent}
            problems.add(row.line, words % names)
    problems.stop_if_any()


def _stored(codes: Iterable[str]) -> Iterator[Stored]:
    """Yield those of the regions that the database has."""
    rest = iter(codes)
    while batch := list(islice(rest, BATCH)):
        yield from _all_stored(pk__in=batch)


def _all_stored(**conditions: object) -> Iterator[Stored]:
    """Yield what the database has, without keeping it in memory."""
    query = Region.objects.filter(**conditions).order_by()
    for code, name, level, parent, lineage in query.values_list("code", *_FIELDS).iterator(chunk_size=BATCH):
        yield Stored(code, name, level, parent or "", lineage)


# Writing


def _write(tree: _Tree, progress: Progress) -> Report:
    """Compare with the database region by region, then add and change what differs."""
    report = Report(read=len(tree.rows))
    present: set[str] = set()
    changed: list[str] = []
    for stored in _all_stored():
        if stored.code not in tree.rows:
            if tree.takes_as_gone(stored):
                report.gone.append((stored.code, stored.name))
            continue
        present.add(stored.code)
        if stored != tree.wanted(stored.code):
            changed.append(stored.code)
    report.added = len(tree.rows) - len(present)
    report.updated = len(changed)
    report.unchanged = len(present) - len(changed)
    report.gone.sort()
    new = (tree.wanted(code) for code in sorted(tree.rows.keys() - present, key=lambda c: DEPTH[tree.rows[c].level]))
    _add(new, report.added, progress)
    _change([tree.wanted(code) for code in changed] + tree.moved_gone())
    return report


def _add(regions: Iterator[Stored], count: int, progress: Progress) -> None:
    """Insert, parents before children; PostgreSQL takes them as a stream."""
    if not count:
        return
    counted = _counted(regions, count, progress)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            with cursor.copy(
                f"COPY {Region._meta.db_table} (code, name, level, parent_id, lineage) FROM STDIN"
            ) as rows:
                for one in counted:
                    rows.write_row((one.code, one.name, one.level, one.parent or None, one.lineage))
            cursor.execute(f"ANALYZE {Region._meta.db_table}")
        return
    while batch := [_region(one) for one in islice(counted, BATCH)]:
        Region.objects.bulk_create(batch)


def _counted(regions: Iterator[Stored], count: int, progress: Progress) -> Iterator[Stored]:
    for number, one in enumerate(regions, start=1):
        yield one
        if number % TELL_EVERY == 0 or number == count:
            progress(f"{number} of {count} new regions written.")


def _change(regions: list[Stored]) -> None:
    for start in range(0, len(regions), BATCH):
        batch = [_region(one) for one in regions[start : start + BATCH]]
        Region.objects.bulk_update(batch, ["name", "level", "parent", "lineage"], batch_size=200)


def _region(one: Stored) -> Region:
    return Region(code=one.code, name=one.name, level=one.level, parent_id=one.parent or None, lineage=one.lineage)
