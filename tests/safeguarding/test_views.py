"""Pages about clearances and consents: each for its few."""

import uuid
from datetime import date, timedelta

import pytest

from core.time import today
from safeguarding import services
from safeguarding.models import BackgroundCheck, Pledge, PledgeText, WorkerHistory
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.safeguarding import make_check, make_cleared
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def client(client):
    """A browser that asks for English."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def sign_in(client, acting_or_user):
    client.force_login(getattr(acting_or_user, "user", acting_or_user))
    return client


@pytest.fixture
def officer():
    return make_member(make_organisation("league", region=make_region("北辰区")), "safeguarding")


@pytest.fixture
def staff():
    """A coordinator of a provider in the district."""
    return make_member(make_organisation("provider", region=make_region("瑞景街道")), "coordinator")


def test_mine_says_what_is_missing_and_offers_the_pledge(client):
    response = sign_in(client, make_user()).get("/safeguarding/")

    assert "background check" in response.text
    assert "Sign the pledge" in response.text


def test_mine_of_a_cleared_person_shows_until_when(client):
    response = sign_in(client, make_cleared()).get("/safeguarding/")

    assert "may be on duty" in response.text
    assert "Sign the pledge" not in response.text


def test_mine_after_an_adverse_check_tells_no_more_than_without_one(client):
    user = make_cleared()
    make_check(user, result="adverse", checked_on=date(2026, 11, 1))

    text = sign_in(client, user).get("/safeguarding/").text

    assert "may not work with minors" not in text
    assert "background check" in text


def test_sign_signs_once_and_comes_back(client):
    sign_in(client, make_user())

    for _ in range(2):
        assert client.post("/safeguarding/pledge/1/").url == "/safeguarding/"

    assert Pledge.objects.count() == 1


def test_sign_of_a_text_that_is_not_offered_is_not_found(client):
    PledgeText.objects.create(version=2, text_zh="新", text_en="n", required_from=today(NOW) + timedelta(days=60))

    assert sign_in(client, make_user()).post("/safeguarding/pledge/2/").status_code == 404


class TestRecords:
    """Checks of others."""

    @pytest.mark.parametrize("role", ["officer", "finance", "editor"])
    def test_other_roles_of_the_league_see_nothing(self, client, role, staff):
        sign_in(client, make_member(make_organisation("league"), role))

        assert client.get("/safeguarding/checks/").status_code == 403
        assert client.get(f"/safeguarding/checks/{staff.user.pk}/").status_code == 403

    @pytest.mark.parametrize("kind", ["provider", "office"])
    def test_other_organisations_see_nothing(self, client, kind):
        assert (
            sign_in(client, make_member(make_organisation(kind), "manager")).get("/safeguarding/checks/").status_code
            == 403
        )

    def test_the_auditor_sees_masked_names_only(self, client, staff):
        staff.user.name = "李晓明"
        staff.user.save()
        sign_in(client, make_member(make_organisation("league"), "auditor"))

        text = client.get("/safeguarding/checks/").text

        assert "李**" in text
        assert "李晓明" not in text
        assert client.get(f"/safeguarding/checks/{staff.user.pk}/").status_code == 403

    def test_the_officer_finds_people_by_name_mail_and_phone(self, client, officer, staff):
        sign_in(client, officer)

        assert staff.user.name in client.get("/safeguarding/checks/").text
        assert staff.user.name in client.post("/safeguarding/checks/", {"q": staff.user.email}).text
        assert "Nobody found" in client.post("/safeguarding/checks/", {"q": "nobody at all"}).text

    def test_staff_of_another_district_are_not_found(self, client, staff):
        elsewhere = make_member(make_organisation("league", region=make_region("天穆镇")), "safeguarding")

        assert sign_in(client, elsewhere).get(f"/safeguarding/checks/{staff.user.pk}/").status_code == 404

    @pytest.mark.parametrize("rows", [1, 3])
    def test_the_list_costs_the_same_for_one_and_three(self, client, officer, rows, django_assert_num_queries):
        for _ in range(rows):
            make_cleared()
        sign_in(client, officer).get("/safeguarding/checks/")

        with django_assert_num_queries(5):
            client.get("/safeguarding/checks/")

    def test_recording_a_check_is_shown_on_the_page(self, client, officer, staff):
        url = f"/safeguarding/checks/{staff.user.pk}/"
        data = {"result": "clear", "checked_on": "2026-11-20", "reference": "CX-9", "submission_id": "1" * 32}

        assert sign_in(client, officer).post(f"{url}record/", data).url == url

        assert BackgroundCheck.objects.get().valid_until == date(2027, 11, 20)
        assert "CX-9" in client.get(url).text

    def test_recording_a_check_of_the_future_shows_the_form_again(self, client, officer, staff):
        data = {"result": "clear", "checked_on": "2027-01-01", "reference": "CX-9", "submission_id": "1" * 32}

        response = sign_in(client, officer).post(f"/safeguarding/checks/{staff.user.pk}/record/", data)

        assert response.status_code == 422
        assert "lies in the future" in response.text
        assert "CX-9" in response.text

    def test_an_empty_form_names_each_field(self, client, officer, staff):
        response = sign_in(client, officer).post(f"/safeguarding/checks/{staff.user.pk}/record/", {})

        assert response.status_code == 422
        assert BackgroundCheck.objects.count() == 0

    def test_a_double_click_suspends_once(self, client, officer, staff):
        """Without it, lifting the one that the page shows leaves the person away from children."""
        data = {"from_on": "2026-11-24", "reason": "complaint", "submission_id": "1" * 32}
        sign_in(client, officer)

        answers = [client.post(f"/safeguarding/checks/{staff.user.pk}/suspend/", data).status_code for _ in range(2)]

        assert (answers, staff.user.suspensions.count()) == ([302, 302], 1)
        assert WorkerHistory.objects.filter(verb="suspend").count() == 1

    def test_a_number_that_suspended_somebody_else_is_refused(self, client, officer, staff):
        other = make_member(staff.organisation, "coordinator")
        colleague = make_member(officer.organisation, "safeguarding")
        row = services.suspend(
            other.user, from_on=today(NOW), until_on=None, reason="r", by=colleague, now=NOW, submission_id=uuid.uuid4()
        )
        data = {"from_on": "2026-11-24", "reason": "complaint", "submission_id": str(row.submission_id)}

        answer = sign_in(client, officer).post(f"/safeguarding/checks/{staff.user.pk}/suspend/", data)

        assert (answer.status_code, staff.user.suspensions.count()) == (422, 0)

    def test_training_suspension_and_lifting(self, client, officer, staff):
        url = f"/safeguarding/checks/{staff.user.pk}/"
        sign_in(client, officer)

        client.post(f"{url}training/", {"course": "child-protection", "completed_on": "2026-11-01"})
        client.post(f"{url}suspend/", {"from_on": "2026-11-24", "reason": "complaint", "submission_id": "1" * 32})
        suspension = staff.user.suspensions.get()
        assert "complaint" in client.get(url).text
        client.post(f"{url}lift/{suspension.pk}/")

        suspension.refresh_from_db()
        assert suspension.until_on == today(NOW)
        assert staff.user.trainings.count() == 1

    def test_what_another_league_decided_stands_there_without_a_way_to_end_it(self, client, officer, staff):
        league = make_organisation("league", name="另一个区的团委")
        other = make_member(league, "safeguarding")
        row = services.suspend(staff.user, from_on=today(NOW), until_on=None, reason="r", by=other, now=NOW)
        url = f"/safeguarding/checks/{staff.user.pk}/"

        page = sign_in(client, officer).get(url).text
        answer = client.post(f"{url}lift/{row.pk}/", follow=True).text

        assert "另一个区的团委" in page
        assert "Lift the suspension" not in page
        assert "Only it, or a League above it" in answer
        row.refresh_from_db()
        assert row.until_on is None

    def test_a_course_is_named_in_words_to_the_officer_and_the_person(self, client, officer, staff):
        url = f"/safeguarding/checks/{staff.user.pk}/"
        sign_in(client, officer).post(f"{url}training/", {"course": "child-protection", "completed_on": "2026-11-01"})
        seen = client.get(url).text
        client.force_login(staff.user)
        own = client.get("/safeguarding/", headers={"accept-language": "zh-hans"}).text

        assert "Child protection" in seen
        assert "儿童保护" in own

    def test_lifting_ones_own_suspension_is_refused_with_a_sentence(self, client, officer, staff):
        colleague = make_member(officer.organisation, "safeguarding")
        make_member(staff.organisation, "coordinator", user=officer.user)
        row = services.suspend(officer.user, from_on=today(NOW), until_on=None, reason="r", by=colleague, now=NOW)
        session_key = "acting_organisation"
        sign_in(client, officer)
        session = client.session
        session[session_key] = officer.organisation.pk
        session.save()

        response = client.post(f"/safeguarding/checks/{officer.user.pk}/lift/{row.pk}/", follow=True)

        assert "Nobody writes their own record" in response.text
        assert "Record the check" not in response.text
