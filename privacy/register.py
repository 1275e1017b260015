"""The register: what is kept of people, why, how long and who sees it, read from the models themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models
from django.utils.text import capfirst

from core import privacy
from core.privacy import Field, Personal, Whom


@dataclass(frozen=True)
class Line:
    """One line of the register, and whether what it names is stored encrypted."""

    personal: Personal
    is_encrypted: bool


def personal_fields() -> Iterator[tuple[Field, Personal]]:
    """Yield every field that holds something of a person, with what is said about it."""
    for each in privacy.fields():
        said = privacy.personal(each)
        if said is not None:
            yield each, said


def is_encrypted(each: Field) -> bool:
    """Tell whether the database holds the field's values encrypted."""
    return bool(getattr(each, "is_encrypted", False))


def lines() -> dict[Whom, list[Line]]:
    """Return the register, by whose data it is; a line is what is kept for one purpose."""
    encrypted: dict[Personal, bool] = {}
    for each, said in personal_fields():
        encrypted[said] = encrypted.get(said, False) or is_encrypted(each)
    named = (said for record in privacy.records().values() for said in (*record.fields.values(), record.about) if said)
    ordered = [said for said in dict.fromkeys(named) if said in encrypted]  # the family first, as the layers stand
    return {whom: [Line(said, encrypted[said]) for said in ordered if said.whom == whom] for whom in Whom}


def kinds() -> dict[str, Personal]:
    """Return what is kept for each purpose as the register lists it, by the first field that holds it."""
    found: dict[Personal, str] = {}
    for each, said in personal_fields():
        found.setdefault(said, f"{each.model._meta.label}.{each.name}")
    return {found[line.personal]: line.personal for each in lines().values() for line in each}


def _said(each: Field) -> str:
    said = privacy.personal(each)
    if said is None:
        return "a key to a person" if privacy.is_link(each) else "nothing personal"
    return f"{said.whom.value}: {said.what}"


def _row(each: Field) -> list[str]:
    said = privacy.personal(each)
    rest = [str(said.why), str(said.kept.words), str(said.seen_by)] if said else ["", "", ""]
    return [f"`{each.name}`", _said(each), *rest, "yes" if is_encrypted(each) else ""]


def tables() -> Iterator[tuple[str, list[list[str]]]]:
    """Yield each model of ours that holds something of a person, with a row for every stored field of it."""
    rows: dict[type[models.Model], list[list[str]]] = {}
    speaking = set()
    for each in privacy.fields():
        rows.setdefault(each.model, []).append(_row(each))
        if privacy.personal(each) is not None:
            speaking.add(each.model)
    for model in sorted(speaking, key=lambda one: one._meta.label):
        yield f"{model._meta.label} ({capfirst(str(model._meta.verbose_name))})", rows[model]


_ON_SQLITE_ONLY = {"wagtailsearch.SQLiteFTSIndexEntry"}  # the index of the editors' pages


def silent() -> list[str]:
    """Return the models of which no field holds anything of a person but keys to who acted, on whichever database."""
    speaking = {each.model._meta.label for each, _said in personal_fields()}
    return sorted({each.model._meta.label for each in privacy.fields()} - speaking - _ON_SQLITE_ONLY)
