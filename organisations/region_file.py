"""Reads a file of official division codes and checks each row by itself.

The file has the columns ``code,name,level,parent_code``; rows may come in any order. Problems are written in the
language of the page; commands speak English.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from organisations.models import Region

COLUMNS = ("code", "name", "level", "parent_code")
CODE_LENGTH = 12
MOST_PROBLEMS = 20
TELL_EVERY = 100_000

DEPTH = {str(level): depth for depth, level in enumerate(Region.Level)}
_MAY_STAND_ALONE = frozenset({Region.Level.PROVINCE, Region.Level.CITY, Region.Level.COUNTY})
_NAME_LENGTH = 100

Progress = Callable[[str], None]


def quietly(_text: str) -> None:
    """Say nothing: for who does not watch."""


class BadFile(Exception):
    """The file cannot be imported; each problem names its line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Row(NamedTuple):
    """A region as the file has it, and on which line."""

    name: str
    level: str
    parent: str
    line: int


def _on_line(line: int, text: str) -> str:
    return _("Line %(line)d: %(problem)s") % {"line": line, "problem": text}


class Problems:
    """Collects what is wrong, and gives up when there is more than anybody reads."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, line: int, text: str) -> None:
        """Note a problem of a line."""
        self.found.append(_on_line(line, text))
        if len(self.found) >= MOST_PROBLEMS:
            self.found.append(_("There may be more; reading stopped here."))
            raise BadFile(self.found)

    def stop_if_any(self) -> None:
        """Raise what was found."""
        if self.found:
            raise BadFile(self.found)


def read(path: Path, *, progress: Progress = quietly) -> dict[str, Row]:
    """Return the file's regions by code, each row checked by itself.

    Raises:
        BadFile: a row is not as it must be.
    """
    problems = Problems()
    rows: dict[str, Row] = {}
    for line, cells in _cells(path, problems):
        code, name, level, parent = cells
        wrong = _what_is_wrong(code, name, level, parent)
        if not wrong and code in rows:
            wrong = _("code %(code)s stands on line %(line)d already.") % {"code": code, "line": rows[code].line}
        if wrong:
            problems.add(line, wrong)
            continue
        rows[code] = Row(name, level, parent, line)
        if len(rows) % TELL_EVERY == 0:
            progress(f"{len(rows)} rows read.")
    if not rows:
        problems.add(1, _("the file holds no region."))
    problems.stop_if_any()
    return rows


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            problem = _("the text is not UTF-8. Save the file as “CSV UTF-8”.")
            raise BadFile([_on_line(number, problem)]) from None


def _cells(path: Path, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yield each row's line number and its four cells, in the order of ``COLUMNS``."""
    with path.open("rb") as file:
        reader = csv.reader(_decoded(file), strict=True)
        start = 1
        try:
            header = [cell.strip() for cell in next(reader, [])]
            missing = [name for name in COLUMNS if name not in header]
            if missing:
                words = _("the column %(names)s is missing. The first line names the columns.")
                problems.add(1, words % {"names": ", ".join(missing)})
                problems.stop_if_any()
            places = [header.index(name) for name in COLUMNS]
            start = reader.line_num + 1
            for cells in reader:
                if len(cells) == len(header):
                    yield start, [cells[place].strip() for place in places]
                elif cells:
                    words = _("%(count)d columns instead of %(wanted)d.")
                    problems.add(start, words % {"count": len(cells), "wanted": len(header)})
                start = reader.line_num + 1
        except csv.Error as error:
            problem = _("not readable as CSV (%(error)s).") % {"error": error}
            raise BadFile([*problems.found, _on_line(start, problem)]) from error


def _is_code(text: str) -> bool:
    return len(text) == CODE_LENGTH and text.isascii() and text.isdigit()


def _what_is_wrong(code: str, name: str, level: str, parent: str) -> str:
    """Return what is wrong with a row by itself, or nothing."""
    if not _is_code(code):
        return _("code “%(code)s” is not %(digits)d digits long.") % {"code": code, "digits": CODE_LENGTH}
    if not name or len(name) > _NAME_LENGTH or not name.isprintable():
        words = _("the name of %(code)s must have 1 to %(most)d printable characters.")
        return words % {"code": code, "most": _NAME_LENGTH}
    if level not in DEPTH:
        return _("level “%(level)s” is none of %(levels)s.") % {"level": level, "levels": ", ".join(DEPTH)}
    if parent and not _is_code(parent):
        return _("parent code “%(code)s” is not %(digits)d digits long.") % {"code": parent, "digits": CODE_LENGTH}
    if not parent and level not in _MAY_STAND_ALONE:
        return _("a %(level)s needs a parent code.") % {"level": level}
    return ""
