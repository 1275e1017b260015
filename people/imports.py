"""A school's list of families: uploaded, looked at, and carried out exactly as it was shown."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.columns import Column, Value
from core.errors import DomainError, SentByAnother
from core.files import BadFile
from core.locking import lock, retried
from organisations import areas
from organisations.acting import Acting
from organisations.models import Organisation, Region
from people import family_list
from people.bulk import Family, add_families
from people.family_list import BIRTH, COLUMNS, GUARDIAN, HOME, NAME, PHONE, RELATION, Line, Outcome
from people.models import Child, FamilyImport, Guardian, Guardianship
from people.services import NotAnOffice


class ListGone(DomainError):
    """The list's hour is over, or it was thrown away."""


def template(office: Organisation, example_birth: str) -> bytes:
    """Return the spreadsheet to fill in: the headings with an example, and on a second sheet the places of the area."""
    from core import sheets  # late: it brings openpyxl

    headings = [Column(family_list.HEADINGS[name], 24) for name in COLUMNS]
    places = areas.homes_within(office.region)
    example: dict[str, Value] = {
        NAME: family_list.EXAMPLE,
        BIRTH: example_birth,
        HOME: places[0].name if places else office.region.name,
        GUARDIAN: _("Wang Xiuying"),
        PHONE: "13800000000",
        RELATION: Guardianship.Relation.GRANDPARENT.label,
    }
    return sheets.workbook_of(
        [
            (_("Families"), headings, [[example[name] for name in COLUMNS]]),
            (
                _("Villages and communities"),
                [
                    Column(_("Village or community"), 24),
                    Column(_("Code of the place"), 20),
                    Column(_("Town or street"), 24),
                ],
                [[place.name, place.pk, _above(place)] for place in places],
            ),
        ]
    )


def _above(place: Region) -> str:
    return place.parent.name if place.parent else ""


def read(upload: "UploadedFile[bytes]") -> list[dict[str, Any]]:
    """Return the rows of a list as texts by column.

    Raises:
        BadFile: it cannot be read, is too long, or lacks a column.
    """
    from core.sheet_reading import read_rows  # late: it brings openpyxl

    heading, found = read_rows(upload, is_heading=family_list.is_heading, most=family_list.MOST_ROWS)
    places = family_list.columns_of(heading)
    missing = [str(family_list.HEADINGS[name]) for name in COLUMNS if name not in places]
    if missing:
        raise BadFile(_("The list lacks these columns: %(names)s.") % {"names": ", ".join(missing)})
    rows = []
    for row in found:
        cells = {name: row.cells[place] if place < len(row.cells) else "" for name, place in places.items()}
        problem = "merged" if row.is_merged else "hidden" if row.is_hidden else ""
        if any(cells.values()) and not family_list.is_example(cells[NAME]):
            rows.append({"number": row.number, "cells": cells, "problem": problem})
    if not rows:
        raise BadFile(_("The list is empty: there is no row below the headings."))
    return rows


def start(upload: "UploadedFile[bytes]", *, by: Acting, submission_id: uuid.UUID, now: datetime) -> FamilyImport:
    """Keep a list for an hour, for its clerk to look at. A second submission finds the first's list.

    Raises:
        BadFile: it cannot be read.
        NotAnOffice: the person acts for nobody who registers families.
        SentByAnother: somebody else used the submission's number.
    """
    office = by.organisation
    if by.user is None or office is None or office.kind not in {Organisation.Kind.OFFICE, Organisation.Kind.SCHOOL}:
        raise NotAnOffice(_("Only an office or a school registers families."))
    rows = read(upload)
    new = [_shown(line) for line in family_list.judge(rows, office, now) if line.outcome == Outcome.NEW]
    made = FamilyImport(
        office=office, clerk=by.user, rows=rows, shown_new=new, submission_id=submission_id, created_at=now
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        known = FamilyImport.objects.visible_to(by, now).filter(submission_id=submission_id).first()
        if known is None:
            raise SentByAnother from None
        return known
    return made


def _shown(line: Line) -> list[int | None]:
    """Return what a clerk says yes to: the row, and the family that its child joins, if there is one."""
    return [line.number, line.family.pk if line.family else None]


def _is_as_shown(line: Line, shown: Sequence[list[int | None]]) -> bool:
    """Tell whether the row does what was shown. A family made meanwhile is the row's own if it has the row's name."""
    is_own = line.family is not None and line.family.name == line.given[GUARDIAN]
    return _shown(line) in shown or (is_own and [line.number, None] in shown)


def look(row: FamilyImport, now: datetime) -> list[Line]:
    """Say what carrying the list out would do now. Only what was shown at the upload is ever added."""
    lines = family_list.judge(row.rows, row.office, now)
    for line in lines:
        if line.outcome == Outcome.NEW and not _is_as_shown(line, row.shown_new):
            line.remark = ""
            line.refuse("", _("What this row would do has changed since the upload. Upload the file again."))
    return lines


@retried
def confirm(row: FamilyImport, *, by: Acting, now: datetime) -> FamilyImport:
    """Add the children that were shown as new, to the families that were shown; the list's rows are forgotten with it.

    A second time does nothing.

    Raises:
        ListGone: the list was thrown away or its hour is over.
    """
    with transaction.atomic():
        office = lock(Organisation, row.office_id)
        mine = FamilyImport.objects.visible_to(by, now).select_for_update(of=("self",)).filter(pk=row.pk).first()
        if mine is None:
            raise ListGone(_("This list is gone: it is kept for an hour. Upload the file again."))
        if mine.confirmed_at is None:
            new = [line for line in look(mine, now) if line.outcome == Outcome.NEW]
            mine.children = [child.pk for child in _add(new, office, by=by, now=now)]
            mine.rows, mine.shown_new, mine.confirmed_at = [], [], now
            mine.save(update_fields=["children", "rows", "shown_new", "confirmed_at"])
    return mine


def _add(lines: Sequence[Line], office: Organisation, *, by: Acting, now: datetime) -> list[Child]:
    """Add one family a phone number; a guardian who is something else to another child comes in a second round."""
    children: list[Child] = []
    known = {line.given[PHONE]: line.family for line in lines if line.family}
    while lines:
        relations: dict[str, str] = {}
        for line in lines:
            relations.setdefault(line.given[PHONE], line.given[RELATION])
        now_lines = [line for line in lines if relations[line.given[PHONE]] == line.given[RELATION]]
        families: dict[str, Family] = {}
        for line in now_lines:
            phone = line.given[PHONE]
            family = families.setdefault(
                phone,
                Family(
                    name=line.given[GUARDIAN],
                    phone=phone,
                    by=by,
                    relation=line.given[RELATION],
                    known=known.get(phone),
                ),
            )
            family.children.append((line.facts, uuid.uuid4()))
        children += add_families(list(families.values()), now=now)
        lines = [line for line in lines if line not in now_lines]
        if lines:
            known = {one.phone: one for one in Guardian.objects.filter(registered_by=office, phone__in=relations)}
    return children


def discard(row: FamilyImport) -> None:
    """Throw a list away that is not going to be carried out."""
    FamilyImport.objects.filter(pk=row.pk, confirmed_at=None).delete()


def sweep(now: datetime) -> int:
    """Forget the lists whose time has passed. Return how many."""
    return FamilyImport.objects.over(now).delete()[0]
