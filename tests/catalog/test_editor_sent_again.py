"""A new programme's form that is sent once more: what was corrected is kept, and nobody is overwritten unseen."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog import services
from catalog.models import Programme
from tests.factories.catalog import as_sent, make_draft
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    by = make_member(make_organisation("provider"), "manager")
    client.force_login(by.user)
    return by


def text(response) -> str:
    return response.content.decode()


NO_STEP = {"steps-0-title": "", "steps-0-minutes": ""}


def test_handing_in_without_a_step_keeps_the_draft_and_says_what_is_missing(client, manager):
    response = client.post("/catalog/new/?lang=en", as_sent(submit="1", **NO_STEP), follow=True)

    programme = Programme.objects.get()
    assert response.redirect_chain == [(f"/catalog/{programme.slug}/edit/", 302)]
    assert "at least one step" in text(response)
    assert programme.status == "draft"


def test_what_was_corrected_after_a_refused_hand_in_is_kept_when_the_new_form_is_sent_again(client, manager):
    """Who goes back in the browser has the first form before them: "Draft saved" must be true."""
    data = as_sent(submit="1", series_name="体验官", **NO_STEP)
    client.post("/catalog/new/", data)

    response = client.post(
        "/catalog/new/", data | as_sent(submit="1", title="改过") | {"submission_id": data["submission_id"]}
    )

    programme = Programme.objects.get()
    assert response.url == "/catalog/mine/"
    assert (programme.title, programme.status, programme.steps[0]["title"]) == ("改过", "in_review", "走小区")


def test_a_new_form_handed_in_by_a_double_click_is_handed_in_once_and_says_so(client, manager):
    data = as_sent(submit="1")
    client.post("/catalog/new/", data)

    response = client.post("/catalog/new/?lang=en", data, follow=True)

    assert "The programme stands at" in text(response)
    assert (Programme.objects.get().edits, Programme.objects.get().status) == (0, "in_review")


def test_a_new_form_sent_again_after_the_hand_in_is_refused_and_keeps_what_was_typed(client, manager):
    data = as_sent(submit="1")
    client.post("/catalog/new/", data)

    response = client.post("/catalog/new/?lang=en", data | {"title": "改过"})

    assert response.status_code == 422
    assert "is reading this programme" in text(response)
    assert 'value="改过"' in text(response)


def test_a_new_form_sent_again_overwrites_no_colleague_unseen(client, manager, now):
    data, colleague = as_sent(save="1", title="初稿"), make_member(manager.organisation, "coordinator")
    client.post("/catalog/new/", data)
    services.edit_draft(Programme.objects.get(), {"title": "先到"}, by=colleague, now=now)

    first = client.post("/catalog/new/?lang=en", data | {"title": "后到"})

    assert (first.status_code, Programme.objects.get().title) == (422, "先到")
    assert ("先到", "后到") in [(row.theirs, row.yours) for row in first.context["form"].meanwhile]
    assert 'name="seen" value="1"' in text(first)

    client.post("/catalog/new/", data | {"title": "后到", "seen": "1"})

    assert Programme.objects.get().title == "后到"


def test_a_new_form_sent_again_without_the_photo_keeps_it(client, manager, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    data = as_sent(save="1")
    client.post("/catalog/new/", data | {"photo": SimpleUploadedFile("a.png", out.getvalue())})

    client.post("/catalog/new/", data | {"title": "改过"})

    programme = Programme.objects.get()
    assert (programme.title, bool(programme.photo)) == ("改过", True)


def test_a_refused_hand_in_of_a_draft_leaves_a_form_that_can_be_as_sent(client, manager):
    """The own save must not make the own form older than what is saved."""
    draft = make_draft(by=manager)
    url = f"/catalog/{draft.slug}/edit/"

    refused = client.post(f"{url}?lang=en", as_sent(submit="1", seen="0", title="改过", **NO_STEP), follow=True)
    seen = refused.context["form"]["seen"].value()
    again = client.post(url, as_sent(submit="1", seen=seen, title="改过"))

    assert "at least one step" in text(refused)
    assert (again.status_code, Programme.objects.get().status) == (302, "in_review")
