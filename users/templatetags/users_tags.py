"""What templates say about logins."""

from django import template

from users import devices, weixin

register = template.Library()


@register.filter
def device_name(user_agent: str | None) -> str:
    """Return the browser and the device that a login session is on."""
    return devices.device_name(user_agent or "")


@register.simple_tag
def weixin_is_on() -> bool:
    """Tell whether this city offers logging in with WeChat."""
    return weixin.is_on()
