"""What differs between a text and the version on the menu, for the reviewer's eye."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from catalog.models import Programme, ProgrammeContent
from catalog.models.content import CONTENT_FIELDS
from core.forms import Difference
from core.money import format_money

CHINESE = "zh-Hans"


@dataclass(frozen=True)
class Row:
    """One field in one language: what it is called, what stands on the menu, what is asked for."""

    label: str
    before: str
    after: str
    changed: bool
    lang: str


def _words(content: ProgrammeContent | None, name: str, lang: str) -> str:
    """Return a field's value as people read it."""
    if content is None:
        return ""
    value: Any = getattr(content, name)
    if value is None:
        return ""
    if name == "steps":
        return "\n".join(filter(None, (_step(step, lang) for step in value)))
    if name == "price":
        return format_money(value, content.currency)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value or "") if name == "photo" else str(value)


def _step(step: dict[str, Any], lang: str) -> str:
    """Return a step's sign, minutes, title and text in one language; nothing where that language is not given."""
    tail = "_en" if lang == "en" else ""
    texts = [text for text in (step[f"title{tail}"], step[f"text{tail}"]) if text]
    with translation.override(lang):
        minutes = _("%(minutes)s min") % {"minutes": step["minutes"]}
    sign = [step["mark"]] if lang == CHINESE else []
    return " · ".join([*sign, minutes, *texts]) if texts else ""


def _rows_of(name: str) -> Iterator[tuple[str, str]]:
    """Yield label and language of each row that a field fills; a text without a language is a number or a choice."""
    label = str(Programme._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    if name == "steps":
        yield label, CHINESE
        yield _("what children do, in English"), "en"
    elif f"{name}_en" in CONTENT_FIELDS:
        yield label, CHINESE
    else:
        yield label, "en" if name.endswith("_en") else ""


def compare(before: ProgrammeContent | None, after: ProgrammeContent) -> list[Row]:
    """Return every field that says something, in the order of the editor, marked where it differs."""
    rows = []
    for name in CONTENT_FIELDS:
        for label, lang in _rows_of(name):
            old, new = _words(before, name, lang), _words(after, name, lang)
            if old or new:
                changed = before is not None and old != new
                rows.append(Row(label=label, before=old, after=new, changed=changed, lang=lang))
    return rows


def differences(saved: Programme, content: dict[str, Any], series: str) -> list[Difference]:
    """Return where a programme as it is saved now and what somebody else wrote meanwhile say something else."""
    written = Programme(currency=saved.currency, **content)
    rows = [Difference(row.label, _plain(row.before), _plain(row.after), row.lang) for row in compare(saved, written)]
    named = Difference(_("Series"), saved.series.name if saved.series else "", series)
    return [row for row in [*rows, named] if row.theirs != row.yours]


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")
