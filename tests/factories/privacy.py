"""Incidents of personal data, written down by a League's safeguarding officer."""

import uuid
from datetime import timedelta
from typing import Any

from organisations.acting import Acting
from privacy import lifecycle
from privacy.lifecycle import Facts
from privacy.models import Incident
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
