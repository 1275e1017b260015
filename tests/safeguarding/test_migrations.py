"""Records from before they said so: the League of a suspension, and that a person was seen to be of age."""

from datetime import timedelta

import pytest

from core.time import today
from safeguarding import services
from safeguarding.models import BackgroundCheck, Suspension
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_youth
from tests.factories.safeguarding import make_check
from tests.factories.users import make_user
from tests.migrating import to

BEFORE, AFTER = ("safeguarding", "0008_health_text"), ("safeguarding", "0009_suspension_of_a_league")


@pytest.mark.slow
def test_suspensions_get_the_league_of_their_history(back_again):
    here = make_member(make_organisation("league"), "safeguarding")
    there = make_member(make_organisation("league", region=make_region("天穆镇")), "safeguarding", user=here.user)
    user, soon = make_user(), today(NOW) + timedelta(days=30)
    suspended = [
        services.suspend(user, from_on=from_on, until_on=None, reason="r", by=by, now=NOW)
        for by, from_on in ((here, soon), (there, today(NOW)))
    ]
    to(*BEFORE)

    to(*AFTER)

    leagues = [Suspension.objects.get(pk=one.pk).league for one in suspended]
    assert leagues == [here.organisation, there.organisation]


@pytest.mark.slow
def test_checks_from_before_count_as_of_adults_but_for_known_minors(back_again):
    """Nobody who is on duty today is kept out by the new question."""
    adult, youth = make_check(make_user()), make_check(make_youth(age=15).user)
    to("safeguarding", "0009_suspension_of_a_league")

    to("safeguarding", "0010_check_says_of_age")

    assert [BackgroundCheck.objects.get(pk=one.pk).of_age for one in (adult, youth)] == [True, False]
