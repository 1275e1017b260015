"""Incidents of personal data, written down by a League's safeguarding officer."""

import uuid
from datetime import timedelta
from typing import Any

from organisations.acting import Acting
from people.models import Child
from privacy import affected, lifecycle
from privacy.lifecycle import Facts
from privacy.models import Incident, Telling
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region

NOTICE = {"notice_zh": "名单被不该看的人看到了。", "notice_en": "A list was seen by somebody who should not have."}


def make_keeper(region: str = "北辰区") -> Acting:
    """The safeguarding officer of a League."""
    return make_member(make_organisation("league", region=make_region(region)), "safeguarding")


def facts(**more: Any) -> Facts:
    """What is written down, found an hour ago."""
    fields: dict[str, Any] = {
        "kind": "access",
        "grade": "ordinary",
        "found_at": NOW - timedelta(hours=1),
        "began_at": None,
        "what": "一份名单发错了地方",
        "data_kinds": ["people.Child.name", "people.Guardian.phone"],
        "may_follow": "可能有人打电话给您",
        "remedy": "名单已经收回",
        "advice": "陌生来电请不要回答",
    }
    return Facts(**{**fields, **more})


def make_incident(by: Acting | None = None, **more: Any) -> Incident:
    """An open incident."""
    return lifecycle.write_down(facts(**more), by=by or make_keeper(), now=NOW, submission_id=uuid.uuid4())


def fresh(incident: Incident) -> Incident:
    """The incident as it is now."""
    return Incident.objects.get(pk=incident.pk)


def pick(incident: Incident, by: Acting, *children: Child) -> int:
    """Fix that it concerns the children."""
    found = affected.Found("test", children={child.pk for child in children})
    return affected.pick(incident, found, by=by, now=NOW)


def worded(incident: Incident, by: Acting) -> Incident:
    """The incident with a notice in both languages."""
    return lifecycle.word(incident, **NOTICE, by=by, now=NOW)


def told(incident: Incident) -> set[tuple[str, int | None, int | None]]:
    """How each of those concerned was told: the way, the guardian, the login."""
    rows = Telling.objects.filter(affected__incident=incident)
    return set(rows.values_list("how", "guardian", "user"))
