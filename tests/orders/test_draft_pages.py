"""Writing an order over HTTP: four steps, each saved, all without JavaScript."""

from uuid import uuid4

import pytest
import time_machine

from orders import drafting
from orders.models import Order
from orders.statuses import Status
from organisations.models import Organisation
from tests.conftest import NOW
from tests.factories.orders import make_order, make_stage, make_submitted, rows_for
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stage():
    return make_stage()


@pytest.fixture
def office(stage, client):
    client.force_login(stage.office.user)
    return client


def _series(stage, **fields) -> dict:
    return {
        "submission_id": uuid4(),
        "programme": stage.programme.slug,
        "count": 3,
        "group_size": 20,
        "first_on": "2026-12-12",
        "starts": "09:30",
        "every_weeks": 2,
        "venue": stage.venue.pk,
        "address": "",
        **fields,
    }


def test_new_without_a_programme_goes_to_the_menu(office):
    assert office.get("/orders/new/")["location"] == "/catalog/"


def test_new_of_an_unknown_programme_is_not_there(office):
    assert office.get("/orders/new/?programme=nothing").status_code == 404


def test_new_shows_the_programme_and_how_many_were_asked_for(stage, office):
    page = office.get(f"/orders/new/?programme={stage.programme.slug}&sessions=7", headers=ENGLISH).content.decode()

    assert "¥800.00 a session" in page
    assert 'value="7"' in page


def test_new_lays_out_the_series_and_saves_a_draft(stage, office):
    response = office.post("/orders/new/", _series(stage))

    order = Order.objects.get()
    assert response["location"] == f"/orders/{order.number}/dates/"
    starts = order.planned.order_by("position").values_list("starts_at", flat=True)
    assert [f"{start:%m-%d %H:%M}" for start in starts] == ["12-12 01:30", "12-26 01:30", "01-09 01:30"]


def test_new_sent_twice_makes_one_draft(stage, office):
    data = _series(stage)

    locations = [office.post("/orders/new/", data)["location"] for _ in range(2)]

    assert (len(set(locations)), Order.objects.count()) == (1, 1)


def test_new_with_nothing_filled_in_says_what_is_missing(stage, office):
    response = office.post("/orders/new/", {"programme": stage.programme.slug}, headers=ENGLISH)

    assert response.status_code == 422
    assert "things to put right" in response.content.decode()


def test_new_where_no_league_works_says_so(stage, office):
    Organisation.objects.filter(kind="league").update(status="suspended")

    response = office.post("/orders/new/", _series(stage), headers=ENGLISH)

    assert (response.status_code, Order.objects.count()) == (422, 0)
    assert "No League committee works" in response.content.decode()


@pytest.mark.parametrize("side", ["provider", "officer"])
def test_new_is_for_offices(stage, client, side):
    client.force_login(getattr(stage, side).user)

    assert client.get(f"/orders/new/?programme={stage.programme.slug}").status_code == 403


def _dates(order: Order, stage, **changes) -> dict:
    planned = list(order.planned.order_by("position"))
    data = {"form-TOTAL_FORMS": len(planned), "form-INITIAL_FORMS": len(planned), "seen": order.revision}
    for i in range(len(planned)):
        data |= {
            f"form-{i}-starts_on": f"2026-12-{10 + i}",
            f"form-{i}-starts": "14:00",
            f"form-{i}-venue": stage.venue.pk,
            f"form-{i}-address": "",
        }
    return {**data, **changes}


def test_dates_are_changed_and_left_out(stage, office):
    order = make_order(stage, sessions=3)

    response = office.post(f"/orders/{order.number}/dates/", _dates(order, stage, **{"form-1-drop": "on", "next": "1"}))

    assert response["location"] == f"/orders/{order.number}/details/"
    starts = order.planned.order_by("position").values_list("starts_at", flat=True)
    assert [f"{start:%m-%d %H:%M}" for start in starts] == ["12-10 06:00", "12-12 06:00"]


def test_dates_that_are_sent_back_unchanged_stay(stage, office):
    order = make_order(stage, sessions=2)
    page = office.get(f"/orders/{order.number}/dates/")
    data = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "seen": order.revision, "next": "1"}
    for i, row in enumerate(page.context["rows"].forms):
        data |= {f"form-{i}-{name}": row[name].value() or "" for name in ("starts_on", "starts", "venue", "address")}

    office.post(f"/orders/{order.number}/dates/", data)

    assert order.planned.count() == 2


def test_dates_can_be_added_without_script(stage, office):
    order = make_order(stage, sessions=2)

    page = office.post(f"/orders/{order.number}/dates/", _dates(order, stage, add="1")).content.decode()
    more = {"form-TOTAL_FORMS": 3, "form-2-starts_on": "2026-12-20", "form-2-starts": "10:00", "form-2-address": "操场"}
    office.post(f"/orders/{order.number}/dates/", _dates(order, stage, save="1", **more))

    assert 'name="form-2-starts_on"' in page
    assert order.planned.count() == 3


def test_an_added_date_is_a_week_after_the_last_at_its_time_and_place(stage, office):
    order = make_order(stage, sessions=2)

    response = office.post(f"/orders/{order.number}/dates/", _dates(order, stage, add="1"))

    added = response.context["rows"].forms[2]
    values = [added[name].value() for name in ("starts_on", "starts", "venue")]
    assert values == ["2026-12-18", "14:00", str(stage.venue.pk)]


def test_an_added_date_follows_the_last_one_that_stays(stage, office):
    order = make_order(stage, sessions=2)

    response = office.post(f"/orders/{order.number}/dates/", _dates(order, stage, **{"form-1-drop": "on", "add": "1"}))

    assert response.context["rows"].forms[2]["starts_on"].value() == "2026-12-17"


@pytest.mark.parametrize("typed", ["soon", "9999-12-31"])
def test_an_added_date_after_nonsense_is_empty(stage, office, typed):
    order = make_order(stage, sessions=1)

    response = office.post(
        f"/orders/{order.number}/dates/", _dates(order, stage, **{"form-0-starts_on": typed, "add": "1"})
    )

    assert response.context["rows"].forms[1]["starts_on"].value() is None


def test_dates_that_are_none_are_asked_for_again(stage, office):
    order = make_order(stage)

    response = office.post(f"/orders/{order.number}/dates/", _dates(order, stage, **{"form-0-starts_on": "soon"}))

    assert response.status_code == 422
    assert 'value="soon"' in response.content.decode()


def test_dates_that_a_colleague_changed_are_not_overwritten(stage, office):
    order = make_order(stage)
    colleague = make_member(order.office, "clerk")
    data = _dates(order, stage, save="1")
    drafting.edit(order, by=colleague, now=NOW, group_size=18, reason="", reserve_places=True)

    response = office.post(f"/orders/{order.number}/dates/", data, headers=ENGLISH)

    assert response.status_code == 422
    assert f"{colleague.user} changed the draft" in response.content.decode()


@pytest.mark.parametrize("step", ["dates", "details"])
def test_a_submitted_order_is_not_written_any_more(stage, office, step):
    order = make_submitted(stage)

    assert office.get(f"/orders/{order.number}/{step}/")["location"] == f"/orders/{order.number}/"


def test_details_are_saved(stage, office):
    order = make_order(stage)
    assert office.get(f"/orders/{order.number}/details/").status_code == 200

    response = office.post(
        f"/orders/{order.number}/details/", {"group_size": 18, "reason": "家长要求", "seen": order.revision}
    )

    order.refresh_from_db()
    assert response["location"] == f"/orders/{order.number}/submit/"
    assert (order.group_size, order.reason, order.reserve_places) == (18, "家长要求", False)


def test_details_too_long_say_so(stage, office):
    order = make_order(stage)

    response = office.post(f"/orders/{order.number}/details/", {"group_size": 18, "reason": "字" * 1001})

    assert response.status_code == 422


def test_check_shows_cost_budget_and_who_decides(stage, office):
    order = make_order(stage)

    page = office.get(f"/orders/{order.number}/submit/", headers=ENGLISH).content.decode()

    assert "2 × ¥800.00 = ¥1,600.00" in page
    assert "The budget of 瑞景街道 after approval" in page
    assert "Qinghe answers within seven days; then Beichen League decides" in page


def test_check_names_what_stands_against_it(stage, office):
    order = make_order(stage, group_size=3)

    page = office.get(f"/orders/{order.number}/submit/", headers=ENGLISH).content.decode()

    assert "The programme is for groups of 16 to 24" in page


def test_submitting_what_cannot_be_is_refused(stage, office):
    order = make_order(stage, group_size=3)

    response = office.post(f"/orders/{order.number}/submit/", {"seen": 0}, headers=ENGLISH)

    assert response.status_code == 422
    assert Order.objects.get().status == Status.DRAFT


def test_ordering_again_starts_a_draft(stage, office):
    order = make_submitted(stage)
    assert office.get(f"/orders/new/?copy={order.number}")["location"] == f"/orders/{order.number}/copy/"
    assert office.get(f"/orders/{order.number}/copy/").status_code == 200

    response = office.post(f"/orders/{order.number}/copy/", {"submission_id": "nonsense"})

    copied = Order.objects.latest("pk")
    assert copied != order
    assert response["location"] == f"/orders/{copied.number}/dates/"


def test_ordering_again_what_left_the_menu_says_so(stage, office):
    order = make_submitted(stage)
    stage.programme.status = "retired"
    stage.programme.save()

    response = office.post(f"/orders/{order.number}/copy/", {"submission_id": uuid4()}, headers=ENGLISH, follow=True)

    assert "not on the menu any more" in response.content.decode()


@pytest.mark.parametrize("day", ["9999-12-31", "9999-12-20", "0001-01-01"])
def test_first_date_in_an_odd_year_is_asked_again(client, day):
    stage = make_stage()
    client.force_login(stage.office.user)
    form = {
        "programme": stage.programme.slug,
        "submission_id": str(uuid4()),
        "count": "4",
        "group_size": "20",
        "first_on": day,
        "starts": "00:00",
        "every_weeks": "4",
        "venue": stage.venue.pk,
    }

    page = client.post("/orders/new/", form, headers={"accept-language": "en"})

    assert page.status_code == 422
    assert "Look at the year" in page.content.decode()


def _redirects(response) -> bool:
    return response.status_code == 302


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"first_on": "2026-11-25"}, "first_on", "days of notice"),
        ({"first_on": "2026-11-01"}, "first_on", "lies in the past"),
        ({"group_size": 400}, "group_size", "groups of 16 to 24"),
        ({"venue": "", "address": ""}, "venue", "choose a venue or write an address"),
        ({"count": 30}, "count", "more than a year ahead"),
    ],
)
def test_new_says_at_once_at_its_field_what_cannot_be_ordered(stage, office, wrong, field, sentence):
    response = office.post("/orders/new/", _series(stage, **wrong), headers=ENGLISH)

    assert (response.status_code, Order.objects.count()) == (422, 0)
    assert sentence in str(response.context["form"].errors[field])


def test_new_says_how_many_sessions_a_provider_on_trial_may_take(stage, office, settings):
    settings.TRIAL_MAX_SESSIONS = 2
    Organisation.objects.filter(pk=stage.programme.provider_id).update(is_on_trial=True)

    response = office.post("/orders/new/", _series(stage), headers=ENGLISH)

    assert "at most 2 sessions" in str(response.context["form"].errors["count"])


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"form-1-starts_on": "2026-11-25"}, "starts_on", "days of notice"),
        ({"form-1-venue": "", "form-1-address": " "}, "venue", "Session 2 has no place"),
    ],
)
def test_dates_are_judged_row_by_row_before_the_next_step(stage, office, wrong, field, sentence):
    order = make_order(stage, sessions=3)
    data = _dates(order, stage, **wrong)

    response = office.post(f"/orders/{order.number}/dates/", {**data, "next": "1"}, headers=ENGLISH)

    assert response.status_code == 422
    assert sentence in str(response.context["rows"].forms[1].errors[field])
    assert not response.context["rows"].forms[0].errors
    assert _redirects(office.post(f"/orders/{order.number}/dates/", {**data, "save": "1"}))  # a draft keeps it


def test_dates_that_are_all_left_out_do_not_go_on(stage, office):
    order = make_order(stage, sessions=1)

    response = office.post(
        f"/orders/{order.number}/dates/", _dates(order, stage, **{"form-0-drop": "on", "next": "1"}), headers=ENGLISH
    )

    assert response.status_code == 422
    assert "Choose at least one date" in response.content.decode()


@pytest.mark.parametrize(("size", "sentence"), [(400, "groups of 16 to 24"), (20, "holds 18 people")])
def test_details_are_judged_before_the_next_step(stage, office, size, sentence):
    order = make_order(stage)
    stage.venue.capacity = 18
    stage.venue.save()

    response = office.post(f"/orders/{order.number}/details/", {"group_size": size}, headers=ENGLISH)

    assert response.status_code == 422
    assert sentence in str(response.context["form"].errors["group_size"])


@pytest.mark.parametrize("method", ["get", "post"])
def test_check_leads_to_the_field_of_each_problem(stage, office, method):
    rows = [drafting.PlannedRow(one.starts_at, one.venue_id) for one in rows_for(stage, 2)]
    order = make_order(stage, group_size=3, rows=[rows[0], drafting.PlannedRow(rows[1].starts_at)])

    page = getattr(office, method)(f"/orders/{order.number}/submit/", {"seen": 0}, headers=ENGLISH).content.decode()

    assert page.count("The programme is for groups of 16 to 24") == 1
    assert f'href="/orders/{order.number}/details/#id_group_size"' in page
    assert f'href="/orders/{order.number}/dates/#id_form-1-venue"' in page
    assert 'id="id_form-1-venue"' in office.get(f"/orders/{order.number}/dates/").content.decode()
