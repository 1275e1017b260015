"""No personal value leaves its own field: a word is planted in each, everything is done, and the database is read raw.

Every column of every table is read as the database holds it. The words may stand in fields that the register calls
personal and nowhere else: not in a history, an outbox, a ledger, a search index, a session. After the family was
erased they stand nowhere at all: not in the database, a file, a memory or a log.
"""

import json
import logging
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db import connection, models

from activities import checkin, handover, reviews, signups
from activities.models import SignUp
from core import encryption, privacy
from core.models import HistoryEntry
from funding.models import Entry, Transfer
from notifications.models import Delivery, Letter, Message
from organisations.acting import Acting
from people import pick_up, services
from people.models import Child
from privacy import erasure, mydata, retention
from privacy.models import PreparedFile
from safeguarding import consents, health
from tests.access import asking
from tests.access.world import NOW_THERE, make_world
from volunteering.models import Assignment

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NAME, PARENT, FETCHER, WRITTEN = "窦娥金丝雀", "窦天章红雀", "窦姥姥红隼", "喜鹊知道的秘密"
NOTE = "花生过敏戴胜"
PHONE, FETCHER_PHONE, CALLED = "+8613987654321", "+8613912345678", "王绿头鸭 13700001111"
BORN = date(2015, 2, 27)
WORDS = (NAME, PARENT, FETCHER, WRITTEN, PHONE[3:], FETCHER_PHONE[3:], CALLED, NOTE, str(BORN))
CLOSED = (HistoryEntry, Message, Delivery, Letter, Entry, Transfer)  # what must hold nothing of anybody, by any name


@pytest.fixture
def clock(settings, tmp_path):
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    with time_machine.travel(NOW_THERE, tick=False) as traveller:
        yield traveller


def found(*words: str) -> Iterator[tuple[models.Field, int, str]]:
    """Yield each stored field that holds one of the words, read as the database holds it."""
    quote, tables = connection.ops.quote_name, set(connection.introspection.table_names())
    for each in privacy.fields():
        if isinstance(each, models.AutoField) or each.model._meta.db_table not in tables:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {quote(each.column)} FROM {quote(each.model._meta.db_table)}")
            for (value,) in cursor.fetchall():
                text = str(value)
                read = [word for word in words if word in text or json.dumps(word)[1:-1] in text]
                yield from ((each, len(text), word) for word in read)


def live(world, clock) -> None:
    """Let the family and a volunteer do everything with unmistakable words."""
    by, now, child = Acting(user=world.people["guardian"]), NOW_THERE, world.child
    crew = Acting(user=world.people["crew"], organisation=world.session.provider)
    services.edit_child(child, name=NAME, birth_date=BORN, home_community=child.home_community, by=by, now=now)
    services.change_contact(world.guardian_row, services.Contact(PARENT, PHONE))
    pick_up.name_person(child, name=FETCHER, phone=FETCHER_PHONE, by=by, submission_id=uuid.uuid4(), now=now)
    answer = consents.answer(child, guardian=world.guardian_row, purpose="photo", given=True, by=by, now=now)
    consents.withdraw(answer, by=by, now=now)
    health.write(child, NOTE, guardian=world.guardian_row, by=by, now=now)
    Assignment.objects.filter(pk=world.assignment.pk).update(emergency_contact=CALLED)
    world.assignment.refresh_from_db()
    other = SignUp.objects.exclude(session=world.session).filter(child=child).first()
    if other is not None:
        signups.cancel(other, by=by, now=now, reason=WRITTEN)
    moment = world.session.starts_at
    clock.move_to(moment)
    sign_up = SignUp.objects.get(pk=world.sign_up.pk)
    checkin.mark(sign_up, "present", by=crew, now=moment)
    handover.hand_over(sign_up, FETCHER, by=crew, now=moment)
    moment = world.session.ends_at + timedelta(minutes=5)
    clock.move_to(moment)
    for mark in (4, 5):  # given, then changed
        reviews.submit(sign_up, by_child=False, mark=mark, tags=(), text=WRITTEN, by=by, now=moment)
    for role in ("guardian", "crew"):
        client = asking.client_of(role, world)
        note = f"/sessions/{world.session.pk}/check-in/{sign_up.pk}/health/"
        for path in ("/my/", "/my/children/", f"/sessions/{world.session.pk}/check-in/", note, "/my/data/"):
            client.get(path)
    mydata.ask(world.people["guardian"], now=moment, submission_id=uuid.uuid4())
    mydata.prepare(moment)


def test_words_about_a_person_stand_in_personal_fields_only_and_after_erasure_nowhere(
    clock, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(handover, "is_due", lambda _session, _child: True)
    caplog.set_level(logging.DEBUG)
    world = make_world()
    with django_capture_on_commit_callbacks(execute=True):
        live(world, clock)

    places = list(found(*WORDS))
    said = {f"{each.model._meta.label}.{each.name}" for each, _length, _word in places}
    assert {"people.Child.name", "people.Child.birth_date", "activities.Review.text"} <= said
    assert [str(each) for each, _length, _word in places if privacy.personal(each) is None] == []
    assert [str(each) for each, _length, _word in places if issubclass(each.model, CLOSED)] == []
    hidden = {PHONE[3:], FETCHER_PHONE[3:], CALLED, NOTE}
    assert [str(each) for each, _length, word in places if word in hidden] == []
    assert Child.objects.filter(name=NAME).exists()
    files = [Path(row.file.path) for row in PreparedFile.objects.exclude(file="")]
    assert [file for file in files if not file.exists()] == []

    now = world.session.starts_at + timedelta(days=1)
    clock.move_to(now)
    with django_capture_on_commit_callbacks(execute=True):
        erasure.erase(world.people["guardian"], cause="asked", now=now)
        erasure.erase(world.people["volunteer"], cause="asked", now=now)
        retention.run(now)

    assert [f"{each}: {word}" for each, _length, word in found(*WORDS)] == []
    assert [file for file in files if file.exists()] == []
    written = "".join(Path(file).read_text() for file in [settings.ERASURE_LOG])
    kept = "".join(repr(getattr(caches[name], "_cache", "")) for name in caches)
    logged = "".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records if "db" not in record.name)
    assert [word for word in WORDS if word in written + kept + logged] == []


def test_the_search_would_find_a_word_in_a_history_and_in_the_outbox(clock):
    world = make_world()
    Message.objects.filter(pk=world.message.pk).update(context={"name": NAME})
    services.edit_child(
        world.child, name=NAME, birth_date=BORN, home_community=world.child.home_community, by=Acting(), now=NOW_THERE
    )

    places = {str(each) for each, _length, _word in found(NAME)}
    assert places == {"people.Child.name", "notifications.Message.context"}
    assert privacy.personal(Message._meta.get_field("context")) is None


def test_every_encrypted_field_is_in_the_register_as_one():
    encrypted = [each for model in apps.get_models() for each in encryption.encrypted_fields(model)]

    assert len(encrypted) >= 5
    assert [str(each) for each in encrypted if privacy.personal(each) is None] == []
