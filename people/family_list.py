"""A list of families as a spreadsheet: its columns, and what each row of it would do.

A row is judged against the office's own families, the other rows, and the calendar. It is *new*, *here* already, seems
to be the *same* child as another, or cannot be taken because of an *error*; only new rows are ever added.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.errors import DomainError
from core.formats import phone_text
from core.forms import DayField
from core.time import today
from organisations import areas
from organisations.models import Organisation, Region
from people.models import Child, Guardian, Guardianship
from people.services import ChildFacts, check_birth_date
from users.phones import PhoneField

MOST_ROWS = 500
NAME, BIRTH, HOME, GUARDIAN, PHONE, RELATION = COLUMNS = (
    "name",
    "birth_date",
    "home",
    "guardian",
    "phone",
    "relation",
)
HEADINGS: dict[str, str | Promise] = {
    NAME: gettext_lazy("Child's name"),
    BIRTH: gettext_lazy("Birth date"),
    HOME: gettext_lazy("Village or community"),
    GUARDIAN: gettext_lazy("Guardian's name"),
    PHONE: gettext_lazy("Guardian's phone"),
    RELATION: gettext_lazy("The guardian is the child's"),
}
_OTHER_HEADINGS = {
    NAME: pgettext_lazy("other words for a heading", "name, pupil, pupil's name"),
    BIRTH: pgettext_lazy("other words for a heading", "born, date of birth"),
    HOME: pgettext_lazy("other words for a heading", "community, village, home"),
    GUARDIAN: pgettext_lazy("other words for a heading", "guardian, parent"),
    PHONE: pgettext_lazy("other words for a heading", "phone, mobile"),
    RELATION: pgettext_lazy("other words for a heading", "relation, relation to the child"),
}
_RELATION_WORDS = {
    Guardianship.Relation.PARENT: pgettext_lazy("other words for a guardian", "parent, father, mother"),
    Guardianship.Relation.GRANDPARENT: pgettext_lazy("other words for a guardian", "grandfather, grandmother"),
    Guardianship.Relation.CARER: pgettext_lazy("other words for a guardian", "carer, foster parent"),
    Guardianship.Relation.OTHER: pgettext_lazy("other words for a guardian", "other, uncle, aunt"),
}
EXAMPLE = gettext_lazy("Example (this row is not read)")
_DAY_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]
_GAP = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")  # names of two characters are often spaced out
_NOTE = re.compile(r"[\s*＊:：]|\(.*?\)|（.*?）")  # what people add to a heading
_FIELDS: dict[str, forms.Field] = {
    NAME: forms.CharField(max_length=50, error_messages={"required": gettext_lazy("Write the child's name.")}),
    BIRTH: DayField(
        input_formats=_DAY_FORMATS,
        error_messages={
            "required": gettext_lazy("Write the birth date."),
            "invalid": gettext_lazy("This is no date. Write it like 2016-05-04."),
        },
    ),
    HOME: forms.CharField(max_length=100, error_messages={"required": gettext_lazy("Write the village or community.")}),
    GUARDIAN: forms.CharField(max_length=50, error_messages={"required": gettext_lazy("Write the guardian's name.")}),
    PHONE: PhoneField(
        error_messages={
            "required": gettext_lazy("Write the guardian's phone. A family without one is registered on its own page.")
        }
    ),
    RELATION: forms.CharField(
        max_length=100, error_messages={"required": gettext_lazy("Say who answers for the child.")}
    ),
}


class Outcome(models.TextChoices):
    """What a row would do."""

    NEW = "new", pgettext_lazy("row of a list", "new")
    HERE = "here", pgettext_lazy("row of a list", "already here")
    SAME = "same", pgettext_lazy("row of a list", "the same child")
    ERROR = "error", pgettext_lazy("row of a list", "cannot be taken")


@dataclass
class Line:
    """One row of the list, judged. ``problems`` name the column, as far as one is to blame.

    ``known`` are the office's own children whom the row is, or may be (their numbers): the page tells of them.
    """

    number: int
    cells: dict[str, str]
    given: dict[str, Any] = field(default_factory=dict)
    problems: list[tuple[str | Promise, str]] = field(default_factory=list)
    outcome: str = Outcome.NEW
    remark: str = ""
    family: Guardian | None = None
    known: set[int] = field(default_factory=set)

    @property
    def label(self) -> str | Promise:
        """The outcome in words."""
        return Outcome(self.outcome).label

    @property
    def facts(self) -> ChildFacts:
        """The child as the row gives it."""
        return ChildFacts(self.given[NAME], self.given[BIRTH], self.given[HOME])

    @property
    def child_key(self) -> tuple[str, date]:
        """What makes two rows one child."""
        return self.given[NAME], self.given[BIRTH]

    def refuse(self, column: str, sentence: str) -> None:
        """Say what is wrong with a column."""
        self.outcome = Outcome.ERROR
        self.problems.append((HEADINGS.get(column, ""), sentence))


def _in_all_languages(text: str | Promise) -> Iterable[str]:
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            yield str(text)


def _words(text: str | Promise) -> set[str]:
    """Return the words of a comma list, in all languages, as headings and cells are compared."""
    return {_bare(word) for each in _in_all_languages(text) for word in re.split(r"[,、，/]", each)}


def _bare(text: str) -> str:
    return _NOTE.sub("", text).casefold()


def columns_of(heading: Sequence[str]) -> dict[str, int]:
    """Return where each column stands, by the words of any language of ours; the first that fits counts."""
    found: dict[str, int] = {}
    for other in (False, True):
        for name in COLUMNS:
            words = (
                _words(_OTHER_HEADINGS[name]) if other else {_bare(one) for one in _in_all_languages(HEADINGS[name])}
            )
            fits = (place for place, text in enumerate(heading) if _bare(text) in words and place not in found.values())
            place = next(fits, None)
            if place is not None:
                found.setdefault(name, place)
    return found


def is_heading(cells: Sequence[str]) -> bool:
    """Tell whether a row names the columns."""
    return len(columns_of(cells)) >= len(COLUMNS) / 2


def is_example(name: str) -> bool:
    """Tell whether the row is the template's example."""
    return name in set(_in_all_languages(EXAMPLE))


def judge(rows: Sequence[dict[str, Any]], office: Organisation, now: datetime) -> list[Line]:
    """Say what each row would do. A fixed number of queries, however many rows."""
    lines = [Line(row["number"], row["cells"]) for row in rows]
    relations = {word: relation for relation, words in _RELATION_WORDS.items() for word in _words(words)}
    relations |= {word: relation for relation in Guardianship.Relation for word in _relation_labels(relation)}
    homes = _homes({line.cells[HOME] for line in lines}, office)
    for line, row in zip(lines, rows, strict=True):
        if row["problem"]:
            line.refuse("", _problem(row["problem"]))
        else:
            _read(line, homes, relations, now)
    _compare([line for line in lines if line.outcome == Outcome.NEW], office, today(now))
    return lines


def _relation_labels(relation: Guardianship.Relation) -> set[str]:
    return {relation.value} | {_bare(each) for each in _in_all_languages(relation.label)} | _words(relation.label)


def _problem(code: str) -> str:
    if code == "hidden":
        return _("This row is hidden in the file. If it is meant, show it and upload the file again.")
    return _("Cells are merged here. Unmerge them, and write every cell of the row.")


def _read(line: Line, homes: dict[str, Region | str], relations: dict[str, Any], now: datetime) -> None:
    """Check each cell by itself."""
    for column in COLUMNS:
        text = _GAP.sub("", line.cells[column]) if column in {NAME, GUARDIAN} else line.cells[column]
        try:
            line.given[column] = _FIELDS[column].clean(text)
        except ValidationError as refusal:
            line.refuse(column, " ".join(refusal.messages))
    if BIRTH in line.given:
        try:
            check_birth_date(line.given[BIRTH], now)
        except DomainError as refusal:
            line.refuse(BIRTH, str(refusal))
    if HOME in line.given:
        home = homes[line.given.pop(HOME)]
        if isinstance(home, str):
            line.refuse(HOME, home)
        else:
            line.given[HOME] = home
    if RELATION in line.given:
        relation = relations.get(_bare(line.given[RELATION]))
        if relation is None:
            labels = ", ".join(str(one.label) for one in Guardianship.Relation)
            line.refuse(RELATION, _("Write one of these: %(words)s.") % {"words": labels})
        line.given[RELATION] = relation


def _homes(words: set[str], office: Organisation) -> dict[str, Region | str]:
    """Return for each code or name the one place that it means, or why there is none.

    A name means a place in the office's own area before any other in which a League works.
    """
    found: dict[str, list[Region]] = {word: [] for word in words}
    for region in areas.homes(words):
        for word in {region.pk, region.name} & words:
            found[word].append(region)
    return {word: _home(regions, office) for word, regions in found.items()}


def _home(regions: list[Region], office: Organisation) -> Region | str:
    own = [region for region in regions if region.is_within(office.region)]
    choices = own or regions
    if len(choices) == 1:
        return choices[0]
    if not choices:
        return _("No village or community here has this name. Copy it from the template's second sheet.")
    named = ", ".join(f"{region.name} ({region.parent}) {region.pk}" for region in choices[:5])
    return _("Several places have this name. Write the code: %(places)s.") % {"places": named}


def _compare(lines: Sequence[Line], office: Organisation, day: date) -> None:
    """Look for the children among the office's own, and among the rows above."""
    here = _children_here(lines, office, day)
    families = _families_here(lines, office)
    first: dict[tuple[str, date], Line] = {}
    by_phone: dict[str, Line] = {}
    for line in lines:
        phone = line.given[PHONE]
        line.family = families.get(phone)
        known = here.get(line.child_key, [])
        above = by_phone.get(phone)
        if known:
            line.known = {one.child_id for one in known}
            _is_here(line, [one.guardian for one in known if one.guardian.registered_by_id == office.pk])
        elif above and above.given[GUARDIAN] != line.given[GUARDIAN]:
            words = {"row": above.number, "name": above.given[GUARDIAN]}
            line.refuse(PHONE, _("Row %(row)d gives this phone to %(name)s.") % words)
        elif line.child_key in first:
            _is_above(line, first[line.child_key])
        else:
            if line.family:
                line.remark = _("Joins the family of %(name)s.") % {"name": line.family}
            first[line.child_key] = line
            by_phone.setdefault(phone, line)


def _is_here(line: Line, families: list[Guardian]) -> None:
    """The office has a child of this name and birth date: with this phone it is here, else it seems to be the same."""
    exact = next((family for family in families if family.phone == line.given[PHONE]), None)
    line.family = exact or next(iter(families), None)
    if exact or not line.family:
        line.outcome = Outcome.HERE
        return
    line.outcome = Outcome.SAME
    words = {"name": line.family, "phone": line.family.phone_shown}
    line.remark = (
        _(
            "Your office has a child of this name and birth date, of %(name)s %(phone)s. "
            "If this is another child, register the family on its own page."
        )
        % words
    )


def _is_above(line: Line, above: Line) -> None:
    line.outcome = Outcome.SAME
    line.remark = _("The same child as in row %(row)d.") % {"row": above.number}
    if above.given[PHONE] != line.given[PHONE]:
        line.remark = _("Seems to be the child of row %(row)d, with the phone %(phone)s.") % {
            "row": above.number,
            "phone": phone_text(above.given[PHONE]),
        }


def _children_here(
    lines: Sequence[Line], office: Organisation, day: date
) -> dict[tuple[str, date], list[Guardianship]]:
    """Return who answers for the office's own children of the rows' names and birth dates, by both. One query."""
    rows = Guardianship.objects.current(day).filter(
        child__in=Child.objects.unmerged().filter(
            registered_by=office,
            birth_date__in={line.given[BIRTH] for line in lines},
            name__in={line.given[NAME] for line in lines},
        )
    )
    found: dict[tuple[str, date], list[Guardianship]] = {}
    for row in rows.select_related("child", "guardian").order_by("pk"):
        found.setdefault((row.child.name, row.child.birth_date), []).append(row)
    return found


def _families_here(lines: Sequence[Line], office: Organisation) -> dict[str, Guardian]:
    """Return the office's families of the rows' phones, the oldest of each. One query."""
    rows = Guardian.objects.filter(registered_by=office, phone__in={line.given[PHONE] for line in lines})
    return {row.phone: row for row in rows.order_by("-pk")}
