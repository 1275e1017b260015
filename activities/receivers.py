"""What sessions do when something changes about a family."""

from typing import Any

from django.dispatch import receiver

from activities import checkin, eligibility
from people.signals import birth_date_changed, names_shown


@receiver(birth_date_changed, dispatch_uid="activities.birth_date_changed")
def keep_places_fitting(sender: object, **about: Any) -> None:
    """Refuse a birth date with which the child would not fit where it has a place."""
    eligibility.require_places_fit(about["child"], about["now"])


@receiver(names_shown, dispatch_uid="activities.names_shown")
def write_the_look_down(sender: object, **about: Any) -> None:
    """Keep a look at families beside those at lists, where each family reads both."""
    what = {name: about[name] for name in ("purpose", "children", "by", "now")}
    checkin.log_look(None, **what)
