"""The League's own bank accounts: named by one person, confirmed by a second one, closed when no longer used."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleState
from core.locking import lock, retried
from funding.models import PayerAccount, PayerAccountHistory
from funding.policies import SecondPersonNeeded
from funding.policies import PersonNeeded
from organisations.acting import Acting, record
from organisations.models import Organisation


class NumberKnown(DomainError):
    """The League has that account already, under another holder or bank."""


class PayerNeeded(DomainError):
    """The League has accounts, and none that can be paid from was chosen."""


class NotOurAccount(DomainError):
    """A statement of an account that is none of the League's."""


@retried
def enter(league: Organisation, *, holder: str, bank: str, number: str, by: Acting, now: datetime) -> PayerAccount:
    """Name an account of the League. Nothing is paid from it until a second person has confirmed it.

    The same account named again, by a double click for instance, stays the one that it is.

    Raises:
        NumberKnown: the number is in use with another holder or bank.
        PersonNeeded: no person is acting.
    """
    if by.user is None:
        raise PersonNeeded(_("Only a person approves and pays money."))
    with transaction.atomic():
        league = lock(Organisation, league.pk)
        known = PayerAccount.objects.in_use().filter(league=league, number=number).first()
        if known is not None:
            if (known.holder, known.bank) == (holder, bank):
                return known
            raise NumberKnown(
                _("This number is entered already with another holder or bank. Close that account first."),
                field="number",
            )
        account = PayerAccount.objects.create(
            league=league, holder=holder, bank=bank, number=number, set_by=by.user, set_at=now
        )
        record(PayerAccountHistory, by, verb="set", account=account, at=now)
    return account


@retried
def confirm(account: PayerAccount, *, by: Acting, now: datetime) -> PayerAccount:
    """Confirm, as a second person with a paper of the bank in hand, that the account is the League's.

    Raises:
        SecondPersonNeeded: the person named the account themself.
        StaleState: it was closed since.
    """
    with transaction.atomic():
        account = lock(PayerAccount, account.pk)
        if account.confirmed_at is not None:
            return account
        if by.user is None or by.user.pk == account.set_by_id:
            raise SecondPersonNeeded(_("Somebody else has to confirm the account: you entered it yourself."))
        if account.ended_at is not None:
            raise StaleState(_("This account was closed since. Nothing was changed."))
        account.confirmed_by, account.confirmed_at = by.user, now
        account.save(update_fields=["confirmed_by", "confirmed_at"])
        record(PayerAccountHistory, by, verb="confirm", account=account, at=now)
    return account


@retried
def end(account: PayerAccount, *, by: Acting, now: datetime) -> PayerAccount:
    """Close an account: nothing more is paid from it. Its statements may still come. Twice is once."""
    with transaction.atomic():
        account = lock(PayerAccount, account.pk)
        if account.ended_at is None:
            account.ended_at = now
            account.save(update_fields=["ended_at"])
            record(PayerAccountHistory, by, verb="end_account", account=account, at=now)
    return account


def for_batch(league: Organisation, chosen: int | None) -> PayerAccount | None:
    """Return the account from which a batch is paid: the chosen one, or the only one. None if the League has none yet.

    Raises:
        PayerNeeded: nobody else confirmed an account yet, or none of several was chosen, or one that is no longer used.
    """
    accounts = list(PayerAccount.objects.in_use().filter(league=league).order_by("pk"))
    fit = [one for one in accounts if one.confirmed_at is not None]
    if chosen is None and len(fit) == 1:
        return fit[0]
    found = next((one for one in fit if one.pk == chosen), None)
    if found is not None or not (accounts or chosen):
        return found
    if not fit:
        raise PayerNeeded(_("Your own bank account waits for confirmation by a second person. Nothing is paid before."))
    raise PayerNeeded(_("Choose from which of your accounts the batch is paid."))


def is_fit(account: PayerAccount | None) -> bool:
    """Tell whether a batch may go out from this account now; one without any may, as it was made so."""
    return account is None or (account.confirmed_at is not None and account.ended_at is None)


def require_own(league: Organisation, number: str) -> None:
    """Let no statement in that is of none of the League's accounts, where it has named any.

    Raises:
        NotOurAccount: it is not.
    """
    known = set(PayerAccount.objects.confirmed().filter(league=league).values_list("number", flat=True))
    if known and number not in known:
        raise NotOurAccount(
            _("%(league)s has no account of this number. Choose the account that the statement is of.")
            % {"league": league},
            field="account",
        )
