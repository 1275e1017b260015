"""Suspensions from before they named a League get the one for which they were decided."""

from datetime import timedelta

import pytest

from core.time import today
from safeguarding import services
from safeguarding.models import Suspension
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region
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
