"""Lists of names on paper or as a file: each with a purpose, a watermark, and an end."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from activities.checkin import log_roster_access
from activities.models import RosterAccess, Session
from activities.queries import RosterRow, roster
from core.columns import Column
from core.formats import daytime_text
from organisations.acting import Acting
from privacy.models import FILE_LIFE, PreparedFile

PURPOSES = (RosterAccess.Purpose.PRINT, RosterAccess.Purpose.INSURANCE, RosterAccess.Purpose.EMERGENCY)


def watermark(by: Acting, purpose: str, now: datetime) -> str:
    """Return what stands on every line of a list that leaves the site: who took it, what for, until when."""
    words = {
        "person": by.user,
        "organisation": by.organisation or "",
        "purpose": RosterAccess.Purpose(purpose).label,
        "at": daytime_text(now),
        "end": daytime_text(now + FILE_LIFE),
    }
    return _("%(person)s · %(organisation)s · %(purpose)s · taken %(at)s, destroy by %(end)s") % words


@transaction.atomic
def take(session: Session, *, purpose: str, by: Acting, now: datetime) -> tuple[list[RosterRow], str]:
    """Return the names for a printed list, with its watermark; the look is logged with its purpose."""
    rows = roster(session)
    log_roster_access(session, purpose=purpose, children=[row.sign_up.child_id for row in rows], by=by, now=now)
    return rows, watermark(by, purpose, now)


def export(session: Session, *, purpose: str, by: Acting, now: datetime, submission_id: uuid.UUID) -> PreparedFile:
    """Make the list as a file that its maker can fetch for a day; a second submission returns the first's file."""
    assert by.user is not None
    with transaction.atomic():
        made = PreparedFile.objects.filter(submission_id=submission_id, owner=by.user).first()
        if made is not None:
            return made
        rows = roster(session)
        seen = [row.sign_up.child_id for row in rows]
        access = log_roster_access(session, purpose=purpose, children=seen, by=by, now=now, is_export=True)
        content = _sheet(rows, watermark(by, purpose, now))
        prepared = PreparedFile(
            kind=PreparedFile.Kind.ROSTER,
            owner=by.user,
            access=access,
            asked_at=now,
            ready_at=now,
            expires_at=now + FILE_LIFE,
            submission_id=submission_id,
        )
        prepared.file.save(f"{uuid.uuid4().hex}.xlsx", ContentFile(content), save=False)
        prepared.save()
    return prepared


def _sheet(rows: Sequence[RosterRow], mark: str) -> bytes:
    from core import sheets  # late: it brings openpyxl

    columns = [
        Column(pgettext_lazy("person", "Name"), 14),
        Column(pgettext_lazy("person", "Age"), 7),
        Column(gettext_lazy("End of the guardian's phone"), 12),
        Column(pgettext_lazy("list", "Photos"), 10),
        Column(gettext_lazy("Taken by, what for, until when"), 70),
    ]
    no = pgettext("list", "No photos")
    lines = [(row.name, row.age, row.phone_end, no if row.no_photo else "", mark) for row in rows]
    return sheets.workbook(_("List of names"), columns, lines)
