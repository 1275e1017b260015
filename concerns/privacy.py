"""What concerns hold of people: sealed words, and who looked. They are kept when a family is erased."""

from django.utils.translation import gettext_lazy as _

from concerns.models import Category, Concern, ConcernHistory, ConcernRead, HandOff, Note, Statement
from core.privacy import THE_BOOKS, Personal, Record, Whom

_SAID = Personal(
    Whom.CHILD,
    _("Reports that a child may be at risk"),
    _("the law obliges to report, and to follow up"),
    THE_BOOKS,
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
