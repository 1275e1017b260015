"""What stands in a person's calendar: the dates of their children and of their own, as staff and as volunteer."""

from datetime import datetime, timedelta

from activities import queries as activities
from core.calendars import Entry
from core.time import today
from organisations.acting import Acting
from people.models import Child
from users.models import User
from volunteering import queries as volunteering

KEPT = timedelta(days=30)  # how long a date that is over stays


def entries_of(user: User, now: datetime) -> list[Entry]:
    """Return a person's dates, each session once, however many of the family come. No name stands in them.

    Two queries.
    """
    since = now - KEPT
    children = Child.objects.visible_to(Acting(user=user), today(now))
    found = [activities.as_entry(row) for row in activities.in_calendar_of(user, children, since)]
    shifts = {row.shift_id: row for row in volunteering.in_calendar_of(user, since)}
    return [*found, *(volunteering.as_entry(row) for row in shifts.values())]
