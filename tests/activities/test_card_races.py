"""The menu's card while places change: of two counts the later one stands."""

import threading
import time
from functools import partial

import pytest

from activities import cards
from activities.models import Session
from tests import races
from tests.conftest import NOW
from tests.factories.activities import make_session

pytestmark = [pytest.mark.race]


@pytest.mark.usefixtures("fresh_db")
def test_a_card_that_was_counted_earlier_never_says_free_over_one_that_says_full(monkeypatch):
    """The menu would send families to a session whose last place is gone."""
    session = make_session(capacity=1)
    programme, has_counted = session.version.programme, threading.Event()
    count = cards.facts

    def count_slowly(ids, now):
        found = count(ids, now)
        if not has_counted.is_set():
            has_counted.set()
            time.sleep(0.4)
        return found

    def take_the_last_place():
        has_counted.wait(races.PATIENCE)
        Session.objects.filter(pk=session.pk).update(taken=1)
        cards.refresh(programme.pk, now=NOW)

    monkeypatch.setattr(cards, "facts", count_slowly)
    race = races.run(partial(cards.refresh, programme.pk, now=NOW), take_the_last_place)

    assert race.errors == []
    programme.refresh_from_db()
    assert programme.places_left == 0
