"""The demo city's logins, shown on the login page of the demo only."""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PASSWORD = "demo-city-2026"  # noqa: S105  it opens invented people of the demo settings, nothing else

LOGINS: list[tuple[str, str | Promise]] = [
    ("league", _("League officer")),
    ("finance", _("League finance")),
    ("finance2", _("League finance, second person")),
    ("auditor", _("Auditor")),
    ("safeguarding", _("Safeguarding officer")),
    ("editor", _("Site editor")),
    ("ngo", _("Provider's manager, with a session today")),
    ("ngo2", _("Manager of another provider")),
    ("office", _("Street office's manager")),
    ("clerk", _("Clerk of the same street")),
    ("office2", _("Manager of another street")),
    ("child-officer", _("Child officer of a neighbourhood")),
    ("school", _("School's manager")),
    ("donor", _("Enterprise that gives to the fund")),
    ("guardian", _("Guardian")),
    ("guardian2", _("Another guardian")),
    ("youth", _("Youth of 14 or more")),
    ("volunteer", _("Volunteer")),
    ("reviewer", _("Invited reviewer")),
]


def shown() -> list[dict[str, str]]:
    """Return the logins to offer: none outside the demo."""
    if not settings.DEMO:
        return []
    return [{"email": f"{name}@demo.test", "who": str(who), "password": PASSWORD} for name, who in LOGINS]
