"""Each verb over HTTP: who may, what a refusal keeps, what a stale form shows."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.time import local
from funding import funds
from orders import drafting, lifecycle
from orders.models import CounterOffer, Order, RescheduleProposal
from orders.statuses import Status
from organisations.acting import clock as by_clock
from tests.conftest import NOW
from tests.factories.funding import make_line
from tests.factories.orders import (
    after,
    at_day,
    book,
    close_sessions,
    make_accepted,
    make_approved,
    make_countered,
    make_delivered,
    make_order,
    make_stage,
    make_submitted,
)
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def stage(clock):
    return make_stage()


@pytest.fixture
def send(client):
    """Post a form as somebody; the page's revision comes along unless it is given."""

    def post(by, order: Order, verb: str, **data):
        client.force_login(by.user)
        data.setdefault("seen", Order.objects.get(pk=order.pk).revision)
        return client.post(f"/orders/{order.number}/{verb}/", data, headers=ENGLISH)

    return post


def _crew(stage) -> dict:
    return {"crew": [pk for pk, _lead in stage.crew], "lead": stage.crew[0][0]}


def _status(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


def test_accept_names_the_crew(stage, send):
    order = make_submitted(stage)

    response = send(stage.provider, order, "accept", **_crew(stage), note="都能到")

    assert (response.status_code, response["location"]) == (302, f"/orders/{order.number}/")
    assert _status(order) == Status.ACCEPTED


def test_accept_sends_others_to_one_session(stage, send):
    order = make_submitted(stage)
    third = make_member(order.provider, "coordinator")
    membership = third.user.memberships.get()

    send(stage.provider, order, "accept", **_crew(stage), crew_2=[stage.crew[1][0], membership.pk])

    crew = order.planned.get(position=2).crew.order_by("membership")
    assert [(one.membership_id, one.is_lead) for one in crew] == [(stage.crew[1][0], True), (membership.pk, False)]


def test_accept_refused_keeps_what_was_typed(stage, send):
    order = make_submitted(stage)
    book(stage, order.planned.get(position=1).starts_at, crew=[])

    response = send(stage.provider, order, "accept", **_crew(stage), note="我们写了很久的话")

    page = response.content.decode()
    assert response.status_code == 422
    assert "我们写了很久的话" in page
    assert f"{stage.venue} is taken" in page


@pytest.mark.parametrize("verb", ["accept", "counter", "decline", "approve", "reject", "return", "resolve"])
def test_verbs_of_others_are_forbidden(stage, client, verb):
    order = make_submitted(stage)
    client.force_login(stage.office.user)

    assert client.get(f"/orders/{order.number}/{verb}/").status_code == 403


def test_a_stale_form_shows_what_changed_and_who_did_it_with_nothing_lost(stage, send):
    order = make_submitted(stage)
    lifecycle.cancel(order, by=stage.office, now=NOW, note="不办了")

    response = send(stage.provider, order, "decline", note="人手不够，抱歉", seen=1)

    page = response.content.decode()
    assert response.status_code == 409
    assert "Ruijing cancelled it on" in page
    assert "人手不够，抱歉" in page
    assert "btn-primary" not in page


def test_a_stale_form_can_be_sent_again_where_the_verb_is_still_possible(stage, send):
    order = make_order(stage)
    colleague = make_member(order.office, "manager")
    drafting.edit(order, by=colleague, now=NOW, group_size=18, reason="改了", reserve_places=True)

    first = send(stage.office, order, "submit", seen=0)
    second = send(stage.office, order, "submit", seen=1)

    assert f"{colleague.user} changed the draft" in first.content.decode()
    assert 'name="seen" value="1"' in first.content.decode()
    assert (first.status_code, second.status_code, _status(order)) == (422, 302, Status.SUBMITTED)


def test_a_double_click_is_no_error(stage, send):
    order = make_submitted(stage)

    responses = [send(stage.provider, order, "decline", note="人手不够", seen=1) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert order.history.filter(verb="decline").count() == 1


def test_a_page_of_a_verb_that_is_over_goes_back_to_the_order(stage, client):
    order = make_accepted(stage)
    client.force_login(stage.provider.user)

    response = client.get(f"/orders/{order.number}/accept/", headers=ENGLISH, follow=True)

    assert response.redirect_chain == [(f"/orders/{order.number}/", 302)]
    assert "This cannot be done any more" in response.content.decode()


@pytest.mark.parametrize(
    "case",
    [
        (make_countered, "office", "agree", {}, Status.ACCEPTED),
        (make_submitted, "provider", "decline", {"note": "人手不够"}, Status.DECLINED),
        (make_accepted, "officer", "reject", {"note": "预算另有用处"}, Status.REJECTED),
        (make_accepted, "officer", "return", {"note": "换人"}, Status.SUBMITTED),
        (make_accepted, "officer", "approve", {}, Status.APPROVED),
        (make_approved, "provider", "cancel", {"note": "疫情"}, Status.CANCELLED),
        (make_order, "office", "submit", {}, Status.SUBMITTED),
    ],
)
def test_each_simple_verb_moves_the_order(stage, send, client, case):
    make, side, verb, fields, status = case
    order = make(stage)
    client.force_login(getattr(stage, side).user)
    assert client.get(f"/orders/{order.number}/{verb}/").status_code == 200

    response = send(getattr(stage, side), order, verb, **fields)

    assert (response.status_code, _status(order)) == (302, status)


@pytest.mark.parametrize(
    ("make", "side", "verb"), [(make_accepted, "officer", "reject"), (make_order, "office", "cancel")]
)
def test_a_reason_is_asked_for(stage, send, make, side, verb):
    order = make(stage)

    response = send(getattr(stage, side), order, verb)

    assert response.status_code == 422
    assert _status(order) == order.status


def test_approve_with_too_little_money_says_how_much_and_whom_to_ask(clock, send):
    stage = make_stage(budget=80_000)
    order = make_accepted(stage)

    response = send(stage.officer, order, "approve")

    page = response.content.decode()
    assert response.status_code == 422
    assert "¥800.00 is missing" in page
    assert "Beichen League" in page
    assert "Return to the provider" in page


def test_approve_from_another_line(stage, send):
    funds.receive(stage.line.fund, 500_000, document="二号", by=by_clock("tests"), now=NOW, key="more")
    other = make_line(500_000, fund=stage.line.fund, region=stage.officer.organisation.region)
    order = make_accepted(stage)

    send(stage.officer, order, "approve", line=other.pk)

    assert Order.objects.get(pk=order.pk).line == other


def test_counter_proposes_another_date_and_a_smaller_group(stage, send, client):
    order = make_submitted(stage)
    client.force_login(stage.provider.user)
    assert client.get(f"/orders/{order.number}/counter/").status_code == 200
    rows = _rows(order, {2: at_day(30)}, "dates", stage)

    send(stage.provider, order, "counter", **_crew(stage), **rows, group_size=16, note="元旦放假")

    offer = CounterOffer.objects.get()
    assert (_status(order), offer.group_size) == (Status.COUNTERED, 16)
    assert [date.starts_at for date in offer.dates.all()] == [at_day(30)]


def test_counter_with_a_date_that_is_none_is_asked_again(stage, send):
    order = make_submitted(stage)
    rows = {**_rows(order, {}, "dates", stage), "dates-0-starts_on": "someday"}

    response = send(stage.provider, order, "counter", **_crew(stage), **rows, group_size=16, note="元旦放假")

    assert response.status_code == 422
    assert "元旦放假" in response.content.decode()
    assert _status(order) == Status.SUBMITTED


def _rows(order: Order, changed: dict, prefix: str, stage) -> dict:
    """The dates page as a browser would send it, with some starts changed."""
    planned = list(order.planned.order_by("position"))
    data = {f"{prefix}-TOTAL_FORMS": len(planned), f"{prefix}-INITIAL_FORMS": len(planned)}
    for i, one in enumerate(planned):
        start = local(changed.get(one.position, one.starts_at))
        data |= {
            f"{prefix}-{i}-starts_on": f"{start:%Y-%m-%d}",
            f"{prefix}-{i}-starts": f"{start:%H:%M}",
            f"{prefix}-{i}-venue": one.venue_id or "",
            f"{prefix}-{i}-address": one.address,
        }
    return data


def test_a_new_date_is_proposed_and_agreed_to(stage, send, client):
    order = make_approved(stage)
    client.force_login(stage.office.user)
    assert client.get(f"/orders/{order.number}/sessions/1/move/").status_code == 200
    day = at_day(40)

    send(
        stage.office,
        order,
        "sessions/1/move",
        starts_on=f"{day:%Y-%m-%d}",
        starts="09:30",
        venue=stage.venue.pk,
        address="",
    )
    proposal = RescheduleProposal.objects.get()
    send(stage.coordinator, order, f"proposals/{proposal.pk}/agree")

    assert order.planned.get(position=1).session.starts_at == day


@pytest.mark.parametrize(
    ("side", "verb", "status"), [("coordinator", "decline", "declined"), ("office", "withdraw", "withdrawn")]
)
def test_a_new_date_is_declined_or_taken_back(stage, send, side, verb, status):
    order = make_approved(stage)
    proposal = _propose(stage, order)

    send(getattr(stage, side), order, f"proposals/{proposal.pk}/{verb}")

    assert RescheduleProposal.objects.get().status == status


def test_ones_own_proposal_is_not_agreed_to(stage, send, client):
    order = make_approved(stage)
    proposal = _propose(stage, order)

    send(stage.office, order, f"proposals/{proposal.pk}/agree")

    assert "the other side answers" in client.get(f"/orders/{order.number}/", headers=ENGLISH).content.decode()


def _propose(stage, order):
    start = at_day(40)
    return lifecycle.propose_reschedule(
        order.planned.get(position=1),
        starts_at=start,
        ends_at=start + timedelta(minutes=90),
        venue=stage.venue,
        address="",
        by=stage.office,
        now=NOW,
    )


def _photo() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    return SimpleUploadedFile("现场.jpg", out.getvalue())


def test_report_keeps_text_and_photos(stage, send, clock):
    order = make_approved(stage)
    close_sessions(order)
    clock.move_to(after(order))

    send(stage.coordinator, order, "report", text="三十个孩子来过", papers=[_photo(), _photo()])

    order.refresh_from_db()
    assert (order.status, order.report_text) == (Status.DELIVERED, "三十个孩子来过")
    assert list(order.attachments.values_list("kind", "name")) == [("report", "现场.jpg")] * 2


def test_report_with_a_file_that_is_none_keeps_the_text_and_moves_nothing(stage, send, clock):
    order = make_approved(stage)
    close_sessions(order)
    clock.move_to(after(order))

    response = send(stage.coordinator, order, "report", text="写了半小时", papers=[SimpleUploadedFile("a.jpg", b"MZ")])

    assert (response.status_code, _status(order)) == (422, Status.APPROVED)
    assert "写了半小时" in response.content.decode()


def test_confirm_shows_the_worth_and_takes_the_review(stage, send, client, clock):
    order = make_delivered(stage)
    clock.move_to(after(order))
    client.force_login(stage.office.user)
    page = client.get(f"/orders/{order.number}/confirm/", headers=ENGLISH).content.decode()

    send(stage.office, order, "confirm", mark=5, text="孩子们很喜欢")

    assert "2 of 2 sessions were held" in page
    assert "¥1,600.00" in page
    assert _status(order) == Status.CONFIRMED


def test_dispute_and_decide(stage, send, client, clock):
    order = make_delivered(stage)
    clock.move_to(after(order))
    send(stage.office, order, "dispute", note="少来一位")
    client.force_login(stage.officer.user)
    assert "少来一位" in client.get(f"/orders/{order.number}/resolve/").content.decode()

    missing = send(stage.officer, order, "resolve", note="按场结", paid_1="yes")
    send(stage.officer, order, "resolve", note="按场结", paid_1="yes", paid_2="no")

    assert (missing.status_code, _status(order)) == (422, Status.CONFIRMED)


def test_files_are_added_and_handed_out_to_the_parties_only(stage, client):
    order = make_submitted(stage)
    client.force_login(stage.office.user)
    assert client.get(f"/orders/{order.number}/files/").status_code == 200

    upload = SimpleUploadedFile("需求说明.pdf", b"%PDF-1.4 ...")
    data = {"kind": "request", "file": upload, "submission_id": str(uuid4())}
    added = client.post(f"/orders/{order.number}/files/", data)
    kept = order.attachments.get()
    client.force_login(stage.provider.user)
    response = client.get(f"/orders/{order.number}/files/{kept.pk}/")

    assert added.status_code == 302
    assert b"".join(response.streaming_content) == b"%PDF-1.4 ..."
    assert (response["Content-Type"], response["Cache-Control"]) == ("application/pdf", "private, no-store")
    assert response["Content-Disposition"].startswith("attachment")
    assert client.get(f"/orders/{order.number}/files/{kept.pk + 1}/").status_code == 404


def test_a_file_that_is_none_is_refused_with_a_sentence(stage, client):
    order = make_submitted(stage)
    client.force_login(stage.office.user)

    upload = SimpleUploadedFile("a.pdf", b"MZ...")
    data = {"kind": "request", "file": upload, "submission_id": str(uuid4())}
    response = client.post(f"/orders/{order.number}/files/", data, headers=ENGLISH)

    assert response.status_code == 422
    assert "neither PDF nor JPEG nor PNG" in response.content.decode()
