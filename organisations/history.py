"""The history of an organisation in words."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.formats import daytime_text
from organisations.models import Membership, Organisation

PUBLIC_FORM = "public form"
SENTENCES: dict[str, str | Promise] = {
    "apply": _("Applied for admission"),
    "found": _("Entered when the site was set up"),
    "admit": _("Admitted"),
    "refuse": _("Refused"),
    "suspend": _("Suspended"),
    "resume": _("Resumed"),
    "end_trial": _("Trial stage ended"),
    "invite": _("Invited somebody"),
    "withdraw_invitation": _("Withdrew an invitation"),
    "join": _("Joined"),
    "leave": _("Left"),
    "deputise": _("Stands in"),
    "edit": _("Changed its profile"),
    "add_venue": _("Added a venue"),
    "edit_venue": _("Changed a venue"),
}
_WITH_NOTE = frozenset({"refuse", "suspend", "resume"})


def timeline(organisation: Organisation, *, limit: int = 50) -> list[dict[str, Any]]:
    """Return the newest entries for the timeline tag. One query."""
    rows = organisation.history.select_related("actor", "on_behalf_of", "member").order_by("-pk")[:limit]
    roles = dict(Membership.Role.choices)
    found = []
    for row in rows:
        form = _("by the public form") if row.system == PUBLIC_FORM else ""
        who = " · ".join(str(part) for part in (row.on_behalf_of, row.actor, form) if part)
        role = roles.get(row.after or row.before, "") if row.verb in _ABOUT_ROLES else ""
        person = row.member.name if row.member else ""
        what = " · ".join(str(part) for part in (SENTENCES.get(row.verb, row.verb), person, role) if part)
        note = row.note if row.verb in _WITH_NOTE else ""
        found.append(
            {
                "what": what,
                "who": who,
                "note": note,
                "when": daytime_text(row.at),
                "system": bool(row.system) and row.system != PUBLIC_FORM,
            }
        )
    return found


_ABOUT_ROLES = frozenset({"invite", "withdraw_invitation", "join", "leave", "deputise"})
