"""Who else may fetch a child."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.encryption import EncryptedTextField
from core.models import Submitted, TimeStamped
from core.time import today
from organisations.acting import Acting
from people.models.child import Child
from people.models.guardian import Guardianship
from users.phones import display

MOST_PICK_UP_PERSONS = 5


class PickUpPersonQuerySet(models.QuerySet["PickUpPerson"]):
    """Words for pick-up persons."""

    def visible_to(self, by: Acting) -> Self:
        """Keep those of the person's own children; staff read them for a child that is handed over, as names are."""
        if by.user is None:
            return self.none()
        mine = Guardianship.objects.current(today(timezone.now())).filter(guardian__user=by.user)
        return self.filter(child__in=mine.values("child_id"), child__merged_into=None)


class PickUpPerson(Submitted, TimeStamped):
    """An adult whom a guardian named to fetch the child, such as a grandmother. Taken back, the row is deleted.

    ``slot`` lets the database itself keep a child from having more than five.
    """

    child = models.ForeignKey(Child, models.PROTECT, related_name="pick_up_persons", verbose_name=_("child"))
    slot = models.PositiveSmallIntegerField(editable=False)
    name = models.CharField(_("who fetches the child"), max_length=50)
    phone = EncryptedTextField(_("phone"), max_length=16, blank=True)

    objects = PickUpPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("pick-up person")
        verbose_name_plural = _("pick-up persons")
        constraints = [
            models.UniqueConstraint(fields=["child", "slot"], name="pick_up_slot_once"),
            models.CheckConstraint(
                name="pick_up_at_most_five", condition=Q(slot__gte=1, slot__lte=MOST_PICK_UP_PERSONS)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def phone_shown(self) -> str:
        """The phone number as people read it."""
        return display(self.phone)
