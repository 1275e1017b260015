"""The participants under 18, and the youths who have a login of their own."""

from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Submitted, TimeStamped
from core.time import born_by, calendar_age, has_legal_age, today
from organisations.acting import Acting
from organisations.models import ActedHistory, Organisation, Region
from people.models.guardian import Guardianship, registers_families

YOUTH_AGE, ADULT_AGE = 14, 18
CORRECTED_FOR = timedelta(days=90)  # so long somebody who is 18 by mistake can be put right


def of_age_for_good(on: date, child: str = "") -> Q:
    """Return the question who is of age and will not turn out to be a mistyped birth date any more.

    Whoever has a login puts the own record right; without one the family and the office have 90 days. ``child`` is the
    way to the child from the rows that are asked, such as ``child__``.
    """
    for_long = {f"{child}birth_date__lte": born_by(ADULT_AGE, on - CORRECTED_FOR)}
    return Q(**{f"{child}birth_date__lte": born_by(ADULT_AGE, on)}) & (
        Q(**{f"{child}user__isnull": False}) | Q(**for_long)
    )


class ChildQuerySet(models.QuerySet["Child"]):
    """Words for children. A merged child is a former record of another one, an erased one is nobody any more."""

    def unmerged(self) -> Self:
        """Keep those that were not merged into another record, nor erased."""
        return self.filter(merged_into__isnull=True, erased_at__isnull=True)

    def answered_for_by(self, on: date, **guardian: Any) -> Self:
        """Keep those for whom a guardian answers on the day, such as ``guardian=row`` or ``guardian__user=user``."""
        return self.filter(pk__in=Guardianship.objects.current(on).filter(**guardian).values("child_id"))

    def visible_to(self, by: Acting, on: date | None = None) -> Self:
        """Keep whom this person may see in full: their own children, themself, the families that their office made.

        Whoever is of age is seen by nobody but themself: guardianships end on that day, and so do offices' families.

        Staff on duty see names through the session's roster only, inside its time window and logged.
        """
        if by.user is None:
            return self.none()
        day = on or today(timezone.now())
        answered_for = Guardianship.objects.current(day).filter(guardian__user=by.user).order_by().values("child_id")
        seen = [Child.objects.order_by().filter(user=by.user).values("pk")]
        if registers_families(by):
            minors = Child.objects.order_by().filter(birth_date__gt=born_by(ADULT_AGE, day))
            seen.append(minors.filter(registered_by=by.organisation).values("pk"))
        # A union, as an "or" would look at every child of the city.
        return self.unmerged().filter(pk__in=answered_for.union(*seen, all=True))


class Child(Submitted, TimeStamped):
    """A child or youth. Names and birth dates are shown to the few whom ``visible_to`` names."""

    name = models.CharField(_("child's name"), max_length=50)
    birth_date = models.DateField(_("birth date"))
    home_community = models.ForeignKey(
        Region,
        models.PROTECT,
        related_name="+",
        verbose_name=_("home community"),
        help_text=_("Where the child lives."),
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="youth",
        verbose_name=_("the youth's own account"),
    )
    registered_by = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("registered by")
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from", verbose_name=_("the same as")
    )
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)

    others: int  # how many more answer for the child, where a query counted them

    objects = ChildQuerySet.as_manager()

    class Meta:
        verbose_name = _("child")
        verbose_name_plural = _("children")
        constraints = [
            models.CheckConstraint(
                name="child_not_merged_into_self", condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk"))
            ),
        ]
        indexes = [models.Index(fields=["birth_date", "name"], name="child_birth_and_name")]

    def __str__(self) -> str:
        return self.name

    def age(self, on: date) -> int:
        """Return the calendar age on the day: what programmes ask for."""
        return calendar_age(self.birth_date, on)

    def is_youth(self, on: date) -> bool:
        """Tell whether the child may act for themself: legally 14 on the day."""
        return has_legal_age(self.birth_date, YOUTH_AGE, on)

    def is_grown(self, on: date) -> bool:
        """Tell whether nobody answers for them any more: legally 18 on the day."""
        return has_legal_age(self.birth_date, ADULT_AGE, on)


class ChildHistory(ActedHistory):
    """What happened to a child's record. Of personal fields it says that they changed, never what they hold."""

    child = models.ForeignKey(Child, models.PROTECT, related_name="history", verbose_name=_("child"))

    class Meta:
        verbose_name = _("history of a child's record")
        verbose_name_plural = _("history of children's records")
