"""Who agreed to what for which child."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from organisations.acting import Acting
from organisations.models import ActedHistory
from people.models import Child, Guardian
from safeguarding.models.text import ConsentText


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Words for consents."""

    def visible_to(self, by: Acting) -> Self:
        """Keep those about children whom the person sees in full."""
        return self.filter(child__in=Child.objects.visible_to(by))

    def standing(self) -> Self:
        """Keep what was given and not taken back."""
        return self.filter(answer=Consent.Answer.GIVEN, withdrawn_at__isnull=True)

    def newest_first(self) -> Self:
        """Put the latest answer on top."""
        return self.order_by("-at", "-pk")


class Consent(models.Model):
    """One answer to one text for one child. A changed mind is a new row; taking back is a date on this one."""

    class Answer(models.TextChoices):
        """What was answered."""

        GIVEN = "given", pgettext_lazy("consent", "agreed")
        REFUSED = "refused", _("refused")

    child = models.ForeignKey(Child, models.PROTECT, related_name="consents", verbose_name=_("child"))
    guardian = models.ForeignKey(
        Guardian, models.PROTECT, null=True, blank=True, related_name="consents", verbose_name=_("guardian")
    )
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="consents", verbose_name=_("text"))
    answer = models.CharField(_("answer"), max_length=7, choices=Answer)
    at = models.DateTimeField(_("when"))
    withdrawn_at = models.DateTimeField(pgettext_lazy("time", "withdrawn"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )
    paper_on = models.DateField(_("date on the paper"), null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(
                name="consent_on_paper_names_recorder",
                condition=Q(paper_on__isnull=True) | Q(recorded_by__isnull=False),
            ),
            models.CheckConstraint(
                name="consent_withdrawn_was_given", condition=Q(withdrawn_at__isnull=True) | Q(answer="given")
            ),
        ]
        indexes = [models.Index(fields=["child", "-at"], name="consent_child_newest")]

    @property
    def is_standing(self) -> bool:
        """Whether it was given and not taken back."""
        return self.answer == self.Answer.GIVEN and self.withdrawn_at is None


class ConsentHistory(ActedHistory):
    """What happened to a consent."""

    consent = models.ForeignKey(Consent, models.PROTECT, related_name="history", verbose_name=_("consent"))

    class Meta:
        verbose_name = _("history of a consent")
        verbose_name_plural = _("history of consents")
