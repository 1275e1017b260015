"""The night forgets whose time is over, whatever records there are."""

import uuid
from datetime import timedelta

import pytest

from people.models import Child
from privacy import mydata, retention
from tests.conftest import NOW
from tests.factories.people import make_child
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db


def test_a_grown_child_with_a_merged_record_goes_in_one_night_and_stops_nothing(settings, tmp_path):
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    old = NOW.date().replace(year=NOW.year - 20)
    kept = make_child(birth_date=old)
    former = make_child(birth_date=old, merged_into=kept)

    run = retention.run(NOW)

    assert run.counts["until_grown"] == 1
    assert set(Child.objects.filter(pk__in=[kept.pk, former.pk]).values_list("erased_at", flat=True)) == {NOW}


def test_a_night_says_how_many_files_of_ones_own_data_were_made_in_time(settings, tmp_path):
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    for user in [make_user(), make_user()]:
        mydata.ask(user, now=NOW, submission_id=uuid.uuid4())
    mydata.prepare(NOW)
    mydata.ask(make_user(), now=NOW, submission_id=uuid.uuid4())

    counts = retention.run(NOW + timedelta(days=2)).counts

    assert (counts["files"], counts["my_data"], counts["my_data_never_made"]) == (3, 2, 1)
