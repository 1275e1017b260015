"""Several dates that were ordered together: signing up for them in one act, and leaving those that are left.

Each date is decided by its own short transaction, so a full one keeps nobody from the others.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from activities import eligibility, signups, together, waiting
from activities.models import Party, Session, SignUp
from activities.reading import session_now
from core.errors import DomainError
from core.formats import day_text
from organisations.acting import Acting
from people.models import Child, Guardian


class NoDates(DomainError):
    """No date of the series was chosen."""


class AllRefused(DomainError):
    """Not one of the dates could be had; ``sentences`` says why, each reason once."""

    def __init__(self, sentences: Sequence[str]) -> None:
        """Keep the reasons one by one for the page."""
        super().__init__(" ".join(sentences))
        self.sentences = list(sentences)


@dataclass(frozen=True)
class Answer:
    """What became of one date: a party with places or a rank, or the sentence that refused it."""

    session: Session
    party: Party | None = None
    refusal: str = ""


def sign_up(
    session_id: int,
    *,
    dates: Collection[int],
    children: list[Child],
    guardian: Guardian | None,
    by: Acting,
    now: datetime,
    submission_id: uuid.UUID,
    answers: Sequence[signups.ConsentAnswer] = (),
) -> list[Answer]:
    """Sign children up for several dates of the session's series; each date gives places, a rank, or says no.

    Dates go by ascending id, each in its own transaction; the family is told once. What was cut off half-way is
    completed by sending the same form again: each date's party is found by a number that follows from the form's.

    Raises:
        DoesNotExist: there is no such session.
        NoDates: none of the dates is of its series.
        AllRefused: no date took the children.
        DomainError: what ``signups.sign_up`` refuses whatever the date, such as a paper without its day.
    """
    rows = Session.objects.of_series(session_now(session_id)).filter(pk__in=dates)
    found: list[Answer] = []
    message = together.Message("signed_up_dates")
    for session in rows.order_by("pk"):
        try:
            party = signups.sign_up(
                session.pk,
                children=children,
                guardian=guardian,
                by=by,
                now=now,
                submission_id=uuid.uuid5(submission_id, f"session {session.pk}"),
                answers=answers,
                tell=message.tell,
            )
        except (eligibility.NotOpen, eligibility.NotEligible) as refusal:
            message.drop(session)
            found.append(Answer(session, refusal=str(refusal)))
        else:
            found.append(Answer(session, party))
            answers = ()  # recorded with the first date that took the children
    message.send(now=now)
    if not found:
        raise NoDates(_("Choose at least one date."), field="dates")
    found.sort(key=lambda one: (one.session.starts_at, one.session.pk))
    if not any(one.party for one in found):
        raise AllRefused(refusals(found))
    return found


def refusals(answers: Iterable[Answer]) -> list[str]:
    """Return why dates were refused: each reason once, after the days that it is about, alone if it is about all."""
    rows = list(answers)
    days: dict[str, list[str]] = {}
    for one in rows:
        if one.refusal:
            days.setdefault(one.refusal, []).append(day_text(one.session.starts_at))
    if any(len(on) == len(rows) for on in days.values()):
        return list(days)
    comma = pgettext("between days", ", ")
    return [_("%(days)s: %(reason)s") % {"days": comma.join(on), "reason": reason} for reason, on in days.items()]


def leave(rows: Iterable[SignUp], *, by: Acting, now: datetime, reason: str = "") -> int:
    """Give back what the sign-ups have, date by date by ascending id. Return how many ended.

    What has ended already, or has begun meanwhile, stays as it is. The family is told once, of all dates.
    """
    by_party: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        by_party.setdefault((row.session_id, row.party_id), []).append(row.pk)
    ended, message = 0, together.Message("dates_cancelled")
    for (session_id, _party), pks in sorted(by_party.items()):
        try:
            ended += signups.cancel_rows(session_id, pks, by=by, now=now, reason=reason, tell=message.tell)
        except (signups.NotActive, signups.TooLate):
            continue
    message.send(now=now)
    return ended


def sign_ups_of(party: Party, by: Acting) -> list[SignUp]:
    """Return all sign-ups of the party's children in its session's series, as far as the person sees them. One query.

    The soonest date comes first, an earlier try before a later one.
    """
    seen = SignUp.objects.visible_to(by)
    rows = seen.filter(child__in=seen.filter(party=party).values("child"), session__series=party.session.series)
    return list(rows.select_related("party", "child", "session__version").order_by("starts_at", "session_id", "pk"))


@dataclass(frozen=True)
class Line:
    """One date as a family's list shows it; without a party nobody of the family is signed up."""

    session: Session
    party: Party | None = None
    status: str = ""
    rows: Sequence[SignUp] = ()
    position: int | None = None
    is_open: bool = False


def lines(party: Party, rows: Sequence[SignUp], now: datetime) -> list[Line]:
    """Return the coming dates of the party's series, each with what the family has there. Two queries.

    What has ended shows only where nothing of the family is active.
    """
    coming = Session.objects.of_series(party.session).not_cancelled().filter(starts_at__gt=now)
    places = waiting.positions({row.party for row in rows if row.status == SignUp.Status.WAITING})
    by_session: dict[int, list[SignUp]] = {}
    for row in rows:
        by_session.setdefault(row.session_id, []).append(row)
    found = []
    for session in coming.select_related("region").order_by("starts_at", "pk"):
        own = by_session.get(session.pk, [])
        shown = [row for row in own if row.is_active] or own[-1:]
        is_open = session.is_open(now)
        for one in waiting.parties_of(shown):
            mine = [row for row in shown if row.party_id == one.pk]
            found.append(Line(session, one, mine[0].status, mine, places.get(one.pk), is_open))
        if not shown:
            found.append(Line(session, is_open=is_open))
    return found
