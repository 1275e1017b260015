"""Themes, series, programmes, their frozen versions, and what happened to them."""

from catalog.models.content import ProgrammeContent
from catalog.models.programme import MIN_RATERS, Programme, ProgrammeHistory, ProgrammeQuerySet, ProgrammeVersion
from catalog.models.theme import Series, Theme

__all__ = [
    "MIN_RATERS",
    "Programme",
    "ProgrammeContent",
    "ProgrammeHistory",
    "ProgrammeQuerySet",
    "ProgrammeVersion",
    "Series",
    "Theme",
]
