"""What concerns hold of people: sealed words, and who looked. Erasing a family leaves them; they go in their time."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from concerns.models import Category, Concern, ConcernHistory, ConcernRead, HandOff, Note, Statement
from core.privacy import THREE_YEARS_CLOSED, Personal, Record, Whom

_SAID = Personal(
    Whom.CHILD,
    _("Reports that a child may be at risk"),
    _("the law obliges to report, and to follow up"),
    THREE_YEARS_CLOSED,
    _("the safeguarding officers in charge; each look is written down"),
)
RECORDS = {
    Category: Record(plain="name name_en"),
    Concern: Record(),
    ConcernHistory: Record(),
    ConcernRead: Record(),
    HandOff: Record(fields={"words": _SAID}),
    Note: Record(fields={"words": _SAID}),
    Statement: Record(about=_SAID),
}


def forget(now: datetime) -> dict[str, int]:
    """Empty what was said of concerns closed three years ago, and by whom; that there was one stays, as its history."""
    over = now - timedelta(days=THREE_YEARS_CLOSED.days or 0)
    closed = Concern.objects.filter(closed_at__lt=over)
    said = Statement.objects.filter(concern__in=closed, at__lt=over)
    statements = said.exclude(words="", subject="", contact="", reporter=None)
    return {
        "concern_statements": statements.update(words="", subject="", contact="", reporter=None),
        "concern_hand_offs": _emptied(HandOff.objects.filter(concern__in=closed, told_at__lt=over)),
        "concern_notes": _emptied(Note.objects.filter(concern__in=closed, at__lt=over)),
    }


def _emptied(rows: QuerySet[HandOff] | QuerySet[Note]) -> int:
    return rows.exclude(words="").update(words="")
