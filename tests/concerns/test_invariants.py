"""``verify`` sees each broken row of the concerns."""

import uuid
from datetime import date

import time_machine
from django.db import connection

from concerns import lifecycle, queries
from concerns.invariants import INVARIANTS
from concerns.models import Concern, Statement
from organisations.models import Membership
from tests.breaking import drop_constraint, drop_triggers
from tests.conftest import NOW
from tests.factories.concerns import make_concern, make_desks
from tests.factories.organisations import make_organisation

CHECKS = {invariant.key: invariant.check for invariant in INVARIANTS}


def broken() -> dict[str, list[str]]:
    return {key: found for key, check in CHECKS.items() if (found := check().breaches)}


def test_each_promise_broken_on_purpose_is_reported(breakable_db):
    desks, provider = make_desks(), make_organisation("provider")
    concern = make_concern(about=provider)
    with time_machine.travel(NOW, tick=False):
        queries.look(concern, by=desks.village, now=NOW)
        lifecycle.accept(concern, by=desks.village, now=NOW)
    assert broken() == {}
    assert all(check().checked for check in CHECKS.values())

    member = Membership.objects.create(
        user=desks.village.user, organisation=provider, role="manager", starts_on=date(2026, 1, 1)
    )
    assert broken() == {"F2": [f"concern {concern.pk}: opened by one of the organisation concerned"]}
    member.delete()

    drop_constraint(Concern, "concern_not_at_desk_concerned")
    Concern.objects.update(about=desks.village.organisation)
    assert "F2" in broken()
    Concern.objects.update(about=None)

    told = {"agency": "110", "told_at": NOW, "reference": "x", "words": "", "submission_id": uuid.uuid4()}
    lifecycle.refer(concern, by=desks.village, now=NOW, **told)
    assert broken() == {}
    drop_triggers("concerns_concernread", "concerns_statement")
    concern.reads.all().delete()
    assert len(broken()["H5"]) == 2
    queries.look(concern, by=desks.village, now=NOW)

    Concern.objects.update(status="following")
    assert broken() == {"K1": [f"concern {concern.pk}: its history ends at “referred”"]}
    Concern.objects.update(status="referred")

    with connection.cursor() as cursor:
        cursor.execute("UPDATE concerns_statement SET words = 'open'")
    assert list(broken()) == ["G4"]
    Statement.objects.all().delete()
    assert broken() == {"H5": [f"concern {concern.pk}: nothing was reported"]}
