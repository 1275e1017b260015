"""What pages of lower apps show of consents and health notes."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from people.models import Child

register = template.Library()


@register.simple_tag
def health_link(child: Child) -> SafeString:
    """Return the link to a child's health note; whether there is one is not asked for."""
    address, label = reverse("safeguarding:health-note", args=[child.pk]), _("Health note")
    return format_html(
        '<a class="tapline" href="{}">{}<span class="visually-hidden"> {}</span></a>', address, label, child
    )
