"""What a concern says: with own keys, changed by nobody, written anew with a new key, deleted in time."""

import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from concerns import lifecycle, privacy, queries
from concerns.invariants import words_are_sealed
from concerns.models import Concern, HandOff, Note, Statement
from concerns.references import Subject
from core import encryption
from core.encryption import KeyMissing
from organisations.models import Membership
from privacy import retention
from privacy.invariants import values_are_encrypted
from tests.factories.concerns import make_concern, make_desks
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
OLD, NEW, OTHER = "an-old-key-" * 6, "a-new-key-" * 6, "quite-another-" * 5
WORDS, FOUND, AGREED = "手臂上有多处淤青", "走访了家庭", "警察已到场"
THREE_YEARS = timedelta(days=3 * 365)


def stored(table: str = "concerns_statement", column: str = "words") -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        ((text,),) = cursor.fetchall()
        return text


def close_one(now):
    """A concern that was reported, handed on and closed at the moment."""
    desks = make_desks()
    Membership.objects.update(starts_on=now.date())
    reporter = make_user()
    concern = make_concern(subject=Subject(session=7), who="三年级", contact="13800000000", words=WORDS, now=now)
    Statement.objects.create(concern=concern, words="我又看见了", reporter=reporter, at=now)
    queries.look(concern, by=desks.village, now=now)
    told = {"agency": "110", "told_at": now, "reference": "x", "words": AGREED, "submission_id": uuid.uuid4()}
    lifecycle.accept(concern, by=desks.village, now=now)
    lifecycle.refer(concern, by=desks.village, now=now, **told)
    more = {"by": desks.village, "now": now, "words": FOUND}
    lifecycle.follow(concern, **more, next_on=now.date() + timedelta(days=5), submission_id=uuid.uuid4())
    lifecycle.close(concern, **more, outcome="safe", submission_id=uuid.uuid4())
    return desks, Concern.objects.get()


def test_the_keys_of_other_fields_open_no_word_of_a_concern(settings):
    settings.FIELD_ENCRYPTION_KEYS, settings.CONCERN_KEYS = [OTHER], [OLD]
    make_desks()
    make_concern(words=WORDS)

    with pytest.raises(KeyMissing):
        encryption.decrypt(stored())
    assert Statement.objects.get().words == WORDS
    assert (values_are_encrypted().breaches, words_are_sealed().breaches) == ([], [])


def test_a_new_key_writes_all_words_anew_and_the_old_one_can_go(settings, now):
    settings.CONCERN_KEYS = [OLD]
    close_one(now)
    settings.CONCERN_KEYS = [NEW, OLD]

    call_command("rotate_keys")
    settings.CONCERN_KEYS = [NEW]

    assert {row.words for row in Statement.objects.all()} == {WORDS, "我又看见了"}
    assert (HandOff.objects.get().words, Note.objects.get(verb="close").words) == (AGREED, FOUND)
    assert words_are_sealed().breaches == []


def test_words_whose_key_is_missing_are_shown_as_such_and_never_overwritten(settings):
    settings.CONCERN_KEYS = [OLD]
    make_desks()
    make_concern(words=WORDS)
    before = stored()
    settings.CONCERN_KEYS = [NEW]

    row = Statement.objects.get()
    assert "key is missing" in row.words
    with pytest.raises(CommandError):
        call_command("rotate_keys")
    with pytest.raises(KeyMissing), transaction.atomic():
        row.save()

    assert stored() == before
    settings.CONCERN_KEYS = [NEW, OLD]
    assert Statement.objects.get().words == WORDS


@pytest.mark.parametrize(
    "change", [{"words": "nothing happened"}, {"words": ""}, {"reporter": None}, {"at": timezone.now()}]
)
def test_the_database_lets_nobody_change_what_was_reported(change):
    make_desks()
    concern = make_concern(words=WORDS)
    made = Statement.objects.create(concern=concern, words="a", reporter=make_user(), at=timezone.now())

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Statement.objects.filter(pk=made.pk).update(**change)


def test_a_new_key_changes_nothing_but_the_words(settings):
    settings.CONCERN_KEYS = [OLD]
    make_desks()
    make_concern(words=WORDS)
    settings.CONCERN_KEYS = [NEW, OLD]

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Statement.objects.update(words=WORDS, submission_id=uuid.uuid4())
    Statement.objects.update(words=WORDS)


def test_words_go_three_years_after_a_concern_was_closed_and_its_history_stays(settings, tmp_path, client):
    """The database goes by its own clock, so this one goes by the real day."""
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    now = timezone.now()
    desks, concern = close_one(now - THREE_YEARS - timedelta(seconds=1))

    counts = retention.run(now).counts

    assert (counts["concern_statements"], counts["concern_hand_offs"], counts["concern_notes"]) == (2, 1, 2)
    texts = Statement.objects.values_list("words", "subject", "contact", "reporter")
    assert set(texts) == {("", "", "", None)}
    assert (HandOff.objects.get().words, Note.objects.get(verb="close").words) == ("", "")
    assert concern.history.count() == 5
    assert privacy.forget(now) == {"concern_statements": 0, "concern_hand_offs": 0, "concern_notes": 0}
    client.force_login(desks.village.user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    page = client.get(f"/safeguarding/concerns/{concern.pk}/").text
    assert "was deleted three years after" in page
    assert "Sent without words" not in page


def test_words_of_a_younger_or_an_open_concern_stay():
    now = timezone.now()
    _desks, concern = close_one(now - THREE_YEARS + timedelta(hours=1))
    late = make_concern(words=WORDS, now=now - 2 * THREE_YEARS)

    assert set(privacy.forget(now).values()) == {0}
    assert {row.words for row in Statement.objects.filter(concern__in=[concern, late])} == {WORDS, "我又看见了"}
