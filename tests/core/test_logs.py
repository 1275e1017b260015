"""Each answer and each log line name the request, and no line says what stands in a row."""

import json
import logging
import re

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from core.logs import JsonFormatter, RequestIdFilter, SecretsFilter, request_id
from tests.factories.people import make_child
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
NUMBER = "0123abcd-request"
NAME, PHONE = "王小明", "+8613987654321"
SAID = f"""new row for relation "people_child" violates check constraint "child_x"
DETAIL:  Failing row contains (7, {NAME}, {PHONE},
two lines).
"""


class Lines(logging.Handler):
    """What production would write."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        for each in (RequestIdFilter(), SecretsFilter()):
            self.addFilter(each)
        self.read: list[dict[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.read.append(json.loads(self.format(record)))


@pytest.fixture
def lines():
    handler = Lines()
    logging.getLogger("django").addHandler(handler)
    logging.getLogger("orders").addHandler(handler)
    yield handler.read
    logging.getLogger("django").removeHandler(handler)
    logging.getLogger("orders").removeHandler(handler)


@pytest.mark.parametrize("path", ["/nowhere/", "/catalog/", "/my/", "/healthz"])
def test_each_answer_names_its_request_and_so_does_each_line_about_it(lines, path):
    first, second = Client().get(path), Client().get(path)

    named = [answer["X-Request-ID"] for answer in (first, second)]
    assert len(set(named)) == 2
    assert all(re.fullmatch("[0-9a-f-]{36}", number) for number in named)
    assert [line["request_id"] for line in lines] == (named if path == "/nowhere/" else [])
    assert request_id.get() == ""


@pytest.mark.parametrize(
    ("given", "kept"), [(NUMBER, True), ("short", False), ("a" * 37, False), ("evil id; x=1", False), ("", False)]
)
def test_a_proxy_s_number_is_kept_where_it_is_one(given, kept):
    assert (Client().get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"] == given) is kept


def test_an_error_of_the_database_is_logged_without_the_row(lines):
    error = IntegrityError(SAID)
    error.__cause__ = ValueError(SAID)
    logging.getLogger("orders").error("It broke: %r", error, exc_info=error)

    text = json.dumps(lines, ensure_ascii=False)
    assert [word for word in (NAME, PHONE, "two lines") if word in text] == []
    assert text.count("DETAIL: ***") == 3
    assert "child_x" in text
    assert "IntegrityError" in lines[0]["exception"]
    assert "direct cause" in lines[0]["exception"]


@pytest.mark.postgresql
def test_what_postgresql_says_of_a_row_is_not_logged(lines):
    child = make_child(name=NAME)
    make_user(f"{PHONE}@example.test")
    for broken in (
        lambda: type(child).objects.filter(pk=child.pk).update(birth_date=None),
        lambda: make_user(f"{PHONE}@EXAMPLE.test"),
    ):
        with pytest.raises(IntegrityError, match="DETAIL") as caught, transaction.atomic():
            broken()
        logging.getLogger("orders").error("It broke: %s", caught.value, exc_info=caught.value)

    assert len(lines) == 2
    assert [word for word in (NAME, PHONE) if word in json.dumps(lines, ensure_ascii=False)] == []
