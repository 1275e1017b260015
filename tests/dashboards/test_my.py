"""The page of a guardian, a youth, a volunteer."""

from datetime import timedelta

import pytest

from activities.models import SignUp
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, make_family, make_session, sign_up
from tests.factories.people import make_guardian, make_guardianship
from tests.factories.safeguarding import make_cleared
from tests.factories.users import make_user
from tests.factories.volunteering import lead_of, make_assignment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW, tick=False)


def my(client, user, tab="", language="en"):
    client.force_login(user)
    return client.get("/my/", {"tab": tab} if tab else {}, headers={"accept-language": language})


def test_my_signed_out_asks_to_sign_in(client):
    assert client.get("/my/").status_code == 302


def test_my_of_somebody_new_shows_the_way(client):
    response = my(client, make_user())

    assert "Nothing coming up" in response.text
    assert "Add a child" in response.text


def test_my_shows_the_next_ticket_with_place_and_code(client):
    guardian, children = make_family(1)
    sign_up(make_session(starts_at=STARTS_AT + timedelta(days=7)), guardian, children)
    party = sign_up(make_session(), guardian, children)

    response = my(client, guardian.user)

    row = party.sign_ups.get()
    assert response.context["next"] == row
    assert row.code in response.text
    assert "示范路1号" in response.text
    assert f"/sessions/{row.session_id}/ticket/{party.pk}/" in response.text


def test_my_shows_ones_own_family_only(client):
    session = make_session()
    guardian, children = make_family(1)
    sign_up(session, guardian, children)
    other, others = make_family(1)
    sign_up(session, other, others)

    response = my(client, guardian.user)

    assert children[0].name in response.text
    assert others[0].name not in response.text


def test_my_of_a_clerk_does_not_show_the_offices_families(client):
    from tests.factories.organisations import make_member
    from tests.factories.people import make_child, make_family_office, make_guardian

    office = make_family_office()
    child = make_child(make_guardian(registered_by=office))

    assert child.name not in my(client, make_member(office, "clerk").user).text


def test_my_puts_an_offer_on_top_with_its_deadline(client):
    guardian, children = make_family(1)
    party = sign_up(make_session(), guardian, children)
    SignUp.objects.update(status="offered", offered_until=NOW + timedelta(hours=5))

    response = my(client, guardian.user)

    assert f"/parties/{party.pk}/accept/" in response.text
    assert "15:00" in response.text


@pytest.mark.parametrize(
    ("status", "tab"),
    [("confirmed", "upcoming"), ("waiting", "waiting"), ("cancelled", "history"), ("refused", "history")],
)
def test_my_sorts_sign_ups_by_tab(client, status, tab):
    guardian, children = make_family(1)
    sign_up(make_session(), guardian, children)
    SignUp.objects.update(status=status)

    assert len(my(client, guardian.user, tab).context["rows"]) == 1
    others = {"upcoming", "waiting", "history"} - {tab}
    assert all(my(client, guardian.user, other).context["rows"] == [] for other in others)


def test_my_history_invites_to_rate_what_was_attended_once(client, time_machine):
    from activities import checkin, reviews
    from activities.models import Attendance
    from activities.reviews import Rating
    from organisations.acting import clock

    guardian, children = make_family(1)
    row = sign_up(make_session(), guardian, children).sign_ups.get()
    checkin.mark(row, Attendance.Status.PRESENT, by=clock("test"), now=STARTS_AT)
    time_machine.move_to(STARTS_AT + timedelta(days=1), tick=False)

    assert f"/sign-ups/{row.pk}/review/" in my(client, guardian.user, "history").text
    assert f"/sign-ups/{row.pk}/review/" in my(client, guardian.user).text

    from activities import lifecycle

    lifecycle.close(row.session, by=clock("test"), now=STARTS_AT + timedelta(hours=3))
    reviews.bulk_submit([(row, False, Rating(mark=5))], now=STARTS_AT + timedelta(hours=4))
    assert "Rate it" not in my(client, guardian.user, "history").text
    assert f"/sign-ups/{row.pk}/review/" not in my(client, guardian.user).text


def test_my_leads_to_ones_own_review_for_as_long_as_it_can_be_changed(client, time_machine):
    from activities import checkin, reviews
    from activities.models import Attendance
    from organisations.acting import Acting, clock

    guardian, children = make_family(1)
    other = make_guardian()
    make_guardianship(other, children[0])
    row = sign_up(make_session(), guardian, children).sign_ups.get()
    checkin.mark(row, Attendance.Status.PRESENT, by=clock("test"), now=STARTS_AT)
    rated_at = STARTS_AT + timedelta(hours=4)
    said = {"mark": 5, "tags": [], "text": ""}
    reviews.submit(row, by_child=True, **said, by=Acting(user=guardian.user), now=rated_at)

    time_machine.move_to(rated_at + timedelta(days=7), tick=False)
    in_time = my(client, guardian.user, "history")
    of_the_other = my(client, other.user, "history")
    time_machine.move_to(rated_at + timedelta(days=7, seconds=1), tick=False)
    too_late = my(client, guardian.user, "history")

    assert f'href="/sign-ups/{row.pk}/review/?as=child">Change the review' in in_time.text
    assert "Change the review" not in of_the_other.text
    assert "Change the review" not in too_late.text


def test_my_lists_the_reviews_that_somebody_from_society_is_asked_for(client, time_machine):
    from activities import lifecycle, reviews
    from organisations.acting import Acting, clock

    guest, session = make_user(), make_session()
    invitation = reviews.invite(session, guest, by=clock("test"), now=NOW)
    called_off = make_session(starts_at=STARTS_AT + timedelta(days=1))
    reviews.invite(called_off, guest, by=clock("test"), now=NOW)
    lifecycle.cancel(called_off, by=clock("test"), now=NOW, reason="x")
    page = f"/review-invitations/{invitation.pk}/"

    before = my(client, guest).text
    time_machine.move_to(session.ends_at, tick=False)
    after = my(client, guest).text
    reviews.submit_invited(invitation, mark=4, tags=[], text="", by=Acting(user=guest), now=session.ends_at)
    rated = my(client, guest).text
    time_machine.move_to(session.ends_at + timedelta(days=8), tick=False)
    later = my(client, guest).text

    assert f"/sessions/{session.pk}/" in before
    assert f"/sessions/{called_off.pk}/" not in before
    assert page not in before
    assert page in after
    assert page in rated
    assert "Change the review" in rated
    assert page not in later


def test_my_shows_shifts_to_volunteers(client, time_machine):
    assignment = make_assignment(user=make_cleared())

    assert "Welcome desk" in my(client, assignment.user).text

    time_machine.move_to(assignment.ends_at + timedelta(hours=1), tick=False)
    assert "Welcome desk" not in my(client, assignment.user).text
    assert "Welcome desk" in my(client, assignment.user, "history").text


def test_my_shows_a_volunteer_the_next_own_shift_and_the_hours_served(client, time_machine):
    from volunteering import assignments

    assignment = make_assignment(user=make_cleared())
    before = my(client, assignment.user)

    assert "You help: Welcome desk" in before.text
    assert str(assignment.shift.reports_to.user) in before.text
    assert "hours in all" not in before.text

    lead = lead_of(assignment.shift.session)
    assignments.check_in(assignment, by=lead, now=assignment.starts_at - timedelta(minutes=10))
    assignments.check_out(assignment, by=lead, now=assignment.starts_at + timedelta(minutes=45))
    time_machine.move_to(assignment.ends_at, tick=False)
    after = my(client, assignment.user)

    assert "You help: Welcome desk" not in after.text
    assert "You helped 0.8 hours in all" in after.text


def test_my_leaves_out_the_oldest_sign_ups_and_never_the_next_ticket(client, monkeypatch):
    """Two children a week: in two years a family has more sign-ups than the page reads."""
    monkeypatch.setattr("dashboards.queries.MOST_SIGN_UPS", 2)
    guardian, children = make_family(1)
    _oldest, second, third = (
        sign_up(make_session(starts_at=STARTS_AT + timedelta(days=days)), guardian, children) for days in range(3)
    )

    rows = [row for row, _rate, _change in my(client, guardian.user).context["rows"]]

    assert [row.party for row in rows] == [second, third]


def test_my_with_an_unknown_tab_shows_what_comes(client):
    assert my(client, make_user(), "nonsense", "zh-hans").context["tab"] == "upcoming"


@pytest.mark.parametrize("rows", [1, 3])
def test_my_costs_the_same_for_one_and_three(client, rows, django_assert_num_queries):
    guardian, children = make_family(rows)
    for n in range(rows):
        sign_up(make_session(capacity=9, starts_at=STARTS_AT + timedelta(days=n)), guardian, children)
    my(client, guardian.user)

    with django_assert_num_queries(6):
        client.get("/my/")


@pytest.mark.parametrize(("minutes", "offered"), [(1, True), (0, False), (-30, False)])
def test_my_offers_to_cancel_until_the_session_begins(client, time_machine, minutes, offered):
    guardian, children = make_family(1)
    session = make_session()
    row = sign_up(session, guardian, children).sign_ups.get()
    time_machine.move_to(session.starts_at - timedelta(minutes=minutes), tick=False)

    response = my(client, guardian.user)

    assert session.version.title_en in response.text
    assert (f"/sign-ups/{row.pk}/cancel/" in response.text) is offered
