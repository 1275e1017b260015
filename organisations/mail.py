"""Letters to people who have no account yet, and so no inbox: written in the transaction, sent after it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from core.formats import phone_text
from notifications.services import write_letter


def write(to: str, template: str, context: dict[str, Any], *, languages: tuple[str, ...], now: datetime) -> None:
    """Write to an address. The template's first line is the subject.

    Whose language nobody knows gets the text in each of ``languages``, the first one's subject on top.
    """
    subjects, bodies = [], []
    site = {"SITE_URL": settings.SITE_URL, "SITE_PHONE": phone_text(settings.SITE_PHONE)}
    for language in languages:
        with translation.override(language):
            text = render_to_string(template, {**context, **site}).strip()
        subject, _, body = text.partition("\n")
        subjects.append(" ".join(subject.split()))
        bodies.append(body.strip())
    write_letter(to, subject=subjects[0], body="\n\n—\n\n".join(bodies), now=now)
