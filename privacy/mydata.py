"""One's own data as a file: what the register knows of a person and their children, as JSON and as tables."""

import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import models, transaction
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core import privacy
from core.columns import Column
from core.commit import after_commit
from core.jobs import ask_worker
from core.locking import lock
from core.privacy import Field, Person
from core.time import today
from people.models import Child, Guardian
from people.queries import children_of
from privacy.models import FILE_LIFE, PreparedFile
from users.models import User

_SECRET = {"password", "secret_hash", "session_key", "data"}
Rows = tuple[type[models.Model], list[Field], list[list[Any]]]


def everything_of(user: User, now: datetime) -> Person:
    """Return the person with every child for whom they answer now."""
    guardian = Guardian.objects.filter(user=user, erased_at=None).first()
    children = set(children_of(guardian, today(now)).values_list("pk", flat=True)) if guardian else set()
    children |= set(Child.objects.unmerged().filter(user=user).values_list("pk", flat=True))
    return Person(tuple(sorted(children)), guardian.pk if guardian else None, user.pk, user.email or "")


def _columns(model: type[models.Model]) -> list[Field]:
    """Return the fields that are shown: no secret, and no key to a person, whose record may not be one's own."""
    kept = [each for each in model._meta.concrete_fields if privacy.personal(each) is not None]
    return [each for each in kept if each.name not in _SECRET and not privacy.is_link(each)]


def _shown(row: models.Model, each: Field) -> Any:
    if each.is_relation:
        other = getattr(row, each.name)
        return None if other is None else str(other)
    if each.choices:
        return str(getattr(row, f"get_{each.name}_display")())
    return getattr(row, each.name)


def collect(person: Person) -> Iterator[Rows]:
    """Yield each kind of record that there is of the person, with its fields and rows."""
    numbers = {
        "child": list(person.children),
        "guardian": [person.guardian] if person.guardian else [],
        "user": [person.user] if person.user else [],
    }
    for model, record in privacy.records().items():
        found: dict[int, models.Model] = {}
        for whose, path in record.of.items():
            found |= {row.pk: row for row in model._default_manager.filter(**{f"{path}__in": numbers[whose]})}
        if found:
            fields = _columns(model)
            yield model, fields, [[_shown(row, each) for each in fields] for _pk, row in sorted(found.items())]


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | list | dict) or value is None else str(value)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    plain = value if isinstance(value, date | datetime | int) or value is None else _plain(value)
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, list | dict) else plain


def archive(user: User, now: datetime) -> bytes:
    """Return a zip with everything of the person: ``data.json`` for machines, ``data.xlsx`` for people."""
    from core import sheets  # late: it brings openpyxl

    with translation.override(user.language):
        parts = list(collect(everything_of(user, now)))
        machine = {
            model._meta.label: [
                {each.name: _plain(value) for each, value in zip(fields, row, strict=True)} for row in rows
            ]
            for model, fields, rows in parts
        }
        tables = [
            (
                capfirst(str(model._meta.verbose_name)),
                [Column(capfirst(str(each.verbose_name)), 20) for each in fields],
                [[_cell(value) for value in row] for row in rows],
            )
            for model, fields, rows in parts
        ]
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("data.json", json.dumps(machine, ensure_ascii=False, indent=1))
            made.writestr("data.xlsx", sheets.workbook_of(tables))
    return out.getvalue()


def ask(user: User, *, now: datetime, submission_id: uuid.UUID) -> PreparedFile:
    """Ask for the file; a worker makes it. One that is alive is found, not made twice."""
    with transaction.atomic():
        lock(User, user.pk)
        mine = PreparedFile.objects.alive(now).filter(owner=user, kind=PreparedFile.Kind.MY_DATA)
        known = mine.filter(submission_id=submission_id).first() or mine.filter(ready_at=None).first()
        if known is not None:
            return known
        made = PreparedFile.objects.create(
            kind=PreparedFile.Kind.MY_DATA,
            owner=user,
            asked_at=now,
            expires_at=now + FILE_LIFE,
            submission_id=submission_id,
        )
        after_commit(ask_worker, "privacy.prepare")
    return made


def prepare(now: datetime) -> int:
    """Make every file that was asked for; return how many. It may run twice: what is made is not made again.

    What is long, the gathering, holds no lock: on SQLite nobody else could write meanwhile. If somebody in it is erased
    in that time, it is not kept: the next run gathers it anew, where there is still somebody to gather it for.
    """
    count = 0
    for asked in PreparedFile.objects.alive(now).filter(ready_at=None).select_related("owner").order_by("pk"):
        content = ContentFile(archive(asked.owner, now))
        with transaction.atomic():
            row = PreparedFile.objects.select_for_update().filter(pk=asked.pk).first()
            if row is not None and row.ready_at is None and row.asked_at == asked.asked_at:
                row.file.save(f"{uuid.uuid4().hex}.zip", content, save=False)
                row.ready_at = now
                row.save(update_fields=["file", "ready_at"])
                count += 1
    return count


def remove_expired(now: datetime) -> int:
    """Remove from the disk what has expired; return how many files. That it was there the night counts and forgets."""
    count = 0
    for row in PreparedFile.objects.filter(expires_at__lte=now).exclude(file="").order_by("pk"):
        row.file.delete(save=False)
        count += PreparedFile.objects.filter(pk=row.pk).update(file="")
    return count
