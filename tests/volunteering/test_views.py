"""Pages for volunteers and for those to whom they report."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine

from activities.announcements import announce
from organisations.acting import Acting
from organisations.models import Membership, Organisation
from tests.conftest import NOW
from tests.factories.activities import make_party
from tests.factories.organisations import make_member, make_organisation
from tests.factories.safeguarding import make_cleared
from tests.factories.users import make_user
from tests.factories.volunteering import STARTS, lead_of, make_assignment, make_helped_session, make_shift
from volunteering.models import Assignment, Shift

pytestmark = pytest.mark.django_db
JOIN = {"emergency_contact": "王女士 13800000000", "submission_id": "1" * 32}


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def client(client):
    """A browser that asks for English."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def sign_in(client, acting_or_user):
    client.force_login(getattr(acting_or_user, "user", acting_or_user))
    return client


def test_shifts_are_there_for_everybody(client):
    make_shift()

    text = client.get("/volunteering/", headers={"accept-language": "zh-hans"}).text

    assert "签到引导" in text
    assert "余 2 位" in text


def test_session_leads_to_its_open_shift_and_those_on_duty_to_all(client):
    shift = make_shift()
    page = f"/sessions/{shift.session_id}/"

    stranger = client.get(page).text
    crew = sign_in(client, lead_of(shift.session)).get(page).text

    assert f"/volunteering/shifts/{shift.pk}/" in stranger
    assert f"/volunteering/sessions/{shift.session_id}/shifts/" not in stranger
    assert f"/volunteering/sessions/{shift.session_id}/shifts/" in crew


def test_a_volunteer_with_a_place_reads_what_was_written_to_the_families(client):
    shift = make_shift(places=1)
    has_place, waits = make_assignment(shift), make_assignment(shift)
    make_party(shift.session)
    announce(shift.session, text="请穿雨靴。", by=lead_of(shift.session), now=NOW, submission_id=uuid4())
    page = f"/volunteering/shifts/{shift.pk}/"

    assert "请穿雨靴。" in sign_in(client, has_place.user).get(page).text
    assert "请穿雨靴。" not in sign_in(client, waits.user).get(page).text


def test_check_in_list_leads_to_the_volunteers(client, time_machine):
    session = make_shift().session
    time_machine.move_to(STARTS, tick=False)

    page = sign_in(client, lead_of(session)).get(f"/sessions/{session.pk}/check-in/")

    assert f"/volunteering/sessions/{session.pk}/shifts/" in page.text


def test_shifts_that_need_nobody_show_the_way(client):
    assert "Nobody is needed" in client.get("/volunteering/").text


def test_shifts_show_ones_own_on_top(client):
    assignment = make_assignment(make_shift(places=1))

    text = sign_in(client, assignment.user).get("/volunteering/").text

    assert "Your shifts" in text
    assert "Full, you can wait" in text


@pytest.mark.parametrize("rows", [1, 3])
def test_shifts_cost_the_same_for_one_and_three(client, rows, django_assert_num_queries):
    for n in range(rows):
        make_shift(make_helped_session(starts_at=STARTS + timedelta(days=n)))
    client.get("/volunteering/")

    with django_assert_num_queries(2):
        client.get("/volunteering/")


def test_shift_signed_out_offers_to_sign_in_and_hides_the_phone(client):
    text = client.get(f"/volunteering/shifts/{make_shift().pk}/").text

    assert "Sign in to take this shift" in text
    assert "022-12345678" not in text


def test_shift_for_a_person_without_clearance_says_what_is_missing(client):
    text = sign_in(client, make_user()).get(f"/volunteering/shifts/{make_shift().pk}/").text

    assert "background check" in text
    assert "Take this shift" not in text


def test_shift_that_is_risky_without_insurance_cannot_be_taken(client):
    shift = make_shift(is_risky=True)

    assert "named an insurance" in sign_in(client, make_cleared()).get(f"/volunteering/shifts/{shift.pk}/").text


def test_shift_that_is_over_says_so(client, time_machine):
    shift = make_shift()
    time_machine.move_to(STARTS, tick=False)

    assert "over" in client.get(f"/volunteering/shifts/{shift.pk}/").text


def test_join_gives_a_place_and_shows_whom_to_report_to(client):
    shift = make_shift()
    url = f"/volunteering/shifts/{shift.pk}/"
    sign_in(client, make_cleared())
    assert "Take this shift" in client.get(url).text

    for _ in range(2):
        assert client.post(f"{url}join/", JOIN).url == url

    text = client.get(url).text
    assert "022-12345678" in text
    assert str(shift.reports_to.user) in text
    assert Assignment.objects.count() == 1


def test_join_a_full_shift_shows_the_position(client):
    shift = make_shift(places=1)
    make_assignment(shift)
    sign_in(client, make_cleared())

    response = client.post(f"/volunteering/shifts/{shift.pk}/join/", JOIN, follow=True)

    assert "number 1 on the waiting list" in response.text


def test_join_without_an_emergency_contact_shows_the_form_again(client):
    shift = make_shift()

    response = sign_in(client, make_cleared()).post(
        f"/volunteering/shifts/{shift.pk}/join/", {"submission_id": "1" * 32}
    )

    assert response.status_code == 422
    assert Assignment.objects.count() == 0


def test_join_that_is_refused_says_why_and_loses_nothing(client):
    shift = make_shift()

    response = sign_in(client, shift.reports_to.user).post(f"/volunteering/shifts/{shift.pk}/join/", JOIN)

    assert response.status_code == 422
    assert "another shift or session" in response.text
    assert JOIN["emergency_contact"] in response.text


def test_withdraw_asks_and_gives_back(client):
    assignment = make_assignment()
    url = f"/volunteering/assignments/{assignment.pk}/withdraw/"
    sign_in(client, assignment.user)
    assert "Give the place back?" in client.get(url).text

    assert client.post(url, {"reason": ""}).url == "/volunteering/"

    assert Shift.objects.get().taken == 0


def test_withdraw_late_without_a_reason_asks_for_it(client, time_machine):
    assignment = make_assignment()
    time_machine.move_to(STARTS - timedelta(hours=2), tick=False)

    response = sign_in(client, assignment.user).post(f"/volunteering/assignments/{assignment.pk}/withdraw/", {})

    assert response.status_code == 422
    assert "24 hours" in response.text


def test_withdraw_by_the_organiser_comes_back_to_the_session(client):
    assignment = make_assignment()
    session = assignment.shift.session

    response = sign_in(client, lead_of(session)).post(f"/volunteering/assignments/{assignment.pk}/withdraw/", {})

    assert response.url == f"/volunteering/sessions/{session.pk}/shifts/"


def test_withdraw_of_somebody_else_is_not_found_or_refused(client):
    assignment = make_assignment()
    url = f"/volunteering/assignments/{assignment.pk}/withdraw/"

    assert sign_in(client, make_user()).get(url).status_code == 404
    finance = make_member(assignment.shift.session.provider, "finance")
    assert sign_in(client, finance).get(url).status_code == 403


class TestStaff:
    """The provider's side."""

    @pytest.fixture
    def shift(self):
        return make_shift()

    @pytest.fixture
    def roster(self, shift):
        return f"/volunteering/sessions/{shift.session_id}/shifts/"

    def test_the_list_names_who_comes(self, client, shift, roster):
        assignment = make_assignment(shift)

        text = sign_in(client, lead_of(shift.session)).get(roster).text

        assert str(assignment.user) in text
        assert "王女士" not in text
        assert "Open a shift" in text

    def test_emergency_contacts_are_shown_from_two_days_before_to_three_after(self, client, shift, roster):
        make_assignment(shift)
        for hours, shown in [(-49, False), (-47, True), (71, True), (73, False)]:
            with time_machine.travel(STARTS + timedelta(hours=hours), tick=False):
                assert ("王女士" in sign_in(client, lead_of(shift.session)).get(roster).text) is shown

    def test_who_left_the_provider_or_whose_provider_is_suspended_sees_nothing(self, client, shift, roster):
        lead, organisation = lead_of(shift.session), shift.session.provider
        assert sign_in(client, lead).get(roster).status_code == 200

        Organisation.objects.filter(pk=organisation.pk).update(status="suspended")
        assert sign_in(client, lead).get(roster).status_code == 404
        Organisation.objects.filter(pk=organisation.pk).update(status="admitted")
        Membership.objects.filter(user=lead.user).update(starts_on=date(2026, 1, 1), ends_on=date(2026, 11, 1))
        assert sign_in(client, lead).get(roster).status_code == 404

    def test_others_do_not_find_it(self, client, shift, roster):
        for person in [make_user(), make_member(make_organisation("provider"), "manager")]:
            sign_in(client, person)
            assert client.get(roster).status_code == 404
            assert client.get(f"{roster}new/").status_code == 404
            assert client.post(f"/volunteering/shifts/{shift.pk}/cancel/", {"reason": "x"}).status_code == 404

    def test_crew_without_the_organisers_role_sees_and_checks_in_only(self, client, shift, roster):
        crew = shift.session.crew.get()
        crew.user.memberships.update(role="finance")
        sign_in(client, crew.user)

        assert client.get(roster).status_code == 200
        assert client.get(f"{roster}new/").status_code == 403
        assert client.get(f"/volunteering/shifts/{shift.pk}/change/").status_code == 403

    @pytest.mark.parametrize("rows", [1, 3])
    def test_the_list_costs_the_same_for_one_and_three(self, client, roster, shift, rows, django_assert_num_queries):
        for n in range(rows):
            make_shift(shift.session, title=f"岗位{n}")
        sign_in(client, lead_of(shift.session)).get(roster)

        with django_assert_num_queries(5):
            client.get(roster)

    def test_opening_a_shift(self, client, shift, roster):
        sign_in(client, lead_of(shift.session))
        assert client.get(f"{roster}new/").status_code == 200
        data = {"title": "摄影", "places": 1, "reports_to": shift.reports_to_id, "submission_id": "2" * 32}

        assert client.post(f"{roster}new/", data).url == roster
        assert Shift.objects.filter(title="摄影", places=1).count() == 1

    def test_opening_a_shift_too_late_says_so(self, client, shift, roster, time_machine):
        time_machine.move_to(STARTS, tick=False)
        data = {"title": "摄影", "places": 1, "reports_to": shift.reports_to_id, "submission_id": "2" * 32}

        response = sign_in(client, lead_of(shift.session)).post(f"{roster}new/", data)

        assert response.status_code == 422
        assert "over" in response.text

    def test_changing_a_shift(self, client, shift, roster):
        make_assignment(shift)
        make_assignment(shift)
        url = f"/volunteering/shifts/{shift.pk}/change/"
        data = {"places": 5, "reports_to": shift.reports_to_id, "insurance_number": "P-1"}
        sign_in(client, lead_of(shift.session))
        assert client.get(url).status_code == 200

        assert client.post(url, data).url == roster
        assert client.post(url, {**data, "places": 1}).status_code == 422
        assert Shift.objects.get().places == 5

    def test_cancelling_a_shift(self, client, shift, roster, time_machine):
        url = f"/volunteering/shifts/{shift.pk}/cancel/"
        sign_in(client, lead_of(shift.session))
        assert "Cancel: Welcome desk?" in client.get(url).text
        assert client.post(url, {}).status_code == 422

        assert client.post(url, {"reason": "rain"}).url == roster
        assert "Cancelled" in client.get(roster).text

    def test_cancelling_a_shift_that_has_begun_says_so(self, client, shift, time_machine):
        time_machine.move_to(STARTS, tick=False)

        response = sign_in(client, lead_of(shift.session)).post(
            f"/volunteering/shifts/{shift.pk}/cancel/", {"reason": "rain"}
        )

        assert response.status_code == 422

    def test_attendance_from_the_list(self, client, shift, roster, time_machine):
        assignment = make_assignment(shift)
        sign_in(client, lead_of(shift.session))
        early = client.post(f"/volunteering/assignments/{assignment.pk}/check-in/", follow=True)
        assert "two hours before" in early.text

        time_machine.move_to(STARTS, tick=False)
        client.post(f"/volunteering/assignments/{assignment.pk}/check-in/")
        client.post(f"/volunteering/assignments/{assignment.pk}/check-out/")
        assert "Came" in client.get(roster).text
        client.post(f"/volunteering/assignments/{assignment.pk}/undo/")

        assignment.refresh_from_db()
        assert assignment.checked_in_at is None

    def test_attendance_by_others_is_not_found(self, client, shift):
        assignment = make_assignment(shift)

        response = sign_in(client, assignment.user).post(f"/volunteering/assignments/{assignment.pk}/check-in/")

        assert response.status_code == 404

    def test_nobody_and_the_clock_see_no_session(self, shift):
        from volunteering.policies import is_on_duty, may_withdraw
        from volunteering.queries import sessions_on_duty

        assert list(sessions_on_duty(Acting())) == []
        assert not is_on_duty(Acting(), shift.session)
        assert list(Assignment.objects.visible_to(Acting())) == []
        assert not may_withdraw(Acting(), make_assignment(shift))
