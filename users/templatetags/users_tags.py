"""What templates say about logins."""

from django import template

from users import devices

register = template.Library()


@register.filter
def device_name(user_agent: str | None) -> str:
    """Return the browser and the device that a login session is on."""
    return devices.device_name(user_agent or "")
