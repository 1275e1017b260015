"""Finding programmes by words: every hit of a plain substring search, whatever people type.

The text that is searched is stored folded (full-width forms, case) with the programme, so that an index of
characters and neighbouring pairs can later take the place of the scan without changing what is found.
"""

import re
import unicodedata

from django.db.models import Q

from catalog.models import Programme, ProgrammeContent
from organisations.models import Organisation

MAX_QUERY = 60
MAX_WORDS = 6
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f\s]+")


def fold(text: str) -> str:
    """Return the text as it is compared: one form for full-width and half-width, small letters, single spaces."""
    return _UNREADABLE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def words(query: str) -> list[str]:
    """Return what has to be found: the query's first six words, cut at 60 characters. Hostile text is just text."""
    return fold(query[: MAX_QUERY * 4])[:MAX_QUERY].split()[:MAX_WORDS]


def text_of(content: ProgrammeContent, *, series: str = "") -> str:
    """Return the folded text under which a programme is found: both languages, theme, series, steps."""
    steps = [step.get(key, "") for step in content.steps for key in ("title", "title_en", "text", "text_en")]
    parts = [
        content.title,
        content.title_en,
        series,
        content.theme.name,
        content.theme.name_en,
        content.summary,
        content.summary_en,
        *steps,
        content.description,
        content.description_en,
    ]
    return "\n".join(fold(part) for part in parts if part)


def matching(query: str) -> Q:
    """Return the condition that every word of the query stands in the programme's text or its provider's name."""
    condition = Q()
    for word in words(query):
        providers = Organisation.objects.filter(Q(name__icontains=word) | Q(name_en__icontains=word))
        condition &= Q(search_text__contains=word) | Q(provider__in=providers.values("pk"))
    return condition


def refresh(programme: Programme) -> None:
    """Set the text under which the programme is found, from its version on the menu; the caller saves."""
    series = f"{programme.series.name} {programme.series.name_en}" if programme.series else ""
    programme.search_text = text_of(programme.current_version, series=series) if programme.current_version else ""
