"""What desks are told. No message names a child, a place, or what was noticed."""

from datetime import datetime

from django.urls import reverse

from concerns import desks
from concerns.models import Concern
from core.time import today
from notifications.services import notify


def desk(concern: Concern, kind: str, *, event: str, now: datetime) -> None:
    """Tell everybody who acts at the desk, at any hour; once for each event."""
    notify(
        desks.people_at(concern.desk, concern.about, today(now)),
        kind=kind,
        cause=f"concern:{concern.pk}:{event}",
        context={"number": concern.number_shown, "due": concern.due_on},
        path=reverse("concerns:concern", args=[concern.pk]),
        now=now,
        urgent=True,
    )
