"""The way from lists and pages of other apps to reporting a concern."""

from django import template
from django.urls import reverse

from concerns import references
from concerns.references import Subject

register = template.Library()


@register.simple_tag
def concern_url(
    region: str,
    about: int | None = None,
    session: int | None = None,
    child: int | None = None,
    office: int | None = None,
) -> str:
    """Write the address at which something is reported about a session, or a child on its list. No query."""
    return reverse("concerns:tap", args=[references.link(Subject(region, about, session, child, office))])
