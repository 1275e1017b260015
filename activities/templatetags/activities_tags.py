"""Sections about sessions and reviews for the pages of other apps: the programme's page, the home page."""

from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone

from activities import policies, queries
from activities.reviews import MIN_RATERS
from catalog.models import Programme
from people.models.guardian import registers_families

register = template.Library()
FEW = 5


@register.filter
def given(name: str) -> str:
    """Return a child's given name: what a family calls the child; the surname stays off the page."""
    if name and "\u4e00" <= name[0] <= "\u9fff":
        return name[1:] if len(name) > 2 else name
    return name.split(" ", maxsplit=1)[0]


@register.filter
def has_room(session: Any) -> bool:
    """Tell whether some family may get a place now: a free one for which nobody waits, or one kept for some."""
    return bool(session.free and (not session.waiting_parties or session.kept(timezone.now())))


@register.inclusion_tag("activities/includes/places.html")
def places_left(session: Any) -> dict[str, Any]:
    """Write how many places are left, in words and tone, and for whom they are kept. No query of its own."""
    now = timezone.now()
    return {
        "session": session,
        "free": session.free,
        "few": FEW,
        "kept": session.kept_for_area(now),
        "kept_first": session.kept_for_first_timers(now),
    }


@register.inclusion_tag("activities/includes/slots.html", takes_context=True)
def upcoming_sessions(context: RequestContext, programme: Programme) -> dict[str, Any]:
    """Write the programme's next sessions, each with its one button. One query."""
    acting = getattr(context.get("request"), "acting", None)
    return {
        "sessions": queries.upcoming(programme, timezone.now()),
        "now": timezone.now(),
        "on_behalf": acting is not None and registers_families(acting),
    }


@register.inclusion_tag("activities/includes/reviews.html", takes_context=True)
def programme_reviews(context: RequestContext, programme: Programme) -> dict[str, Any]:
    """Write mean, distribution and newest words. Two queries."""
    counts = queries.distribution(programme)
    acting = getattr(context.get("request"), "acting", None)
    user = getattr(context.get("request"), "user", None)
    known = acting is not None and user is not None and user.is_authenticated
    reviews = queries.published_reviews(programme)
    hideable = policies.hideable(acting, reviews) if known and acting is not None else set()
    return {
        "programme": programme,
        "counts": counts,
        "raters": sum(counts.values()),
        "is_published": programme.rating_count >= MIN_RATERS,
        "missing": max(0, MIN_RATERS - sum(counts.values())),
        "reviews": [(review, review.pk in hideable) for review in reviews],
        "may_reply": known and acting is not None and acting.is_for(programme.provider_id, "manager", "coordinator"),
    }


@register.inclusion_tag("activities/includes/week.html")
def this_week(limit: int = 4) -> dict[str, Any]:
    """Write the next sessions of the coming seven days for the home page. One query."""
    return {"sessions": list(queries.this_week(timezone.now())[:limit])}
