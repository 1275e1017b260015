"""Concerns, and the desks that they climb: a village's, a street's, the League's."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from concerns import intake
from concerns.models import Category, Concern
from concerns.references import Subject
from organisations.acting import Acting
from organisations.models import Organisation
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation, make_region


@dataclass
class Desks:
    """Who acts at each level."""

    village: Acting
    street: Acting
    league: Acting


def make_desks() -> Desks:
    """A child officer in the village, one in the street above it, and the League's safeguarding officer."""
    return Desks(
        village=make_member(make_organisation("office", region=make_region("翡翠城社区")), "child_officer"),
        street=make_member(make_organisation("office", region=make_region("瑞景街道")), "child_officer"),
        league=make_member(make_organisation("league", region=make_region("北辰区")), "safeguarding"),
    )


def make_concern(
    *,
    category: str = "other",
    region: str = "翡翠城社区",
    about: Organisation | None = None,
    subject: Subject | None = None,
    reporter: Acting | None = None,
    words: str = "手臂上有多处淤青",
    now: datetime = NOW,
    **more,
) -> Concern:
    """A concern as somebody sent it."""
    return intake.report(
        Category.objects.get(pk=category),
        words=words,
        region=make_region(region),
        about=about,
        subject=subject,
        reporter=reporter,
        submission_id=uuid.uuid4(),
        now=now,
        **more,
    )
