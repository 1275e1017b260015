"""Pages about clearances and consents: each for its few."""

import html
import re
import uuid
from datetime import date, timedelta

import pytest

from core.time import today
from safeguarding import services
from safeguarding.models import BackgroundCheck, Consent, ConsentText, Pledge, PledgeText, WorkerHistory
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship, make_youth
from tests.factories.safeguarding import make_check, make_cleared, make_consent
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


class TestConsents:
    """A child's consents."""

    @pytest.fixture
    def guardian(self):
        return make_guardian()

    @pytest.fixture
    def child(self, guardian):
        return make_child(guardian)

    def text(self, purpose="sign_up"):
        return ConsentText.objects.get(purpose=purpose).pk

    def test_page_offers_both_answers_for_each_purpose(self, client, guardian, child):
        text = sign_in(client, guardian.user).get(f"/safeguarding/consents/{child.pk}/").text

        assert text.count("I do not agree") == text.count("I agree") == 3

    def test_answer_records_the_text_of_the_page(self, client, guardian, child):
        url = f"/safeguarding/consents/{child.pk}/"

        response = sign_in(client, guardian.user).post(
            f"{url}photo/answer/", {"answer": "given", "text": self.text("photo")}
        )

        assert response.url == url
        row = Consent.objects.get()
        assert (row.guardian, row.text.purpose, row.answer) == (guardian, "photo", "given")
        assert "Agreed" in client.get(url).text

    def test_of_another_guardian_not_even_the_first_letter_of_the_name_is_shown(self, client, guardian, child):
        other = make_guardian(name="蔡婆婆")
        make_guardianship(other, child)
        make_consent(child, other)
        make_consent(child, guardian, purpose="photo")

        text = sign_in(client, guardian.user).get(f"/safeguarding/consents/{child.pk}/").text

        assert "蔡" not in text
        assert ("by you" in text, "by a guardian" in text) == (True, True)

    def test_withdraw_takes_it_back(self, client, guardian, child):
        row = make_consent(child, guardian)
        url = f"/safeguarding/consents/{child.pk}/"

        sign_in(client, guardian.user).post(f"{url}{row.pk}/withdraw/")

        row.refresh_from_db()
        assert row.withdrawn_at is not None
        assert "taken back" in client.get(url).text

    def test_of_somebody_elses_child_is_not_found(self, client, guardian, child):
        row = make_consent(child, guardian)
        sign_in(client, make_guardian().user)
        url = f"/safeguarding/consents/{child.pk}/"

        assert client.get(url).status_code == 404
        assert client.post(f"{url}photo/answer/", {"answer": "given", "text": self.text("photo")}).status_code == 404
        assert client.post(f"{url}{row.pk}/withdraw/").status_code == 404

    def test_withdraw_through_another_child_is_not_found(self, client, guardian, child):
        row = make_consent(child, guardian)
        other = make_guardian()
        sign_in(client, other.user)

        assert client.post(f"/safeguarding/consents/{make_child(other).pk}/{row.pk}/withdraw/").status_code == 404

    def test_answer_to_the_text_of_another_purpose_is_not_found(self, client, guardian, child):
        sign_in(client, guardian.user)

        response = client.post(
            f"/safeguarding/consents/{child.pk}/photo/answer/", {"answer": "given", "text": self.text()}
        )

        assert response.status_code == 404

    @pytest.mark.parametrize(("required_in", "version"), [(400, 2), (0, 1)])
    def test_agreeing_to_a_text_that_nobody_is_asked_for_is_asked_again(
        self, client, guardian, child, required_in, version
    ):
        """Neither what is shown nowhere yet nor what was replaced can be agreed to by sending its number."""
        coming = today(NOW) + timedelta(days=required_in)
        ConsentText.objects.create(purpose="photo", version=2, text_zh="新", text_en="New.", required_from=coming)
        sent = ConsentText.objects.get(purpose="photo", version=version)
        sign_in(client, guardian.user)

        response = client.post(f"/safeguarding/consents/{child.pk}/photo/answer/", {"answer": "given", "text": sent.pk})

        assert response.status_code == 422
        assert "The text has changed since you opened the page." in response.text
        assert not Consent.objects.exists()

    def test_answer_that_is_neither_is_refused(self, client, guardian, child):
        sign_in(client, guardian.user)

        response = client.post(
            f"/safeguarding/consents/{child.pk}/photo/answer/", {"answer": "maybe", "text": self.text("photo")}
        )

        assert response.status_code == 422
        assert Consent.objects.count() == 0

    def test_youth_answers_for_themself(self, client):
        youth = make_youth(age=15)

        sign_in(client, youth.user).post(
            f"/safeguarding/consents/{youth.pk}/sign_up/answer/", {"answer": "given", "text": self.text()}
        )

        assert Consent.objects.get().guardian is None

    def test_clerk_records_a_paper_with_its_date(self, client):
        office = make_family_office()
        guardian = make_guardian(registered_by=office)
        child, clerk = make_child(guardian), make_member(office, "clerk")
        url = f"/safeguarding/consents/{child.pk}/"
        sign_in(client, clerk)
        assert "Date on the signed paper" in client.get(url).text

        missing = client.post(f"{url}sign_up/answer/", {"answer": "given", "text": self.text()})
        assert missing.status_code == 422
        assert "signed paper" in missing.text

        client.post(
            f"{url}sign_up/answer/",
            {"answer": "given", "text": self.text(), "guardian": guardian.pk, "paper_on": "2026-11-20"},
        )
        row = Consent.objects.get()
        assert (row.guardian, row.recorded_by, row.paper_on) == (guardian, clerk.user, date(2026, 11, 20))

    def test_page_says_to_which_version_when_and_how(self, client):
        office = make_family_office()
        guardian = make_guardian(registered_by=office, user=make_user())
        child, clerk = make_child(guardian), make_member(office, "clerk")
        paper = {"answer": "given", "text": self.text(), "guardian": guardian.pk, "paper_on": "2026-11-20"}
        sign_in(client, clerk).post(f"/safeguarding/consents/{child.pk}/sign_up/answer/", paper)
        make_consent(child, guardian, purpose="photo", given=False)

        page = sign_in(client, guardian.user).get(f"/safeguarding/consents/{child.pk}/").text
        said = re.sub(r"<[^>]+>", "", page)

        assert said.count("version 1 · on paper, signed Nov. 20, 2026, recorded Nov. 24, 2026") == 2
        assert said.count("version 1 · online, Nov. 24, 2026 10:00") == 2

    def test_a_coming_version_is_offered_and_what_was_agreed_to_stays_readable(self, client, guardian, child):
        make_consent(child, guardian)
        coming = today(NOW) + timedelta(days=20)
        new = ConsentText.objects.create(
            purpose="sign_up", version=2, text_zh="新", text_en="The newer words.", required_from=coming
        )
        old = ConsentText.objects.get(purpose="sign_up", version=1)
        url = f"/safeguarding/consents/{child.pk}/"

        page = sign_in(client, guardian.user).get(url).text
        assert "The newer words." in page
        assert old.text_en.split("\n")[0] in html.unescape(page)
        assert "Version 2 is required from" in page

        client.post(f"{url}sign_up/answer/", {"answer": "given", "text": new.pk})
        page = client.get(url).text
        assert "is required from" not in page
        assert "version 2 · online" in page
        assert Consent.objects.count() == 2

    @pytest.mark.parametrize("rows", [1, 3])
    def test_page_costs_the_same_for_one_and_three_answers(
        self, client, guardian, child, rows, django_assert_num_queries
    ):
        for n in range(rows):
            make_consent(child, guardian, given=n % 2 == 0)
        sign_in(client, guardian.user).get(f"/safeguarding/consents/{child.pk}/")

        with django_assert_num_queries(9):
            client.get(f"/safeguarding/consents/{child.pk}/")
