"""Letters to an address: as patient as messages, and silent about their words once they have gone."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError

from core.privacy import Person
from notifications import delivery, privacy, services
from notifications.models import Delivery, Letter
from tests.conftest import NOW
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
LINK = "http://127.0.0.1:8000/invitations/secret/"


@pytest.fixture
def letter():
    services.write_letter("new@example.test", subject="Come in", body=f"Your link: {LINK}", now=NOW)
    return Letter.objects.get()


def test_a_letter_goes_out_once_and_forgets_its_words_and_to_whom(letter):
    assert delivery.deliver_due(NOW) == 1
    assert delivery.deliver_due(NOW + timedelta(days=1)) == 0

    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["new@example.test"], "Come in", f"Your link: {LINK}")
    assert sent.extra_headers["Message-ID"] == f"<letter-{letter.pk}@127.0.0.1>"
    letter.refresh_from_db()
    assert (letter.status, letter.sent_at, letter.to, letter.body) == ("sent", NOW, "", "")


def test_a_letter_waits_for_the_mail_server_and_keeps_its_words_until_then(letter, mail_is_down):
    assert delivery.deliver_due(NOW) == 0
    letter.refresh_from_db()
    assert (letter.status, letter.next_try_at, LINK in letter.body) == ("queued", NOW + delivery.BACK_OFF[0], True)
    mail_is_down()

    assert delivery.deliver_due(letter.next_try_at) == 1
    assert LINK in mail.outbox[0].body


def test_a_letter_that_is_given_up_forgets_its_words_too(letter, mail_is_down):
    now = NOW
    for wait in (*delivery.BACK_OFF, timedelta(0)):
        delivery.deliver_due(now)
        now += wait

    letter.refresh_from_db()
    assert (letter.status, letter.to, letter.body) == ("failed", "", "")
    assert letter.error


def test_a_letter_that_another_worker_took_is_left_to_it(letter):
    assert delivery.claim_letter(letter.pk, NOW) is not None

    assert delivery._send_letter(letter.pk, None, NOW) is False
    assert mail.outbox == []


def test_letters_and_messages_leave_in_one_go(letter):
    services.notify([make_user()], kind="any", cause="cause", context={}, path="/my/", now=NOW)

    assert delivery.deliver_due(NOW) == 2


def test_a_letter_that_is_over_cannot_keep_its_words(letter):
    """The database itself refuses a secret that outlives its letter."""
    with pytest.raises(IntegrityError, match="letter_forgets_to_whom"):
        Letter.objects.update(status="failed")


def test_mark_delivered_leaves_newer_letters_and_those_that_are_over(letter):
    services.mark_delivered(NOW)
    letter.refresh_from_db()
    assert letter.status == "queued"

    Letter.objects.update(status="failed", **Letter.forgets)
    services.mark_delivered(NOW + timedelta(hours=1))
    letter.refresh_from_db()
    assert letter.status == "failed"


def test_a_long_subject_is_cut_rather_than_refused():
    services.write_letter("new@example.test", subject="x" * 300, body="", now=NOW)

    assert len(Letter.objects.get().subject) == services.SUBJECT_MAX == Letter._meta.get_field("subject").max_length


def test_mark_delivered_keeps_the_words_of_no_letter(letter):
    services.mark_delivered(NOW + timedelta(hours=1))

    letter.refresh_from_db()
    assert (letter.status, letter.body) == ("sent", "")
    assert not Delivery.objects.exists()


def test_erasing_somebody_finds_the_letters_to_each_of_their_addresses_and_none_to_others():
    user = make_user("own@example.test")
    EmailAddress.objects.create(user=user, email="second@example.test")
    for to in ("own@example.test", "Second@example.test", "other@example.test"):
        services.write_letter(to, subject="Hello", body="Words", now=NOW)

    privacy.erase(Person(user=user.pk, email="own@example.test"), NOW)

    assert [letter.to for letter in Letter.objects.all()] == ["other@example.test"]


def test_erasing_somebody_leaves_no_earlier_address_of_theirs_in_what_was_sent():
    user = make_user("old@example.test")
    services.write_letter("old@example.test", subject="Hello", body="Words", now=NOW)
    delivery.deliver_due(NOW)

    privacy.erase(Person(user=user.pk, email="new@example.test"), NOW)

    assert not Letter.objects.exclude(to="").exists()
