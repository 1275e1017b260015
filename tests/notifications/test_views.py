"""The inbox page."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications import services
from notifications.models import Message
from tests.conftest import NOW
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


def tell(user, count=1):
    for n in range(count):
        services.notify([user], kind="any", cause=f"cause {n}", context={}, path="/orders/", now=NOW)


def test_inbox_signed_out_asks_to_sign_in(client):
    assert client.get("/inbox/").status_code == 302


def test_inbox_shows_ones_own_messages_only(client):
    user = make_user()
    tell(user)
    tell(make_user())
    client.force_login(user)

    response = client.get("/inbox/", headers={"accept-language": "zh-hans"})

    assert response.context["page"].paginator.count == 1
    assert "你有新的消息" in response.text


def test_inbox_without_messages_says_so(client):
    client.force_login(make_user())

    assert "还没有消息" in client.get("/inbox/", headers={"accept-language": "zh-hans"}).text


@pytest.mark.parametrize("rows", [1, 3])
def test_inbox_costs_the_same_for_one_and_three(client, django_assert_num_queries, rows):
    user = make_user()
    tell(user, rows)
    client.force_login(user)
    client.get("/inbox/")

    with django_assert_num_queries(4):
        client.get("/inbox/")


def test_open_marks_read_and_leads_to_the_page(client):
    user = make_user()
    tell(user)
    client.force_login(user)

    response = client.post(f"/inbox/{Message.objects.get().pk}/open/")

    assert response.url == "/orders/"
    assert Message.objects.get().read_at is not None


def test_open_of_somebody_elses_message_is_not_found(client):
    tell(make_user())
    client.force_login(make_user())

    assert client.post(f"/inbox/{Message.objects.get().pk}/open/").status_code == 404
    assert Message.objects.get().read_at is None


def test_open_by_get_is_refused(client):
    user = make_user()
    tell(user)
    client.force_login(user)

    assert client.get(f"/inbox/{Message.objects.get().pk}/open/").status_code == 405


def test_open_all_marks_everything(client):
    user = make_user()
    tell(user, 3)
    client.force_login(user)

    assert client.post("/inbox/read/").url == "/inbox/"
    assert Message.objects.unread().count() == 0


def shown(page) -> list[str]:
    """The numbers beside the name and beside the inbox."""
    return re.findall(r'<span class="count">(\d+)<', page.text)


def test_how_many_wait_stands_on_every_own_page_and_falls_as_one_opens_them(client):
    user = make_user()
    tell(user, 2)
    client.force_login(user)

    assert shown(client.get("/my/details/")) == ["2", "2"]
    client.post(f"/inbox/{Message.objects.order_by('pk')[0].pk}/open/")
    assert shown(client.get("/my/details/")) == ["1", "1"]
    client.post("/inbox/read/")
    assert shown(client.get("/my/details/")) == []


def test_the_number_costs_no_page_a_query_of_its_own(client, django_assert_num_queries):
    user = make_user()
    client.force_login(user)
    for path in ("/my/details/", "/catalog/"):
        client.get(path)
        with CaptureQueriesContext(connection) as before:
            client.get(path)
        tell(user, 2)
        with django_assert_num_queries(len(before)):
            page = client.get(path)
        assert shown(page) == ["2", "2"]
        Message.objects.all().delete()


def test_what_waits_for_others_is_not_counted(client):
    tell(make_user(), 2)
    client.force_login(make_user())

    assert shown(client.get("/my/details/")) == []


def test_a_very_large_number_stays_short_beside_the_name(client):
    user = make_user()
    tell(user, 100)
    client.force_login(user)

    assert client.get("/my/details/").text.count('<span class="count">99+<') == 2
