"""What the pages' admin keeps of whoever edits them, and that it goes with them."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from organisations import memberships
from organisations.acting import clock
from organisations.models import Membership
from privacy import erasure
from tests.conftest import NOW
from tests.factories.cms import make_site
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db
NAME = "王小芳"
SETTINGS = {
    "locale-preferred_language": "en",
    "locale-current_time_zone": "Asia/Shanghai",
    "theme-theme": "system",
    "theme-contrast": "system",
    "theme-density": "default",
}


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")


@pytest.fixture
def editor(client) -> User:
    make_site()
    league = make_organisation("league")
    make_member(league, "officer")
    by = make_member(league, "editor", user=make_user(name=NAME))
    client.force_login(by.user)
    return by.user


def with_picture(user: User) -> Path:
    """A picture from the time when the admin took some."""
    profile = UserProfile.get_for_user(user)
    profile.avatar.save(f"{NAME}.jpg", ContentFile(b"x"))
    return Path(profile.avatar.path)


def test_the_admin_takes_no_picture_and_no_name_of_an_editor(client, editor):
    picture = SimpleUploadedFile(f"{NAME}.jpg", b"\xff\xd8\xff", "image/jpeg")
    page = client.get("/cms/account/").text

    response = client.post("/cms/account/", {**SETTINGS, "theme-theme": "dark", "avatar-avatar": picture})

    profile = UserProfile.objects.get(user=editor)
    assert [name for name in ("avatar-avatar", "name_email-first_name") if name in page] == []
    assert (response.status_code, profile.theme, profile.avatar.name) == (302, "dark", "")


def test_erasing_an_editor_takes_their_settings_picture_and_name_in_the_log(client, editor):
    client.post("/cms/account/", SETTINGS)
    picture = with_picture(editor)
    memberships.end(Membership.objects.get(user=editor), by=clock("test"), now=NOW)
    assert ModelLogEntry.objects.filter(label=NAME).exists()

    erasure.erase(editor, cause="asked", now=NOW)

    assert not picture.exists()
    assert not UserProfile.objects.filter(user=editor).exists()
    assert set(ModelLogEntry.objects.values_list("label", flat=True)) == {"—"}
