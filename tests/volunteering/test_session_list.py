"""The provider's list of its coming sessions and who still is missing in them."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation
from tests.factories.volunteering import STARTS, lead_of, make_assignment, make_helped_session, make_shift

pytestmark = pytest.mark.django_db
PAGE = "/volunteering/sessions/"


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW, tick=False)


def shown(client, person, language="en") -> str:
    client.force_login(person.user)
    return client.get(PAGE, headers={"accept-language": language}).text


def test_an_organiser_sees_own_sessions_with_who_is_missing(client):
    shift = make_shift()
    make_assignment(shift)
    bare = make_helped_session(shift.session.version.programme, starts_at=STARTS + timedelta(days=2))
    other = make_helped_session()

    page = shown(client, lead_of(shift.session))

    assert "1 / 2 · 1 missing" in " ".join(page.split()).replace("</b> ", "")
    assert f"/volunteering/sessions/{shift.session_id}/shifts/" in page
    assert f"/volunteering/sessions/{bare.pk}/shifts/new/" in page
    assert f"/volunteering/sessions/{other.pk}/" not in page


def test_a_session_that_is_over_is_not_listed(client, time_machine):
    session = make_shift().session
    time_machine.move_to(session.ends_at, tick=False)

    assert "No sessions ahead" in shown(client, lead_of(session))


def test_the_providers_navigation_leads_to_its_own_sessions(client):
    session = make_helped_session()

    assert f'href="{PAGE}" aria-current="page"' in shown(client, lead_of(session))


@pytest.mark.parametrize("role", ["finance"])
def test_others_are_refused(client, role):
    client.force_login(make_member(make_organisation("provider"), role).user)

    assert client.get(PAGE).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(client, rows, django_assert_num_queries):
    session = make_helped_session()
    for n in range(rows):
        more = make_helped_session(session.version.programme, starts_at=STARTS + timedelta(days=n + 1))
        make_shift(more)
    shown(client, lead_of(session))

    with django_assert_num_queries(5):
        client.get(PAGE)
