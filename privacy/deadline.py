"""Reminds of the hour by which the authority has to know of an incident."""

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from core.time import today
from notifications.services import notify
from organisations import memberships
from organisations.models import Membership
from privacy.models import Incident

BEFORE = timedelta(hours=1)
_SAFEGUARDING, _OFFICER = Membership.Role.SAFEGUARDING, Membership.Role.OFFICER


def remind(now: datetime) -> int:
    """Tell the League's safeguarding officers an hour before the deadline, and the officers too when it is over.

    Each of the two once, at any hour of the day. Return how many incidents wait for it.
    """
    found_by = now + BEFORE - timedelta(hours=settings.INCIDENT_REPORT_HOURS)
    waiting = Incident.objects.filter(
        reported_at__isnull=True, grade__in=Incident.REPORTED_GRADES, found_at__lte=found_by
    ).order_by("pk")
    for incident in waiting:
        _tell(incident, is_over=incident.is_overdue(now), now=now)
    return len(waiting)


def _tell(incident: Incident, *, is_over: bool, now: datetime) -> None:
    roles = [_SAFEGUARDING, _OFFICER] if is_over else [_SAFEGUARDING]
    kind = "incident_overdue" if is_over else "incident_due"
    notify(
        memberships.holders_of([(incident.league_id, roles)], on=today(now)),
        kind=kind,
        cause=f"incident:{incident.pk}:{kind}:{incident.report_by:%Y%m%d%H%M}",
        context={"until": incident.report_by, "number": str(incident)},
        path=reverse("privacy:incident", args=[incident.pk]),
        now=now,
        urgent=True,
    )
