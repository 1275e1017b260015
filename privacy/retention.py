"""Forgetting when the time is over: each app's ``privacy.forget`` with the days that the register shows."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from core.privacy import UNTIL_GROWN
from core.time import born_by, has_legal_age, today
from people.models import Child, Guardianship
from people.models.child import ADULT_AGE
from privacy import erasure
from privacy.models import Erasure, RetentionRun

GROWN = 19  # a year after 18: until then a family may still look up certificates and marks
LEFT = timedelta(days=90)  # as long as a wish of one of two who answer for a child stands
MOST_A_NIGHT = 1_000


def _grown(now: datetime) -> int:
    """Erase the records of those who turned 18 more than a year ago; return how many.

    A record that was merged into another goes along with that one.
    """
    day = today(now)
    born_before = day - timedelta(days=GROWN * 365)
    rows = Child.objects.unmerged().filter(birth_date__lt=born_before).order_by("pk")[:MOST_A_NIGHT]
    count = 0
    for child in rows:
        if has_legal_age(child.birth_date, GROWN, day):
            erasure.erase(child, cause=Erasure.Cause.RETENTION, now=now)
            count += 1
    return count


def _left(now: datetime) -> int:
    """Erase the records of minors for whom nobody has answered for 90 days; return how many.

    So it goes where a parent has left the site and a carer's last day has passed. A youth with a login has somebody,
    and so has whom an office registered, as long as the record belongs to a family of its list: where the last guardian
    was erased, no page of the office leads to it.
    """
    day = today(now)
    ever = Guardianship.objects.filter(child=OuterRef("pk"))
    lately = ever.exclude(ends_on__lt=day - LEFT)
    minors = Child.objects.unmerged().filter(user=None, birth_date__gt=born_by(ADULT_AGE, day))
    minors = minors.filter(Q(registered_by=None) | (~Exists(ever) & Q(changed_at__lt=now - LEFT)))
    rows = minors.filter(~Exists(lately), created_at__lt=now - LEFT).order_by("pk")[:MOST_A_NIGHT]
    return sum(bool(erasure.erase(child, cause=Erasure.Cause.RETENTION, now=now)) for child in rows)


def run(now: datetime) -> RetentionRun:
    """Forget everything whose time is over, and write down how much of what."""
    counts: dict[str, int] = {}
    for module in erasure.privacy_modules():
        if hasattr(module, "forget"):
            counts |= module.forget(now)
    counts["left"], counts[UNTIL_GROWN.key] = _left(now), _grown(now)
    counts["erasure_log"] = erasure.write_log()
    return RetentionRun.objects.create(at=now, counts=counts)
