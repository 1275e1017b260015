"""A file with one's own data is made without holding up anybody."""

import uuid
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from privacy import erasure, mydata, retention, tasks
from privacy.models import PreparedFile, private
from tests.conftest import NOW
from tests.factories.people import make_child, make_guardian, make_guardianship, make_youth
from tests.factories.users import make_user


@pytest.mark.django_db
def test_a_deleted_child_stands_in_no_file_of_its_guardians_or_its_own(settings, tmp_path):
    """The other guardian fetched it for another day."""
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    youth = make_youth(name="林小满")
    sibling, stranger = make_child(make_guardian(user=make_user())), make_user()
    guardian = youth.guardianships.get().guardian
    make_guardianship(guardian, sibling)
    for user in (guardian.user, youth.user, stranger):
        mydata.ask(user, now=NOW, submission_id=uuid.uuid4())
    mydata.prepare(NOW)

    erasure.erase(youth, cause="asked", now=NOW)

    assert PreparedFile.objects.get().owner == stranger


@pytest.mark.django_db
def test_a_child_deleted_while_the_file_is_gathered_is_not_in_it(monkeypatch, settings, tmp_path):
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    guardian = make_guardian(user=make_user())
    child = make_child(guardian, name="林小满")
    mydata.ask(guardian.user, now=NOW, submission_id=uuid.uuid4())
    gather = mydata.archive

    def erased_meanwhile(user, now):
        made = gather(user, now)
        erasure.erase(child, cause="asked", now=NOW + timedelta(seconds=1))
        return made

    monkeypatch.setattr(mydata, "archive", erased_meanwhile)
    assert mydata.prepare(NOW) == 0
    monkeypatch.setattr(mydata, "archive", gather)
    assert mydata.prepare(NOW) == 1

    with PreparedFile.objects.get().file.open("rb") as file, zipfile.ZipFile(file) as made:
        assert "林小满" not in made.read("data.json").decode()


@pytest.mark.django_db
def test_a_file_is_off_the_disk_within_a_minute_of_its_day_and_still_counts_in_the_night(settings, tmp_path):
    """Up to a day longer everything of a family lay on the disk, and went into a backup taken in between."""
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    over, alive = make_user(), make_user()
    mydata.ask(over, now=NOW, submission_id=uuid.uuid4())
    mydata.ask(alive, now=NOW + timedelta(hours=1), submission_id=uuid.uuid4())
    mydata.prepare(NOW + timedelta(hours=1))
    names = {row.owner: row.file.name for row in PreparedFile.objects.select_related("owner")}

    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        tasks.prepare()
        tasks.prepare()

    assert [private().exists(names[user]) for user in (over, alive)] == [False, True]
    assert retention.run(NOW + timedelta(days=1)).counts["my_data"] == 1


def test_a_file_of_ones_own_data_is_gathered_outside_every_transaction(fresh_db, monkeypatch):
    mydata.ask(make_user(), now=NOW, submission_id=uuid.uuid4())
    gather, held = mydata.archive, []

    def watched(user, now):
        held.append(connection.in_atomic_block)
        return gather(user, now)

    monkeypatch.setattr(mydata, "archive", watched)

    assert mydata.prepare(NOW) == 1
    assert held == [False]
