"""Reporting: for everybody, without a login, without a name, without JavaScript; from a list with two taps."""

import re
import uuid
from datetime import timedelta

import pytest

from concerns import references
from concerns.models import Concern, ConcernHistory, Statement
from concerns.references import Subject
from tests.conftest import NOW
from tests.factories.activities import make_crew_member, make_session, make_sign_up
from tests.factories.concerns import make_desks
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db
PAGE = "/safeguarding/concern/"


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def desks():
    return make_desks()


def given(**more):
    number, region = str(uuid.uuid4()), make_region()
    return {"submission_id": number, "category": "violence", "words": "邻居家孩子常被打", "township": region.pk, **more}


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "110"), ("en", "Police")])
def test_the_page_names_whom_to_call_and_the_nine_kinds(client, language, word, settings):
    settings.SAFEGUARDING_PHONE = "022-26391234"

    text = client.get(PAGE, headers={"accept-language": language}).text

    assert word in text
    assert "022-26391234" in text
    assert text.count('type="radio" name="category"') == 9


def test_anybody_reports_without_login_and_gets_a_number(client, desks):
    client = type(client)(enforce_csrf_checks=True)
    token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', client.get(PAGE).text)[1]

    answer = client.post(PAGE, given(csrfmiddlewaretoken=token))
    page = client.get(answer.url, headers={"accept-language": "en"}).text

    concern = Concern.objects.get()
    assert concern.number_shown in page
    assert "sessionid" not in client.cookies
    assert (Statement.objects.get().reporter, concern.desk) == (None, desks.street.organisation)


def test_what_is_missing_is_said_and_nothing_typed_is_lost(client, desks):
    answer = client.post(PAGE, given(category="", who="三年级的小明"))

    assert answer.status_code == 422
    assert "三年级的小明" in answer.text
    assert "邻居家孩子常被打" in answer.text
    assert not Concern.objects.exists()


def test_the_communities_come_by_a_button_and_lead_to_the_village_desk(client, desks):
    data = given(show="communities")
    assert "翡翠城社区" in client.post(PAGE, data).text

    client.post(PAGE, {**data, "show": "", "community": make_region("翡翠城社区").pk})

    assert Concern.objects.get().desk == desks.village.organisation


def test_a_name_stands_there_only_if_its_owner_wants_it(client, desks):
    client.force_login(desks.street.user)
    client.post(PAGE, given())
    client.post(PAGE, given(named="on"))

    assert [row.reporter for row in Statement.objects.order_by("pk")] == [None, desks.street.user]
    assert ConcernHistory.objects.order_by("pk")[0].request_id == ""


def test_a_school_behind_one_address_reports_all_it_has_seen(client, desks):
    """The thirty-first report of an hour was turned away, whoever sent it."""
    assert {client.post(PAGE, given()).status_code for _ in range(35)} == {302}

    for _ in range(31):  # what somebody else sends from there counts for them alone
        client.force_login(desks.street.user)
        answer = client.post(PAGE, given())
    assert answer.status_code == 429
    client.force_login(desks.village.user)
    assert client.post(PAGE, given()).status_code == 302


@pytest.mark.parametrize("limit", ["concern", "concern_without_login"])
def test_one_report_too_many_waits_with_all_that_was_written(client, desks, settings, limit):
    settings.ACCOUNT_RATE_LIMITS = {limit: "1/h/key" if limit == "concern" else "1/h/ip"}
    if limit == "concern":
        client.force_login(desks.street.user)
    client.post(PAGE, given())

    answer = client.post(PAGE, given(words="第二份报告"))

    assert answer.status_code == 429
    assert "第二份报告" in answer.text
    assert Concern.objects.count() == 1


def test_words_can_be_added_for_a_day_and_a_wrong_receipt_is_nothing(client, desks, time_machine):
    where = client.post(PAGE, given()).url
    number = str(uuid.uuid4())
    for _ in range(2):
        assert client.post(where, {"submission_id": number, "words": "又打了"}).status_code == 302

    assert Statement.objects.count() == 2
    assert client.get("/safeguarding/concern/sent/abc/").status_code == 404
    time_machine.shift(86_401)
    assert client.get(where).status_code == 404


class TestTaps:
    """From a list or a session's page."""

    @pytest.fixture
    def roll(self, client, desks):
        member = make_crew_member(make_organisation("provider"))
        session = make_session(
            provider=member.organisation, crew=[(member.pk, True)], starts_at=NOW + timedelta(hours=5)
        )
        row = make_sign_up(session)
        client.force_login(member.user)
        return client, session, row

    def test_two_taps_from_the_list_report_the_child_without_a_word(self, roll, desks):
        client, session, row = roll
        text = client.get(f"/sessions/{session.pk}/check-in/", headers={"accept-language": "en"}).text

        link = re.search(r'href="(/safeguarding/concern/about/[^"]+)"', text)[1]  # the first tap
        page = client.get(link).text
        assert row.child.name not in page  # only the first sign: a glance over the shoulder tells nothing
        number = re.search('name="submission_id" value="([^"]+)"', page)[1]
        answer = client.post(link, {"submission_id": number, "category": "other", "named": "on"})  # the second

        concern = Concern.objects.get()
        assert answer.status_code == 302
        assert (concern.about, concern.region) == (session.provider, row.child.home_community)
        assert str(Statement.objects.get().reporter.pk) == client.session["_auth_user_id"]

    def test_a_session_page_leads_to_a_report_about_its_provider(self, client, desks):
        session = make_session()
        link = re.search(r'href="(/safeguarding/concern/about/[^"]+)"', client.get(f"/sessions/{session.pk}/").text)[1]

        client.post(link, {"submission_id": str(uuid.uuid4()), "category": "other"})

        assert Concern.objects.get().about == session.provider

    def test_a_link_that_is_old_or_made_up_leads_to_the_open_page(self, client, time_machine):
        link = references.link(Subject(region=make_region().pk))
        assert client.get(f"/safeguarding/concern/about/{link}/").status_code == 200
        time_machine.shift(8 * 86_400)

        assert client.get(f"/safeguarding/concern/about/{link}/").url == PAGE
        assert client.get("/safeguarding/concern/about/xyz/").url == PAGE

    @pytest.mark.parametrize("link", ["old", "made up", "child gone"])
    def test_what_was_typed_behind_a_link_that_leads_nowhere_any_more_is_sent_from_the_open_page(
        self, client, desks, time_machine, link
    ):
        client.force_login(desks.street.user)
        subject = Subject(child=10**9) if link == "child gone" else Subject(region=make_region().pk)
        token = "xyz" if link == "made up" else references.link(subject)
        if link == "old":
            time_machine.shift(8 * 86_400)
        number = str(uuid.uuid4())
        typed = {"submission_id": number, "category": "violence", "words": "孩子身上有淤青", "named": "on"}
        answer = client.post(f"/safeguarding/concern/about/{token}/", typed, headers={"accept-language": "en"})

        assert answer.status_code == 422
        assert "Nothing was sent yet, because the link that you tapped is older" in answer.text
        form = answer.context["form"]
        assert {name: str(form[name].value()) for name in typed} == typed
        assert re.search('value="violence"[^>]* checked', answer.text)
        assert not Concern.objects.exists()
        sent = client.post(PAGE, {**typed, "township": make_region().pk})
        assert sent.status_code == 302
        assert str(Concern.objects.get().submission_id) == number


def test_a_tap_at_a_session_that_a_school_ordered_reaches_the_schools_desk_and_one_of_an_office_its_own(client, desks):
    school = make_member(make_organisation("school", region=make_region("北辰区")), "child_officer").organisation
    for office in (school, desks.street.organisation):
        session = make_session(office=office)
        text = client.get(f"/sessions/{session.pk}/").text
        link = re.search(r'href="(/safeguarding/concern/about/[^"]+)"', text)[1]
        client.post(link, {"submission_id": str(uuid.uuid4()), "category": "violence"})
        assert (Concern.objects.latest("pk").desk == school) is (office == school)
    assert Concern.objects.count() == 2
