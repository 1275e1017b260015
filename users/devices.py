"""Which device somebody is logged in on, in words that they know it by."""

from django.utils.translation import gettext as _

# The first that a browser's own description holds; most claim to be several others as well.
_BROWSERS = [
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("MiuiBrowser", "Mi Browser"),
    ("QQBrowser", "QQ Browser"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]
_SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
]


def _first(known: list[tuple[str, str]], text: str) -> str:
    return next((name for sign, name in known if sign in text), "")


def device_name(user_agent: str) -> str:
    """Return the browser and the device, such as ``Chrome · Windows``."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    named = _("WeChat") if browser == "WeChat" else browser
    return " · ".join(part for part in (named, system) if part) or _("Another browser")
