"""Turns a message into words: a template of its kind, in the reader's language, as plain text."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol

from django.template import Context, Engine, TemplateDoesNotExist
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from core.site import site_name

_KIND = re.compile(r"^[a-z][a-z0-9_]*$")
_ABOUT_PEOPLE = ("child", "guardian", "family", "youth", "participant", "parent", "volunteer_name")
_AT, _ON = "$at", "$on"
_SCHEME, _DOT = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE), re.compile(r"(?<=[A-Za-z0-9])\.(?=[A-Za-z])")
LONGEST_VALUE = 30  # characters of a text message


@dataclass(frozen=True)
class Rendered:
    """A message as a person reads it. The subject is one line."""

    subject: str
    body: str


class Worded(Protocol):
    """Anything that becomes words: a message, or what an office is to tell somebody in person."""

    @property
    def kind(self) -> str:
        """Name the template."""

    @property
    def context(self) -> Any:
        """Hold the values as ``encode`` made them."""

    @property
    def path(self) -> str:
        """Lead to the page."""


def check_kind(kind: str) -> None:
    """Raise ``ValueError`` unless the kind can be a template's file name."""
    if not _KIND.match(kind):
        raise ValueError(f"{kind!r} is no kind of message.")


def encode(context: dict[str, Any]) -> dict[str, Any]:
    """Return the values as they are stored; moments and dates keep their type.

    Raises:
        ValueError: a value is no plain one, or a key that is about people holds words: messages name nobody.
    """
    return {key: _encoded(key, value) for key, value in context.items()}


def _encoded(key: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return {_AT: value.isoformat()}
    if isinstance(value, date):
        return {_ON: value.isoformat()}
    if isinstance(value, Promise) or not isinstance(value, str | int | bool | None):
        raise ValueError(f"{key} is no plain value.")  # noqa: TRY004  the value is wrong, whatever its type
    if isinstance(value, str) and any(word in key for word in _ABOUT_PEOPLE):
        raise ValueError(f"{key} may be a number, never words: messages name nobody.")
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        return datetime.fromisoformat(value[_AT]) if _AT in value else date.fromisoformat(value[_ON])
    return value


def _in_language(context: dict[str, Any], language: str) -> dict[str, Any]:
    """Return the values for one language: ``title_en`` stands in for ``title`` where an English reader has it."""
    values = {key: _decoded(value) for key, value in context.items()}
    if language.startswith("en"):
        values |= {key.removesuffix("_en"): value for key, value in values.items() if key.endswith("_en") and value}
    return values


def render(message: Worded, language: str) -> Rendered:
    """Return subject and body. A kind that the running release no longer knows becomes a plain pointer."""
    engine = Engine.get_default()
    with translation.override(language):
        try:
            template = engine.get_template(f"notifications/messages/{message.kind}.txt")
        except TemplateDoesNotExist:
            template = engine.get_template("notifications/unknown_kind.txt")
        values = _in_language(message.context, language)
        text = template.render(Context(values | {"path": message.path}, autoescape=False))
    subject, _, body = text.strip().partition("\n")
    return Rendered(subject=" ".join(subject.split()), body=body.strip())


@cache
def has_text(kind: str) -> bool:
    """Tell whether messages of this kind are also texted to who has no mail: what cannot wait for the next visit."""
    try:
        Engine.get_default().get_template(_text_of(kind))
    except TemplateDoesNotExist:
        return False
    return True


def render_text(message: Worded, language: str) -> str:
    """Return the line that is texted. It names nobody and holds no link: who gets texts with links follows any.

    What providers wrote, such as a title, is shortened, and an address in it is written so that no phone opens it.
    """
    with translation.override(language):
        template = Engine.get_default().get_template(_text_of(message.kind))
        values = {key: _plain(value) for key, value in _in_language(message.context, language).items()}
        line = template.render(Context(values, autoescape=False))
        return in_our_name(" ".join(line.split()))


def _plain(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return Truncator(_DOT.sub("·", _SCHEME.sub("", value))).chars(LONGEST_VALUE)


def in_our_name(words: str) -> str:
    """Return what is texted with the site's name before it."""
    return _("%(site)s: %(subject)s") % {"site": site_name(), "subject": words}


def _text_of(kind: str) -> str:
    return f"notifications/texts/{kind}.txt"
