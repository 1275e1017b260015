"""The way of the pages' admin through the migrations."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from wagtail.users.models import UserProfile

from tests import migrating
from tests.factories.users import make_user


@pytest.mark.slow
@pytest.mark.usefixtures("fresh_db")
def test_pictures_that_the_admin_took_of_editors_are_removed(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    migrating.to("cms", "0002_home_pages")
    profile = UserProfile.get_for_user(make_user())
    profile.avatar.save("王小芳.jpg", ContentFile(b"x"))

    migrating.to_the_newest()

    assert not Path(profile.avatar.path).exists()
    profile.refresh_from_db()
    assert profile.avatar.name == ""
