"""Builds the whole demo city in one transaction, in the order in which a real one would grow."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from activities import cards
from cms.services import create_site
from core.time import local, today
from marketplace.demo import city as places
from marketplace.demo import families as people
from marketplace.demo.attendance import Families
from marketplace.demo.books import build_books, open_account
from marketplace.demo.extras import build_extras
from marketplace.demo.orders import build_orders
from notifications.services import mark_delivered
from organisations.models import Organisation

Say = Callable[[str], None]


class NotEmpty(Exception):
    """The database holds a city already."""


def seed(*, seed: int, scale: float, now: datetime, say: Say = lambda _line: None) -> None:
    """Fill an empty database with the demo city: the same for the same seed, scale and hour.

    It is a city of the full hour before ``now``: nothing of it lies in the future, and the session of today has begun.

    Raises:
        NotEmpty: there are organisations already.
    """
    if Organisation.objects.exists():
        raise NotEmpty
    hour = local(now).replace(minute=0, second=0, microsecond=0)
    with transaction.atomic():
        city = places.found(seed, hour)
        say("League, offices, providers")
        places.build_league(city)
        places.build_offices(city)
        places.build_providers(city)
        say("Fund and menu")
        places.build_fund(city, times=max(1, int(scale)))
        open_account(city)
        places.build_menu(city)
        create_site(on=today(now))
        say("Families")
        people.build_families(city, scale)
        volunteers = people.build_helpers(city)
        say("Orders")
        build_orders(city, scale, Families(city).attend)
        say("What the demo logins find")
        build_extras(city, volunteers)
        say("The bank, a gift, a closed period")
        build_books(city)
        cards.refresh_stale(now=now)
        mark_delivered(now)
