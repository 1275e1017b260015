"""What pages of lower apps show about people's rights."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from activities.models import Session
from people.models import Child

register = template.Library()


@register.simple_tag
def looks_link(child: Child) -> SafeString:
    """Return the link to who looked at a child's name."""
    address, label = reverse("privacy:looks", args=[child.pk]), _("Who looked")
    return format_html(
        '<a class="tapline" href="{}">{}<span class="visually-hidden"> {}</span></a>', address, label, child
    )


@register.simple_tag
def names_link(session: Session) -> SafeString:
    """Return the link to a list of names on paper or as a file."""
    address, label = reverse("privacy:roster", args=[session.pk]), _("Print or take the list")
    return format_html('<p><a class="tapline" href="{}">{}</a></p>', address, label)


@register.simple_tag
def my_data_link() -> SafeString:
    """Return the link to one's own data."""
    label = _("My data: see, download, delete")
    return format_html('<p><a class="tapline" href="{}">{}</a></p>', reverse("privacy:my-data"), label)
