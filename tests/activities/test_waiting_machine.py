"""The waiting list under any order of join, leave, raise, lower, close, cancel, offer, accept and expire."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from activities import eligibility, lifecycle, signups, tasks, waiting
from activities.invariants import active_once, ceiling_follows, nobody_lost, places, promoted_once, ranks
from activities.models import Party, Session, SignUp
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.activities import come, make_family, make_past, make_session, sign_up
from tests.factories.organisations import make_region
from tests.proving import share

BY = Acting()


class WaitingList(RuleBasedStateMachine):
    """One session, any number of families, a clock that only goes forward."""

    parties = Bundle("parties")
    looks = 0  # how often the promises were checked: once a step

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = NOW  # four days before the session
        self.session = make_session(capacity=3, reserved=1, first_timers=1)
        self.elsewhere = make_region("天穆村")
        self.joined = 0
        self.lowered = False

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @property
    def row(self) -> Session:
        self.session.refresh_from_db()
        return self.session

    @rule(target=parties, size=st.integers(1, 3), outside=st.booleans(), returning=st.integers(0, 3))
    def join(self, size, outside, returning):
        home = {"home": self.elsewhere} if outside else {}
        guardian, children = make_family(size, **home)
        if returning:
            come(make_past(self.session, capacity=size), guardian, children[:returning])
        try:
            party = sign_up(self.session, guardian, children, now=self.now)
        except eligibility.NotOpen:
            return multiple()
        self.joined += size
        return party

    @rule(party=parties)
    def leave(self, party):
        try:
            signups.cancel_party(party, by=BY, now=self.now)
        except (signups.NotActive, signups.TooLate):
            return

    @rule(party=parties)
    def one_child_leaves(self, party):
        try:
            signups.cancel(party.sign_ups.latest("pk"), by=BY, now=self.now)
        except (signups.NotActive, signups.TooLate):
            return

    @rule(party=parties)
    def accept(self, party):
        try:
            signups.accept_offer(party, by=BY, now=self.now)
        except signups.OfferOver:
            return

    @rule(capacity=st.integers(1, 6))
    def change_capacity(self, capacity):
        try:
            self.lowered |= capacity < self.row.capacity
            lifecycle.change_capacity(self.session, capacity=capacity, by=BY, now=self.now)
        except lifecycle.AlreadyMoved:
            return

    @rule(party=parties)
    def lose_consent(self, party):
        child = party.sign_ups.earliest("pk").child
        if not SignUp.objects.holding().filter(child=child).exists():
            child.consents.update(withdrawn_at=self.now)
            waiting.fill(self.session.pk, now=self.now, by=BY)

    @rule(hours=st.sampled_from([1, 3, 7, 25]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        tasks.run_sweep(self.now)

    @precondition(lambda self: self.joined > 8)
    @rule()
    def cancel_session(self):
        try:
            lifecycle.cancel(self.session, by=BY, now=self.now, reason="Storm")
        except (lifecycle.AlreadyMoved, lifecycle.Begun):
            return

    @invariant()
    def promises_hold(self):
        WaitingList.looks += 1
        for check in (places, active_once, nobody_lost, ceiling_follows, ranks, promoted_once):
            assert check().breaches == []

    @invariant()
    def nobody_is_lost(self):
        assert SignUp.objects.filter(session=self.session).count() == self.joined

    @invariant()
    def kept_places_are_left_alone(self):
        """Who signed up while places were kept took none of them, whatever was lowered or given back meanwhile."""
        row = self.row
        if self.now < row.opens_to_all_at and not self.lowered:
            assert row.taken_outside <= row.capacity - row.reserved
            assert row.taken_returning <= row.capacity - row.first_timers

    @invariant()
    def nobody_who_fits_waits(self):
        row = self.row
        if row.is_open(self.now):
            assert waiting.left_behind(row, now=self.now) == []
        if self.now >= row.closes_at or row.status != "scheduled":
            assert row.waiting_parties == 0

    @invariant()
    def no_offer_outlives_its_deadline(self):
        assert not SignUp.objects.offered().filter(offered_until__lte=self.now).exists()

    @invariant()
    def positions_have_no_gaps(self):
        waits = Party.objects.filter(sign_ups__status="waiting").distinct().order_by("join_seq")
        assert [waiting.position(party) for party in waits] == list(range(1, len(waits) + 1))


def run(examples: int, steps: int) -> int:
    """Take so many walks; return after how many steps the promises were checked."""
    WaitingList.looks = 0
    run_machine(
        WaitingList,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return WaitingList.looks


@pytest.mark.slow
@pytest.mark.django_db
def test_waiting_list_in_any_order_keeps_its_promises():
    assert run(12, 25) > 12 * 10


@pytest.mark.prove
@pytest.mark.django_db
def test_waiting_list_in_any_order_many_times_keeps_its_promises():
    assert run(share(400), 50) > share(400) * 20
