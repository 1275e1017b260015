"""A request after the database was started anew is answered, and none before it pays a question for that."""

import time

import pytest
from django.core.signals import request_started
from django.db import OperationalError, connection
from django.test import Client

from core.connections import let_go_of_closed

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("fresh_db")]


def closed_unseen() -> None:
    """Let the server close the connection while it rests, so that nothing has failed on it yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    time.sleep(0.1)  # the server's farewell travels


def test_a_connection_that_the_server_closed_is_let_go_before_the_request_needs_it():
    closed_unseen()

    request_started.send(sender=None)

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_without_the_look_the_request_would_fail():
    closed_unseen()

    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.close()


def test_a_connection_that_rests_stays_and_is_not_asked(django_assert_num_queries):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    raw = connection.connection

    with django_assert_num_queries(0):
        let_go_of_closed()

    assert connection.connection is raw


def test_a_page_after_the_database_was_started_anew_is_answered():
    closed_unseen()

    assert Client().get("/accounts/login/").status_code == 200
