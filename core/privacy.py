"""What is personal: each app says in its ``privacy.py`` what its models hold of people, why, how long and who sees it.

A field that looks personal and is classified nowhere fails a test. The page of the register, the download of one's
own data and the erasure are read from the same records.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = str | Promise
Field = models.Field[Any, Any]


class Whom(models.TextChoices):
    """Whose data it is."""

    CHILD = "child", _("Children and youths")
    GUARDIAN = "guardian", _("Guardians and who fetches children")
    WORKER = "worker", _("Staff and volunteers")
    ACCOUNT = "account", _("Whoever has a login")
    PARTNER = "partner", _("Contacts of organisations, donors")


@dataclass(frozen=True)
class Kept:
    """How long something is kept. ``days``, where there are any, are what the nightly job acts on."""

    key: str
    words: Words
    days: int | None = None


UNTIL_ERASED = Kept("until_erased", _("until you delete it or ask us to"))
UNTIL_GROWN = Kept(
    "until_grown",
    _("until you delete it or ask us to, 90 days after nobody answers for the child, or a year after turning 18"),
)
AN_HOUR = Kept("an_hour", _("an hour, or until the list is carried out"))
SENT = Kept("sent", _("until it was sent"))
A_WEEK = Kept("a_week", _("a week"), 7)
A_MONTH = Kept("a_month", _("30 days after the activity"), 30)
A_MONTH_USED = Kept("a_month_used", _("30 days after it was used or ended"), 30)
A_QUARTER = Kept("a_quarter", _("90 days"), 90)
A_YEAR = Kept("a_year", _("a year"), 365)
A_YEAR_IDLE = Kept(
    "a_year_idle", _("until you delete it or take the consent back, at the latest a year after the last activity"), 365
)
THREE_YEARS = Kept("three_years", _("three years"), 3 * 365)
THREE_YEARS_CLOSED = Kept("three_years_closed", _("three years after it was closed"), 3 * 365)
TEN_YEARS = Kept(
    "ten_years", _("ten years, as the rules for volunteers' records ask; without the name once it is erased"), 3653
)
THE_BOOKS = Kept("the_books", _("as long as the books of public money"))
THE_ROLE = Kept("the_role", _("as long as the organisation takes part"))

THE_FAMILY = _("the family itself and the office that registered it")
FAMILY_AND_STAFF = _("the family, its office, and staff on duty from 48 hours before an activity to 72 hours after")
FAMILY_AND_DUTY = _(
    "the family, and the staff on duty at that activity, from 48 hours before it to 72 hours after; each look is logged"
)
ONESELF = pgettext_lazy("who sees it", "only yourself")
ONESELF_AND_COLLEAGUES = _("yourself and the organisation for which you act")
COORDINATORS = _("yourself, and who runs the session from 48 hours before it to 72 hours after")
SAFEGUARDING = _("yourself, and safeguarding officers; others see only whether it is valid")
EVERYBODY = pgettext_lazy("who sees it", "everybody")
LEAGUE = _("the League and the organisation itself")
NOBODY = pgettext_lazy("who sees it", "nobody: only the software reads it")


@dataclass(frozen=True)
class Personal:
    """A personal field, or a record about a person: whose, what it is called, why, how long, who sees it."""

    whom: Whom
    what: Words
    why: Words
    kept: Kept
    seen_by: Words


@dataclass(frozen=True)
class Record:
    """What a model holds of people.

    ``about`` holds for each of its fields but those in ``fields`` and ``plain``. ``plain`` names fields that look
    personal and hold nothing of a person. ``is_person``: a row stands for somebody, so a key to it is a link. ``of``
    says how the rows of a ``child``, ``guardian`` or ``user`` are found, for the download of one's own data.
    """

    about: Personal | None = None
    fields: Mapping[str, Personal] = field(default_factory=dict)
    plain: str = ""
    is_person: bool = False
    of: Mapping[str, str] = field(default_factory=dict)

    def says(self, name: str) -> bool:
        """Tell whether the field is named here."""
        return name in self.fields or name in self.plain.split()


@dataclass(frozen=True)
class Person:
    """Somebody as the records know them: numbers of a child or several, of a guardian's record, of a login."""

    children: tuple[int, ...] = ()
    guardian: int | None = None
    user: int | None = None
    email: str = ""
    phone: str = ""


ERASED = "—"  # what stands where a name stood that may not be empty


class Unclassified(Exception):
    """A field looks personal, and no ``privacy.py`` says what it is."""


_TELLING = re.compile(
    r"name|phone|mail|birth|address|contact|person|holder|text|note|reason|memo|agent|emergency|collected|school|"
    r"gender|health|allerg|about|body|subject|reply|answer|resolution|explanation|message|comment|identity|id_number"
)
_SPEAKING = (models.EmailField, models.JSONField, models.FileField, models.GenericIPAddressField, models.TextField)


def looks_personal(each: Field) -> bool:
    """Tell whether a field may hold something of a person: by its type, or by its name if it holds words."""
    if each.is_relation or each.choices or each.name == "history_change_reason":
        return False
    if isinstance(each, _SPEAKING) or (isinstance(each, models.DateField) and "birth" in each.name):
        return True
    return isinstance(each, models.CharField) and _TELLING.search(each.name) is not None


@cache
def records() -> dict[type[models.Model], Record]:
    """Return what every app says about its models."""
    found: dict[type[models.Model], Record] = {}
    for app in reversed(settings.OUR_APPS):
        name = f"{app}.privacy"
        if find_spec(name):
            found.update(getattr(import_module(name), "RECORDS", {}))
    return found


def _records_of(model: type[models.Model]) -> list[Record]:
    """Return the records of a model and of those that it extends or whose versions it keeps."""
    kept = getattr(model, "instance_type", None)
    line = [*model.__mro__, *(kept.__mro__ if kept else [])]
    return [records()[each] for each in line if each in records()]


def is_classified(model: type[models.Model]) -> bool:
    """Tell whether some app says what the model holds of people."""
    return bool(_records_of(model))


def personal(each: Field) -> Personal | None:
    """Return what is said about a field, or nothing if it holds nothing of a person.

    Raises:
        Unclassified: it looks personal, and nobody says what it is.
    """
    lines = _records_of(each.model)
    for record in lines:
        if each.name in record.fields:
            return record.fields[each.name]
        if each.name in record.plain.split():
            return None
    about = next((record.about for record in lines if record.about), None)
    if about is not None:
        return None if each.primary_key or each.name == "submission_id" else about
    if looks_personal(each):
        where = each.model._meta
        raise Unclassified(f"{where.label}.{each.name}: say what it is in {where.app_label}/privacy.py")
    return None


def is_link(each: Field) -> bool:
    """Tell whether a field only points at a person: it holds a number, which means nothing without their record."""
    target = each.related_model
    return isinstance(target, type) and any(record.is_person for record in _records_of(target))


def fields() -> Iterator[Field]:
    """Yield every stored field of every model of the site, from the lowest layer up."""
    for model in apps.get_models(include_auto_created=True):
        yield from model._meta.local_concrete_fields
