"""Cards on the menu follow the places: at once where it matters, within seconds elsewhere."""

import pytest
from django.core.cache import cache

from activities import cards, signups, tasks
from activities.invariants import cards_true
from catalog.models import Programme
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.activities import make_party, make_session

pytestmark = pytest.mark.django_db


def shown(session) -> int | None:
    return Programme.objects.get(pk=session.version.programme_id).places_left


@pytest.fixture
def asked(monkeypatch) -> list[tuple]:
    """What workers were asked for."""
    found: list[tuple] = []

    def ask(task, *arguments, after_seconds=0):
        found.append((task, *arguments, after_seconds))
        return True

    monkeypatch.setattr(cards, "ask_worker", ask)
    return found


def test_a_surge_asks_once_for_the_card_and_the_worker_sets_it_right(asked, django_capture_on_commit_callbacks):
    session = make_session(capacity=100)

    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            make_party(session, 2)

    programme = session.version.programme_id
    assert (asked, shown(session)) == ([("activities.refresh_card", programme, cards.SOON)], 100)
    assert cards_true().breaches == []  # it will be right within two seconds
    cache.clear()
    assert cards_true().breaches == [f"programme {programme}"]
    tasks.refresh_card(programme)
    assert shown(session) == 94


def test_a_session_that_is_full_now_is_shown_full_at_once(asked, django_capture_on_commit_callbacks):
    session = make_session(capacity=2)

    with django_capture_on_commit_callbacks(execute=True):
        held = make_party(session, 2)
        make_party(session)
    assert (asked, shown(session)) == ([], 0)

    with django_capture_on_commit_callbacks(execute=True):
        signups.cancel(held.sign_ups.first(), by=Acting(), now=NOW)
    assert shown(session) == 0  # the place is offered to who waits


def test_who_joins_the_waiting_list_changes_no_card(asked, django_capture_on_commit_callbacks, monkeypatch):
    session = make_session(capacity=1)
    make_party(session)
    monkeypatch.setattr(cards, "refresh", lambda *_args, **_kwargs: pytest.fail("the card was written"))

    with django_capture_on_commit_callbacks(execute=True):
        make_party(session)

    assert asked == []


def test_without_a_worker_the_card_is_set_right_by_the_request(monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(cards, "ask_worker", lambda *_args, **_kwargs: False)
    session = make_session(capacity=100)

    with django_capture_on_commit_callbacks(execute=True):
        make_party(session, 2)

    assert shown(session) == 98
