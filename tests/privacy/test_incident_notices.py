"""The notice about an incident: drafted in both languages, sent to each person once, and a log of who knows."""

import uuid
from datetime import timedelta

import pytest

from notifications.models import Delivery, Message, Text
from notifications.rendering import render
from notifications.services import open_message
from people.models import ToTell
from people.services import mark_told
from privacy import lifecycle, notices, register
from privacy.models import Telling
from tests.conftest import NOW
from tests.factories.people import make_child, make_family_office, make_guardian, make_guardianship, make_youth
from tests.factories.privacy import NOTICE, fresh, pick, told, worded
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
NAME = "欧阳无双"


@pytest.fixture(autouse=True)
def _moment(time_machine, settings, tmp_path):
    time_machine.move_to(NOW, tick=False)
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_draft_says_what_the_law_asks_in_both_languages(incident, language, settings):
    settings.SITE_PHONE = "022-8765 4321"
    text = notices.draft(incident, language)
    name = str(register.kinds()["people.Child.name"].what) if language == "en" else "孩子"
    assert name in text
    assert "8765 4321" in text
    heads = {
        "en": [
            "What happened",
            "Which data",
            "What may follow",
            "What we have done",
            "What you can do",
            "Whom to call",
        ],
        "zh-hans": ["经过", "涉及哪些信息", "可能的影响", "我们做了什么", "你可以怎么做", "打给谁"],
    }
    assert [head for head in heads[language] if head not in text.split("\n")] == []
    assert "一份名单发错了地方" in text
    assert ("[[" in text) == (language == "en")


def test_a_notice_with_gaps_or_one_language_only_is_not_sent(by, incident):
    pick(incident, by, make_child())
    for words in ({**NOTICE, "notice_en": ""}, {**NOTICE, "notice_en": "[[Say it]]"}):
        lifecycle.word(incident, **words, by=by, now=NOW)
        with pytest.raises(notices.NoticeNotReady):
            notices.send(incident, by=by, now=NOW)
    assert fresh(incident).status == "open"
    assert not Message.objects.exists()


def test_each_guardian_and_the_youth_are_told_and_nobody_twice(by, incident):
    mother, father = make_guardian(), make_guardian()
    children = [make_child(mother), make_child(mother)]
    make_guardianship(father, children[0])
    youth = make_youth(make_user("youth@example.test"))
    pick(incident, by, *children, youth)

    sent = notices.send(worded(incident, by), by=by, now=NOW)
    own = youth.guardianships.get().guardian
    users = {mother.user_id, father.user_id, own.user_id, youth.user_id}
    assert (sent.by_message, sent.by_office, sent.unreached) == (4, 0, 0)
    assert set(Message.objects.values_list("recipient", flat=True)) == users
    assert Message.objects.count() == 4  # the mother of two once
    assert Telling.objects.count() == 5  # but each child's line says that she was told

    later = make_child(mother)
    pick(incident, by, later)
    notices.send(incident, by=by, now=NOW)
    assert Message.objects.count() == 4
    assert Telling.objects.filter(affected__child=later).count() == 1
    with pytest.raises(notices.NobodyToWrite):
        notices.send(incident, by=by, now=NOW)


def test_each_reads_it_in_their_language_and_the_subject_names_nobody(by, incident):
    child = make_child(name=NAME)
    pick(incident, by, child)
    notices.send(worded(incident, by), by=by, now=NOW)
    message = Message.objects.get()

    chinese, english = render(message, "zh-hans"), render(message, "en")
    assert chinese.body == NOTICE["notice_zh"]
    assert english.body == NOTICE["notice_en"]
    assert NAME not in f"{chinese}{english}{message.path}{message.cause}"
    assert message.path == f"/my/notices/{incident.pk}/"
    assert not Text.objects.exists()


def test_who_has_no_login_is_told_by_the_office(by, incident):
    guardian = make_guardian(registered_by=make_family_office())
    pick(incident, by, make_child(guardian))
    sent = notices.send(worded(incident, by), by=by, now=NOW)

    assert (sent.by_message, sent.by_office) == (0, 1)
    line = ToTell.objects.get(guardian=guardian)
    assert render(line, "zh-hans").body == NOTICE["notice_zh"]
    [row] = notices.log(incident, incident.affected.all())
    assert not row.is_certain
    mark_told(line, by=by, now=NOW)
    [row] = notices.log(incident, incident.affected.all())
    assert row.is_certain


def test_the_log_says_of_each_how_and_when_they_were_told(by, incident):
    guardian = make_guardian(make_user("mum@example.test"))
    pick(incident, by, make_child(guardian, name=NAME))
    notices.send(worded(incident, by), by=by, now=NOW)

    [line] = notices.log(incident, incident.affected.all())
    assert (line.who, line.is_certain, len(line.told)) == (NAME, False, 1)
    Delivery.objects.update(status="sent", sent_at=NOW)
    assert notices.log(incident, incident.affected.all())[0].is_certain
    Delivery.objects.update(status="failed", sent_at=None)
    assert not notices.log(incident, incident.affected.all())[0].is_certain
    open_message(Message.objects.get(), now=NOW)
    assert notices.log(incident, incident.affected.all())[0].is_certain


def test_what_staff_did_themselves_is_noted_once(by, incident):
    child = make_child()
    child.guardianships.all().delete()
    pick(incident, by, child)
    one, number = incident.affected.get(), uuid.uuid4()
    for _ in range(2):
        lifecycle.tell(incident, one, how="letter", at=NOW, by=by, now=NOW, submission_id=number)
    assert told(incident) == {("letter", None, None)}
    with pytest.raises(lifecycle.BadMoment):
        lifecycle.tell(incident, one, how="phone", at=NOW + timedelta(1), by=by, now=NOW, submission_id=uuid.uuid4())


def test_the_words_stand_once_they_were_sent(by, incident):
    pick(incident, by, make_child())
    notices.send(worded(incident, by), by=by, now=NOW)
    with pytest.raises(lifecycle.AlreadyMoved):
        lifecycle.word(incident, notice_zh="x", notice_en="y", by=by, now=NOW)


def test_only_who_was_told_finds_the_notice(by, incident):
    guardian, stranger = make_guardian(), make_guardian()
    youth = make_youth()
    pick(incident, by, make_child(guardian), youth)
    notices.send(worded(incident, by), by=by, now=NOW)
    assert notices.told_to(guardian.user) == notices.told_to(youth.user) == {incident.pk}
    assert notices.told_to(stranger.user) == set()
