"""What this app itself holds of people: files that expire, and whom an incident concerned."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.privacy import A_QUARTER, ONESELF, THREE_YEARS, Kept, Person, Personal, Record, Whom
from privacy.models import (
    Affected,
    Erasure,
    ErasureWish,
    Incident,
    IncidentHistory,
    PreparedFile,
    RetentionRun,
    Telling,
)
from users.models import User

A_DAY = Kept("a_day", _("24 hours"), 1)
_FILE = Personal(Whom.ACCOUNT, _("A file that you asked for"), _("so that you can fetch it"), A_DAY, ONESELF)
_CONCERNED = Personal(
    Whom.CHILD,
    _("That an incident concerned your data, and how you were told"),
    _("to tell you, and to prove that you were told"),
    THREE_YEARS,
    _("the family itself and the safeguarding officer in charge; others see how many"),
)
_WISHED = Personal(
    Whom.GUARDIAN,
    _("That you asked to delete a child's data, while another guardian answers too"),
    _("to delete it once every guardian has asked"),
    A_QUARTER,
    _("the child's guardians: that somebody asked and when, not who"),
)
RECORDS = {
    Affected: Record(about=_CONCERNED, of={"child": "child", "guardian": "guardian", "user": "user"}),
    Telling: Record(about=_CONCERNED),
    Incident: Record(plain="what data_kinds may_follow remedy advice notice_zh notice_en lessons"),
    IncidentHistory: Record(),
    PreparedFile: Record(about=_FILE),
    Erasure: Record(plain="subject"),
    ErasureWish: Record(about=_WISHED, of={"guardian": "guardian"}),
    RetentionRun: Record(plain="counts"),
}


def _remove(rows: "list[PreparedFile]") -> int:
    for row in rows:
        row.file.delete(save=False)
        row.delete()
    return len(rows)


def erase(person: Person, now: datetime) -> None:
    """Remove every file that holds them, and what was wished about the children or by the guardian."""
    ErasureWish.objects.filter(Q(child__in=person.children) | Q(guardian=person.guardian or 0)).delete()
    _remove([*PreparedFile.objects.filter(owner=person.user), *_rosters_with(person.children)])
    answering = Q(guardian__guardianships__child__in=person.children) | Q(youth__in=person.children)
    theirs = PreparedFile.objects.filter(
        kind=PreparedFile.Kind.MY_DATA, owner__in=User.objects.filter(answering).order_by().values("pk")
    )
    theirs.filter(ready_at=None).update(asked_at=now)  # what a worker gathers in this moment is gathered anew
    _remove(list(theirs.exclude(ready_at=None)))


def _rosters_with(children: Collection[int]) -> list[PreparedFile]:
    """Return the lists of names, each kept for a day, on which one of the children stands."""
    files = PreparedFile.objects.filter(kind=PreparedFile.Kind.ROSTER).select_related("access") if children else ()
    return [file for file in files if file.access and set(file.access.shown or ()) & set(children)]


def _concerned(now: datetime) -> int:
    """Forget whom incidents concerned that were closed long ago; what happened stays. Return how many people."""
    over = Incident.objects.filter(closed_at__lt=now - timedelta(days=THREE_YEARS.days or 0))
    Telling.objects.filter(affected__incident__in=over).delete()
    return Affected.objects.filter(incident__in=over).delete()[0]


def forget(now: datetime) -> dict[str, int]:
    """Remove files that have expired, whom incidents concerned, and wishes that not every guardian had.

    Of the files with one's own data, say how many had been made in time.
    """
    over = list(PreparedFile.objects.filter(expires_at__lte=now))
    made = [row.ready_at is not None for row in over if row.kind == PreparedFile.Kind.MY_DATA]
    return {
        "files": _remove(over),
        "my_data": sum(made),
        "my_data_never_made": len(made) - sum(made),
        "incident_people": _concerned(now),
        "erasure_wishes": ErasureWish.objects.exclude(pk__in=ErasureWish.objects.live(now)).delete()[0],
    }
