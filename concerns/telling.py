"""What desks are told. No message names a child, a place, or what was noticed."""

from datetime import datetime

from django.urls import reverse

from concerns import desks
from concerns.models import Concern
from core.time import today
from notifications.services import notify


def desk(concern: Concern, kind: str, *, event: str, now: datetime) -> None:
    """Tell everybody who acts at the desk, at any hour; once for each event.

    Where nobody does, tell who leads it that a concern waits, by its number alone: they name somebody.
    """
    people = desks.people_at(concern.desk, concern.about, today(now))
    path = reverse("concerns:concern", args=[concern.pk])
    if not people:
        people = desks.heads_of(concern.desk, concern.about, today(now))
        kind, path = "concern_unattended", reverse("organisations:members")
    notify(
        people,
        kind=kind,
        cause=f"concern:{concern.pk}:{event}",
        context={"number": concern.number_shown, "due": concern.due_on},
        path=path,
        now=now,
        urgent=True,
    )
