"""Cancelling, and answering an offer."""

from datetime import timedelta

import pytest

from activities import lifecycle, signups, waiting
from activities.models import Party, Session, SignUp
from notifications.models import Message
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.activities import (
    STARTS_AT,
    by_guardian,
    make_family,
    make_party,
    make_session,
    make_sign_up,
    sign_up,
    statuses,
)
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db


def counts(session: Session) -> tuple[int, int, int]:
    session.refresh_from_db()
    return session.taken, session.taken_outside, session.waiting_parties


def told() -> list[tuple[str, User]]:
    """What was told about sessions, and to whom."""
    return [(row.kind, row.recipient) for row in Message.objects.filter(path__startswith="/sessions/").order_by("pk")]


def test_cancel_frees_the_place_for_the_first_who_waits():
    session = make_session(capacity=1)
    held = make_sign_up(session)
    first, second = make_party(session), make_party(session)

    signups.cancel(held, by=Acting(), now=NOW, reason="Ill")

    assert (statuses(first), statuses(second)) == (["offered"], ["waiting"])
    assert counts(session) == (1, 0, 1)
    assert waiting.position(second) == 1


def test_cancel_by_somebody_else_tells_the_guardian():
    sign_up_row = make_sign_up(make_session())

    signups.cancel(sign_up_row, by=Acting(user=make_user()), now=NOW)

    assert [kind for kind, _ in told()] == ["sign_up_cancelled"]


def test_cancel_by_the_guardian_sends_no_message_to_them():
    guardian, children = make_family()
    party = sign_up(make_session(), guardian, children)

    signups.cancel_party(party, by=by_guardian(guardian), now=NOW)

    assert statuses(party) == ["cancelled"]
    assert told() == []


def test_cancel_of_one_waiting_child_keeps_the_rank_of_the_others():
    session = make_session(capacity=1)
    make_party(session)
    party = make_party(session, 2)

    signups.cancel(party.sign_ups.earliest("pk"), by=Acting(), now=NOW)

    assert statuses(party) == ["cancelled", "waiting"]
    assert waiting.position(party) == 1
    assert counts(session) == (1, 0, 1)


def test_cancel_of_the_last_waiting_child_ends_the_wait():
    session = make_session(capacity=1)
    make_party(session)
    waits = make_sign_up(session)

    signups.cancel(waits, by=Acting(), now=NOW)

    assert counts(session) == (1, 0, 0)
    assert waiting.position(waits.party) is None


def test_cancel_twice_says_that_it_has_ended():
    row = make_sign_up(make_session())
    signups.cancel(row, by=Acting(), now=NOW)

    with pytest.raises(signups.NotActive):
        signups.cancel(row, by=Acting(), now=NOW)


def test_cancel_after_the_start_is_refused():
    row = make_sign_up(make_session())

    with pytest.raises(signups.TooLate):
        signups.cancel(row, by=Acting(), now=STARTS_AT)


def test_cancel_and_sign_up_again_goes_to_the_end_of_the_line():
    session = make_session(capacity=1)
    make_party(session)
    guardian, children = make_family()
    early = sign_up(session, guardian, children)
    make_party(session)

    signups.cancel_party(early, by=by_guardian(guardian), now=NOW)
    again = sign_up(session, guardian, children)

    assert waiting.position(again) == 2


def test_cancel_of_a_clash_fills_the_other_session(django_capture_on_commit_callbacks):
    guardian, children = make_family()
    here, there = make_session(capacity=1), make_session(capacity=1)
    sign_up(here, guardian, children)
    held = make_sign_up(there)
    waits = Party.objects.get(pk=_wait(there, guardian, children).pk)
    signups.cancel(held, by=Acting(), now=NOW)
    assert statuses(waits) == ["waiting"]

    with django_capture_on_commit_callbacks(execute=True):
        signups.cancel(here.sign_ups.get(), by=Acting(), now=NOW)

    assert statuses(waits) == ["offered"]


def _wait(session, guardian, children) -> Party:
    """The family waits for a session at a time when the child has a place elsewhere since."""
    here = SignUp.objects.get(child=children[0])
    SignUp.objects.filter(pk=here.pk).update(status="waiting")
    party = sign_up(session, guardian, children)
    SignUp.objects.filter(pk=here.pk).update(status="confirmed")
    return party


def test_accept_offer_confirms_every_child():
    session = make_session(capacity=2)
    held = make_party(session, 2)
    waits = make_party(session, 2)
    signups.cancel_party(held, by=Acting(), now=NOW)

    signups.accept_offer(waits, by=Acting(), now=NOW)

    assert statuses(waits) == ["confirmed", "confirmed"]
    assert counts(session) == (2, 0, 0)


def _offered(session):
    held = make_sign_up(session)
    waits = make_party(session)
    signups.cancel(held, by=Acting(), now=NOW)
    return waits


def test_accept_offer_for_a_child_whose_consent_is_gone_is_refused_and_the_offer_stands():
    waits = _offered(make_session(capacity=1))
    waits.sign_ups.get().child.consents.update(withdrawn_at=NOW)

    with pytest.raises(signups.eligibility.NotEligible):
        signups.accept_offer(waits, by=Acting(), now=NOW)

    assert statuses(waits) == ["offered"]


def test_an_offer_ends_at_the_new_closing_when_the_session_is_moved_earlier():
    session = make_session(capacity=1)
    waits = _offered(session)
    start = NOW + timedelta(hours=6)

    lifecycle.reschedule(
        session,
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        venue=None,
        address="x",
        by=Acting(),
        now=NOW,
    )

    session.refresh_from_db()
    assert waits.sign_ups.get().offered_until == session.closes_at
    with pytest.raises(signups.OfferOver):
        signups.accept_offer(waits, by=Acting(), now=session.closes_at)


def test_accept_offer_after_its_deadline_is_refused():
    session = make_session(capacity=1)
    held = make_sign_up(session)
    waits = make_party(session)
    signups.cancel(held, by=Acting(), now=NOW)

    with pytest.raises(signups.OfferOver):
        signups.accept_offer(waits, by=Acting(), now=NOW + timedelta(hours=25))
