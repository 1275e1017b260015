"""Whom no photo may show stands on every list that the staff of a session read."""

import uuid
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook

from activities import queries
from organisations.acting import Acting
from privacy import rosters
from safeguarding import consents
from tests.factories.activities import STARTS_AT, acting, make_crew_member, make_party, make_session
from tests.factories.organisations import make_organisation
from tests.factories.safeguarding import make_consent

pytestmark = pytest.mark.django_db
BEFORE = STARTS_AT - timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def crew():
    return make_crew_member(make_organisation("provider"))


@pytest.fixture
def session(crew):
    return make_session(capacity=5, provider=crew.organisation, crew=[(crew.pk, True)])


def answered(session, name: str, given: bool | None = None):
    """A child with a place, and what a guardian answered about photos."""
    row = make_party(session, name=name).sign_ups.get()
    if given is not None:
        make_consent(row.child, row.party.guardian, purpose="photo", given=given)
    return row


@pytest.fixture
def children(session):
    return [answered(session, "林小满", True), answered(session, "何白露", False), answered(session, "周立春")]


def test_a_list_names_all_but_those_for_whom_photos_were_agreed_to(session, children):
    """Silence is no consent: the child is not to be photographed either."""
    assert {row.name: row.no_photo for row in queries.roster(session)} == {
        "林小满": False,
        "何白露": True,
        "周立春": True,
    }


def test_a_list_forgets_an_agreement_that_was_taken_back(session, children):
    agreed = children[0]
    by = Acting(user=agreed.party.guardian.user)

    consents.withdraw(agreed.child.consents.get(text__purpose="photo"), by=by, now=BEFORE)

    assert all(row.no_photo for row in queries.roster(session))


def test_the_list_on_screen_and_on_paper_marks_each_of_them(crew, session, children):
    client = Client(headers={"accept-language": "en"})
    client.force_login(crew.user)
    print_it = {"purpose": "print", "print": "1", "submission_id": uuid.uuid4()}

    shown = client.get(f"/sessions/{session.pk}/check-in/").text
    printed = client.post(f"/sessions/{session.pk}/names/", print_it).text

    assert (shown.count("No photos"), printed.count("No photos")) == (2, 2)


def test_the_list_as_a_file_marks_each_of_them(crew, session, children):
    made = rosters.export(session, purpose="print", by=acting(crew), now=BEFORE, submission_id=uuid.uuid4())

    with made.file.open() as file:
        rows = list(load_workbook(BytesIO(file.read())).active.values)

    marked = {row[0]: row[3] for row in rows if row[0] in {"林小满", "何白露", "周立春"}}
    assert marked == {"林小满": None, "何白露": "No photos", "周立春": "No photos"}


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_three_queries_at_most_whoever_was_agreed_to(session, count, django_assert_max_num_queries):
    for n in range(count):
        answered(session, f"孩子{n}", n % 2 == 0)

    with django_assert_max_num_queries(3):
        queries.roster(session)
