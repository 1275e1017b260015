"""Deleting a child's record for which several guardians answer: it goes when each of them has asked.

One guardian alone must not take record, places and consents away from another, and neither sees the other's contact.
So asking is the same act for everybody: whoever asks last decides. Whoever does nothing keeps the record as it is. A
youth from 14 on decides alone, as the data is theirs; a guardian who leaves ends only the own guardianship, see
``erasure``.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import lock, retried
from core.time import today
from organisations.acting import Acting
from people.models import Child, Guardian
from people.policies import is_the_youth
from people.queries import guardians_of
from people.services import tell_all
from privacy import erasure
from privacy.models import Erasure, ErasureWish


class NotTheirs(DomainError):
    """Somebody asked who does not answer for the child."""


@dataclass(frozen=True)
class Standing:
    """How far a child's record is from being deleted, for one person: whom they wait for, and who has asked."""

    others: list[Guardian]  # who answer for the child too and have not asked
    mine: ErasureWish | None
    theirs: ErasureWish | None  # the latest of somebody else


def standing(child: Child, *, by: Acting, now: datetime) -> Standing:
    """Return whose word is lacking before the person's own act deletes the record. Two queries; one for a youth."""
    if is_the_youth(by, child, today(now)):
        return Standing([], None, None)
    guardians = list(guardians_of(child, today(now)))
    wishes = {wish.guardian_id: wish for wish in ErasureWish.objects.live(now).filter(child=child).order_by("at")}
    me = next((one.pk for one in guardians if by.user is not None and one.user_id == by.user.pk), 0)
    mine = wishes.pop(me, None)
    known = {one.pk for one in guardians}
    theirs = [wish for pk, wish in wishes.items() if pk in known]
    others = [one for one in guardians if one.pk != me and one.pk not in wishes]
    return Standing(others, mine, theirs[-1] if theirs else None)


@retried
def ask(child: Child, *, by: Acting, now: datetime) -> bool:
    """Delete the child's record if everybody who answers has asked; else keep the wish and tell the others.

    Return whether it is deleted. Asking twice is the same as once.

    Raises:
        NotTheirs: neither a guardian of the child nor the youth.
        NobodyThere: the record was deleted already.
    """
    with transaction.atomic():
        row = lock(Child, child.pk)  # two who ask at one moment come one after the other
        if erasure.is_erased(row):
            raise erasure.NobodyThere(_("This record was erased already."))
        me = guardians_of(row, today(now)).filter(user=by.user).first() if by.user else None
        if me is None and not is_the_youth(by, row, today(now)):
            raise NotTheirs(_("Only a guardian of the child, or the youth, has the record deleted."))
        waits_for = standing(row, by=by, now=now).others
        if me is None or not waits_for:
            erasure.erase(row, cause=Erasure.Cause.ASKED, now=now)
            return True
        ErasureWish.objects.filter(child=row).exclude(pk__in=ErasureWish.objects.live(now)).delete()
        wish, is_new = ErasureWish.objects.get_or_create(child=row, guardian=me, defaults={"at": now})
        if is_new:
            _tell(waits_for, wish, now)
    return False


def _tell(others: list[Guardian], wish: ErasureWish, now: datetime) -> None:
    path, cause = reverse("privacy:erase-child", args=[wish.child_id]), f"erasure_wished:{wish.pk}"
    context = {"until": today(wish.ends_at)}
    tell_all(others, kind="erasure_wished", cause=cause, context=context, path=path, now=now)


@retried
def take_back(child: Child, *, by: Acting) -> None:
    """Take one's own wish back; twice is the same as once. It waits for somebody who asks at the same moment.

    Raises:
        NobodyThere: the record was deleted before.
    """
    with transaction.atomic():
        if erasure.is_erased(lock(Child, child.pk)):
            raise erasure.NobodyThere(_("This record was erased already."))
        ErasureWish.objects.filter(child=child, guardian__user=by.user).delete()
