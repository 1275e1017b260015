"""Choosing dates of a series, seeing what became of each, and leaving them, in the browser."""

import re
import uuid

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.models import Party, Session, SignUp
from tests.activities.test_series import WEEK, choose, make_series
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, make_family, make_party, make_session, sign_up
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian, make_youth
from tests.factories.safeguarding import make_consent, texts_of_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def page(name: str, *args) -> str:
    return reverse(f"activities:{name}", args=args)


def of(party: Party, name: str = "dates") -> str:
    return page(name, party.session_id, party.pk)


def post(user, session, children, **more):
    data = {"children": [child.pk for child in children], "submission_id": uuid.uuid4(), **more}
    return signed_in(user).post(page("sign-up", session.pk), data)


def test_sign_up_page_offers_the_dates_of_the_series():
    rows = make_series(3, full=(2,))
    guardian, _children = make_family()

    text = signed_in(guardian.user).get(page("sign-up", rows[1].pk)).text

    assert "All 3 dates" in text
    assert [f'name="on" id="on_{row.pk}"' in text for row in rows] == [True] * 3
    assert re.findall(r'name="shown" value="(\d+)"', text) == [str(row.pk) for row in rows]
    assert re.findall(r'value="(\d+)" checked', text.split("series-dates")[1]) == [str(rows[1].pk)]


def test_sign_up_page_of_a_single_date_asks_no_dates_and_costs_no_question_more():
    guardian, _children = make_family()
    client = signed_in(guardian.user)
    costs = []
    for session in [make_session(), make_series(3)[0]]:
        client.get(page("sign-up", session.pk))
        with CaptureQueriesContext(connection) as counted:
            text = client.get(page("sign-up", session.pk)).text
        costs.append((len(counted), "Which dates?" in text))

    (single, asks_not), (several, asks) = costs
    assert (asks_not, asks) == (False, True)
    assert several == single + 1


def test_sign_up_page_offers_no_dates_to_a_family_that_cannot_come():
    guardian, _children = make_family(age=17)

    assert "Which dates?" not in signed_in(guardian.user).get(page("sign-up", make_series(2)[0].pk)).text


def test_sign_up_page_of_a_full_date_names_its_button_after_what_is_chosen():
    rows = make_series(2, full=(0,))
    guardian, _children = make_family()

    button = signed_in(guardian.user).get(page("sign-up", rows[0].pk)).text.split("btn-big")[1]

    assert '<span class="for-one">Join the waiting list</span><span class="for-several">Sign up</span>' in button


def test_sign_up_page_marks_where_the_family_is_on_already():
    rows = make_series(3)
    guardian, children = make_family()
    sign_up(rows[2], guardian, children)

    text = signed_in(guardian.user).get(page("sign-up", rows[0].pk)).text

    assert "All 2 dates" in text
    assert "signed up already" in text
    assert f'value="{rows[2].pk}" disabled' in text


def test_sign_up_for_all_dates_leads_to_what_became_of_each():
    rows = make_series(3, full=(1,))
    guardian, children = make_family()
    make_series(1)

    answer = post(guardian.user, rows[0], children, dates="all", shown=[row.pk for row in rows])

    text = signed_in(guardian.user).get(answer.url).text
    party = Party.objects.get(session=rows[0])
    assert answer.url == of(party)
    assert SignUp.objects.filter(child=children[0]).count() == 3
    assert (text.count("1 confirmed"), text.count("Waiting, number 1")) == (2, 1)


def test_sign_up_for_all_says_which_date_was_refused_and_why():
    rows = make_series(3)
    guardian, children = make_family()
    Session.objects.filter(pk=rows[2].pk).update(closes_at=NOW)
    client = signed_in(guardian.user)
    data = {"children": children[0].pk, "submission_id": uuid.uuid4(), "dates": "all"}

    text = client.post(page("sign-up", rows[0].pk), {**data, "shown": [row.pk for row in rows]}, follow=True).text

    assert "Sat 12 Dec 2026: Sign-up has closed." in text
    assert "Not signed up" in text


def test_sign_up_for_ticked_dates_takes_those_only():
    rows = make_series(3)
    guardian, children = make_family()

    post(guardian.user, rows[0], children, dates="some", on=[rows[0].pk, rows[2].pk], shown=[r.pk for r in rows])

    assert set(SignUp.objects.values_list("session", flat=True)) == {rows[0].pk, rows[2].pk}


@pytest.mark.parametrize("more", [{}, {"dates": "one"}, {"dates": "some", "on": "own"}])
def test_sign_up_for_this_date_only_leads_to_its_ticket(more):
    rows = make_series(2)
    guardian, children = make_family()
    more = {**more, "on": [rows[0].pk]} if "on" in more else more

    answer = post(guardian.user, rows[0], children, **more)

    assert answer.url == page("ticket", rows[0].pk, Party.objects.get().pk)


def test_sign_up_without_a_tick_says_so_and_keeps_the_choice():
    rows = make_series(2)
    guardian, children = make_family()

    answer = post(guardian.user, rows[0], children, dates="some", on=["x"])

    assert answer.status_code == 422
    assert "Choose at least one date." in answer.text
    assert 'value="some" checked' in answer.text


def test_sign_up_refused_on_all_dates_says_why_on_the_form():
    rows = make_series(2)
    guardian = make_guardian()
    child = make_child(guardian)

    answer = post(guardian.user, rows[0], [child], dates="all", shown=[row.pk for row in rows])

    assert answer.status_code == 422
    assert answer.text.count("consent is missing") == 1


def test_sign_up_of_no_session_for_dates_is_404():
    guardian, children = make_family()

    assert post(guardian.user, Session(pk=999), children, dates="all", shown=[1]).status_code == 404


def test_a_clerk_signs_a_family_up_for_all_dates():
    office = make_family_office()
    guardian = make_guardian(registered_by=office)
    child = make_child(guardian)
    rows = make_series(2)
    client = signed_in(make_member(office, "clerk").user)
    data = {
        "children": child.pk,
        "submission_id": uuid.uuid4(),
        "dates": "all",
        "shown": [row.pk for row in rows],
        f"consent_{child.pk}": "on",
        **texts_of_page(),
        "paper_on": "2026-11-20",
    }

    answer = client.post(f"{page('sign-up', rows[0].pk)}?guardian={guardian.pk}", data)
    SignUp.objects.filter(session=rows[1]).update(status="cancelled")

    assert SignUp.objects.count() == 2
    assert f"{page('sign-up', rows[1].pk)}?guardian={guardian.pk}" in client.get(answer.url).text


def test_ticket_leads_to_all_dates_of_a_series_only():
    guardian, children = make_family()
    answers = choose(make_series(2), guardian, children)
    alone = sign_up(make_session(starts_at=STARTS_AT + 5 * WEEK), guardian, children)
    client = signed_in(guardian.user)

    assert of(answers[0].party) in client.get(of(answers[0].party, "ticket")).text
    assert "All dates of this series" not in client.get(of(alone, "ticket")).text
    assert client.get(of(alone)).status_code == 404


@pytest.mark.parametrize("name", ["dates", "leave"])
def test_pages_of_another_family_are_404(name):
    rows = make_series(2)
    party = make_party(rows[0])

    assert signed_in(make_guardian().user).get(of(party, name)).status_code == 404
    assert signed_in(make_guardian().user).post(of(party, "leave")).status_code == 404
    assert party.sign_ups.get().status == "confirmed"


def test_dates_page_shows_no_other_family():
    rows = make_series(2, full=(0, 1))
    other = SignUp.objects.first().child.name
    guardian, children = make_family()
    answers = choose(rows, guardian, children)

    text = signed_in(guardian.user).get(of(answers[0].party)).text

    assert other not in text
    assert text.count("Waiting, number 1") == 2


@pytest.mark.parametrize("count", [2, 6])
def test_dates_page_costs_the_same_for_any_number_of_dates(count):
    rows = make_series(count, full=(1,))
    guardian, children = make_family()
    answers = choose(rows, guardian, children)
    client = signed_in(guardian.user)
    client.get(of(answers[0].party))

    with CaptureQueriesContext(connection) as counted:
        client.get(of(answers[0].party))

    assert len(counted) == 5


def test_dates_page_of_past_dates_says_that_none_is_left():
    guardian, children = make_family()
    answers = choose(make_series(2), guardian, children)

    with time_machine.travel(NOW + 20 * WEEK, tick=False):
        text = signed_in(guardian.user).get(of(answers[0].party)).text

    assert "No date of this series is left." in text


def test_leaving_asks_first_and_then_gives_all_dates_back():
    rows = make_series(3)
    guardian, children = make_family()
    party = choose(rows, guardian, children)[0].party
    client = signed_in(guardian.user)

    shown = client.get(of(party)).text
    asked = client.get(of(party, "leave")).text
    done = client.post(of(party, "leave"), {"reason": "Ill"}, follow=True).text

    assert of(party, "leave") in shown
    assert "The places go to the first families that wait" in asked
    assert "Who leaves?" not in asked
    assert "3 sign-ups cancelled" in done
    assert SignUp.objects.filter(status="cancelled", reason="Ill").count() == 3
    assert client.get(of(party, "leave"))["location"] == of(party)


def test_leaving_with_one_of_two_children_keeps_the_other():
    rows = make_series(2)
    Session.objects.update(capacity=4, ceiling=4)
    guardian, children = make_family(2)
    party = choose(rows, guardian, children)[0].party
    client = signed_in(guardian.user)

    nobody = client.post(of(party, "leave"), {})
    client.post(of(party, "leave"), {"children": children[0].pk})

    assert (nobody.status_code, "Choose who leaves." in nobody.text) == (422, True)
    assert SignUp.objects.active().filter(child=children[0]).count() == 0
    assert SignUp.objects.active().filter(child=children[1]).count() == 2


def test_one_date_left_is_cancelled_on_its_ticket():
    guardian, children = make_family()
    party = choose(make_series(2)[:1], guardian, children)[0].party

    assert of(party, "leave") not in signed_in(guardian.user).get(of(party)).text


def test_a_child_under_fourteen_with_a_login_sees_the_dates_and_gives_none_back():
    child = make_youth(age=12)
    guardian = child.guardianships.get().guardian
    make_consent(child, guardian)
    party = choose(make_series(2), guardian, [child])[0].party
    client = signed_in(child.user)

    assert client.get(of(party)).status_code == 200
    assert [client.get(of(party, "leave")).status_code, client.post(of(party, "leave")).status_code] == [403, 403]
    assert SignUp.objects.active().count() == 2
