"""Letters to people who have no account yet, and so no inbox: sent after the commit, never stored.

An invitation's secret lives in the letter alone. Where the mail server is down the letter is lost, the request
succeeds, and "send again" writes a new one.
"""

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation

from core.commit import after_commit
from core.formats import phone_text

logger = logging.getLogger(__name__)


def send_after_commit(to: str, template: str, context: dict[str, Any], *, languages: tuple[str, ...]) -> None:
    """Write to an address once the transaction is committed. The template's first line is the subject.

    Whose language nobody knows gets the text in each of ``languages``, the first one's subject on top.
    """
    after_commit(_send, to, template, context, languages)


def _send(to: str, template: str, context: dict[str, Any], languages: tuple[str, ...]) -> None:
    subjects, bodies = [], []
    site = {"SITE_URL": settings.SITE_URL, "SITE_PHONE": phone_text(settings.SITE_PHONE)}
    for language in languages:
        with translation.override(language):
            text = render_to_string(template, {**context, **site}).strip()
        subject, _, body = text.partition("\n")
        subjects.append(" ".join(subject.split()))
        bodies.append(body.strip())
    try:
        send_mail(subjects[0], "\n\n—\n\n".join(bodies), None, [to])
    except (SMTPException, OSError):
        logger.exception("A letter of %s was not sent.", template)
