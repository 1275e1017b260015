"""Thirty days before the 18th birthday: what will end, and how a youth gets a login of their own before."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from core.time import born_by, today
from notifications.services import notify
from people import grown, services
from people.models import Child
from people.models.child import ADULT_AGE
from people.queries import guardians_of

BEFORE = timedelta(days=30)


def warn(now: datetime) -> int:
    """Tell guardians, and youths with a login, who turns 18 within 30 days; each once for a birth date.

    Return for how many youths. A corrected birth date is told anew.
    """
    on = today(now)
    last = on + BEFORE + timedelta(days=1)  # the law counts from the day after the birthday
    soon = {"birth_date__gt": born_by(ADULT_AGE, on), "birth_date__lte": born_by(ADULT_AGE, last)}
    youths = list(Child.objects.unmerged().filter(**soon).select_related("user").order_by("pk"))
    path = reverse("people:children")
    for youth in youths:
        day = grown.last_day(youth)
        about: dict[str, Any] = {"cause": f"of_age:{youth.pk}:{day}", "context": {"day": day}, "path": path, "now": now}
        services.tell_all(guardians_of(youth, on), kind="ward_comes_of_age", **about)
        if youth.user is not None:
            notify([youth.user], kind="comes_of_age", **about)
    return len(youths)
