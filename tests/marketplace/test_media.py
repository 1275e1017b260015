"""Uploads of the open kind are served: by the site itself in the demo, by the proxy elsewhere."""

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def test_media_of_the_demo_are_served(client):
    name = default_storage.save("access-test.txt", ContentFile(b"hello"))

    try:
        response = client.get(f"/media/{name}")
        assert b"".join(response.streaming_content) == b"hello"
    finally:
        default_storage.delete(name)


@pytest.mark.django_db
def test_media_above_their_folder_are_not_there(client):
    assert client.get("/media/../private/x").status_code == 400
    assert client.get("/media/").status_code == 404


@pytest.mark.django_db
def test_private_files_have_no_address_of_their_own(client):
    assert str(settings.STORAGES["private"]["OPTIONS"]["location"]).startswith(str(settings.MEDIA_ROOT)) is False
    assert client.get("/private/x/").status_code == 404
