"""The pages on which a day is moved: preview, one act, one page for the answer, at the same cost for any number."""

from datetime import time
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from activities.models import Session
from core.time import today
from orders.drafting import PlannedRow
from orders.models import PlannedSession, RescheduleProposal
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.activities import make_party
from tests.factories.orders import at_day, book, make_approved, make_day_move, make_stage

pytestmark = pytest.mark.django_db
DAY, TO = today(at_day(14)), today(at_day(16))


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stage():
    return make_stage()


@pytest.fixture
def planned(stage) -> PlannedSession:
    return make_approved(stage).planned.select_related("session", "order").get(position=1)


def client_of(by: Acting) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(by.user)
    return client


def open_ones() -> list[int]:
    return list(RescheduleProposal.objects.filter(status="open").values_list("pk", flat=True))


def test_propose_and_agree_in_two_acts(stage, planned):
    make_party(planned.session)
    address = f"/orders/weather/move/?day={DAY}&to={TO}&region=120113000000"
    office, provider = client_of(stage.office), client_of(stage.coordinator)

    shown = office.get(address)
    [wish] = shown.context["wishes"]
    sent = {"sessions": [wish.row.key], "to": str(TO), "submission_id": str(uuid4()), "note": "rain"}
    done = office.post(address, sent)
    listed = provider.get(f"/orders/weather/moves/?day={DAY}")
    answer = {"proposals": open_ones(), "submission_id": str(uuid4())}
    agreed = provider.post(f"/orders/weather/moves/agree/?day={DAY}", answer)

    assert "1 family" in shown.text
    assert "Proposed. The other side answers." in done.text
    assert "rain" in listed.text
    assert "The session has its new date" in agreed.text
    assert Session.objects.get(pk=planned.session_id).starts_at == at_day(16)


def test_the_next_act_of_a_page_has_a_number_of_its_own(stage, planned):
    """With the first act's number the rest would be proposed and nobody told."""
    number = str(uuid4())
    sent = {"sessions": [f"{planned.pk}-0"], "to": str(TO), "submission_id": number}
    proposed = client_of(stage.office).post(f"/orders/weather/move/?day={DAY}&to={TO}", sent)
    answer = {"proposals": open_ones(), "submission_id": number}
    declined = client_of(stage.coordinator).post(f"/orders/weather/moves/decline/?day={DAY}", answer)

    for page in (proposed, declined):
        assert str(page.context["form"]["submission_id"].value()) != number


def test_a_session_that_cannot_move_has_no_box_and_says_why(stage, planned):
    book(stage, at_day(16), crew=[])

    page = client_of(stage.office).get(f"/orders/weather/move/?day={DAY}&to={TO}").text

    assert "is taken" in page
    assert 'name="sessions"' not in page
    assert "Propose the new day" not in page


@pytest.mark.parametrize("sent", [{}, {"sessions": ["x"]}, {"sessions": ["1-0"], "to": "never"}])
def test_a_mistake_proposes_nothing(stage, planned, sent):
    answer = client_of(stage.office).post(f"/orders/weather/move/?day={DAY}&to={TO}", sent)

    assert answer.status_code == 422
    assert open_ones() == []


@pytest.mark.parametrize("sent", [{}, {"proposals": ["x"]}, {"proposals": [str(n) for n in range(1, 62)]}])
def test_a_mistake_answers_nothing(stage, planned, sent):
    make_day_move(stage.office, DAY, TO)

    answer = client_of(stage.coordinator).post(
        f"/orders/weather/moves/agree/?day={DAY}", {"submission_id": str(uuid4()), **sent}
    )

    assert answer.status_code == 422
    assert len(open_ones()) == 1


def test_without_a_day_to_move_to_the_page_asks_for_it(stage, planned):
    client = client_of(stage.office)

    assert "Choose the day to which" in client.get(f"/orders/weather/move/?day={DAY}").text
    assert "Choose another day than" in client.get(f"/orders/weather/move/?day={DAY}&to={DAY}").text
    assert "Nothing to move" in client.get(f"/orders/weather/move/?day={TO}&to={DAY}").text
    assert "Nothing waits for an answer" in client.get("/orders/weather/moves/?day=never").text


def test_the_league_only_calls_off(stage, planned):
    client = client_of(stage.officer)

    assert client.get("/orders/weather/move/").status_code == 403
    assert client.get("/orders/weather/moves/").status_code == 403
    assert "/orders/weather/move/" not in client.get(f"/orders/weather/?day={DAY}").text
    assert "/orders/weather/move/" in client_of(stage.office).get(f"/orders/weather/?day={DAY}").text


def test_the_order_leads_to_all_proposals_of_the_day(stage, planned):
    make_day_move(stage.office, DAY, TO)

    page = client_of(stage.coordinator).get(f"/orders/{planned.order.number}/").text

    assert f"/orders/weather/moves/?day={DAY}" in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_cost_the_same_with_more_sessions(stage, planned, django_assert_num_queries, count):
    for hour in range(12, 12 + 2 * (count - 1), 2):
        rows = [PlannedRow(at_day(14, time(hour)), stage.venue.pk)]
        make_party(make_approved(stage, rows=rows).planned.get().session)
    address = f"/orders/weather/move/?day={DAY}&to={TO}"
    client = client_of(stage.office)
    client.get(address)

    with django_assert_num_queries(12):
        assert len(client.get(address).context["wishes"]) == count
    make_day_move(stage.coordinator, DAY, TO)
    with django_assert_num_queries(6):
        assert len(client.get(f"/orders/weather/moves/?day={DAY}").context["waiting"]) == count
