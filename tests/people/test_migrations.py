"""Two rows for the same guardian and child become one, from any state before."""

from datetime import date

import pytest

from people.models import Guardianship
from tests.factories.people import make_child, make_guardian
from tests.migrating import to

BEFORE, ENDS, ONCE = tuple(
    ("people", name) for name in ("0007_erased", "0008_guardianship_ends_at_18", "0009_guardianship_once")
)
EARLY, LATER, LATEST = date(2020, 1, 1), date(2023, 1, 1), date(2024, 1, 1)
AT_18 = date(2034, 1, 15)
WHOLE = (EARLY, AT_18)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "cases"),
    [
        (BEFORE, [([(EARLY, LATER), (LATEST, None)], (LATEST, AT_18)), ([(EARLY, LATEST), (LATER, None)], WHOLE)]),
        (ENDS, [([(LATER, AT_18), (EARLY, AT_18)], WHOLE), ([(EARLY, LATER), (LATER, LATEST)], (EARLY, LATEST))]),
    ],
)
def test_of_two_guardianships_the_one_that_ends_last_stays_as_wide_as_they_were(back_again, state, cases):
    guardian = make_guardian()
    children = [make_child(guardian, birth_date=date(2016, 1, 15)) for _ in cases]
    Guardianship.objects.all().delete()
    rows = to(*state).get_model("people", "Guardianship").objects
    for child, (dates, _kept) in zip(children, cases, strict=True):
        for starts_on, ends_on in dates:
            rows.create(guardian_id=guardian.pk, child_id=child.pk, starts_on=starts_on, ends_on=ends_on)

    to(*ONCE)

    kept = Guardianship.objects.order_by("child_id").values_list("starts_on", "ends_on")
    assert list(kept) == [wanted for _dates, wanted in cases]
