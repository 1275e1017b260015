"""The League's own bank accounts: named by one person, confirmed by a second one, closed when no longer used."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleState
from core.locking import lock, retried
from funding import confirming
from funding.models import PayerAccount, PayerAccountHistory
from funding.policies import PersonNeeded
from organisations.acting import Acting, record
from organisations.models import Organisation


class NumberKnown(DomainError):
    """The League has that account already, under another holder or bank."""


class PayerNeeded(DomainError):
    """The League has or had accounts, and none that can be paid from was chosen."""


class PayerChanged(DomainError):
    """The account from which is paid was closed, or the first one entered, since the transfer was prepared."""


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


def confirm(account: PayerAccount, *, by: Acting, now: datetime) -> PayerAccount:
    """Confirm, as a second person with a paper of the bank in hand, that the account is the League's.

    Raises:
        SecondPersonNeeded: the person named the account themself.
        StaleState: it was closed since.
    """
    return confirming.confirm(account, PayerAccountHistory, require=_require_open, by=by, now=now)


def _require_open(account: PayerAccount) -> None:
    if account.ended_at is not None:
        raise StaleState(_("This account was closed since. Nothing was changed."))


@retried
def end(account: PayerAccount, *, by: Acting, now: datetime) -> PayerAccount:
    """Close an account: nothing more is paid from it. Its statements may still come. Twice is once.

    Not before the last transfer from it was sent, though the moment was taken before the account's lock.
    """
    with transaction.atomic():
        account = lock(PayerAccount, account.pk)
        if account.ended_at is None:
            last = account.payouts.aggregate(at=Max("sent_at"))["at"]
            account.ended_at = max(now, last or now)
            account.save(update_fields=["ended_at"])
            record(PayerAccountHistory, by, verb="end_account", account=account, at=now)
    return account


def account_for(league: Organisation, chosen: int | None) -> PayerAccount | None:
    """Return the account from which is paid: the chosen one, or the only one that can be. None if there never was any.

    A League that has closed all its accounts has had some: it pays from none until there is one again.

    Raises:
        PayerNeeded: nobody else confirmed an account yet, or none of several was chosen, or one that is no longer used.
    """
    accounts = list(PayerAccount.objects.filter(league=league).order_by("pk"))
    usable = [one for one in accounts if one.is_usable]
    if chosen is None and len(usable) == 1:
        return usable[0]
    found = next((one for one in usable if one.pk == chosen), None)
    if found is not None or not (accounts or chosen):
        return found
    if usable:
        raise PayerNeeded(_("Choose from which of your accounts it is paid."), field="payer")
    if any(one.ended_at is None for one in accounts):
        raise PayerNeeded(_("Your own bank account waits for confirmation by a second person. Nothing is paid before."))
    raise PayerNeeded(_("None of your bank accounts is in use. Enter one; a second person confirms it."))


def require_payer(payer: PayerAccount | None, league_id: int) -> None:
    """Let nothing go out from an account that was closed, or from none where the League has entered some since.

    The account's row is locked until the transaction ends, or the League's: none is closed or entered meanwhile.

    Raises:
        PayerChanged: why not.
    """
    if payer is None:
        lock(Organisation, league_id)
        if PayerAccount.objects.filter(league=league_id).exists():
            raise PayerChanged(
                _("It names no account, and you have entered yours since. Take it back and prepare it anew.")
            )
    elif not lock(PayerAccount, payer.pk).is_usable:
        raise PayerChanged(
            _("The account %(account)s from which it is paid was closed. Take it back and prepare it anew.")
            % {"account": payer}
        )


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
