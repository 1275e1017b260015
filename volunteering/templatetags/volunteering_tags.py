"""Sections about shifts for the pages of other apps: the session's page and its check-in list."""

from typing import Any

from django import template
from django.utils import timezone

from activities.models import Session
from volunteering import queries, supervision

register = template.Library()


@register.inclusion_tag("volunteering/_of_session.html")
def session_volunteers(session: Session, runs: bool) -> dict[str, Any]:
    """Write which shifts of the session need people; to those on duty, the way to all its shifts. One query."""
    return {"session": session, "runs": runs, "shifts": queries.open_shifts(timezone.now()).filter(session=session)}


@register.inclusion_tag("volunteering/_shifts_link.html")
def shifts_link(session: Session) -> dict[str, Any]:
    """Write the way to the shifts of the session, for those on duty. No query."""
    return {"session": session}


@register.inclusion_tag("volunteering/_adults.html")
def adults_missing(session: Session) -> dict[str, Any]:
    """Write that too few adults are on duty, where it is so. One query where the programme has a rule, else none."""
    has_rule = session.version.two_adults or session.version.children_per_adult is not None
    return {"adults": supervision.of_session(session.pk, timezone.now()) if has_rule else None}
