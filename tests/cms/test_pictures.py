"""Pictures of the pages: what the public is handed tells no place and no camera."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from wagtail.images.models import Filter
from wagtail.images.models import Image as Picture

from tests.factories.cms import make_site
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db
GPS = 0x8825


@pytest.fixture(autouse=True)
def _editor(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make_site()
    client.force_login(make_member(make_organisation("league"), "editor").user)


def photo(name: str = "夏令营.jpg") -> SimpleUploadedFile:
    """A phone's photo, which says where it was taken."""
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x010F] = "SecretPhone"
    exif[GPS] = {1: "N", 2: (39.0, 8.0, 1.0), 3: "E", 4: (117.0, 1.0, 1.0)}
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", exif=exif)
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def add(client, file, path: str = "/cms/images/add/"):
    return client.post(path, {"title": "夏令营", "collection": 1, "file": file, "files[]": file})


def test_a_picture_and_its_sizes_say_no_place(client):
    add(client, photo())

    picture, size = Picture.objects.get(), io.BytesIO()
    Filter(spec="width-30|format-jpeg").run(picture, size)
    with picture.file.open() as kept:
        for content in (kept.read(), size.getvalue()):
            assert dict(Image.open(io.BytesIO(content)).getexif()) == {}
            assert b"SecretPhone" not in content
    assert (picture.title, picture.width, "夏令营" in picture.file.name) == ("夏令营", 60, False)


def test_a_picture_chosen_in_place_of_another_says_no_place_either(client):
    add(client, photo())
    picture = Picture.objects.get()

    client.post(f"/cms/images/{picture.pk}/", {"title": "新", "collection": 1, "file": photo()})

    picture.refresh_from_db()
    with picture.file.open() as kept:
        assert dict(Image.open(kept).getexif()) == {}


def test_a_title_changed_keeps_the_picture(client):
    add(client, photo())
    before = Picture.objects.get()

    client.post(f"/cms/images/{before.pk}/", {"title": "新", "collection": 1})

    assert Picture.objects.values_list("title", "file").get() == ("新", before.file.name)


def test_what_is_no_picture_is_refused_with_a_sentence(client):
    response = add(client, SimpleUploadedFile("a.jpg", photo().read()[:200], "image/jpeg"))

    assert not Picture.objects.exists()
    assert "error" in response.content.decode()
