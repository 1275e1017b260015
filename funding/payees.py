"""Bank accounts of providers: named by one person, confirmed by a second one."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleState
from core.locking import lock
from funding import confirming, messages
from funding.models import PayeeAccount, PayeeAccountHistory
from organisations.acting import Acting, record
from organisations.models import Organisation


class PayeeAccountMissing(DomainError):
    """The provider has named no bank account."""


class PayeeAccountUnconfirmed(DomainError):
    """Nobody else has confirmed the bank account."""


class PayeeNameDiffers(DomainError):
    """The bank account is held in another name than the organisation's."""


class PayeeAccountChanged(DomainError):
    """The provider has named another bank account since the payout was made."""


def set_account(
    organisation: Organisation, *, holder: str, bank: str, number: str, by: Acting, now: datetime
) -> PayeeAccount:
    """Name a new bank account. Nothing is paid to it until a second person has confirmed it.

    The same account named again, by a double click for instance, stays the one that it is.

    Raises:
        PayeeNameDiffers: the holder is not the organisation.
    """
    _require_own_name(organisation, holder)
    with transaction.atomic():
        organisation = lock(Organisation, organisation.pk)
        known = PayeeAccount.objects.newest_of(organisation.pk)
        if known and (known.holder, known.bank, known.number) == (holder, bank, number):
            return known
        assert by.user is not None
        account = PayeeAccount.objects.create(
            organisation=organisation, holder=holder, bank=bank, number=number, set_by=by.user, set_at=now
        )
        record(PayeeAccountHistory, by, verb="set", account=account, at=now)
        messages.account_changed(account, now=now)
    return account


def also_named_by(account: PayeeAccount) -> list[Organisation]:
    """Return the other organisations that ever named an account of that number: only the bank can say whose it is."""
    same = PayeeAccount.objects.filter(number=account.number).exclude(organisation=account.organisation_id)
    return list({row.organisation_id: row.organisation for row in same.select_related("organisation")}.values())


def confirm_account(account: PayeeAccount, *, by: Acting, now: datetime) -> PayeeAccount:
    """Confirm, as a second person who looked at a paper of the bank, that the account is the organisation's.

    Raises:
        SecondPersonNeeded: the person named the account themself.
        StaleState: another account was named since.
    """
    return confirming.confirm(account, PayeeAccountHistory, require=_require_newest, by=by, now=now)


def _require_newest(account: PayeeAccount) -> None:
    if PayeeAccount.objects.newest_of(account.organisation_id) != account:
        raise StaleState(_("Another account was entered since. Reload the page and confirm that one."))


def payable_account(organisation: Organisation, *, queued_as: PayeeAccount | None = None) -> PayeeAccount:
    """Return the account to which money may go now.

    Raises:
        PayeeAccountMissing, PayeeAccountUnconfirmed, PayeeNameDiffers: why it may not.
        PayeeAccountChanged: it is not the one with which the payout was made.
    """
    account = PayeeAccount.objects.newest_of(organisation.pk)
    if account is None:
        raise PayeeAccountMissing(_("%(name)s has not entered a bank account yet.") % {"name": organisation})
    if queued_as is not None and account != queued_as:
        raise PayeeAccountChanged(
            _("%(name)s entered another bank account since. Take this payout back and make a new one.")
            % {"name": organisation}
        )
    if account.confirmed_at is None:
        raise PayeeAccountUnconfirmed(
            _("The bank account of %(name)s waits for confirmation by a second person.") % {"name": organisation}
        )
    _require_own_name(organisation, account.holder)
    return account


def _require_own_name(organisation: Organisation, holder: str) -> None:
    if holder != organisation.name:
        raise PayeeNameDiffers(
            _("The account must be held in the name %(name)s.") % {"name": organisation.name}, field="holder"
        )
