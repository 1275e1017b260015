"""The League's review in the browser."""

import pytest

from catalog import changes, lifecycle, services
from tests.conftest import NOW
from tests.factories.catalog import make_draft, make_programme
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return make_member(make_organisation("provider"), "manager")


@pytest.fixture
def officer(client):
    by = make_member(make_organisation("league"), "officer")
    client.force_login(by.user)
    return by


@pytest.fixture
def waiting(manager, now):
    return lifecycle.submit(make_draft(by=manager), by=manager, now=now)


def post(client, programme, verb, **data):
    return client.post(f"/catalog/{programme.slug}/{verb}/?lang=en", data)


def text(response) -> str:
    return response.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_queue_costs_the_same_for_one_and_three(client, officer, django_assert_num_queries, rows):
    manager = make_member(make_organisation("provider"), "manager")
    for _ in range(rows):
        lifecycle.submit(make_draft(by=manager), by=manager, now=NOW)

    with django_assert_num_queries(4):
        assert len(client.get("/catalog/review/").context["page"]) == rows


def test_queue_says_when_nothing_waits(client, officer):
    assert "Nothing waits for review" in text(client.get("/catalog/review/?lang=en"))


def test_review_of_a_new_programme_shows_every_field(client, officer, waiting, django_assert_num_queries):
    with django_assert_num_queries(5):
        response = client.get(f"/catalog/review/{waiting.slug}/?lang=en")

    assert not any(row.changed for row in response.context["rows"])
    assert "What the provider wrote" in text(response)


def test_review_of_changes_marks_what_differs(client, officer, manager, now):
    programme = make_programme(by=manager, officer=officer)
    services.edit_draft(programme, {"price": 90_000, "summary_en": ""}, by=manager, now=now)
    lifecycle.submit(programme, by=manager, now=now)

    rows = client.get(f"/catalog/review/{programme.slug}/").context["rows"]

    assert [(row.before, row.after) for row in rows if row.changed] == [
        ("Children look, ask and tell.", ""),
        ("¥800.00", "¥900.00"),
    ]


def test_compare_writes_steps_and_flags_in_words(manager):
    rows = {row.label: row.after for row in changes.compare(None, make_draft(by=manager, is_risky=True))}

    assert rows["what children do"].splitlines()[0].startswith("看 · 30 分钟 · 走小区")
    assert rows["what children do, in English"].splitlines()[0].startswith("30 min · Walk")
    assert (rows["a guardian must confirm a youth's own sign-up"], "photo" in rows) == ("yes", False)


def test_a_number_that_is_not_given_has_no_row(manager):
    rows = {row.label: row.after for row in changes.compare(None, make_draft(by=manager, children_per_adult=None))}

    assert "None" not in rows.values()


def test_compare_says_in_which_language_each_text_is(manager):
    draft = make_draft(by=manager)
    rows = {row.label: row.lang for row in changes.compare(None, draft)}

    assert [rows[label] for label in ("title", "title in English", "what children do, in English", "minutes")] == [
        "zh-Hans",
        "en",
        "en",
        "",
    ]


def test_publish_puts_it_on_the_menu(client, officer, waiting):
    response = post(client, waiting, "publish", seen="0")

    waiting.refresh_from_db()
    assert (response.url, waiting.status) == ("/catalog/review/", "published")


@pytest.mark.parametrize("seen", ["7", "", "x"])
def test_publish_refuses_what_the_officer_has_not_read(client, officer, waiting, seen):
    response = post(client, waiting, "publish", seen=seen)

    waiting.refresh_from_db()
    assert (response.status_code, waiting.status) == (422, "in_review")
    assert "changed since you opened it" in text(response)


def test_publish_twice_says_where_it_stands(client, officer, waiting):
    post(client, waiting, "publish", seen="0")

    assert "On the menu" in text(post(client, waiting, "publish", seen="0"))


def test_send_back_gives_the_reason(client, officer, waiting):
    assert post(client, waiting, "send-back", reason="雨天").status_code == 302

    waiting.refresh_from_db()
    assert waiting.status == "draft"


@pytest.mark.parametrize("verb", ["send-back", "suspend"])
def test_a_reason_is_demanded_and_the_page_stays(client, officer, waiting, verb):
    response = post(client, waiting, verb, reason="")

    assert (response.status_code, list(response.context["form"].errors)) == (422, ["reason"])


def test_suspend_and_resume(client, officer, manager):
    programme = make_programme(by=manager, officer=officer)

    assert post(client, programme, "suspend", reason="雨天").status_code == 302
    assert "Put back on the menu" in text(client.get(f"/catalog/review/{programme.slug}/?lang=en"))
    assert post(client, programme, "resume").status_code == 302

    programme.refresh_from_db()
    assert programme.status == "published"


def test_own_programme_shows_why_somebody_else_decides(client, officer, waiting, manager):
    make_member(manager.organisation, "coordinator", user=officer.user)

    session = client.session
    session["acting_organisation"] = officer.organisation.pk
    session.save()
    shown = text(client.get(f"/catalog/review/{waiting.slug}/?lang=en"))

    assert "Somebody else has to decide" in shown
    assert post(client, waiting, "publish", seen="0").status_code == 422


@pytest.mark.parametrize("verb", ["publish", "send-back", "suspend", "resume"])
def test_a_league_of_another_area_is_refused(client, waiting, verb):
    client.force_login(make_member(make_organisation("league", region=make_region("天穆镇")), "officer").user)

    assert client.get(f"/catalog/review/{waiting.slug}/").status_code == 403
    assert post(client, waiting, verb, reason="x", seen="0").status_code == 403


@pytest.mark.parametrize("verb", ["publish", "send-back", "suspend", "resume", "submit", "retire"])
def test_verbs_are_posted_by_those_whose_verb_it_is(client, waiting, verb):
    assert post(client, waiting, verb).status_code == 302

    client.force_login(make_member(make_organisation("office"), "manager").user)

    assert post(client, waiting, verb).status_code == 403


def test_a_verb_is_never_a_link(client, officer, waiting):
    assert client.get(f"/catalog/{waiting.slug}/publish/").status_code == 405
