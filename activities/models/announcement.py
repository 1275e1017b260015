"""What the staff of a session wrote to everybody who has a place in it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models.session import Session
from core.models import Submitted
from organisations.models import Organisation

MOST_A_DAY = 5
MAX_TEXT = 500


class Announcement(Submitted):
    """One message to all families and youths with a place: "bring rain boots".

    ``number`` counts a session's messages of a day of the city, given under the session's lock, so that the database
    itself refuses one more than may be sent. The text stands here, and in no history.
    """

    session = models.ForeignKey(
        Session, models.PROTECT, related_name="announcements", verbose_name=pgettext_lazy("activity", "session")
    )
    text = models.TextField(_("message"), max_length=MAX_TEXT)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="announcements", verbose_name=_("sent by")
    )
    on_behalf_of = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("on behalf of"))
    sent_at = models.DateTimeField(_("when"), editable=False)
    day = models.DateField(_("day"), editable=False)
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    guardians = models.PositiveIntegerField(_("guardians"), editable=False)
    youths = models.PositiveIntegerField(_("youths"), editable=False)

    class Meta:
        verbose_name = _("message to all families")
        verbose_name_plural = _("messages to all families")
        constraints = [
            models.UniqueConstraint(fields=["session", "day", "number"], name="announcement_number_once"),
            models.CheckConstraint(name="announcement_few_a_day", condition=Q(number__gte=1, number__lte=MOST_A_DAY)),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} · {self.day} · {self.number}"
