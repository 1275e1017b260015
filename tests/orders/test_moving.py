"""Bad weather: the sessions of a day are proposed for another day in one act, and answered in one act."""

from datetime import time, timedelta
from uuid import uuid4

import pytest

from activities import invariants as activities_invariants
from activities.models import Session
from core.time import today
from notifications.models import Message
from notifications.rendering import render
from orders import invariants as orders_invariants
from orders import lifecycle, moving, policies, weather
from orders.drafting import PlannedRow
from orders.models import Order, PlannedSession, RescheduleProposal
from orders.statuses import Status
from organisations.acting import Acting
from organisations.models import Venue
from safeguarding.models import BackgroundCheck
from tests.conftest import NOW
from tests.factories.activities import make_party
from tests.factories.orders import at_day, book, make_approved, make_order, make_stage
from tests.factories.organisations import make_member, make_organisation
from tests.factories.volunteering import make_assignment, make_shift

pytestmark = pytest.mark.django_db
DAY, TO = today(at_day(14)), today(at_day(16))


@pytest.fixture
def stage():
    return make_stage()


@pytest.fixture
def planned(stage) -> PlannedSession:
    return make_approved(stage).planned.select_related("session", "order").get(position=1)


def another(stage, clock_time: time) -> PlannedSession:
    """The session of another order on the same day."""
    rows = [PlannedRow(at_day(14, clock_time), stage.venue.pk)]
    return make_approved(stage, rows=rows).planned.select_related("session", "order").get()


def keys(by: Acting, *, to=TO) -> list[tuple[int, int]]:
    return [(one.row.planned.pk, one.row.planned.session.sequence) for one in moving.wishes(by, DAY, to, NOW)]


def propose(by: Acting, seen=None, *, to=TO, now=NOW, act=None) -> list[weather.Outcome]:
    seen = keys(by, to=to) if seen is None else seen
    return moving.propose(seen, to=to, by=by, now=now, note="暴雨", act=act or uuid4())


def open_ones(**more) -> list[int]:
    found = RescheduleProposal.objects.filter(status="open", **more).order_by("planned__starts_at")
    return list(found.values_list("pk", flat=True))


def problems(by: Acting, *, to=TO, now=NOW) -> list[list[str]]:
    return [one.problems for one in moving.wishes(by, DAY, to, now)]


class TestPreview:
    def test_each_session_keeps_its_time_of_day_and_says_whom_it_concerns(self, stage, planned):
        make_party(planned.session)
        make_assignment(make_shift(planned.session))

        [wish] = moving.wishes(stage.coordinator, DAY, TO, NOW)

        assert (wish.starts_at, wish.ends_at) == (at_day(16), at_day(16) + timedelta(minutes=90))
        assert (wish.row.families, wish.row.children, wish.row.crew, wish.row.volunteers) == (1, 1, 2, 1)
        assert wish.problems == []

    def test_the_league_and_strangers_move_nothing(self, stage, planned):
        others = [stage.officer, stage.finance, make_member(make_organisation("provider"), "manager")]

        assert [moving.wishes(by, DAY, TO, NOW) for by in others] == [[]] * 3

    def test_a_clash_is_named_in_its_own_row_and_the_others_go(self, stage, planned):
        second = another(stage, time(16))
        book(stage, at_day(16), crew=[])
        book(stage, at_day(16, time(16)), crew=stage.crew[:1], venue=None)

        [room, person] = problems(stage.office)

        assert str(stage.venue) in room[0]
        assert str(stage.coordinator.user) in person[0]
        assert [one.row.planned for one in moving.wishes(stage.office, DAY, TO, NOW)] == [planned, second]

    def test_its_own_booking_and_one_that_only_touches_stand_in_no_ones_way(self, stage, planned):
        book(stage, at_day(16) + timedelta(minutes=90), crew=stage.crew)

        assert problems(stage.office) == [[]]
        assert problems(stage.office, to=DAY) == [[]]

    def test_a_past_day_a_far_one_and_a_closed_room_are_named(self, stage, planned):
        assert "lies in the past" in problems(stage.office, to=today(at_day(-1)))[0][0]
        assert "more than a year ahead" in problems(stage.office, to=today(at_day(400)))[0][0]
        Venue.objects.filter(pk=stage.venue.pk).update(is_active=False)
        assert "is not in use" in problems(stage.office)[0][0]

    def test_a_day_on_which_the_crew_is_not_cleared_is_named_without_a_name(self, stage, planned):
        BackgroundCheck.objects.filter(user=stage.coordinator.user).update(valid_until=DAY)

        [[sentence]] = problems(stage.office)

        assert "may not be with children" in sentence
        assert str(stage.coordinator.user) not in sentence
        assert "may not be with children" in propose(stage.office)[0].sentence

    def test_an_open_proposal_is_named(self, stage, planned):
        propose(stage.office, to=today(at_day(17)))

        assert "proposed already" in problems(stage.coordinator)[0][0]


class TestPropose:
    def test_nothing_moves_and_no_family_is_told_before_the_other_side_agrees(self, stage, planned):
        party = make_party(planned.session)

        [outcome] = propose(stage.office)

        assert outcome.is_done
        assert Session.objects.get(pk=planned.session_id).starts_at == at_day(14)
        assert not Message.objects.filter(recipient=party.guardian.user).exists()
        assert not Message.objects.filter(kind__startswith="crew_").exists()

    def test_the_other_side_gets_one_message_for_the_day_with_one_page(self, stage, planned):
        another(stage, time(13, 30))
        another(stage, time(16))
        Message.objects.all().delete()

        assert [one.is_done for one in propose(stage.office)] == [True] * 3

        [message] = Message.objects.filter(recipient=stage.coordinator.user)
        assert message.path == f"/orders/weather/moves/?day={DAY}"
        assert stage.office.organisation.name in render(message, "zh-hans").body
        assert not Message.objects.filter(recipient=stage.office.user).exists()

    def test_one_refusal_leaves_the_others_and_says_why(self, stage, planned):
        second = another(stage, time(16))
        seen = keys(stage.office)
        book(stage, at_day(16), crew=[])

        outcomes = propose(stage.office, seen)

        assert [one.is_done for one in outcomes] == [False, True]
        assert str(stage.venue) in outcomes[0].sentence
        assert RescheduleProposal.objects.get().planned == second

    def test_a_double_click_proposes_once_and_tells_once(self, stage, planned):
        seen, act = keys(stage.office), uuid4()

        propose(stage.office, seen, act=act)
        before = Message.objects.count()
        again = propose(stage.office, seen, act=act)

        assert [one.is_done for one in again] == [True]
        assert RescheduleProposal.objects.count() == 1
        assert Message.objects.count() == before

    def test_what_was_moved_or_called_off_since_the_person_looked_is_refused(self, stage, planned):
        second = another(stage, time(16))
        seen = keys(stage.office)
        propose(stage.office, seen[:1])
        moving.agree(open_ones(), by=stage.coordinator, now=NOW, act=uuid4())
        lifecycle.call_off(second, by=stage.provider, now=NOW, note="暴雨")

        outcomes = propose(stage.office, seen, to=today(at_day(20)))

        assert [one.is_done for one in outcomes] == [False, False]
        assert "meanwhile" in outcomes[0].sentence
        assert "cancelled" in outcomes[1].sentence
        assert open_ones() == []

    def test_another_day_proposed_by_somebody_else_is_no_double_click(self, stage, planned):
        seen = keys(stage.office)
        propose(stage.coordinator)

        [outcome] = propose(stage.office, seen)

        assert not outcome.is_done
        assert "proposed already" in outcome.sentence

    def test_the_same_day_is_no_other_day(self, stage, planned):
        [outcome] = propose(stage.office, to=DAY)

        assert (outcome.is_done, open_ones()) == (False, [])

    def test_the_league_and_who_may_not_see_it_propose_nothing(self, stage, planned):
        [refused] = propose(stage.officer, [(planned.pk, 0)])

        assert not refused.is_done
        assert propose(make_member(make_organisation("office"), "manager"), [(planned.pk, 0), (99999, 0)]) == []

    def test_what_is_not_open_yet_is_refused(self, stage):
        draft = make_order(stage).planned.get(position=1)

        assert [one.is_done for one in propose(stage.office, [(draft.pk, 0)])] == [False]


class TestAnswer:
    def test_agreeing_moves_all_and_then_families_and_crew_are_told(self, stage, planned):
        second = another(stage, time(16))
        parties = [make_party(one.session) for one in (planned, second)]
        propose(stage.office)
        Message.objects.all().delete()

        outcomes = moving.agree(open_ones(), by=stage.coordinator, now=NOW, act=uuid4())

        assert [one.is_done for one in outcomes] == [True, True]
        moved = Session.objects.filter(pk__in=[planned.session_id, second.session_id]).order_by("starts_at")
        assert [one.starts_at for one in moved] == [at_day(16), at_day(16, time(16))]
        told = Message.objects.filter(kind="session_moved").values_list("recipient", flat=True)
        assert set(told) == {one.guardian.user_id for one in parties}
        assert Message.objects.filter(kind="crew_session_moved").count() == 4
        [message] = Message.objects.filter(recipient=stage.office.user)
        assert (message.kind, message.path) == ("day_move", f"/orders/weather/?day={TO}")

    def test_declining_keeps_all_and_tells_the_proposer_once(self, stage, planned):
        another(stage, time(16))
        propose(stage.coordinator)
        Message.objects.all().delete()

        outcomes = moving.decline(open_ones(), by=stage.office, now=NOW, act=uuid4())

        assert [one.is_done for one in outcomes] == [True, True]
        assert Session.objects.get(pk=planned.session_id).starts_at == at_day(14)
        assert [one.kind for one in Message.objects.filter(recipient=stage.coordinator.user)] == ["day_keep"]

    def test_one_that_cannot_move_any_more_leaves_the_others(self, stage, planned):
        another(stage, time(16))
        propose(stage.office)
        book(stage, at_day(16), crew=[])

        outcomes = moving.agree(open_ones(), by=stage.coordinator, now=NOW, act=uuid4())

        assert [one.is_done for one in outcomes] == [False, True]
        assert str(stage.venue) in outcomes[0].sentence
        assert len(open_ones()) == 1

    def test_a_double_click_agrees_once(self, stage, planned):
        make_party(planned.session)
        propose(stage.office)
        pks, act = open_ones(), uuid4()

        moving.agree(pks, by=stage.coordinator, now=NOW, act=act)
        before = Message.objects.count()
        again = moving.agree(pks, by=stage.coordinator, now=NOW, act=act)

        assert [one.is_done for one in again] == [True]
        assert Message.objects.count() == before

    def test_what_was_answered_otherwise_meanwhile_is_refused(self, stage, planned):
        propose(stage.office)
        pks = open_ones()
        lifecycle.withdraw_reschedule(RescheduleProposal.objects.get(), by=stage.office, now=NOW)

        [outcome] = moving.agree(pks, by=stage.coordinator, now=NOW, act=uuid4())

        assert not outcome.is_done
        assert "answered already" in outcome.sentence

    def test_nobody_agrees_to_their_own_and_strangers_to_none(self, stage, planned):
        propose(stage.office)

        [own] = moving.agree(open_ones(), by=stage.office, now=NOW, act=uuid4())
        stranger = make_member(make_organisation("office"), "manager")

        assert not own.is_done
        assert moving.agree(open_ones(), by=stranger, now=NOW, act=uuid4()) == []

    def test_each_side_sees_what_waits_for_whom(self, stage, planned):
        propose(stage.office)

        assert [one.is_mine for one in moving.proposals_on(stage.office, DAY, NOW)] == [True]
        assert [one.is_mine for one in moving.proposals_on(stage.coordinator, DAY, NOW)] == [False]
        assert moving.proposals_on(stage.coordinator, TO, NOW) == []
        assert moving.proposals_on(stage.officer, DAY, NOW) == []
        assert moving.proposals_on(stage.coordinator, DAY, at_day(14)) == []

    def test_everything_that_must_hold_holds_after_a_day_was_moved(self, stage, planned):
        make_party(planned.session)
        propose(stage.office)
        moving.agree(open_ones(), by=stage.coordinator, now=NOW, act=uuid4())

        checks = [*orders_invariants.INVARIANTS, *activities_invariants.INVARIANTS]
        assert {one.key: one.check().breaches for one in checks if one.check().breaches} == {}
        assert Order.objects.get(pk=planned.order_id).status == Status.APPROVED


def test_the_policy_names_the_two_sides(stage):
    class Request:
        def __init__(self, by: Acting) -> None:
            self.acting = by

    may_not = [stage.officer, stage.finance, make_member(stage.officer.organisation, "auditor"), Acting()]

    assert all(policies.proposes_dates(Request(by)) for by in [stage.office, stage.provider, stage.coordinator])
    assert not any(policies.proposes_dates(Request(by)) for by in may_not)
