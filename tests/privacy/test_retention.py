"""The night forgets whose time is over, whatever records there are."""

import pytest

from people.models import Child
from privacy import retention
from tests.conftest import NOW
from tests.factories.people import make_child

pytestmark = pytest.mark.django_db


def test_a_grown_child_with_a_merged_record_goes_in_one_night_and_stops_nothing(settings, tmp_path):
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")
    old = NOW.date().replace(year=NOW.year - 20)
    kept = make_child(birth_date=old)
    former = make_child(birth_date=old, merged_into=kept)

    run = retention.run(NOW)

    assert run.counts["until_grown"] == 1
    assert set(Child.objects.filter(pk__in=[kept.pk, former.pk]).values_list("erased_at", flat=True)) == {NOW}
