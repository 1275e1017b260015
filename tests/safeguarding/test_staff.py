"""A provider's manager sees who of the own members is cleared, and asks for checks."""

from datetime import timedelta

import pytest

from notifications.models import Message
from safeguarding.models import WorkerHistory
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.safeguarding import make_check, make_cleared
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
PAGE = "/safeguarding/staff/"


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def manager(client):
    """A cleared manager of a provider, whose browser is open in English."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    manager = make_member(make_organisation("provider", region=make_region("瑞景街道")), "manager", user=make_cleared())
    client.force_login(manager.user)
    return manager


@pytest.fixture
def colleague(manager):
    """A member without any record."""
    return make_member(manager.organisation, "coordinator", user=make_user(name="李晓明")).user


@pytest.fixture
def officer():
    return make_member(make_organisation("league", region=make_region("北辰区")), "safeguarding").user


def test_the_manager_sees_what_each_own_member_lacks_and_nobody_else(client, manager, colleague):
    stranger = make_member(make_organisation("provider"), "coordinator", user=make_user(name="王芳芳")).user
    left = make_member(manager.organisation, "coordinator", user=make_user(name="赵强强"))
    left.user.memberships.update(ends_on=NOW.date() - timedelta(days=1))

    rows = {user: answer for user, answer, _asked in client.get(PAGE).context["rows"]}
    text = client.get(PAGE).text

    assert set(rows) == {manager.user, colleague}
    assert (rows[manager.user].ok, rows[colleague].ok) == (True, False)
    assert "a background check that is valid on that day" in text
    assert stranger.name not in text


def test_asking_tells_the_officer_once_without_a_name(client, colleague, officer):
    for _ in range(2):
        assert client.post(f"{PAGE}{colleague.pk}/ask/").url == PAGE

    message = Message.objects.get(recipient=officer)
    assert (message.kind, message.path) == ("check_asked_for", f"/safeguarding/checks/{colleague.pk}/")
    assert colleague.name not in str(message.context)
    assert WorkerHistory.objects.filter(verb="ask_check", person=colleague).count() == 1
    assert "Asked for on" in client.get(PAGE).text
    client.force_login(officer)
    assert "check asked for by the employer" in client.get(message.path).text


def test_after_two_weeks_without_an_answer_it_can_be_asked_for_again(client, colleague, officer, time_machine):
    client.post(f"{PAGE}{colleague.pk}/ask/")
    time_machine.move_to(NOW + timedelta(days=14), tick=False)

    assert "Ask for a check" in client.get(PAGE).text
    client.post(f"{PAGE}{colleague.pk}/ask/")

    assert Message.objects.filter(recipient=officer).count() == 2


def test_an_adverse_result_reads_like_none(client, colleague):
    before = client.get(PAGE).text.count("a background check that is valid on that day")
    make_check(colleague, result="adverse")

    text = client.get(PAGE).text

    assert text.count("a background check that is valid on that day") == before == 1
    assert "may not work with minors" not in text


def test_without_an_officer_the_page_says_whom_to_call(client, colleague):
    make_organisation("league", region=make_region("北辰区"))

    response = client.post(f"{PAGE}{colleague.pk}/ask/", follow=True)

    assert "Please call the League committee." in response.text
    assert not WorkerHistory.objects.filter(verb="ask_check").exists()


def test_an_officer_whose_account_is_closed_is_asked_nothing(client, colleague, officer):
    """The question would be asked of nobody, and the page would say that it was."""
    officer.is_active = False
    officer.save()

    response = client.post(f"{PAGE}{colleague.pk}/ask/", follow=True)

    assert "Please call the League committee." in response.text
    assert not Message.objects.exists()


def test_nobody_asks_for_another_organisations_people(client, manager, officer):
    stranger = make_member(make_organisation("provider"), "coordinator").user

    assert client.post(f"{PAGE}{stranger.pk}/ask/").status_code == 404
    assert not Message.objects.filter(recipient=officer).exists()


@pytest.mark.parametrize(
    ("kind", "role"), [("provider", "coordinator"), ("provider", "finance"), ("office", "manager")]
)
def test_only_a_providers_manager_sees_the_page(client, kind, role):
    client.force_login(make_member(make_organisation(kind), role).user)

    assert client.get(PAGE).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(client, manager, rows, django_assert_num_queries):
    for _ in range(rows):
        make_member(manager.organisation, "coordinator", user=make_cleared())
    client.get(PAGE)

    with django_assert_num_queries(8):
        client.get(PAGE)
