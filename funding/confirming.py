"""The second person's word about an account to which money goes, or from which it comes: one way for all of them."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from core.locking import lock, retried
from funding.models.account import ConfirmedAccount
from funding.policies import SecondPersonNeeded
from organisations.acting import Acting, record
from organisations.models import ActedHistory

A = TypeVar("A", bound=ConfirmedAccount)


@retried
def confirm(account: A, history: type[ActedHistory], *, require: Callable[[A], None], by: Acting, now: datetime) -> A:
    """Confirm an account as a second person, if ``require`` has nothing against the locked one. Twice is once.

    Raises:
        SecondPersonNeeded: the person named the account themself.
    """
    with transaction.atomic():
        account = lock(type(account), account.pk)
        if account.confirmed_at is not None:
            return account
        if by.user is None or by.user.pk == account.set_by_id:
            raise SecondPersonNeeded(_("Somebody else has to confirm the account: you entered it yourself."))
        require(account)
        account.confirmed_by, account.confirmed_at = by.user, now
        account.save(update_fields=["confirmed_by", "confirmed_at"])
        record(history, by, verb="confirm", account=account, at=now)
    return account
