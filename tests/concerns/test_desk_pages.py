"""The desks' pages; and what a provider's manager meets who guesses."""

import uuid
from datetime import date, timedelta

import pytest

from concerns.models import Concern, ConcernRead
from concerns.references import Subject
from tests.conftest import NOW
from tests.factories.concerns import make_concern, make_desks
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_child, make_guardian
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
LIST = "/safeguarding/concerns/"
VERBS = ("accept", "refer", "follow", "close", "escalate")


@pytest.fixture(autouse=True)
def _at_ten(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def desks():
    return make_desks()


@pytest.fixture
def client(client, desks):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(desks.village.user)
    return client


def page(concern):
    return f"{LIST}{concern.pk}/"


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_stands_by_deadline_without_a_word_of_what_they_say(client, count, django_assert_num_queries):
    made = [make_concern(category=code) for code in ["other", "violence", "begging"][:count]]
    client.get("/inbox/")

    with django_assert_num_queries(4):
        text = client.get(LIST).text

    assert all(one.number_shown in text for one in made)
    assert "淤青" not in text
    assert ConcernRead.objects.count() == 0
    if count == 3:
        assert text.index(made[1].number_shown) < text.index(made[0].number_shown)


def test_one_concern_shows_child_guardian_and_reporter_and_the_look_is_written_down(client, desks):
    guardian = make_guardian(make_user(), name="李女士")
    child = make_child(guardian, name="李小明")
    concern = make_concern(subject=Subject(child=child.pk, session=12), reporter=desks.street, who="穿红衣服")

    text = client.get(page(concern)).text

    assert all(word in text for word in ("李小明", "李女士", "手臂上有多处淤青", "穿红衣服", str(desks.street.user)))
    assert "no-store" in client.get(page(concern))["Cache-Control"]
    look = ConcernRead.objects.order_by("pk")[0]
    assert (look.concern, look.viewer, look.on_behalf_of) == (concern, desks.village.user, desks.village.organisation)


def test_the_desk_takes_on_hands_on_follows_up_and_closes(client):
    concern = make_concern()
    steps = [
        ("accept", {}),
        ("refer", {"agency": "12345", "told_at": "2026-11-24T10:00", "reference": "20261124-7"}),
        ("follow", {"words": "已家访", "next_on": "2026-12-01"}),
        ("close", {"outcome": "safe", "words": "已妥善安置"}),
    ]
    for verb, given in steps:
        answer = client.post(f"{page(concern)}{verb}/", {"submission_id": str(uuid.uuid4()), **given})
        assert answer.url == page(concern), verb
        assert "What happened" in client.get(answer.url).text

    concern.refresh_from_db()
    text = client.get(page(concern)).text
    assert concern.status == "closed"
    assert all(
        word in text for word in ("City hotline 12345", "20261124-7", "已家访", "已妥善安置", "The child is safe")
    )
    assert concern.number_shown in client.get(f"{LIST}?tab=closed").text


def test_what_is_missing_or_wrong_is_said_beside_the_field(client):
    concern = make_concern()
    client.post(f"{page(concern)}accept/")

    late = {
        "submission_id": str(uuid.uuid4()),
        "words": "x",
        "next_on": (date(2026, 11, 24) + timedelta(40)).isoformat(),
    }
    answers = [client.post(f"{page(concern)}refer/", {}), client.post(f"{page(concern)}follow/", late)]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert "in 30 days at the latest" in answers[1].text
    Concern.objects.get(status="accepted")


def test_somebody_elses_step_is_told(client, desks):
    concern = make_concern()
    client.post(f"{page(concern)}accept/")

    text = client.post(f"{page(concern)}accept/", follow=True).text

    assert "The last to act was" in text


def test_an_area_above_sees_it_and_takes_it_up(client, desks):
    concern = make_concern()
    client.force_login(desks.league.user)
    assert concern.number_shown not in client.get(LIST).text
    assert concern.number_shown in client.get(f"{LIST}?tab=area").text
    assert "Take it up" in client.get(page(concern)).text

    client.post(f"{page(concern)}escalate/")

    concern.refresh_from_db()
    assert concern.desk == desks.street.organisation


@pytest.mark.parametrize("kind", ["provider", "office", "league"])
def test_who_guesses_meets_nothing_whatever_the_method(client, kind, desks):
    concern = make_concern(about=make_organisation("provider") if kind != "provider" else None)
    stranger = make_member(make_organisation(kind), "officer" if kind == "league" else "manager")
    client.force_login(stranger.user)

    known = [client.get(page(concern)).status_code]
    known += [client.post(f"{page(concern)}{verb}/").status_code for verb in VERBS]
    unknown = [client.get(f"{LIST}999999/").status_code]

    assert set(known + unknown) == {404}
    assert client.get(LIST).status_code == 403
    assert ConcernRead.objects.count() == 0
    concern.refresh_from_db()
    assert concern.status == "reported"


def test_the_provider_concerned_has_no_trace_on_its_pages(client, desks):
    provider = make_organisation("provider")
    manager = make_member(provider, "manager", "coordinator")
    concern = make_concern(about=provider, reporter=manager)
    client.force_login(manager.user)

    pages = [client.get(path) for path in ("/workbench/", "/inbox/", "/my/", "/safeguarding/staff/")]

    assert {answer.status_code for answer in pages} <= {200, 302}
    assert not any("/safeguarding/concerns/" in answer.text or concern.number in answer.text for answer in pages)


def test_a_child_officer_who_also_works_for_the_provider_concerned_meets_nothing(client, desks):
    provider = make_organisation("provider")
    concern = make_concern(about=provider)
    assert client.get(page(concern)).status_code == 200

    make_member(provider, "coordinator", user=desks.village.user)
    client.post("/organisations/act/", {"organisation": desks.village.organisation.pk})

    assert client.get(page(concern)).status_code == 404
    assert concern.number_shown not in client.get(LIST).text


def test_figures_count_and_hide_small_numbers(client, desks):
    for _ in range(5):
        make_concern()
    client.force_login(make_member(desks.league.organisation, "auditor").user)

    text = client.get(f"{LIST}figures/").text

    assert "<dd>5</dd>" in text
    assert client.get(LIST).status_code == 403
    Concern.objects.filter(pk=Concern.objects.earliest("pk").pk).update(region=make_region("天津市"))
    assert "&lt; 5" in client.get(f"{LIST}figures/").text


def test_navigation_shows_concerns_to_the_desks_alone(client, desks):
    assert LIST in client.get("/workbench/").text
    client.force_login(make_member(desks.street.organisation, "manager").user)
    assert LIST not in client.get("/workbench/").text
