"""Forgetting when the time is over: each app's ``privacy.forget`` with the days that the register shows."""

from datetime import datetime, timedelta

from core.privacy import UNTIL_GROWN
from core.time import has_legal_age, today
from people.models import Child
from privacy import erasure
from privacy.models import Erasure, RetentionRun

GROWN = 19  # a year after 18: until then a family may still look up certificates and marks
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


def run(now: datetime) -> RetentionRun:
    """Forget everything whose time is over, and write down how much of what."""
    counts: dict[str, int] = {}
    for module in erasure.privacy_modules():
        if hasattr(module, "forget"):
            counts |= module.forget(now)
    counts[UNTIL_GROWN.key] = _grown(now)
    counts["erasure_log"] = erasure.write_log()
    return RetentionRun.objects.create(at=now, counts=counts)
