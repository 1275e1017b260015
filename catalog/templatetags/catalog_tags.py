"""What pages about programmes need: texts in the reader's language, the face of a programme, days of notice."""

from datetime import date, timedelta
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html, linebreaks
from django.utils.safestring import SafeString

from catalog.models import Programme, ProgrammeContent

register = template.Library()


@register.simple_tag
def said(content: ProgrammeContent, field: str, paragraphs: bool = False) -> SafeString:
    """Write a text of a programme in the reader's language; marked as Chinese where no English is given."""
    text = content.local(field)
    shown = linebreaks(text, autoescape=True) if paragraphs else conditional_escape(text)
    tag = "div" if paragraphs else "span"
    if content.is_foreign(field):
        return format_html(f'<{tag} lang="zh-Hans">{{}}</{tag}>', SafeString(shown))
    return SafeString(shown)


@register.inclusion_tag("catalog/includes/face.html")
def face(programme: Programme, content: ProgrammeContent) -> dict[str, Any]:
    """Write the programme's photo, or the cover that its theme and number give it."""
    return {"programme": programme, "content": content}


@register.inclusion_tag("catalog/includes/card.html")
def programme_card(programme: Programme, for_orders: bool, today: date) -> dict[str, Any]:
    """Write a card: price and first possible date for those who order, next session and places for families.

    Walks only what ``with_card_data`` joins.
    """
    content = programme.shown
    return {
        "programme": programme,
        "content": content,
        "for_orders": for_orders,
        "earliest": today + timedelta(days=content.lead_days),
        "few": 5,
    }
