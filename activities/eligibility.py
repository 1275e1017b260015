"""May this child be in this session? Each no says why, and what would help."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import BigIntegerField, DateTimeField
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities import noshows
from activities.models import Session, SignUp
from catalog.models import Programme
from core.errors import DomainError
from core.formats import day_text, daytime_text
from core.prepared import Prepared
from core.time import today
from organisations.models import Organisation
from people.models import Child, Guardian
from safeguarding import clearance, consents
from safeguarding.consents import Standing

# Who signs the children up: one guardian, nobody for a youth alone, or of many parties each child's own.
SignedBy = Guardian | Mapping[Child, Guardian | None] | None
TOO_YOUNG, TOO_OLD, CONSENT, OVERLAP, ALREADY, MERGED, MISSED, SUSPENDED, PAUSED = (
    "too_young",
    "too_old",
    "consent",
    "overlap",
    "already",
    "merged",
    "missed",
    "suspended",
    "paused",
)


@dataclass(frozen=True)
class Obstacle:
    """One reason against one child, as a code for the page and a sentence for people."""

    code: str
    sentence: str
    passes: bool = False

    @property
    def is_lasting(self) -> bool:
        """Whether waiting does not help: a clash ends, or a bar in time; an age or a missing consent ends the wait."""
        return self.code != OVERLAP and not self.passes


class NotOpen(DomainError):
    """Nobody can sign up for the session now."""


class WrongAge(DomainError):
    """A child has a place in a session that its age does not fit."""


class NotEligible(DomainError):
    """At least one child may not be in the session; ``obstacles`` says for each child why."""

    def __init__(self, obstacles: dict[int, list[Obstacle]]) -> None:
        """Keep the reasons by child; the sentence is the first of them."""
        self.obstacles = {pk: reasons for pk, reasons in obstacles.items() if reasons}
        first = next(iter(self.obstacles.values()))
        super().__init__(first[0].sentence, field="children")

    @property
    def at_the_door(self) -> str:
        """The sentence for the provider's staff: about this session only, never what the child does elsewhere."""
        codes = {one.code for found in self.obstacles.values() for one in found}
        if ALREADY in codes:
            return _("This child is on the list already.")
        if codes & {TOO_YOUNG, TOO_OLD}:
            return _("This child is not of the age that the programme is for.")
        if codes == {CONSENT}:
            return _("The guardian's consent is missing. Have the paper signed, and tick the box.")
        return _("This child cannot be added now. Its guardian sees why on their own page.")

    @property
    def reasons(self) -> dict[int, list[str]]:
        """The sentences by child."""
        return {pk: [one.sentence for one in found] for pk, found in self.obstacles.items()}


def closed_because(session: Session, now: datetime) -> str:
    """Return why nobody can sign up now, or nothing."""
    if session.status == Session.Status.CANCELLED:
        return _("This session was cancelled. Look for another date.")
    if now < session.opens_at:
        return _("Sign-up opens %(moment)s.") % {"moment": daytime_text(session.opens_at)}
    if session.status != Session.Status.SCHEDULED or now >= session.starts_at:
        return _("This session has begun. Look for another date.")
    if now >= session.closes_at:
        return _("Sign-up has closed. Ask at the door: free places go to whoever is there.")
    return ""


def require_open(session: Session, now: datetime) -> None:
    """Pass if families can sign up now.

    Raises:
        NotOpen: too early, too late, cancelled or over.
    """
    reason = closed_because(session, now)
    if reason:
        raise NotOpen(reason)


def find(
    session: Session,
    children: Iterable[Child],
    now: datetime,
    *,
    guardian: SignedBy,
    is_waiting: bool = False,
    at_the_door: bool = False,
    answers: Standing | None = None,
) -> dict[int, list[Obstacle]]:
    """Return what stands against each child. Three queries, however many children; one if ``answers`` are read.

    Where a rule about sessions missed is in force, one more. ``is_waiting``: the children wait for this very session,
    so being signed up for it is no obstacle, nor is it that what a guardian agreed to then has ended since, at 18 (one
    query more, and only if somebody of age lacks a consent). ``at_the_door``: the children are there, so what they
    missed is none.
    """
    rows = list(children)
    barred = {} if at_the_door else noshows.bars(session, rows, now)
    active, paused = _active_sign_ups(session, rows), None if at_the_door else _paused(session)
    lacking = clearance.lacking_consent(rows, today(now), answers)
    if is_waiting:
        lacking -= consents.ended_at_18([child for child in rows if child.pk in lacking], today(now))
    found: dict[int, list[Obstacle]] = {}
    for child in rows:
        others = [row for row in active[child.pk] if row.session_id != session.pk]
        mine = [row for row in active[child.pk] if row.session_id == session.pk]
        reasons = [
            Obstacle(ALREADY, _("Already signed up for this session.")) if mine and not is_waiting else None,
            _age(session, child),
            _overlap(others[0]) if others else None,
            Obstacle(CONSENT, _("A guardian's consent is missing. Read it and answer."))
            if child.pk in lacking
            else None,
            Obstacle(MERGED, _("This record was joined with another. Choose the other one."))
            if child.merged_into_id
            else None,
            _missed(session, barred.get(child.pk), mine),
            paused,
            _suspended(session, child, guardian.get(child) if isinstance(guardian, Mapping) else guardian, now),
        ]
        found[child.pk] = [reason for reason in reasons if reason]
    return found


_NAMED = ("session__version__title", "session__version__title_en")  # what names another session to the family


def _active_sign_ups(session: Session, children: Sequence[Child]) -> dict[int, list[SignUp]]:
    """The children's active sign-ups for this session, and those that hold a place at the same time elsewhere."""
    found: dict[int, list[SignUp]] = defaultdict(list)
    if children:
        pks = sorted(child.pk for child in children)
        for row in _BUSY.rows(starts=session.starts_at, ends=session.ends_at, children=pks):
            if row.session_id == session.pk or row.holds_place:
                found[row.child_id].append(row)
    return found


# A sign-up has its session's times. Asked for by session as well, PostgreSQL would read all sign-ups of the session.
_BUSY = Prepared(
    lambda starts, ends, children: (
        SignUp.objects.active()
        .filter(child__pk__in=children, starts_at__lt=ends, ends_at__gt=starts)
        .select_related("session__version")
        .only("child_id", "session_id", "status", "starts_at", "created_at", *_NAMED)
        .order_by("starts_at", "pk")
    ),
    starts=DateTimeField(),
    ends=DateTimeField(),
    children=BigIntegerField(),
)


def _age(session: Session, child: Child) -> Obstacle | None:
    age, version = child.age(today(session.starts_at)), session.version
    if age < version.min_age:
        years = version.min_age - age
        text = ngettext(
            "Too young: from %(age)s years on, %(years)s more year to go.",
            "Too young: from %(age)s years on, %(years)s more years to go.",
            years,
        )
        return Obstacle(TOO_YOUNG, text % {"age": version.min_age, "years": years})
    if age > version.max_age:
        return Obstacle(TOO_OLD, _("Too old: up to %(age)s years.") % {"age": version.max_age})
    return None


def _missed(session: Session, bar: noshows.Bar | None, mine: Sequence[SignUp]) -> Obstacle | None:
    """Nobody is kept from what they signed up for before the rule began."""
    if bar is None or any(row.created_at < bar.rule.since for row in mine):
        return None
    text = ngettext(
        "Signed up and did not come %(count)d time since %(since)s; can sign up again on %(until)s. You may object.",
        "Signed up and did not come %(count)d times since %(since)s; can sign up again on %(until)s. You may object.",
        bar.misses,
    )
    words = {"count": bar.misses, "since": day_text(bar.since), "until": day_text(bar.until)}
    return Obstacle(MISSED, text % words, passes=bar.until <= today(session.closes_at))


def _paused(session: Session) -> Obstacle | None:
    """The League suspended the provider or the programme: nobody new joins until it may go on; who waits keeps a rank.

    Read as a minute old at most where the session was read by ``session_now``.
    """
    if session.provider.status == Organisation.Status.SUSPENDED:
        text = _("The League has suspended the provider for now, so nobody new can join. Look for another date.")
    elif session.version.programme.status == Programme.Status.SUSPENDED:
        text = _("The League has suspended the programme for now, so nobody new can join. Look for another one.")
    else:
        return None
    return Obstacle(PAUSED, text, passes=True)


def _suspended(session: Session, child: Child, guardian: Guardian | None, now: datetime) -> Obstacle | None:
    """A League suspended the guardian's sign-ups; nobody but the guardian is told why. No query.

    It is nothing to whoever came of age since: nobody answers for them any more.
    """
    if guardian is None or child.is_grown(today(now)) or not guardian.is_suspended(today(now)):
        return None
    until = guardian.suspended_until
    if until is None:
        text = _(
            "The League has suspended this guardian's sign-ups until it lifts that. The guardian's messages say why "
            "and to whom to write."
        )
        return Obstacle(SUSPENDED, text)
    text = _(
        "The League has suspended this guardian's sign-ups until %(until)s. The guardian's messages say why and to "
        "whom to write."
    )
    return Obstacle(SUSPENDED, text % {"until": day_text(until)}, passes=until < today(session.closes_at))


def require_places_fit(child: Child, now: datetime) -> None:
    """Pass if the child's age fits every coming session in which it has a place; who only waits is taken out in turn.

    Raises:
        WrongAge: it does not; the sentence names the sessions.
    """
    rows = SignUp.objects.holding().filter(child=child, starts_at__gt=now).select_related("session__version")
    wrong = [row for row in rows.order_by("starts_at", "pk") if _age(row.session, child)]
    if wrong:
        named = "; ".join(f"{row.session.version.title_local} ({daytime_text(row.starts_at)})" for row in wrong)
        sentence = _(
            "With this birth date the child does not fit where it has a place: %(sessions)s. Cancel there first."
        )
        raise WrongAge(sentence % {"sessions": named}, field="birth_date")


def _overlap(other: SignUp) -> Obstacle:
    words = {"title": other.session.version.title_local, "moment": daytime_text(other.starts_at)}
    sentence = _("Has a place in “%(title)s” at that time (%(moment)s). Cancel it there to come here.")
    return Obstacle(OVERLAP, sentence % words)


def require_eligible(
    session: Session,
    children: Iterable[Child],
    now: datetime,
    *,
    guardian: SignedBy,
    is_waiting: bool = False,
    at_the_door: bool = False,
) -> None:
    """Pass if every child may be in the session; ``is_waiting``: they wait for it, or hold an offer of it.

    Raises:
        NotEligible: at least one may not.
    """
    obstacles = find(session, children, now, guardian=guardian, is_waiting=is_waiting, at_the_door=at_the_door)
    if any(obstacles.values()):
        raise NotEligible(obstacles)


def refuse_overlap(session: Session, children: Sequence[Child]) -> None:
    """Ask once more inside the transaction, where the database has no constraint of its own for it.

    On SQLite the transaction is IMMEDIATE, so nobody else writes between this question and the commit; on PostgreSQL
    the exclusion constraint decides at the commit, and this asks nothing.

    Raises:
        NotEligible: a child got a place elsewhere at the same time.
    """
    if connection.vendor != "sqlite":
        return
    busy = SignUp.objects.holding().filter(
        child__in=children, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at
    )
    rows = busy.exclude(session=session).select_related("session__version").order_by("starts_at")
    found = {row.child_id: [_overlap(row)] for row in rows}
    if found:
        raise NotEligible(found)
