"""Whom the verbs of a session tell, and about what. No message names a child."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.urls import reverse

from activities.models import CrewAssignment, Party, Session, SignUp
from core.time import born_by, today
from notifications.services import notify
from organisations.acting import Acting
from people import services as people
from people.models import Guardian, Guardianship
from people.models.child import ADULT_AGE
from users.models import User

# How a verb tells a family about its own sign-up: ``tell_party``, or one message about several dates.
Tell = Callable[..., None]
URGENT_WITHIN = timedelta(hours=24)


def about(session: Session, **more: Any) -> dict[str, Any]:
    """Return the values that every message about a session has."""
    return {
        "title": session.version.title,
        "title_en": session.version.title_en,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "place": session.place,
        **more,
    }


def families(parties: Iterable[Party], now: datetime) -> tuple[list[User], list[Guardian]]:
    """Return who answers for the parties: youths who signed up alone, and guardians (of such a youth, all of them).

    Of each child whom a guardian signed up somebody hears: that guardian; the guardians of today, where that one
    answers for the minor no more; whoever is of age, or without a login of theirs the guardian once more.
    However many parties, one query; two more where a youth signed up alone, else one where somebody is of age; and
    one where a guardian has left.
    """
    rows, on = list(parties), today(now)
    alone = [party.pk for party in rows if party.guardian_id is None]
    with_one = {party.pk: party.guardian_id for party in rows if party.guardian_id}
    pks: set[int] = set()
    if alone:
        wards = Guardianship.objects.current(on).filter(child__sign_ups__party__in=alone)
        pks = set(wards.values_list("guardian_id", flat=True))
    guardians = list(_answering(with_one, pks, on))
    gone = set(with_one.values()) - {one.pk for one in guardians}
    if gone or any(one.has_left for one in guardians):  # type: ignore[attr-defined]
        known = {one.pk for one in guardians}
        guardians += [one for one in _instead(list(with_one), on) if one.pk not in known]
    is_grown = bool(gone) or any(one.has_grown for one in guardians)  # type: ignore[attr-defined]
    of_age = Q(youth__birth_date__lte=born_by(ADULT_AGE, on), youth__sign_ups__party__in=list(with_one))
    hears = Q(youth__sign_ups__party__in=alone) | (of_age if is_grown else Q(pk__in=()))
    return list(User.objects.filter(hears).distinct()) if alone or is_grown else [], guardians


def _answering(with_one: dict[int, int], pks: set[int], on: date) -> QuerySet[Guardian]:
    """Return the guardians of the parties who still answer for a child in them, and those of ``pks``.

    Of somebody of age without a login who signed them up hears still. Each with ``has_grown``: whether somebody whom
    they signed up is of age, and ``has_left``: whether they answer no more for a minor whom they signed up.
    """
    own = SignUp.objects.filter(party__guardian=OuterRef("pk"), party__in=list(with_one))
    answers = Guardianship.objects.current(on).filter(guardian=OuterRef("party__guardian"), child=OuterRef("child"))
    of_age, minors = Q(child__birth_date__lte=born_by(ADULT_AGE, on)), Q(child__birth_date__gt=born_by(ADULT_AGE, on))
    hears = Exists(own.filter(Exists(answers))) | Exists(own.filter(of_age, child__user=None, child__erased_at=None))
    signed_up = Q(pk__in=set(with_one.values()), erased_at=None) & hears
    rows = Guardian.objects.filter(signed_up | Q(pk__in=pks)).select_related("user")
    return rows.annotate(has_grown=Exists(own.filter(of_age)), has_left=Exists(own.filter(minors, ~Exists(answers))))


def _instead(parties: Sequence[int], on: date) -> QuerySet[Guardian]:
    """Return who answers today for minors for whom the guardian who signed them up answers no more."""
    signer = Guardianship.objects.current(on).filter(guardian=OuterRef("party__guardian"), child=OuterRef("child"))
    left = SignUp.objects.filter(~Exists(signer), party__in=parties).values("child")
    current = Guardianship.objects.current(on).filter(child__in=left).values("guardian")
    rows = Guardian.objects.filter(pk__in=current).select_related("user").order_by("pk")
    return rows.annotate(has_grown=Value(value=False))


@dataclass(frozen=True)
class Concerned:
    """Everybody whom a session's sign-ups concern: who answers for the parties, and youths with a login."""

    guardians: Sequence[Guardian]
    youths: Sequence[User]

    def __bool__(self) -> bool:
        return bool(self.guardians or self.youths)


def concerned(sign_ups: QuerySet[SignUp], now: datetime) -> Concerned:
    """Return everybody whom sign-ups concern; unlike ``families`` also a youth whom a guardian signed up.

    Six queries at most, however many there are.
    """
    _alone, guardians = families(Party.objects.filter(pk__in=sign_ups.values("party_id")), now)
    youths = User.objects.filter(youth__sign_ups__in=sign_ups).distinct().order_by("pk")
    return Concerned(guardians, list(youths))


def tell(
    parties: Iterable[Party],
    *,
    kind: str,
    cause: str,
    session: Session,
    now: datetime,
    path: str = "",
    urgent: bool = False,
    but: User | None = None,
    **more: Any,
) -> None:
    """Tell the families of the parties, except the person ``but`` who did it themself."""
    youths, guardians = families(parties, now)
    context = about(session, **more)
    path = path or reverse("activities:session", args=[session.pk])
    done_by = but.pk if but else None
    to = [user for user in youths if user.pk != done_by]
    notify(to, kind=kind, cause=cause, context=context, path=path, now=now, urgent=urgent)
    others = [row for row in guardians if row.user_id is None or row.user_id != done_by]
    people.tell_all(others, kind=kind, cause=cause, context=context, path=path, now=now, urgent=urgent)


def tell_concerned(
    to: Concerned, *, kind: str, cause: str, session: Session, now: datetime, urgent: bool = False, **more: Any
) -> None:
    """Tell everybody whom sign-ups of the session concern, each once."""
    context, path = about(session, **more), reverse("activities:session", args=[session.pk])
    notify(to.youths, kind=kind, cause=cause, context=context, path=path, now=now, urgent=urgent)
    people.tell_all(to.guardians, kind=kind, cause=cause, context=context, path=path, now=now, urgent=urgent)


def tell_party(
    party: Party,
    kind: str,
    *,
    session: Session,
    now: datetime,
    by: Acting | None = None,
    has_ticket: bool = True,
    **more: Any,
) -> None:
    """Tell one party's family about its own sign-up; its ticket page is where the message leads.

    Without a ticket page of their own (``has_ticket``: of age, with no login) it leads to the session's.

    The cause counts the party's events, so that an offer after an earlier one is a message of its own.
    """
    event = more.pop("event", "")
    tell(
        [party],
        kind=kind,
        cause=f"{kind}:{party.pk}{f':{event}' if event else ''}",
        session=session,
        now=now,
        path=reverse("activities:ticket", args=[session.pk, party.pk]) if has_ticket else "",
        but=by.user if by else None,
        **more,
    )


def is_soon(session: Session, now: datetime) -> bool:
    """Tell whether news about the session cannot wait for the morning."""
    return session.starts_at - now <= URGENT_WITHIN


def tell_crew(session: Session, kind: str, *, cause: str, now: datetime, urgent: bool = False, **more: Any) -> None:
    """Tell the staff on duty."""
    staff = User.objects.filter(pk__in=CrewAssignment.objects.active().filter(session=session).values("user"))
    path = reverse("activities:check-in", args=[session.pk])
    notify(staff, kind=kind, cause=cause, context=about(session, **more), path=path, now=now, urgent=urgent)
