"""The city's clock: today, ages, quiet hours, working days. Callers pass the time; only views and tasks read it."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

QUIET_FROM = time(21, 30)
QUIET_UNTIL = time(8, 0)


@lru_cache
def zone() -> ZoneInfo:
    """Return the city's zone (``TIME_ZONE``)."""
    return ZoneInfo(settings.TIME_ZONE)


def local(moment: datetime) -> datetime:
    """Return the moment on the city's clock."""
    return moment.astimezone(zone())


def today(now: datetime) -> date:
    """Return the city's date at ``now``."""
    return local(now).date()


def at(day: date, clock: time) -> datetime:
    """Return the moment when the city's clock shows ``clock`` on ``day``, in UTC."""
    return datetime.combine(day, clock, zone()).astimezone(UTC)


def calendar_age(birth: date, on: date) -> int:
    """Return the age in completed calendar years: the birthday itself counts (programme ages).

    Born on 29 February, one turns a year older on 1 March of a common year.
    """
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def birthday(birth: date, years: int) -> date:
    """Return the day on which somebody turns that old: the last one before the legal age is reached."""
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:  # born on 29 February
        return date(birth.year + years, 3, 1)


def born_by(years: int, on: date) -> date:
    """Return the latest birth date of those who have the legal age on the day: ``has_legal_age`` as a query asks it."""
    eve = on - timedelta(days=1)
    try:
        return eve.replace(year=eve.year - years)
    except ValueError:  # on 29 February of a year whose like had none
        return date(eve.year - years, 2, 28)


def has_legal_age(birth: date, years: int, on: date) -> bool:
    """Tell whether the legal age is reached: it counts from the day after the birthday.

    Source: interpretation 法释〔2006〕1号 of the Supreme People's Court, article 2.
    """
    return calendar_age(birth, on - timedelta(days=1)) >= years


def is_quiet(moment: datetime) -> bool:
    """Tell whether the city sleeps: 21:30 to 08:00."""
    clock = local(moment).time()
    return clock >= QUIET_FROM or clock < QUIET_UNTIL


def after_quiet(moment: datetime) -> datetime:
    """Return the moment itself, or the end of the quiet hours that it falls in."""
    if not is_quiet(moment):
        return moment
    here = local(moment)
    day = here.date() if here.time() < QUIET_UNTIL else here.date() + timedelta(days=1)
    return at(day, QUIET_UNTIL)


def awake_deadline(start: datetime, allowance: timedelta) -> datetime:
    """Return when ``allowance`` has passed, with the clock standing still from 21:30 to 08:00."""
    moment, left = after_quiet(start), allowance
    while True:
        night = at(local(moment).date(), QUIET_FROM)
        if moment + left <= night:
            return moment + left
        left -= night - moment
        moment = after_quiet(night)


def is_working_day(day: date) -> bool:
    """Tell whether offices work: the configured calendar (节假日、调休) first, else Monday to Friday."""
    if day in settings.EXTRA_WORKING_DAYS:
        return True
    return day not in settings.HOLIDAYS and day.weekday() < 5


def add_working_days(day: date, count: int) -> date:
    """Return the date ``count`` working days after ``day``."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
