"""What sessions do when something changes about a family."""

from typing import Any

from django.dispatch import receiver

from activities import eligibility
from people.signals import birth_date_changed


@receiver(birth_date_changed, dispatch_uid="activities.birth_date_changed")
def keep_places_fitting(sender: object, **about: Any) -> None:
    """Refuse a birth date with which the child would not fit where it has a place."""
    eligibility.require_places_fit(about["child"], about["now"])
