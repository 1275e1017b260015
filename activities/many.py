"""A clerk signs many families up for one session: each family is a party of its own and gets its own answer."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from activities import signups
from activities.eligibility import NotEligible
from activities.models import Party, SignUp
from core.errors import DomainError
from core.time import today
from organisations.acting import Acting
from people.models import Child, Guardian
from safeguarding import clearance
from safeguarding.models import ConsentText

Group = tuple[Guardian, list[Child]]


@dataclass(frozen=True)
class Papers:
    """What the guardians have signed, and when."""

    text: ConsentText
    signed_on: date


@dataclass(frozen=True)
class Outcome:
    """What became of one family: a party with places or waiting, or why there is none."""

    guardian: Guardian
    children: list[Child]
    party: Party | None = None
    status: str = ""
    reasons: list[tuple[Child | None, str]] = field(default_factory=list)


def sign_up_families(
    session_id: int,
    groups: Sequence[Group],
    *,
    papers: Papers | None,
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID,
) -> list[Outcome]:
    """Sign each family's children up in one act of its own, in the order given; one refusal hinders no other.

    ``papers`` are those of the children whose consent is missing; without them they are refused.
    The same submission twice is the same parties.
    """
    lacking = clearance.lacking_consent([child for _guardian, found in groups for child in found], today(now))
    outcomes = []
    for guardian, children in groups:
        answers = [
            signups.ConsentAnswer(child, papers.text, given=True, paper_on=papers.signed_on)
            for child in children
            if papers is not None and child.pk in lacking
        ]
        try:
            party = signups.sign_up(
                session_id,
                children=children,
                guardian=guardian,
                by=by,
                now=now,
                submission_id=_number(submission_id, guardian, children),
                answers=answers,
            )
        except DomainError as refusal:
            outcomes.append(Outcome(guardian, children, reasons=_reasons(refusal, children)))
        else:
            outcomes.append(Outcome(guardian, children, party=party))
    return _with_status(outcomes)


def _number(submission_id: uuid.UUID, guardian: Guardian, children: Sequence[Child]) -> uuid.UUID:
    """Return the family's own number: the form sent again with other children of it is another act."""
    return uuid.uuid5(submission_id, f"{guardian.pk}:{sorted(child.pk for child in children)}")


def _reasons(refusal: DomainError, children: Sequence[Child]) -> list[tuple[Child | None, str]]:
    """Return the sentences, each with the child it is about, if it is about one."""
    if not isinstance(refusal, NotEligible):
        return [(None, str(refusal))]
    return [(child, sentence) for child in children for sentence in refusal.reasons.get(child.pk, [])]


def _with_status(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Add how each party stands. One query."""
    parties = [one.party.pk for one in outcomes if one.party]
    rows = SignUp.objects.filter(party__in=parties).order_by("pk").values_list("party_id", "status")
    status = dict(rows)
    return [replace(one, status=status[one.party.pk]) if one.party else one for one in outcomes]
