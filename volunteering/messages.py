"""What volunteers and those they report to are told. No message names a person."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from notifications.services import notify
from users.models import User
from volunteering.models import Assignment, Shift

SOON = timedelta(hours=24)


def _facts(shift: Shift) -> dict[str, Any]:
    session = shift.session
    return {
        "shift": shift.title,
        "shift_en": shift.title_en,
        "programme": session.version.title,
        "programme_en": session.version.title_en,
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "place": session.place,
        "phone": contact_phone(shift),
    }


def contact_phone(shift: Shift) -> str:
    """Return the number to call on the day: the session's, else the provider's."""
    return shift.session.contact_phone or shift.session.provider.contact_phone


def page_of(shift: Shift) -> str:
    """Return the path of the shift's page."""
    return reverse("volunteering:shift", args=[shift.pk])


def tell_volunteer(assignment: Assignment, kind: str, *, now: datetime, urgent: bool = False, event: str = "") -> None:
    """Tell the volunteer what became of their place; ``event`` tells apart what may happen more than once."""
    shift = assignment.shift
    notify(
        [assignment.user],
        kind=kind,
        cause=f"assignment:{assignment.pk}:{kind}{f':{event}' if event else ''}",
        context=_facts(shift),
        path=page_of(shift),
        now=now,
        urgent=urgent,
    )


def tell_lead(
    assignment: Assignment, kind: str, *, now: datetime, to: Iterable[User] = (), is_there: bool = False
) -> None:
    """Tell whom the volunteer reports to, and others, at once if the shift is near. ``is_there``: they have come."""
    shift = assignment.shift
    notify(
        [shift.reports_to.user, *to],
        kind=kind,
        cause=f"assignment:{assignment.pk}:{kind}",
        context=_facts(shift) | {"free": shift.free, "is_there": is_there},
        path=reverse("volunteering:session-shifts", args=[shift.session_id]),
        now=now,
        urgent=is_soon(shift, now),
    )


def is_soon(shift: Shift, now: datetime) -> bool:
    """Tell whether the shift begins within a day."""
    return shift.starts_at - now <= SOON
