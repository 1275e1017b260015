"""What runs out soon: checks and courses thirty and seven days before, a new pledge when it is offered."""

from datetime import date, datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q, Subquery
from django.urls import reverse

from core.time import today
from notifications.services import notify
from organisations import memberships
from organisations.models import Membership
from safeguarding import services
from safeguarding.models import BackgroundCheck, Pledge, PledgeText, Training
from users.models import User

BEFORE = (timedelta(days=7), timedelta(days=30))  # the nearest first
RENEW_FROM = timedelta(days=60)  # a check that ends within so many days may be asked for anew


def remind(now: datetime) -> int:
    """Tell everybody whose check or course ends soon, and their managers; each once for each date. Return how many."""
    on, ends = today(now), today(now) + BEFORE[-1]
    checks = BackgroundCheck.objects.filter(result=BackgroundCheck.Result.CLEAR, user__is_active=True)
    newest_check = checks.filter(user=OuterRef("user")).order_by("-checked_on", "-recorded_at", "-pk")  # as the gate's
    last = checks.filter(pk=Subquery(newest_check.values("pk")[:1]), valid_until__range=(on, ends)).order_by("user")
    ending = [("check_ends", row.user_id, row.valid_until) for row in last]
    courses = Training.objects.filter(user__is_active=True, valid_until__isnull=False).order_by("user", "course")
    newest = courses.values("user", "course").annotate(until=Max("valid_until")).filter(until__range=(on, ends))
    for_good = Training.objects.filter(user=OuterRef("user"), course=OuterRef("course"), valid_until__isnull=True)
    ending += [("course_ends", row["user"], row["until"]) for row in newest.exclude(Exists(for_good))]
    for kind, user_id, until in ending:
        _tell(user_id, kind, until, on, now)
    return len(ending) + ask_for_new_pledge(now)


def _tell(user_id: int, kind: str, until: date, on: date, now: datetime) -> None:
    nearest = next(before for before in BEFORE if until <= on + before)
    user = User.objects.get(pk=user_id)
    cause, context = f"{kind}:{user_id}:{until}:{nearest.days}", {"until": until}
    notify([user], kind=kind, cause=cause, context=context, path=reverse("safeguarding:mine"), now=now)
    for row in (
        Membership.objects.current(on).filter(user=user, organisation__kind="provider").select_related("organisation")
    ):
        heads = memberships.holders(row.organisation, Membership.Role.MANAGER, on=on).exclude(pk=user_id)
        path = reverse("safeguarding:staff")
        notify(heads, kind=f"staff_{kind}", cause=f"staff:{cause}", context=context, path=path, now=now)


def ask_for_new_pledge(now: datetime) -> int:
    """Ask everybody who signed an older pledge for the one that is offered. Return how many were asked."""
    on = today(now)
    offered = PledgeText.objects.offered(on).first()
    if offered is None or offered.version == 1:
        return 0
    signed = Pledge.objects.filter(text__version__gte=offered.version).values("user")
    older = Pledge.objects.filter(~Q(user__in=signed), user__is_active=True).values("user")
    people = [user for user in User.objects.filter(pk__in=older) if services.pledge_to_sign(user, on)]
    context = {"required_from": offered.required_from}
    cause, path = f"pledge:{offered.version}", reverse("safeguarding:mine")
    notify(people, kind="pledge_offered", cause=cause, context=context, path=path, now=now)
    return len(people)
