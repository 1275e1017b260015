"""One's own details."""

import pytest

from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db


def test_name_and_language_are_changed_by_oneself(client):
    user = make_user()
    client.force_login(user)

    assert client.get("/my/details/").status_code == 200
    assert client.post("/my/details/", {"name": " 王芳𠮷 ", "language": "en"})["Location"] == "/my/details/"

    user = User.objects.get(pk=user.pk)
    assert (user.name, user.language) == ("王芳𠮷", "en")


@pytest.mark.parametrize("fields", [{"name": ""}, {"language": "fr"}, {"name": "长" * 51}])
def test_a_wrong_answer_changes_nothing(client, fields):
    user = make_user(name="王芳")
    client.force_login(user)

    assert client.post("/my/details/", {"name": "李明", "language": "en", **fields}).status_code == 422
    assert User.objects.get(pk=user.pk).name == "王芳"


def test_signed_out_people_are_sent_to_the_login(client):
    assert client.get("/my/details/")["Location"].startswith("/accounts/login/")
