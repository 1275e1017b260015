"""What this app itself holds of people: files that expire."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core.privacy import ONESELF, Kept, Person, Personal, Record, Whom
from privacy.models import Erasure, PreparedFile, RetentionRun

A_DAY = Kept("a_day", _("24 hours"), 1)
_FILE = Personal(Whom.ACCOUNT, _("A file that you asked for"), _("so that you can fetch it"), A_DAY, ONESELF)
RECORDS = {
    PreparedFile: Record(about=_FILE),
    Erasure: Record(plain="subject"),
    RetentionRun: Record(plain="counts"),
}


def _remove(rows: "list[PreparedFile]") -> int:
    for row in rows:
        row.file.delete(save=False)
        row.delete()
    return len(rows)


def erase(person: Person, now: datetime) -> None:
    """Remove the person's files."""
    _remove(list(PreparedFile.objects.filter(owner=person.user)))


def forget(now: datetime) -> dict[str, int]:
    """Remove files that have expired; of those with one's own data, say how many had been made in time."""
    over = list(PreparedFile.objects.filter(expires_at__lte=now))
    made = [row.ready_at is not None for row in over if row.kind == PreparedFile.Kind.MY_DATA]
    return {"files": _remove(over), "my_data": sum(made), "my_data_never_made": len(made) - sum(made)}
