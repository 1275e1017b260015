"""Signing up, the ticket, cancelling and offers in the browser."""

import html
import re
import uuid
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from activities import signups
from activities.models import Party, Session, SignUp
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.activities import (
    STARTS_AT,
    make_family,
    make_party,
    make_session,
    make_sign_up,
    sign_up,
    statuses,
)
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_family_office, make_guardian, make_youth
from tests.factories.safeguarding import make_consent, texts_of_page
from users.models import User

pytestmark = pytest.mark.django_db
# What the POST costs after a look at the page: 10 statements and the test's two savepoints; PostgreSQL needs one
# question less, as its constraint decides, and decides and inserts all rows in one statement. Who takes the last place
# sets the card right: three more.
COST = 12 if connection.vendor == "sqlite" else 8
FULL = 3
BEFORE = STARTS_AT - timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client() -> Client:
    """A stranger who reads English."""
    return Client(headers={"accept-language": "en"})


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def page(name: str, *args) -> str:
    return reverse(f"activities:{name}", args=args)


def post_sign_up(user, session, children, **more):
    data = {"children": [child.pk for child in children], "submission_id": uuid.uuid4(), **more}
    return signed_in(user).post(page("sign-up", session.pk), data)


def test_sign_up_page_sends_a_stranger_to_the_login(client):
    assert client.get(page("sign-up", make_session().pk)).status_code == 302


def test_sign_up_page_of_no_session_is_404():
    assert signed_in(make_guardian().user).get(page("sign-up", 999)).status_code == 404


def test_sign_up_page_says_why_a_child_is_too_young():
    guardian, _ = make_family()
    make_child(guardian, age=7)

    text = signed_in(guardian.user).get(page("sign-up", make_session().pk)).content.decode()

    assert "Too young: from 8 years on, 1 more year to go." in text
    assert "?age=7" in text


def test_sign_up_page_without_a_child_offers_to_add_one():
    text = signed_in(make_guardian().user).get(page("sign-up", make_session().pk)).content.decode()

    assert "You have not added a child yet" in text


def test_sign_up_page_asks_a_guardian_without_a_phone_for_one():
    guardian, _ = make_family()
    asked = page("sign-up", make_session().pk)
    known = signed_in(guardian.user).get(asked).text
    guardian.phone = ""
    guardian.save()

    assert "Write down your phone" not in known
    assert f"/my/children/contact/?next={quote(asked, safe='')}" in signed_in(guardian.user).get(asked).text


def _add_a_child(client: Client, from_page: str) -> str:
    """Follow the sign-up page's link to a new child, save it, and return where that leads."""
    link = re.search(r'href="([^"]*/add/[^"]*)"', client.get(from_page).text)
    assert link
    answers = {
        "submission_id": uuid.uuid4(),
        "name": "谷雨",
        "birth_date": "2016-05-04",
        "relation": "parent",
        "township": make_region("瑞景街道").pk,
        "community": make_region("翡翠城社区").pk,
    }
    return client.post(html.unescape(link[1]), answers)["Location"]


def test_adding_a_child_from_a_sign_up_leads_back_to_it():
    make_organisation("league", region=make_region("北辰区"))
    asked = page("sign-up", make_session().pk)
    client = signed_in(make_guardian().user)

    assert _add_a_child(client, asked) == asked
    assert client.get(asked).text.count('name="children"') == 1


def test_adding_a_child_of_an_offices_family_leads_back_to_its_sign_up():
    make_organisation("league", region=make_region("北辰区"))
    office = make_family_office()
    family = make_guardian(registered_by=office)
    asked = f"{page('sign-up', make_session().pk)}?guardian={family.pk}"

    assert _add_a_child(signed_in(make_member(office, "clerk").user), asked) == asked


def test_sign_up_page_shows_when_sign_up_is_over():
    session = make_session()
    guardian, _ = make_family()

    with time_machine.travel(BEFORE, tick=False):
        text = signed_in(guardian.user).get(page("sign-up", session.pk)).content.decode()

    assert "Sign-up has closed" in text


def test_sign_up_post_leads_to_the_ticket():
    guardian, children = make_family(2)
    session = make_session()

    response = post_sign_up(guardian.user, session, children)

    party = Party.objects.get()
    assert response.url == page("ticket", session.pk, party.pk)
    assert statuses(party) == ["confirmed", "confirmed"]


def test_sign_up_post_costs_at_most_fifteen_statements(django_capture_on_commit_callbacks, django_assert_num_queries):
    guardian, children = make_family()
    client, session = signed_in(guardian.user), make_session(capacity=1)
    client.get(page("sign-up", session.pk))
    data = {"children": [children[0].pk], "submission_id": uuid.uuid4()}

    with django_assert_num_queries(COST + FULL) as found, django_capture_on_commit_callbacks(execute=True):
        client.post(page("sign-up", session.pk), data)

    words = [query["sql"].split()[0] for query in found]
    assert sum(word in {"SELECT", "INSERT", "UPDATE"} for word in words) <= 15


def test_sign_up_post_for_one_of_many_places_leaves_the_card_to_a_worker(
    django_capture_on_commit_callbacks, django_assert_num_queries
):
    guardian, children = make_family()
    client, session = signed_in(guardian.user), make_session(capacity=2)
    client.get(page("sign-up", session.pk))
    data = {"children": [children[0].pk], "submission_id": uuid.uuid4()}

    with django_assert_num_queries(COST), django_capture_on_commit_callbacks(execute=True):
        client.post(page("sign-up", session.pk), data)


def test_sign_up_post_for_two_children_costs_no_statement_more(
    django_capture_on_commit_callbacks, django_assert_num_queries
):
    guardian, children = make_family(2)
    client, session = signed_in(guardian.user), make_session(capacity=3)
    client.get(page("sign-up", session.pk))
    data = {"children": [child.pk for child in children], "submission_id": uuid.uuid4()}

    with django_assert_num_queries(COST), django_capture_on_commit_callbacks(execute=True):
        client.post(page("sign-up", session.pk), data)


def test_sign_up_post_without_a_child_says_so():
    guardian, _ = make_family()

    response = post_sign_up(guardian.user, make_session(), [])

    assert response.status_code == 422
    assert "Choose who takes part." in response.content.decode()


def test_sign_up_post_without_consent_says_what_is_missing_and_keeps_the_choice():
    guardian = make_guardian()
    child = make_child(guardian)

    response = post_sign_up(guardian.user, make_session(), [child])

    text = response.content.decode()
    assert "consent is missing" in text
    assert f'value="{child.pk}" checked' in text


def test_sign_up_post_records_consent_and_the_refusal_of_photos():
    guardian = make_guardian()
    child = make_child(guardian)

    agreed = {f"consent_{child.pk}": "on", **texts_of_page()}
    post_sign_up(guardian.user, make_session(), [child], photo="no", **agreed)

    assert sorted(child.consents.values_list("text__purpose", "answer")) == [("photo", "refused"), ("sign_up", "given")]
    assert SignUp.objects.get().status == "confirmed"


def test_sign_up_post_of_another_familys_child_is_refused():
    _, children = make_family()
    stranger, _ = make_family()

    assert post_sign_up(stranger.user, make_session(), children).status_code == 422
    assert not Party.objects.exists()


def test_sign_up_post_for_no_session_is_404():
    guardian, children = make_family()

    assert post_sign_up(guardian.user, Session(pk=999), children).status_code == 404


def test_sign_up_by_a_youth_alone():
    youth = make_youth()
    make_consent(youth, youth.guardianships.get().guardian)
    session = make_session(programme={"max_age": 17})

    response = post_sign_up(youth.user, session, [youth])

    assert response.status_code == 302
    assert Party.objects.get().guardian is None


def test_sign_up_by_a_clerk_for_a_family_of_the_office():
    office = make_family_office()
    clerk = make_member(office, "clerk")
    guardian = make_guardian(registered_by=office)
    child = make_child(guardian)
    session = make_session()

    address = f"{page('sign-up', session.pk)}?guardian={guardian.pk}"
    signed = {f"consent_{child.pk}": "on", "paper_on": "2026-11-20", **texts_of_page()}
    data = {"children": child.pk, "submission_id": uuid.uuid4(), **signed}
    shown = signed_in(clerk.user).get(address).content.decode()
    response = signed_in(clerk.user).post(address, data)

    assert "on behalf of" in shown
    assert response.status_code == 302
    assert Party.objects.get().on_behalf_of == office


@pytest.mark.parametrize("guardian", ["x", "99999"])
def test_sign_up_for_a_family_of_nobody_is_404(guardian):
    clerk = make_member(make_family_office(), "clerk")

    address = f"{page('sign-up', make_session().pk)}?guardian={guardian}"

    assert signed_in(clerk.user).get(address).status_code == 404


def test_ticket_shows_the_code():
    guardian, children = make_family()
    party = sign_up(make_session(), guardian, children)
    code = party.sign_ups.get().code

    text = signed_in(guardian.user).get(page("ticket", party.session_id, party.pk)).content.decode()

    assert f"{code[:4]} {code[4:]}" in text


def test_ticket_of_another_family_is_404():
    party = make_party(make_session())

    response = signed_in(make_guardian().user).get(page("ticket", party.session_id, party.pk))

    assert response.status_code == 404


def test_ticket_shows_the_rank_of_who_waits():
    session = make_session(capacity=1)
    make_party(session)
    make_party(session)
    guardian, children = make_family()
    party = sign_up(session, guardian, children)

    text = signed_in(guardian.user).get(page("ticket", session.pk, party.pk)).content.decode()

    assert "You wait, number 2" in text


def test_ticket_of_an_ended_sign_up_says_why():
    guardian, children = make_family()
    party = sign_up(make_session(), guardian, children)
    party.sign_ups.update(status="cancelled", reason="offer_expired")

    text = signed_in(guardian.user).get(page("ticket", party.session_id, party.pk)).content.decode()

    assert "not answered in time" in text


@pytest.mark.parametrize(("reason", "words"), [("session_cancelled", "called off"), ("Ill", "Ill")])
def test_ticket_says_the_reason_in_words(reason, words):
    guardian, children = make_family()
    party = sign_up(make_session(), guardian, children)
    party.sign_ups.update(status="cancelled", reason=reason)

    assert words in signed_in(guardian.user).get(page("ticket", party.session_id, party.pk)).content.decode()


def test_cancel_asks_first_and_then_cancels():
    guardian, children = make_family()
    row = sign_up(make_session(), guardian, children).sign_ups.get()
    client = signed_in(guardian.user)

    asked = client.get(page("cancel", row.pk)).content.decode()
    client.post(page("cancel", row.pk), {"reason": "Ill"})
    again = client.post(page("cancel", row.pk))

    row.refresh_from_db()
    assert "goes to the first family that waits" in asked
    assert (row.status, row.reason) == ("cancelled", "Ill")
    assert again.status_code == 302


def test_cancel_of_another_familys_sign_up_is_404():
    row = make_sign_up(make_session())

    assert signed_in(make_guardian().user).post(page("cancel", row.pk)).status_code == 404


def offered_party() -> tuple[User, Party]:
    session = make_session(capacity=1)
    held = make_sign_up(session)
    guardian, children = make_family()
    party = sign_up(session, guardian, children)
    signups.cancel(held, by=Acting(), now=NOW)
    return guardian.user, party


def test_accept_takes_two_taps():
    user, party = offered_party()
    client = signed_in(user)

    ticket = client.get(page("ticket", party.session_id, party.pk)).content.decode()
    asked = client.get(page("accept", party.pk))
    client.post(page("accept", party.pk))

    assert page("accept", party.pk) in ticket
    assert asked.status_code == 200
    assert statuses(party) == ["confirmed"]


def test_accept_of_nothing_leads_back_to_the_ticket():
    guardian, children = make_family()
    party = sign_up(make_session(), guardian, children)
    client = signed_in(guardian.user)

    assert client.get(page("accept", party.pk)).status_code == 302
    assert client.post(page("accept", party.pk)).status_code == 403


def test_accept_after_the_deadline_says_that_it_is_over():
    user, party = offered_party()

    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        response = signed_in(user).post(page("accept", party.pk), follow=True)

    assert "This offer has ended" in response.content.decode()


def test_accept_of_a_risky_programme_is_the_guardians():
    session = make_session(programme={"max_age": 17, "is_risky": True})
    youth = make_youth()
    guardian = youth.guardianships.get().guardian
    make_consent(youth, guardian)
    post_sign_up(youth.user, session, [youth])
    party = Party.objects.get()

    by_youth = signed_in(youth.user).post(page("accept", party.pk)).status_code
    signed_in(guardian.user).post(page("accept", party.pk))

    assert by_youth == 403
    assert statuses(party) == ["confirmed"]
