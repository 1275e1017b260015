"""Text messages: what a provider is handed, each of the ways, and what becomes of a text that comes too late."""

import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import IntegrityError, connection, transaction

from core.encryption import is_stored_encrypted
from core.privacy import Person
from notifications import delivery, privacy, services, texts
from notifications.models import Text
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
PHONE, WORDS, MINUTE = "+8613800000001", "Youth Menu: 123456 is your code", timedelta(minutes=1)


class Refuses:
    """A provider that is down."""

    def send(self, phone, body, *, key):
        raise OSError("out of order")


@contextmanager
def gateway(status: int):
    """A gateway on loopback that answers every post with the status; gives its address and what it was told."""
    told = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.append((self.path, self.headers["Authorization"], body))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/send", told
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def text():
    services.write_text(PHONE, body=WORDS, now=NOW, lives=timedelta(minutes=10))
    return Text.objects.get()


def outcome(text) -> tuple:
    text.refresh_from_db()
    return text.status, text.body, text.error


@pytest.mark.usefixtures("text")
def test_the_console_prints_a_text(capsys):
    assert delivery.deliver_due(NOW) == 1
    assert capsys.readouterr().out == f"{PHONE}: {WORDS}\n"


def test_a_text_goes_into_a_file_once_and_forgets_its_words_and_to_whom(text, settings, tmp_path):
    settings.SMS_URL = f"file://{tmp_path}/out"

    assert [delivery.deliver_due(NOW), delivery.deliver_due(NOW)] == [1, 0]

    (file,) = (tmp_path / "out").iterdir()
    assert file.read_text(encoding="utf-8") == f"{PHONE}\n{WORDS}\n"
    assert (*outcome(text), text.to) == ("sent", "", "", "")


def test_a_gateway_is_told_number_words_and_key_with_the_token(text, settings):
    with gateway(202) as (settings.SMS_URL, told):
        settings.SMS_TOKEN = "secret-token"
        delivery.deliver_due(NOW)

    body = {"to": PHONE, "text": WORDS, "key": f"text-{text.pk}"}
    assert told == [("/send", "Bearer secret-token", body)]
    assert outcome(text)[0] == "sent"


@pytest.mark.parametrize("status", [302, 307, 400, 503])
def test_what_a_gateway_did_not_take_waits_and_is_sent_nowhere_else(text, settings, status):
    with gateway(status) as (settings.SMS_URL, told):
        delivery.deliver_due(NOW)

    assert len(told) == 1
    assert outcome(text) == ("queued", WORDS, "HTTPError")
    assert text.next_try_at == NOW + MINUTE


def test_a_code_that_comes_too_late_is_not_sent(text, settings):
    settings.SMS_BACKEND = "tests.notifications.test_texts.Refuses"
    delivery.deliver_due(NOW)
    settings.SMS_BACKEND = ""

    assert delivery.deliver_due(NOW + timedelta(minutes=10)) == 0
    assert outcome(text) == ("failed", "", "too late")


def test_a_wrong_address_of_the_provider_keeps_letters_and_messages_going(text, settings):
    settings.SMS_URL = "pigeon://roof"
    services.write_letter("a@example.test", subject="Hello", body="Words", now=NOW)

    assert delivery.deliver_due(NOW) == 1
    assert outcome(text)[2] == "KeyError"


def test_a_text_that_another_worker_took_is_left_to_it(text):
    assert delivery.claim_text(text.pk, NOW) is not None
    assert delivery._send_text(text.pk, NOW) is False


def test_the_database_holds_neither_the_number_nor_the_code_while_a_text_waits(text):
    with connection.cursor() as cursor:
        cursor.execute('SELECT "to", body FROM notifications_text')
        ((to, body),) = cursor.fetchall()

    assert is_stored_encrypted(to)
    assert is_stored_encrypted(body)
    assert (text.to, text.body) == (PHONE, WORDS)


def test_erasing_somebody_finds_the_texts_to_their_number(text):
    privacy.erase(Person(phone="+8613999999999"), NOW)
    assert Text.objects.exists()

    privacy.erase(Person(phone=PHONE), NOW)
    assert not Text.objects.exists()


def test_the_database_lets_no_text_keep_its_words(text):
    with pytest.raises(IntegrityError), transaction.atomic():
        Text.objects.filter(pk=text.pk).update(status="failed")


def test_a_demo_citys_past_texts_count_as_sent(text):
    assert services.mark_delivered(NOW + MINUTE) == 1
    assert outcome(text) == ("sent", "", "")


def test_each_address_names_its_provider(settings):
    found = []
    for settings.SMS_URL in ("console://", "file:///folder", "https://sms.example.org/"):
        found.append(type(texts.backend()).__name__)

    assert found == ["Console", "Files", "Gateway"]
