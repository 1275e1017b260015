"""The page on which a family, or the office that registered it, reads, answers and takes back a child's consents."""

import html
import re
from datetime import date, timedelta

import pytest

from core.time import today
from safeguarding.models import Consent, ConsentText
from tests.conftest import NOW
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship, make_youth
from tests.factories.safeguarding import make_consent
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
