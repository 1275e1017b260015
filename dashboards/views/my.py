"""The page of a guardian, a youth, a volunteer: what comes next."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from activities.models import Attendance, Review, SignUp
from activities.queries import asked_to_review
from core.access import signed_in, view
from core.time import today
from dashboards import queries
from organisations.acting import ActingRequest
from users.models import User
from volunteering.models import Assignment
from volunteering.queries import mine, past_of, time_served

TABS = ("upcoming", "waiting", "history")
TO_RATE = 3
_S = SignUp.Status


def tab_of(row: SignUp, now: datetime) -> str:
    """Return under which tab a sign-up stands."""
    if row.status in (_S.CANCELLED, _S.REFUSED) or row.ends_at <= now:
        return "history"
    return "upcoming" if row.status == _S.CONFIRMED else "waiting"


def may_rate(row: SignUp, rated: dict[int, list[Review]]) -> bool:
    """Tell whether a review of this sign-up is still welcome."""
    attendance = getattr(row, "attendance", None)
    return attendance is not None and attendance.status == Attendance.Status.PRESENT and row.pk not in rated


def to_change(row: SignUp, rated: dict[int, list[Review]], user: User, now: datetime) -> Review | None:
    """Return the person's own review of this sign-up while they can change it."""
    own = [one for one in rated.get(row.pk, []) if one.author_id == user.pk and now <= one.editable_until]
    return own[0] if own else None


@view(signed_in)
def my(request: ActingRequest) -> HttpResponse:
    """Show the next ticket, offers with their deadline, and everything else by tab."""
    now, user = timezone.now(), request.user
    assert isinstance(user, User)
    children = queries.own_family(user, today(now))
    rows = queries.own_sign_ups(children)
    sorted_rows: dict[str, list[SignUp]] = {tab: [] for tab in TABS}
    for row in rows:
        sorted_rows[tab_of(row, now)].append(row)
    sorted_rows["history"].reverse()
    chosen = request.GET.get("tab", "upcoming")
    tab = chosen if chosen in TABS else "upcoming"
    rated = queries.reviewed(sorted_rows["history"])
    coming = [] if tab == "history" else list(mine(user, now))
    shifts = list(past_of(user, now)[:50]) if tab == "history" else coming
    context = {
        "next": next(iter(sorted_rows["upcoming"]), None),
        "offers": [row for row in rows if row.status == _S.OFFERED and row.offered_until and row.offered_until > now],
        "to_rate": []
        if tab == "history"
        else [row for row in sorted_rows["history"] if may_rate(row, rated)][:TO_RATE],
        "asked": asked_to_review(request.acting, now),
        "rows": [(row, may_rate(row, rated), to_change(row, rated, user, now)) for row in sorted_rows[tab]],
        "tabs": _tabs(tab, sorted_rows),
        "tab": tab,
        "shifts": shifts,
        "next_shift": next((row for row in coming if row.status == Assignment.Status.CONFIRMED), None),
        "served": _served(user, now),
        "children": children,
        "is_youth": bool(children) and all(child.user_id == user.pk for child in children),
        "now": now,
    }
    return render(request, "dashboards/my.html", context)


def _served(user: User, now: datetime) -> dict[str, float]:
    """Return the hours that the person helped, in all and this year; nothing if there are none."""
    years = time_served(user, now)
    hours = {year: served.total_seconds() / 3600 for year, served in years.items()}
    return {"all": sum(hours.values()), "year": hours.get(today(now).year, 0)} if hours else {}


def _tabs(current: str, rows: dict[str, list[SignUp]]) -> list[dict[str, object]]:
    labels = {"upcoming": _("Coming up"), "waiting": _("Waiting list"), "history": _("Earlier")}
    return [
        {"url": f"?tab={tab}", "label": labels[tab], "current": tab == current, "count": len(rows[tab])} for tab in TABS
    ]
