"""Several adults who answer for one child: one of them, or the office, makes a link, and another adult takes it up.

Neither learns from this site who the other is: what is shown and told counts them. Whoever answers may take back an
open link, and leave; nobody ends the part of another. What only one of them wants is settled by the office or League.
"""

from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import lock, retried
from core.time import today
from organisations.acting import Acting, record
from people import grown, links, services
from people.models import Child, ChildHistory, Guardian, GuardianLink, Guardianship
from people.policies import may_offer
from people.queries import guardians_of
from users.models import User

MOST_GUARDIANS = 4  # two parents, and a carer in each one's home: beyond, an office looks at who answers


class NotTheirs(DomainError):
    """The person has no say, or no longer, in who answers for the child."""


class TooMany(DomainError):
    """As many answer for the child as may."""


class EndImpossible(DomainError):
    """A carer's part needs a last day from today on, and nobody else's has one."""


class AnswersAlready(DomainError):
    """The person answers for the child already."""


class NotAnAdult(DomainError):
    """The account is that of somebody under 18 by their record."""


class Suspended(DomainError):
    """A League has suspended the sign-ups of one of them: nobody gets round it through another account."""


class NobodyElse(DomainError):
    """Nobody would answer for the child as long as the person does."""


def how_many(child: Child, on: date) -> int:
    """Return how many adults answer for the child on the day. One query."""
    return Guardianship.objects.current(on).filter(child=child).count()


def _check_room(child: Child, on: date) -> None:
    """Pass if one more may answer. The caller holds the child's lock."""
    known = list(guardians_of(child, on))
    if any(one.is_suspended(on) for one in known):
        raise Suspended(
            _("Nobody can be added while a guardian's sign-ups are suspended. Ask the youth league committee.")
        )
    if len(known) >= MOST_GUARDIANS:
        raise TooMany(_("Four adults answer for this child already. Ask the office if somebody else has to."))


def _check_end(relation: str, until: date | None, on: date) -> None:
    if (relation == Guardianship.Relation.CARER) != (until is not None):
        raise EndImpossible(
            _("Say until when a carer answers; everybody else answers until the child is 18."), field="until"
        )
    if until is not None and until < on:
        raise EndImpossible(_("This day has passed. Choose today or a later day."), field="until")


@retried
def offer(child: Child, *, relation: str, until: date | None = None, by: Acting, now: datetime) -> str:
    """Return the secret of a link by which one more adult answers for the child; the person's earlier ones end.

    A carer answers until the day ``until``, everybody else until the child is 18. Who answers already is told.

    Raises:
        NotTheirs: the person answers for the child neither until 18 nor as the clerk of the registering office.
        EndImpossible: a carer without a last day, or with one that has passed; or a last day for somebody else.
        TooMany, Suspended: nobody can be added.
    """
    on = today(now)
    _check_end(relation, until, on)
    with transaction.atomic():
        row = lock(Child, child.pk)
        if not may_offer(by, row, on) or row.erased_at is not None:
            raise NotTheirs(_("Only who answers for the child until 18 lets somebody else answer too."))
        _check_room(row, on)
        row.guardian_links.open(now).filter(made_by=by.user).delete()
        office = by.organisation if by.organisation and by.organisation.pk == row.registered_by_id else None
        link, secret = links.make(
            GuardianLink, by=by, now=now, child=row, relation=relation, agreed_until=until, office=office
        )
        record(ChildHistory, by, verb="offer_guardianship", child=row, at=now)
        others = guardians_of(row, on).exclude(user=by.user) if office is None else guardians_of(row, on)
        _tell(list(others), "guardian_invited", link, now, until=today(link.expires_at))
    return secret


@retried
def take_back(link: GuardianLink, *, by: Acting, now: datetime) -> None:
    """Delete an open link; twice is the same as once, and one that was taken up stays."""
    with transaction.atomic():
        child = lock(Child, link.child_id)
        deleted, _kinds = GuardianLink.objects.filter(pk=link.pk, used_at=None).delete()
        if deleted:
            record(ChildHistory, by, verb="take_back_guardianship", child=child, at=now)


def find_link(secret: str, *, now: datetime) -> GuardianLink:
    """Return the open link of a secret. One query.

    Raises:
        LinkGone: there is none, its last day has passed, or the child is merged, erased or of age.
    """
    found, on = links.find(GuardianLink, secret, now=now), today(now)
    if found is None or not _may_be_answered_for(found.child, on) or (found.agreed_until or on) < on:
        raise links.LinkGone(_("This link no longer works. Ask who gave it to you for a new one."))
    return found


def _may_be_answered_for(child: Child, on: date) -> bool:
    return child.merged_into_id is None and child.erased_at is None and not child.is_grown(on)


def _check_person(guardian: Guardian, child: Child, on: date) -> None:
    """Pass if the person may answer for the child. The caller holds the child's lock."""
    record_of = Child.objects.filter(user=guardian.user_id).first()
    if record_of is not None and not record_of.is_grown(on):
        raise NotAnAdult(_("Only adults answer for a child. Sign in with the adult's own account."))
    if Guardianship.objects.current(on).filter(child=child, guardian=guardian).exists():
        raise AnswersAlready(_("You answer for this child already. Give the link to the other adult."))
    if guardian.erased_at is not None or guardian.is_suspended(on):
        raise Suspended(_("Your sign-ups are suspended, so you cannot be added. Ask the youth league committee."))


@retried
def take_up(secret: str, *, user: User, contact: services.Contact, now: datetime) -> Child:
    """Let the person answer for the child, from today until the agreed day or 18; who answers already is told.

    ``contact`` is what their record lacks, as when somebody adds a child of their own.

    Raises:
        LinkGone: the link is wrong, used, withdrawn or too old, or nobody can answer for the child any more.
        NotAnAdult, AnswersAlready, Suspended, TooMany: the person, or one more, cannot answer for the child.
    """
    on = today(now)
    with transaction.atomic():
        link = find_link(secret, now=now)
        # The guardian before the child, as whoever leaves the site holds them.
        known = services.guardian_for(user, name=contact.name, phone=contact.phone, now=now)
        guardian, child = lock(Guardian, known.pk), lock(Child, link.child_id)
        link = find_link(secret, now=now)
        _check_person(guardian, child, on)
        _check_room(child, on)
        told = list(guardians_of(child, on))
        _answer_too(guardian, child, link, now)
        links.use(link, now)
        record(ChildHistory, Acting(user=user), verb="take_up_guardianship", child=child, at=now)
        _tell(told, "guardian_joined", link, now)
    return child


def _answer_too(guardian: Guardian, child: Child, link: GuardianLink, now: datetime) -> None:
    """Write the guardianship. One that was over goes on from its first day: what was agreed to then rests on it."""
    part = {
        "relation": link.relation,
        "agreed_until": link.agreed_until,
        "ends_on": grown.end_of(child, link.agreed_until),
    }
    first = {"starts_on": today(now), "created_at": now}
    Guardianship.objects.update_or_create(
        guardian=guardian, child=child, defaults=part, create_defaults={**part, **first}
    )


def may_leave(child: Child, *, by: Acting, on: date) -> bool:
    """Tell whether somebody else answers for the child at least as long as the person does. One query."""
    rows = list(Guardianship.objects.current(on).filter(child=child).values_list("guardian__user", "ends_on"))
    mine = [end for user, end in rows if by.user is not None and user == by.user.pk]
    others = [end for user, end in rows if by.user is None or user != by.user.pk]
    return bool(mine) and any(end is None or (mine[0] is not None and end >= mine[0]) for end in others)


@retried
def end_own(child: Child, *, by: Acting, now: datetime) -> None:
    """End the person's own part with today, and the open links that they made; who still answers is told.

    Twice is the same as once.

    Raises:
        NotTheirs: the person does not answer for the child.
        NobodyElse: nobody would answer for the child as long as they do.
    """
    on = today(now)
    with transaction.atomic():
        row = lock(Child, child.pk)  # two who leave at one moment come one after the other
        mine = Guardianship.objects.current(on).filter(child=row, guardian__user=by.user).first()
        if mine is None or by.user is None:
            raise NotTheirs(_("You do not answer for this child."))
        if mine.ends_on == on:
            return
        if not may_leave(row, by=by, on=on):
            raise NobodyElse(_("Nobody else answers for this child as long as you do. Let somebody answer too first."))
        mine.ends_on = on
        mine.save(update_fields=["ends_on", "changed_at"])
        row.guardian_links.open(now).filter(made_by=by.user, office=None).delete()
        row.youth_links.filter(made_by=by.user, used_at=None).delete()
        record(ChildHistory, by, verb="end_guardianship", child=row, at=now)
        others = guardians_of(row, on).exclude(pk=mine.guardian_id)
        services.tell_all(
            list(others),
            kind="guardian_left",
            cause=f"guardian_left:{mine.pk}:{on}",
            context={},
            path=_page(row),
            now=now,
        )


def _page(child: Child) -> str:
    return reverse("people:joint", kwargs={"pk": child.pk})


def _tell(guardians: list[Guardian], kind: str, link: GuardianLink, now: datetime, **context: date) -> None:
    path, cause = _page(link.child), f"{kind}:{link.pk}"
    services.tell_all(guardians, kind=kind, cause=cause, context=context, path=path, now=now)
