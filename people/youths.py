"""A login of their own from 14 on: a guardian or clerk makes a link, the youth takes it up."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.locking import lock
from core.time import today
from organisations.acting import Acting, record
from people import links
from people.models import Child, ChildHistory, YouthLink
from users.models import User


class TooYoung(DomainError):
    """Under 14 there is no login of one's own."""


class AccountTaken(DomainError):
    """The account belongs to another child, or the child has one."""


def _check(child: Child, now: datetime) -> None:
    if not child.is_youth(today(now)):
        raise TooYoung(_("A login of one's own is for youths from 14 on, from the day after the birthday."))
    if child.user_id is not None:
        raise AccountTaken(_("This youth has a login already."))


def make_link(child: Child, *, by: Acting, now: datetime) -> str:
    """Return the secret of a link by which the youth connects an account; earlier links stop working.

    Raises:
        TooYoung: the child is not legally 14.
        AccountTaken: the youth has an account.
    """
    with transaction.atomic():
        row = lock(Child, child.pk)
        _check(row, now)
        row.youth_links.filter(used_at=None).delete()
        _link, secret = links.make(YouthLink, by=by, now=now, child=row)
        record(ChildHistory, by, verb="offer_login", child=row, at=now)
    return secret


def find_link(secret: str, *, now: datetime) -> YouthLink:
    """Return the open link of a secret.

    Raises:
        LinkGone: there is none.
    """
    found = links.find(YouthLink, secret, now=now)
    if found is None or found.child.merged_into_id is not None:
        raise links.LinkGone(_("This link no longer works. Ask your guardian for a new one."))
    return found


def take_up(secret: str, *, user: User, now: datetime) -> Child:
    """Connect the youth's account with their record.

    Raises:
        LinkGone: the link is wrong, used or too old.
        TooYoung: the child is not legally 14.
        AccountTaken: the account is another child's or a guardian's own, or the child has one.
    """
    with transaction.atomic():
        link = find_link(secret, now=now)
        child = lock(Child, link.child_id)
        link = find_link(secret, now=now)
        _check(child, now)
        if Child.objects.filter(user=user).exists() or child.guardianships.filter(guardian__user=user).exists():
            raise AccountTaken(_("This account is somebody else's. Sign in with the youth's own account."))
        child.user = user
        child.save(update_fields=["user", "changed_at"])
        links.use(link, now)
        record(ChildHistory, Acting(user=user), verb="connect_login", child=child, at=now)
    return child
