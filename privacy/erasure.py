"""Erasing a person: every app forgets what it holds, the highest first; histories and books keep a number only.

What was erased is written down without a name, in the database and in the file ``ERASURE_LOG``. A backup that is
restored knows neither: ``manage.py erase_person --replay`` reads the file and erases again. A number may have been
given anew since, so a record is only erased again if it was made at the moment that the log says.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.db import models, transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core import memory
from core.commit import after_commit
from core.errors import DomainError
from core.locking import hold_all, lock, retried
from core.logs import request_id
from core.privacy import Person
from core.time import today
from organisations import memberships
from organisations.acting import clock
from organisations.models import Membership
from people.models import Child, Guardian, Guardianship
from privacy.models import Erasure
from users.models import User

CHILD, GUARDIAN, ACCOUNT = "child", "guardian", "account"
MODELS: dict[str, type[models.Model]] = {CHILD: Child, GUARDIAN: Guardian, ACCOUNT: User}


class StillActing(DomainError):
    """The person acts for an organisation; their work has to pass to somebody first."""


class NobodyThere(DomainError):
    """There is no such record, or it was erased already."""


def privacy_modules() -> Iterator[ModuleType]:
    """Yield every app's ``privacy.py``, the highest layer first."""
    for app in settings.OUR_APPS:
        if find_spec(f"{app}.privacy"):
            yield import_module(f"{app}.privacy")


def _made_at(row: models.Model) -> datetime:
    moment: datetime = row.joined_at if isinstance(row, User) else row.created_at  # type: ignore[attr-defined]
    return moment


def is_erased(row: models.Model) -> bool:
    """Tell whether a record was erased already."""
    if isinstance(row, User):
        return (row.email or "").endswith("@erased.invalid")
    return getattr(row, "erased_at", None) is not None


def _alone(guardian_id: int, on: datetime) -> list[int]:
    """Return the children for whom they answer, and nobody else, and whom no office registered.

    For whom they answer no more they leave behind: whoever is of age is nobody's child here.
    """
    current = Guardianship.objects.current(today(on))
    mine = current.filter(guardian=guardian_id).values("child_id")
    others = current.exclude(guardian=guardian_id).values("child_id")
    rows = Child.objects.filter(pk__in=mine, registered_by=None, user=None, erased_at=None).exclude(pk__in=others)
    return list(rows.values_list("pk", flat=True))


def person_of(row: models.Model, now: datetime) -> Person:
    """Return what belongs to a record: a login's guardian record and the children that only it answers for.

    A youth's login stays when their record goes: it is theirs to delete.
    """
    if isinstance(row, Child):
        former = Child.objects.filter(merged_into=row, erased_at=None).values_list("pk", flat=True)
        return Person(children=(row.pk, *former))
    if isinstance(row, Guardian):
        account = row.user
        reached = (account.email or "", account.phone or "") if account else ("", "")
        return Person(tuple(_alone(row.pk, now)), row.pk, row.user_id, *reached)
    assert isinstance(row, User)
    guardian = Guardian.objects.filter(user=row, erased_at=None).first()
    youth = Child.objects.filter(user=row, erased_at=None).first()
    children = [*(_alone(guardian.pk, now) if guardian else []), *([youth.pk] if youth else [])]
    return Person(tuple(children), guardian.pk if guardian else None, row.pk, row.email or "", row.phone or "")


def _hold_children(row: models.Model) -> None:
    """Lock whom a leaving guardian answers for: of two who leave at one moment the second finds the child alone."""
    if isinstance(row, Child):
        return
    guardian = {"guardian": row.pk} if isinstance(row, Guardian) else {"guardian__user": row.pk}
    hold_all(Child, Guardianship.objects.filter(**guardian).values_list("child_id", flat=True))


def _refuse_acting(person: Person, now: datetime) -> None:
    if person.user and Membership.objects.current(today(now)).filter(user=person.user).exists():
        raise StillActing(_("This person acts for an organisation. Let its manager end that first, then erase them."))


@retried
def erase(row: models.Model, *, cause: str, now: datetime) -> list[Erasure]:
    """Erase somebody everywhere, in one transaction; files and memories follow the commit.

    Who is erased again after a restore had left their organisations before: roles that the backup knows end first.

    Raises:
        StillActing: they act for an organisation.
        NobodyThere: they were erased already.
    """
    with transaction.atomic():
        locked = lock(type(row), row.pk)
        if is_erased(locked):
            raise NobodyThere(_("This record was erased already."))
        _hold_children(locked)
        person = person_of(locked, now)
        if cause == Erasure.Cause.REPLAY and person.user:
            memberships.end_all(person.user, by=clock("privacy.replay"), now=now)
        _refuse_acting(person, now)
        subjects: list[models.Model] = [*Child.objects.filter(pk__in=person.children)]
        subjects += [*Guardian.objects.filter(pk=person.guardian or 0), *User.objects.filter(pk=person.user or 0)]
        names = {model: name for name, model in MODELS.items()}
        log = [
            Erasure(
                subject=names[type(each)],
                number=each.pk,
                made_at=_made_at(each),
                cause=cause,
                at=now,
                request_id=request_id.get(),
            )
            for each in subjects
        ]
        for module in privacy_modules():
            if hasattr(module, "erase"):
                module.erase(person, now)
        Erasure.objects.bulk_create(log)
        after_commit(_afterwards)
    return log


def _afterwards() -> None:
    """Forget what this process remembers, and bring the log outside the database up to date.

    Other processes remember for a minute at most. The cache that they share holds nothing of a person, and the queue
    of jobs may live in the same Redis: it is left alone.
    """
    memory.forget()
    write_log()


def log_file() -> Path:
    """Return where the log of erasures stands outside the database."""
    return Path(settings.ERASURE_LOG)


def _read(file: Path) -> dict[tuple[str, int, str], dict[str, str | int]]:
    if not file.exists():
        return {}
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {(line["subject"], line["number"], line["made_at"]): line for line in lines}


def write_log() -> int:
    """Add to the file what the database knows and the file does not; return how many lines. It may run at any time."""
    file = log_file()
    known = _read(file)
    rows = [
        {"subject": row.subject, "number": row.number, "made_at": row.made_at.isoformat(), "at": row.at.isoformat()}
        for row in Erasure.objects.order_by("pk")
    ]
    lacking = [row for row in rows if (row["subject"], row["number"], row["made_at"]) not in known]
    if lacking:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.writelines(json.dumps(row) + "\n" for row in lacking)
    return len(lacking)


def replay(file: Path, *, now: datetime) -> tuple[int, list[str]]:
    """Erase again whom the log names and a restored database still knows.

    Return how many lines led to it, and which did not although they had to, with the reason; the others go on.
    """
    count, failed = 0, []
    for subject, number, made_at in _read(file):
        row = MODELS[subject]._default_manager.filter(pk=number).first()
        if row is None or is_erased(row) or _made_at(row) != parse_datetime(made_at):
            continue
        try:
            erase(row, cause=Erasure.Cause.REPLAY, now=now)
        except Exception as error:  # noqa: BLE001  whatever stands in the way of one: the others are erased
            reason = str(error) if isinstance(error, DomainError) else type(error).__name__  # a database quotes the row
            failed.append(f"{subject} {number}: {reason}")
        else:
            count += 1
    return count, failed
