"""What the main pages cost in queries on a small demo city, each as its person: never more than fifteen.

The first visit of a process pays for what is cached afterwards, so the second one is counted. The numbers are
literals: a page that gets dearer, or cheaper, says so here.
"""

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.conftest import NOW
from tests.tour import stops
from users.models import User

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
MOST = 15

COSTS = [
    ("", "home", 7),
    ("", "menu", 2),
    ("", "programme", 4),
    ("", "session", 2),
    ("guardian", "sign-up", 7),  # one of a series that keeps places for first-timers: a question each
    ("guardian", "dates", 5),
    ("guardian", "my page", 7),
    ("office", "workbench", 9),
    ("office", "order delivered", 9),
    ("ngo", "check-in", 7),
    ("finance", "funding", 14),
]


@pytest.fixture(scope="module")
def tour(in_demo_city):
    """The pages of the small demo city."""
    with time_machine.travel(NOW, tick=False):
        yield stops()


def visitor(who):
    """A browser without a screen, signed in as a person of the demo."""
    client = Client(headers={"accept-language": "zh-hans"})
    if who:
        client.force_login(User.objects.get(email=f"{who}@demo.test"))
    return client


def cost(client, path):
    """Count the queries of the second visit."""
    client.get(path)
    with CaptureQueriesContext(connections["default"]) as counted:
        answer = client.get(path)
    assert answer.status_code in (200, 302, 404), path
    return len(counted)


@pytest.mark.parametrize(("who", "name", "queries"), COSTS, ids=lambda value: str(value) or "anybody")
def test_main_page_costs_its_queries(tour, who, name, queries):
    [path] = [stop.path for stop in tour if (stop.who, stop.name) == (who, name)]

    assert cost(visitor(who), path) == queries <= MOST


def test_no_page_of_the_loop_costs_more_than_fifteen_queries(tour):
    clients = {who: visitor(who) for who in {stop.who for stop in tour}}

    costs = {(stop.who, stop.name): cost(clients[stop.who], stop.path) for stop in tour}

    assert {page: count for page, count in costs.items() if count > MOST} == {}
