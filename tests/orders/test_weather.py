"""Bad weather: the sessions of a day are called off in one act, each for itself, and nobody is told for nothing."""

from datetime import time, timedelta

import pytest
import time_machine
from django.test import Client

from activities import invariants as activities_invariants
from activities import lifecycle as sessions
from activities.models import Session, SignUp
from core.time import today
from notifications.models import Message
from orders import invariants as orders_invariants
from orders import lifecycle, policies, weather, worth
from orders.drafting import PlannedRow
from orders.lifecycle.calling_off import NotToCome
from orders.lifecycle.edge import MovedMeanwhile, NotYours, ReasonMissing
from orders.models import Order, OrderHistory, PlannedSession
from orders.statuses import Status, Verb
from organisations.acting import Acting, clock
from tests.conftest import NOW
from tests.factories.activities import make_family, make_party, sign_up
from tests.factories.orders import at_day, make_approved, make_order, make_stage
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_youth
from tests.factories.volunteering import make_assignment, make_shift

pytestmark = pytest.mark.django_db
DAY = today(at_day(14))
RAIN = "暴雨红色预警"


@pytest.fixture
def stage():
    return make_stage()


@pytest.fixture
def order(stage) -> Order:
    return make_approved(stage)


@pytest.fixture
def planned(order) -> PlannedSession:
    return order.planned.select_related("session", "order").get(position=1)


def call_off(planned, by, *, now=NOW, note=RAIN, **more) -> Session:
    return lifecycle.call_off(planned, by=by, now=now, note=note, **more)


def another(stage, clock_time: time) -> PlannedSession:
    """The session of another order on the same day."""
    rows = [PlannedRow(at_day(14, clock_time), stage.venue.pk)]
    return make_approved(stage, rows=rows).planned.select_related("session", "order").get()


def all_of(rows: list[weather.Row]) -> list[tuple[int, int]]:
    return [(row.planned.pk, row.planned.session.sequence) for row in rows]


class TestOneSession:
    @pytest.mark.parametrize("side", ["office", "provider", "coordinator", "officer"])
    def test_each_side_may_and_the_rest_of_the_order_goes_on(self, stage, order, planned, side):
        call_off(planned, getattr(stage, side))

        order.refresh_from_db()
        statuses = [one.session.status for one in order.planned.select_related("session").order_by("position")]
        assert statuses == ["cancelled", "scheduled"]
        assert (order.status, order.commitment.status) == (Status.APPROVED, "open")
        assert RAIN in OrderHistory.objects.get(order=order, verb=Verb.CALL_OFF).note

    def test_families_crew_and_the_other_sides_are_told(self, stage, order, planned):
        party = make_party(planned.session)

        call_off(planned, stage.officer)

        assert Message.objects.get(kind="session_cancelled").recipient == party.guardian.user
        assert Message.objects.filter(kind="crew_session_cancelled").count() == 2
        told = set(Message.objects.filter(kind="order_call_off").values_list("recipient", flat=True))
        assert {stage.office.user.pk, stage.provider.user.pk, stage.coordinator.user.pk} <= told
        assert stage.officer.user.pk not in told

    def test_strangers_and_finance_may_not(self, stage, planned):
        for by in (stage.finance, make_member(make_organisation("provider"), "manager"), clock("orders.sweep")):
            with pytest.raises(NotYours):
                call_off(planned, by)

    def test_it_needs_a_reason(self, stage, planned):
        with pytest.raises(ReasonMissing):
            call_off(planned, stage.office, note="  ")

    def test_what_has_begun_or_is_off_already_is_refused(self, stage, planned):
        with pytest.raises(NotToCome, match="has begun"):
            call_off(planned, stage.office, now=planned.starts_at)
        call_off(planned, stage.office)
        with pytest.raises(NotToCome, match="already"):
            call_off(planned, stage.office)

        assert OrderHistory.objects.filter(verb=Verb.CALL_OFF).count() == 1

    def test_what_was_moved_since_the_person_looked_is_refused(self, stage, order, planned):
        seen = planned.session.sequence
        proposal = lifecycle.propose_reschedule(
            planned,
            starts_at=at_day(40),
            ends_at=at_day(40) + timedelta(minutes=90),
            venue=stage.venue,
            address="",
            by=stage.office,
            now=NOW,
        )
        lifecycle.agree_reschedule(proposal, by=stage.coordinator, now=NOW)

        with pytest.raises(MovedMeanwhile):
            call_off(planned, stage.office, sequence=seen)

        assert order.planned.get(position=1).session.status == "scheduled"

    def test_an_open_proposal_of_another_date_ends(self, stage, planned):
        proposal = lifecycle.propose_reschedule(
            planned,
            starts_at=at_day(40),
            ends_at=at_day(40) + timedelta(minutes=90),
            venue=stage.venue,
            address="",
            by=stage.office,
            now=NOW,
        )

        call_off(planned, stage.coordinator)

        proposal.refresh_from_db()
        assert proposal.status == "withdrawn"

    def test_it_is_not_paid(self, stage, order, planned):
        call_off(planned, stage.office)

        first = worth.compute(order, now=NOW).lines[0]
        assert (first.amount, first.reason) == (0, "not_held")

    def test_an_order_of_which_everything_is_off_can_be_reported(self, stage, order):
        for one in order.planned.all():
            call_off(one, stage.office)

        assert lifecycle.report(order, by=stage.coordinator, now=NOW, text="天气原因").status == Status.DELIVERED


class TestDay:
    def test_it_counts_whom_each_session_would_tell(self, stage, planned):
        guardian, children = make_family(2)
        sign_up(planned.session, guardian, children)
        make_party(planned.session).sign_ups.update(child=make_youth())
        party = make_party(planned.session)
        type(party).objects.filter(pk=party.pk).update(guardian=None)
        waits = make_party(planned.session)
        SignUp.objects.filter(party=waits).update(status="waiting")
        make_assignment(make_shift(planned.session))

        [row] = weather.rows_on(stage.officer, DAY, NOW)

        assert (row.families, row.children, row.crew, row.volunteers) == (4, 5, 2, 1)
        assert row.key == f"{planned.pk}-0"

    def test_it_is_of_that_day_still_to_come_and_approved(self, stage, planned):
        make_order(stage)
        assert [row.planned for row in weather.rows_on(stage.office, DAY, NOW)] == [planned]
        assert weather.rows_on(stage.office, DAY + timedelta(days=1), NOW) == []
        assert weather.rows_on(stage.office, DAY, planned.starts_at + timedelta(minutes=1)) == []
        sessions.cancel(planned.session, by=clock("test"), now=NOW, reason=RAIN)
        assert weather.rows_on(stage.office, DAY, NOW) == []

    def test_it_shows_nobody_elses(self, planned):
        others = [
            make_member(make_organisation("office"), "manager"),
            make_member(make_organisation("provider"), "manager"),
            make_member(make_organisation("league"), "officer"),
            Acting(),
        ]

        assert [weather.rows_on(by, DAY, NOW) for by in others] == [[]] * 4

    def test_who_may_only_read_gets_no_rows(self, stage, planned):
        assert weather.rows_on(make_member(stage.officer.organisation, "auditor"), DAY, NOW) == []

    def test_it_keeps_to_an_area_and_below(self, stage, planned):
        rows = weather.rows_on(stage.officer, DAY, NOW)

        assert make_region("瑞景街道") in weather.areas_of(rows)
        assert weather.areas_of([]) == []

    def test_all_are_called_off_and_one_refusal_leaves_the_others(self, stage, planned):
        second, third = another(stage, time(13, 30)), another(stage, time(16))
        seen = all_of(weather.rows_on(stage.officer, DAY, NOW))
        call_off(second, stage.office)

        outcomes = weather.call_off(seen, by=stage.officer, now=NOW, reason=RAIN)

        assert [(one.planned.pk, one.is_done) for one in outcomes] == [
            (planned.pk, True),
            (second.pk, False),
            (third.pk, True),
        ]
        assert "already" in outcomes[1].sentence
        assert Message.objects.filter(kind="crew_session_cancelled").count() == 6

    def test_a_double_click_tells_nobody_twice(self, stage, planned):
        make_party(planned.session)
        seen = all_of(weather.rows_on(stage.officer, DAY, NOW))

        weather.call_off(seen, by=stage.officer, now=NOW, reason=RAIN)
        before = Message.objects.count()
        again = weather.call_off(seen, by=stage.officer, now=NOW, reason=RAIN)

        assert [one.is_done for one in again] == [False]
        assert Message.objects.count() == before

    def test_what_somebody_may_not_see_is_passed_over(self, planned):
        stranger = make_member(make_organisation("office"), "manager")

        assert weather.call_off([(planned.pk, 0), (99999, 0)], by=stranger, now=NOW, reason=RAIN) == []
        assert Session.objects.get(pk=planned.session_id).status == "scheduled"


class TestPage:
    @pytest.fixture(autouse=True)
    def _clock(self):
        with time_machine.travel(NOW, tick=False):
            yield

    def client(self, by: Acting) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(by.user)
        return client

    def test_preview_then_one_act(self, stage, planned):
        make_party(planned.session)
        client, address = self.client(stage.officer), f"/orders/weather/?day={DAY}&region=120113000000"

        shown = client.get(address)
        row = shown.context["rows"][0]
        done = client.post(address, {"sessions": [row.key], "shown": [row.planned.pk], "reason": RAIN})

        assert "1 family" in shown.text
        assert "Called off; everybody concerned is told." in done.text
        assert done.context["rows"] == []
        assert Session.objects.get(pk=planned.session_id).status == "cancelled"

    def test_more_than_one_act_can_hold_is_refused_with_the_number(self, stage, planned):
        client, address = self.client(stage.officer), f"/orders/weather/?day={DAY}"

        refused = client.post(address, {"sessions": [f"{pk}-0" for pk in range(1, weather.MOST + 2)], "reason": RAIN})

        assert "At most 60 sessions" in refused.text
        assert refused.status_code == 422

    def test_what_was_added_since_is_shown_and_not_called_off(self, stage, planned):
        client, address = self.client(stage.office), f"/orders/weather/?day={DAY}"
        row = client.get(address).context["rows"][0]
        added = another(stage, time(16))

        done = client.post(address, {"sessions": [row.key], "shown": [row.planned.pk, "x"], "reason": RAIN})

        assert [one.planned for one in done.context["new"]] == [added]
        assert "1 session was added" in done.text
        assert Session.objects.get(pk=added.session_id).status == "scheduled"

    @pytest.mark.parametrize("sent", [{"reason": RAIN}, {"sessions": ["x"], "reason": RAIN}, {"reason": ""}])
    def test_a_mistake_calls_nothing_off_and_keeps_what_was_ticked(self, stage, planned, sent):
        answer = self.client(stage.office).post(f"/orders/weather/?day={DAY}", sent)

        assert answer.status_code == 422
        assert f'value="{planned.pk}-0"' in answer.text
        assert f'value="{planned.pk}-0" checked' not in answer.text
        assert Session.objects.get(pk=planned.session_id).status == "scheduled"

    def test_a_day_that_is_none_means_today(self, stage, planned):
        answer = self.client(stage.office).get("/orders/weather/?day=never&region=nowhere")

        assert answer.context["day"] == today(NOW)
        assert "Nothing to call off" in answer.text

    def test_more_than_fit_are_done_in_turns(self, stage, planned, monkeypatch):
        another(stage, time(16))
        monkeypatch.setattr(weather, "MOST", 1)

        answer = self.client(stage.office).get(f"/orders/weather/?day={DAY}")

        assert [row.planned for row in answer.context["rows"]] == [planned]
        assert "1 more session" in answer.text

    def test_a_closed_door_for_who_calls_nothing_off(self, stage):
        people = [stage.finance, make_member(stage.officer.organisation, "auditor")]

        assert [self.client(by).get("/orders/weather/").status_code for by in people] == [403, 403]
        assert "/orders/weather/" in self.client(stage.office).get("/orders/").text
        assert "/orders/weather/" not in self.client(stage.finance).get("/orders/").text

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_preview_costs_the_same_with_more_sessions(self, stage, planned, django_assert_num_queries, count):
        for hour in range(12, 12 + 2 * (count - 1), 2):
            make_party(another(stage, time(hour)).session)
        client, address = self.client(stage.officer), f"/orders/weather/?day={DAY}"
        client.get(address)

        with django_assert_num_queries(7):
            assert len(client.get(address).context["rows"]) == count


def test_the_policy_names_the_three_sides(stage):
    class Request:
        def __init__(self, by: Acting) -> None:
            self.acting = by

    may = [stage.office, stage.provider, stage.coordinator, stage.officer]
    may_not = [stage.finance, make_member(stage.officer.organisation, "auditor"), Acting()]

    assert all(policies.calls_off(Request(by)) for by in may)
    assert not any(policies.calls_off(Request(by)) for by in may_not)


def test_what_must_hold_of_orders_and_sessions_holds_after_a_session_was_called_off(stage, order, planned):
    make_party(planned.session)
    call_off(planned, stage.office)

    checks = [*orders_invariants.INVARIANTS, *activities_invariants.INVARIANTS]
    assert {one.key: one.check().breaches for one in checks if one.check().breaches} == {}


def test_the_order_page_leads_to_the_day_of_a_session_to_come(stage, order, planned):
    with time_machine.travel(NOW, tick=False):
        client = Client()
        client.force_login(stage.officer.user)
        assert f"/orders/weather/?day={DAY}" in client.get(f"/orders/{order.number}/").text
        call_off(planned, stage.office)
        assert f"/orders/weather/?day={DAY}" not in client.get(f"/orders/{order.number}/").text
