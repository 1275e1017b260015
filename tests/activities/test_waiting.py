"""The waiting list: order, fit, offers, closing; the four bugs of a leading ticketing system as tests."""

from datetime import datetime, timedelta

import pytest

from activities import lifecycle, signups, tasks, waiting
from activities.models import Party, Session
from notifications.models import Message
from organisations.acting import Acting
from people.models import ToTell
from tests.conftest import NOW
from tests.factories.activities import (
    make_family,
    make_party,
    make_session,
    make_sign_up,
    sign_up,
    statuses,
)
from tests.factories.organisations import make_region
from tests.factories.people import make_child, make_family_office, make_guardian
from tests.factories.safeguarding import make_consent

pytestmark = pytest.mark.django_db
BY = Acting()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def free(session: Session, party: Party, now: datetime = NOW) -> None:
    signups.cancel_party(party, by=BY, now=now)


def test_fill_passes_over_a_party_that_does_not_fit_and_tells_it():
    session = make_session(capacity=2)
    first, second = make_party(session), make_party(session)
    pair, single = make_party(session, 2), make_party(session)

    free(session, first)

    assert (statuses(pair), statuses(single)) == (["waiting", "waiting"], ["offered"])
    assert Message.objects.get(kind="passed_over").recipient == pair.guardian.user
    free(session, second)
    assert statuses(pair) == ["waiting", "waiting"]
    assert waiting.position(pair) == 1


def test_fill_serves_in_order_of_joining():
    session = make_session(capacity=3)
    held = make_party(session, 3)
    waits = [make_party(session) for _ in range(4)]

    free(session, held)

    assert [statuses(party)[0] for party in waits] == ["offered", "offered", "offered", "waiting"]


def test_fill_more_than_a_day_before_closing_offers_until_twelve_waking_hours_passed():
    session = make_session(capacity=1)
    held, waits = make_party(session), make_party(session)

    free(session, held)

    row = waits.sign_ups.get()
    assert row.offered_until == datetime.fromisoformat("2026-11-25T08:30+08:00")


def test_fill_within_a_day_of_closing_confirms_at_once():
    session = make_session(capacity=1)
    held, waits = make_party(session), make_party(session)

    free(session, held, now=session.closes_at - DAY)

    assert statuses(waits) == ["confirmed"]
    assert Message.objects.filter(kind="place_given").count() == 1


def test_fill_of_a_youth_alone_in_a_risky_programme_always_asks(now):
    session = make_session(capacity=1, programme={"max_age": 17, "is_risky": True})
    held, waits = make_party(session), make_party(session)
    Party.objects.filter(pk=waits.pk).update(guardian=None)

    free(session, held, now=session.closes_at - DAY)

    assert statuses(waits) == ["offered"]


def test_fill_takes_out_a_child_whose_consent_is_gone_and_keeps_the_others_rank():
    session = make_session(capacity=2)
    held = make_party(session, 2)
    pair = make_party(session, 2)
    gone = pair.sign_ups.latest("pk")
    gone.child.consents.update(withdrawn_at=NOW)

    free(session, held)

    assert statuses(pair) == ["offered", "cancelled"]
    gone.refresh_from_db()
    assert gone.reason == waiting.NOT_ELIGIBLE
    assert Message.objects.filter(kind="taken_out").count() == 1


def test_fill_takes_out_a_whole_party_that_may_not_come_any_more():
    session = make_session(capacity=1)
    held, gone, next_one = (make_party(session) for _ in range(3))
    gone.sign_ups.get().child.consents.update(withdrawn_at=NOW)

    free(session, held)

    session.refresh_from_db()
    assert (statuses(gone), statuses(next_one)) == (["cancelled"], ["offered"])
    assert session.waiting_parties == 0


def test_fill_passes_over_a_child_with_another_place_at_that_time_and_keeps_its_rank():
    session = make_session(capacity=1)
    held = make_party(session)
    guardian, children = make_family()
    busy = sign_up(session, guardian, children)
    sign_up(make_session(), guardian, children)
    later = make_party(session)

    free(session, held)

    assert (statuses(busy), statuses(later)) == (["waiting"], ["offered"])
    assert waiting.position(busy) == 1


def test_fill_serves_the_first_family_once_only_those_who_may_come_are_counted():
    session = make_session(capacity=1)
    held = make_sign_up(session)
    first, second = make_party(session, size=2), make_party(session)
    first.sign_ups.earliest("pk").child.consents.update(withdrawn_at=NOW)

    signups.cancel(held, by=Acting(), now=NOW)

    assert (statuses(first), statuses(second)) == (["cancelled", "offered"], ["waiting"])


def test_left_behind_counts_only_those_who_may_come():
    session = make_session(capacity=1)
    make_sign_up(session)
    waits = make_party(session, size=2)
    waits.sign_ups.earliest("pk").child.consents.update(withdrawn_at=NOW)
    Session.objects.update(capacity=2, ceiling=2)
    session.refresh_from_db()

    assert waiting.left_behind(session, now=NOW) == [waits]


def test_a_cancelled_session_lets_its_children_go_where_they_wait(django_capture_on_commit_callbacks):
    here = make_session(capacity=1)
    guardian, children = make_family()
    there = make_session(capacity=1, version=here.version, provider=here.provider)
    other = make_sign_up(there)
    waits = sign_up(there, guardian, children)
    sign_up(here, guardian, children)
    signups.cancel(other, by=Acting(), now=NOW)
    assert statuses(waits) == ["waiting"]

    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.cancel(here, by=Acting(), now=NOW, reason="Storm")

    assert statuses(waits) == ["offered"]


def test_fill_goes_through_a_long_line_in_chunks(monkeypatch):
    monkeypatch.setattr(waiting, "CHUNK", 2)
    session = make_session(capacity=1)
    held = make_party(session)
    guardian, children = make_family(3)
    elsewhere = make_session(capacity=3)
    for child in children:
        sign_up(session, guardian, [child])
    sign_up(elsewhere, guardian, children)
    last = make_party(session)

    free(session, held)

    assert statuses(last) == ["offered"]


def test_fill_when_the_reserve_opens_serves_families_from_elsewhere():
    session = make_session(capacity=1, reserved=1, opens_to_all_at=NOW + HOUR)
    outside = make_party(session, home=make_region("天穆村"))

    before = waiting.fill_all(NOW)
    after = waiting.fill_all(NOW + HOUR)

    assert (before, after) == (0, 1)
    assert statuses(outside) == ["offered"]


def test_left_behind_names_who_should_have_been_served():
    session = make_session(capacity=1)
    make_party(session)
    waits = make_party(session)
    session.refresh_from_db()
    assert waiting.left_behind(session, now=NOW) == []

    Session.objects.filter(pk=session.pk).update(capacity=2, ceiling=2)
    session.refresh_from_db()

    assert waiting.left_behind(session, now=NOW) == [waits]


def test_expire_passes_the_place_on_and_tells():
    session = make_session(capacity=1)
    held, first, second = (make_party(session) for _ in range(3))
    free(session, held)

    ended = waiting.expire_offers(NOW + DAY)
    again = waiting.expire_offers(NOW + DAY)

    assert (ended, again) == (1, 0)
    assert (statuses(first), statuses(second)) == (["cancelled"], ["offered"])
    assert first.sign_ups.get().reason == waiting.OFFER_EXPIRED
    assert Message.objects.filter(kind="offer_expired").count() == 1


def test_refuse_rest_after_closing_ends_every_wait():
    session = make_session(capacity=1)
    make_party(session)
    waits = make_party(session, 2)

    assert waiting.refuse_rest(session.closes_at - timedelta(seconds=1)) == 0
    assert waiting.refuse_rest(session.closes_at) == 2

    session.refresh_from_db()
    assert (statuses(waits), session.waiting_parties) == (["refused", "refused"], 0)
    assert Message.objects.filter(kind="no_place_left").count() == 1


def test_refuse_rest_looks_again_under_the_lock():
    session = make_session(capacity=1)

    assert waiting._refuse_in(session.pk, NOW) == 0


def test_a_family_without_a_login_is_told_by_its_office():
    office = make_family_office()
    session = make_session(capacity=1)
    held = make_party(session)
    guardian = make_guardian(registered_by=office)
    child = make_child(guardian)
    make_consent(child, guardian)
    party = sign_up(session, guardian, [child])

    free(session, held)

    assert statuses(party) == ["offered"]
    assert set(ToTell.objects.values_list("kind", flat=True)) == {"signed_up_waiting", "place_offered"}


# Four bugs of pretix's waiting list


def test_pretix_1163_who_cancels_after_promotion_is_not_promoted_again():
    session = make_session(capacity=1)
    held, promoted = make_party(session), make_party(session)
    free(session, held)

    free(session, promoted)
    waiting.fill(session.pk, now=NOW, by=BY)

    session.refresh_from_db()
    assert statuses(promoted) == ["cancelled"]
    assert session.taken == 0


def test_pretix_681_nobody_is_promoted_after_sales_closed():
    session = make_session(capacity=1)
    held, waits = make_party(session), make_party(session)

    free(session, held, now=session.closes_at)

    assert statuses(waits) == ["waiting"]
    assert waiting.fill(session.pk, now=session.closes_at, by=BY) == []


def test_pretix_1405_a_cancelled_promotion_gives_its_place_on():
    session = make_session(capacity=1)
    held, first, second = (make_party(session) for _ in range(3))
    free(session, held)

    free(session, first)

    assert statuses(second) == ["offered"]


def test_pretix_1238_lowering_a_full_session_releases_nothing():
    session = make_session(capacity=3)
    for _ in range(3):
        make_party(session)
    waits = make_party(session)

    lifecycle.change_capacity(session, capacity=1, by=BY, now=NOW)

    session.refresh_from_db()
    assert statuses(waits) == ["waiting"]
    assert session.taken == 3


# What the clock does


def test_sweep_does_all_of_it_and_twice_changes_nothing():
    session = make_session(capacity=1)
    make_party(session)
    make_party(session)

    tasks.run_sweep(session.ends_at + 3 * DAY)
    tasks.run_sweep(session.ends_at + 3 * DAY)
    tasks.sweep()

    session.refresh_from_db()
    session.version.programme.refresh_from_db()
    assert session.status == "closed"
    assert session.version.programme.next_session_at is None
