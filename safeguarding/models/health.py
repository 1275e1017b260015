"""What a family wrote about a child's health, for the staff on duty."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q, Subquery
from django.utils.translation import gettext_lazy as _

from core.encryption import EncryptedTextField
from core.time import born_by
from people.models import Child
from people.models.child import ADULT_AGE, of_age_for_good
from safeguarding.models.consent import Consent
from safeguarding.models.text import ConsentText, Purpose

MOST_CHARACTERS = 300


class HealthNoteQuerySet(models.QuerySet["HealthNote"]):
    """Words for health notes."""

    def live(self, on: date) -> Self:
        """Keep those whose consent stands and was given to a text that still counts on the day.

        What a guardian agreed to ends with the guardianship, at 18.
        """
        minors = Q(child__birth_date__gt=born_by(ADULT_AGE, on))
        return self._agreed_to(on).filter(Q(consent__guardian=None) | minors)

    def kept(self, on: date) -> Self:
        """Keep the live ones, and those that would be if a birth date that may be mistyped is put right."""
        return self._agreed_to(on).filter(Q(consent__guardian=None) | ~of_age_for_good(on, "child__"))

    def _agreed_to(self, on: date) -> Self:
        required = ConsentText.objects.filter(purpose=Purpose.HEALTH).required(on).values("version")[:1]
        rows = self.filter(consent__answer=Consent.Answer.GIVEN, consent__withdrawn_at=None)
        return rows.filter(
            consent__text__version__gte=Subquery(required), child__merged_into=None, child__erased_at=None
        )


class HealthNote(models.Model):
    """One short text about a child: allergies, medicine, what to look after. Taken back, the row is deleted.

    Nothing shows it but the family's own page, and the page that staff on duty open from the list of their session.
    """

    child = models.OneToOneField(Child, models.PROTECT, related_name="health_note", verbose_name=_("child"))
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="+", verbose_name=_("consent"))
    text = EncryptedTextField(_("health note"), max_length=MOST_CHARACTERS)
    written_at = models.DateTimeField(_("written"))

    objects = HealthNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("health note")
        verbose_name_plural = _("health notes")
        constraints = [models.CheckConstraint(name="health_note_says_something", condition=~models.Q(text=""))]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
