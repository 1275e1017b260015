"""Writing a programme in the browser, without JavaScript."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from catalog import lifecycle, services
from catalog.models import Programme, Series
from core import files
from tests.factories.catalog import as_sent, make_draft, make_programme
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    by = make_member(make_organisation("provider"), "manager")
    client.force_login(by.user)
    return by


def text(response) -> str:
    return response.content.decode()


def errors(response) -> list[str]:
    return sorted(response.context["form"].errors) + [name for row in response.context["rows"] for name in row.errors]


def test_new_programme_is_saved_as_a_draft(client, manager):
    response = client.post("/catalog/new/", as_sent(save="1", series_name="体验官"))

    programme = Programme.objects.get()
    assert response.url == f"/catalog/{programme.slug}/edit/"
    assert (programme.price, programme.status, str(programme.series)) == (80_000, "draft", "体验官")
    assert programme.steps == services.clean_steps([{"title": "走小区", "minutes": 35}])


def test_new_programme_sent_twice_is_made_once(client, manager):
    data = as_sent(save="1")

    client.post("/catalog/new/", data)
    client.post("/catalog/new/", data)

    assert Programme.objects.count() == 1


def test_new_programme_can_be_handed_in_at_once(client, manager):
    response = client.post("/catalog/new/", as_sent(submit="1"))

    assert (response.url, Programme.objects.get().status) == ("/catalog/mine/", "in_review")


def test_one_more_row_keeps_everything_and_checks_nothing(client, manager):
    data = as_sent(add_step="1", title="", price="x", **{"steps-1-title": "问", "steps-2-text": "讲"})

    response = client.post("/catalog/new/", data)

    assert Programme.objects.count() == 0
    assert len(response.context["rows"].forms) == 4
    assert 'value="走小区"' in text(response)
    assert 'value="x"' in text(response)


def test_one_more_row_ends_at_twelve(client, manager):
    response = client.post("/catalog/new/", as_sent(add_step="1", **{"steps-TOTAL_FORMS": "999"}))

    assert len(response.context["rows"].forms) == 12


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"title": ""}, ["title"]),
        ({"title": "长" * 61}, ["title"]),
        ({"price": "abc"}, ["price"]),
        ({"price": ""}, ["price"]),
        ({"price": "100001"}, ["price"]),
        ({"price": "-1"}, ["price"]),
        ({"min_age": 13}, ["max_age"]),
        ({"min_group": 30}, ["max_group"]),
        ({"min_group": 0}, ["min_group"]),
        ({"duration_minutes": 5}, ["duration_minutes"]),
        ({"theme": "nope"}, ["theme"]),
        ({"submission_id": "x"}, ["submission_id"]),
        ({"steps-0-minutes": ""}, ["minutes"]),
        ({"steps-0-title": ""}, ["title"]),
        ({"steps-1-text": "x"}, ["title", "minutes"]),
    ],
)
def test_new_programme_names_what_is_wrong_and_loses_nothing(client, manager, changes, wrong):
    response = client.post("/catalog/new/", as_sent(summary="记住我", **changes))

    assert (errors(response), Programme.objects.count()) == (wrong, 0)
    assert "记住我" in text(response)


def test_new_programme_without_management_form_is_no_500(client, manager):
    data = {name: value for name, value in as_sent().items() if not name.startswith("steps-")}

    assert client.post("/catalog/new/", data).status_code == 422


def test_photo_is_encoded_anew(client, manager, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    out = io.BytesIO()
    Image.new("RGB", (30, 20)).save(out, "PNG")

    client.post("/catalog/new/", as_sent(save="1", photo=SimpleUploadedFile("孩子.png", out.getvalue())))

    assert Programme.objects.get().photo.name.endswith(".jpg")
    assert "孩子" not in Programme.objects.get().photo.name


def test_photo_that_is_none_is_refused(client, manager):
    response = client.post("/catalog/new/", as_sent(photo=SimpleUploadedFile("a.png", b"<script>")))

    assert errors(response) == ["photo"]


def test_photo_with_too_many_pixels_is_refused_with_a_sentence(client, manager, monkeypatch):
    monkeypatch.setattr(files, "MAX_PIXELS", 10)
    out = io.BytesIO()
    Image.new("RGB", (30, 20)).save(out, "PNG")

    response = client.post("/catalog/new/?lang=en", as_sent(photo=SimpleUploadedFile("a.png", out.getvalue())))

    assert "too many pixels" in text(response)


def test_new_from_an_own_programme_is_filled(client, manager):
    programme = make_programme(by=manager, title="底稿")

    response = client.get(f"/catalog/new/?from={programme.slug}")

    assert 'value="底稿"' in text(response)
    assert response.context["source"] == programme


def test_new_from_nothing_is_empty(client, manager):
    assert client.get("/catalog/new/?from=nope").context["source"] is None


def test_new_from_a_foreign_programme_is_empty(client, manager):
    foreign = make_programme()

    assert client.get(f"/catalog/new/?from={foreign.slug}").context["source"] is None


def test_edit_saves_the_draft(client, manager):
    draft = make_draft(by=manager)

    response = client.post(f"/catalog/{draft.slug}/edit/", as_sent(title="改过", seen="0", save="1"))

    draft.refresh_from_db()
    assert (response.status_code, draft.title, draft.edits) == (302, "改过", 1)


def test_a_stale_form_shows_what_a_colleague_saved_and_then_goes_through(client, manager, now):
    """Without it the second writer is refused for ever, and never sees what they would overwrite."""
    draft, colleague = make_draft(by=manager), make_member(manager.organisation, "coordinator")
    steps = [{"title": "看天气", "minutes": 20}]
    changed = {"title": "先到", "price": 90_000, "steps": steps}
    services.edit_draft(draft, changed, by=colleague, now=now, seen=0, series=("体验官", ""))
    url, mine = f"/catalog/{draft.slug}/edit/?lang=en", as_sent(title="后到", series_name="周末", save="1")

    first = client.post(url, mine | {"seen": "0"})

    draft.refresh_from_db()
    rows = {row.label: (row.theirs, row.yours) for row in first.context["form"].meanwhile}
    assert (first.status_code, draft.title) == (422, "先到")
    assert f"{colleague.user.name} saved a change on" in text(first)
    assert rows["title"] == ("先到", "后到")
    assert rows["price per session"] == ("¥900.00", "¥800.00")
    assert "看天气" in rows["what children do"][0]
    assert "走小区" in rows["what children do"][1]
    assert rows["Series"] == ("体验官", "周末")
    assert 'name="title" value="后到"' in text(first)
    assert 'name="seen" value="1"' in text(first)
    assert "What differs" in text(first)

    second = client.post(url, mine | {"seen": "1"})

    draft.refresh_from_db()
    assert (second.status_code, draft.title) == (302, "后到")


def test_a_first_form_carries_that_nothing_was_changed_yet(client, manager):
    """An empty number would pass as "not asked" and overwrite the first colleague's save."""
    draft = make_draft(by=manager)

    assert 'name="seen" value="0"' in text(client.get(f"/catalog/{draft.slug}/edit/"))


def test_a_stale_form_does_not_list_line_ends_that_only_browsers_see(client, manager, now):
    draft = make_draft(by=manager)
    services.edit_draft(draft, {"description": "一\n二"}, by=manager, now=now)

    response = client.post(f"/catalog/{draft.slug}/edit/?lang=en", as_sent(description="一\r\n二", seen="0"))

    assert "description" not in {row.label for row in response.context["form"].meanwhile}


def test_a_draft_saved_by_a_double_click_is_changed_once_and_refused_to_nobody(client, manager):
    draft = make_draft(by=manager)

    mine = as_sent(title="改过", seen="0", save="1")

    answers = [client.post(f"/catalog/{draft.slug}/edit/", mine) for _ in range(2)]

    draft.refresh_from_db()
    assert ([one.status_code for one in answers], draft.edits) == ([302, 302], 1)


def test_a_made_up_state_of_a_draft_that_nobody_changed_is_no_refusal(client, manager):
    draft = make_draft(by=manager)

    assert client.post(f"/catalog/{draft.slug}/edit/", as_sent(seen="9", save="1")).status_code == 302


def test_a_saved_photo_stays_when_the_next_save_brings_none(client, manager, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    client.post("/catalog/new/", as_sent(save="1", photo=SimpleUploadedFile("a.png", out.getvalue())))
    programme = Programme.objects.get()

    client.post(f"/catalog/{programme.slug}/edit/", as_sent(title="改过", seen="0", save="1"))

    programme.refresh_from_db()
    assert (programme.title, bool(programme.photo)) == ("改过", True)


def test_edit_in_review_shows_why_it_stands_still(client, manager, now):
    draft = lifecycle.submit(make_draft(by=manager), by=manager, now=now)
    url = f"/catalog/{draft.slug}/edit/?lang=en"

    assert "is reading this programme" in text(client.get(url))
    assert "is reading this programme" in text(client.post(url, as_sent(seen="0")))


def test_a_refused_edit_leaves_no_series_behind(client, manager, now):
    draft = lifecycle.submit(make_draft(by=manager), by=manager, now=now)

    client.post(f"/catalog/{draft.slug}/edit/", as_sent(seen="0", series_name="没有的系列"))

    assert not Series.objects.exists()


def test_edit_shows_the_reason_of_the_league(client, manager, now):
    draft = lifecycle.submit(make_draft(by=manager), by=manager, now=now)
    lifecycle.send_back(draft, by=make_member(make_organisation("league"), "officer"), now=now, reason="雨天怎么办")

    assert "雨天怎么办" in text(client.get(f"/catalog/{draft.slug}/edit/"))


def test_edit_of_another_providers_draft_is_404_and_of_its_programme_403(client, manager):
    draft, shown = make_draft(), make_programme()

    for method in (client.get, client.post):
        assert method(f"/catalog/{draft.slug}/edit/").status_code == 404
        assert method(f"/catalog/{shown.slug}/edit/").status_code == 403


def test_submit_hands_in_and_says_no_a_second_time(client, manager):
    draft = make_draft(by=manager)

    client.post(f"/catalog/{draft.slug}/submit/")
    response = client.post(f"/catalog/{draft.slug}/submit/?lang=en", follow=True)

    draft.refresh_from_db()
    assert draft.status == "in_review"
    assert "cannot be done now" in text(response)


def test_retire_takes_a_reason_or_none(client, manager):
    programme = make_programme(by=manager)

    assert client.post(f"/catalog/{programme.slug}/retire/", {"reason": "忙"}).url == "/catalog/mine/"
    response = client.post(f"/catalog/{programme.slug}/retire/?lang=en", {"reason": "长" * 1001}, follow=True)

    programme.refresh_from_db()
    assert (programme.status, programme.history.get(verb="retire").note) == ("retired", "忙")
    assert "cannot be done now" in text(response)


def test_a_social_worker_saves_but_neither_hands_in_nor_retires(client, manager):
    draft, shown = make_draft(by=manager), make_programme(by=manager)
    worker = Client()
    worker.force_login(make_member(manager.organisation, "coordinator").user)

    assert "Save and hand in" not in text(worker.get("/catalog/new/?lang=en"))
    assert worker.post("/catalog/new/", as_sent(submit="1")).status_code == 403
    assert worker.post(f"/catalog/{draft.slug}/submit/").status_code == 403
    assert worker.post(f"/catalog/{shown.slug}/retire/").status_code == 403
    assert worker.post(f"/catalog/{draft.slug}/edit/", as_sent(seen="0")).status_code == 302


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_mine_costs_the_same_for_any_number(client, manager, django_assert_num_queries, rows):
    for _ in range(rows):
        make_draft(by=manager)
    make_draft()
    expected = 3 if rows == 0 else 4

    with django_assert_num_queries(expected):
        response = client.get("/catalog/mine/")

    assert len(response.context["page"]) == rows


@pytest.mark.parametrize("path", ["/catalog/mine/", "/catalog/new/", "/catalog/review/"])
def test_strangers_are_sent_to_the_login(client, path):
    assert client.get(path).status_code == 302


@pytest.mark.parametrize("path", ["/catalog/mine/", "/catalog/new/", "/catalog/review/"])
def test_offices_are_refused(client, path):
    client.force_login(make_member(make_organisation("office"), "manager").user)

    assert client.get(path).status_code == 403
