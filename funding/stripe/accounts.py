"""Providers' accounts at Stripe: opened here, completed on Stripe's pages, confirmed by a second person."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleState
from core.locking import lock
from funding import confirming, gateway, messages
from funding.models import StripeAccount, StripeAccountHistory
from organisations.acting import Acting, clock, record
from organisations.models import Organisation

BY = clock("funding.stripe")


class NotAtStripe(DomainError):
    """The provider has no account at Stripe to which money may go now."""


class StripeAway(DomainError):
    """Stripe does not answer, or not as it should."""


def open_account(organisation: Organisation, *, by: Acting, now: datetime) -> StripeAccount:
    """Return the provider's account at Stripe, opening it the first time. A double click opens one.

    Raises:
        StripeAway: Stripe does not answer; nothing was lost.
    """
    assert by.user is not None
    with transaction.atomic():
        lock(Organisation, organisation.pk)
        found = StripeAccount.objects.filter(organisation=organisation).first()
        if found is None:
            found = StripeAccount.objects.create(organisation=organisation, set_by=by.user, set_at=now)
            record(StripeAccountHistory, by, verb="set", account=found, at=now)
    if not found.account_id:
        made = _ask(found)
        StripeAccount.objects.filter(pk=found.pk, account_id="").update(account_id=made.id)
        found.refresh_from_db()
    return found


def _ask(found: StripeAccount) -> gateway.Account:
    name = found.organisation.name
    try:
        return gateway.create_account(organisation=found.organisation_id, name=name, key=f"account.{found.pk}")
    except gateway.StripeError as error:
        raise _away() from error


def _away() -> StripeAway:
    return StripeAway(_("Stripe does not answer just now. Try again in a few minutes; nothing was lost."))


def setup_address(found: StripeAccount, *, back: str) -> str:
    """Return the address of Stripe's pages where the provider completes its account.

    Raises:
        StripeAway: Stripe does not answer.
    """
    try:
        return gateway.account_link(found.account_id, back=back, again=back)
    except gateway.StripeError as error:
        raise _away() from error


def refresh(found: StripeAccount, *, now: datetime) -> StripeAccount:
    """Take over what Stripe says of an account now. Another holder has to be confirmed anew.

    Raises:
        gateway.StripeError: Stripe does not say.
    """
    if not found.account_id:
        return found
    said, has_failed = gateway.account(found.account_id), gateway.has_failed_payout(found.account_id)
    with transaction.atomic():
        found = lock(StripeAccount, found.pk)
        before = (found.holder, found.is_ready, found.has_failed_payout)
        if before == (said.holder, said.is_ready, has_failed):
            return found
        if said.holder != found.holder:
            found.confirmed_by = found.confirmed_at = None
        is_bad_news = has_failed and not found.has_failed_payout
        found.holder, found.is_ready, found.has_failed_payout = said.holder, said.is_ready, has_failed
        found.save()
        record(StripeAccountHistory, BY, verb="refresh", after=_state(found), account=found, at=now)
        if is_bad_news:
            messages.stripe_account_failed(found, now=now)
    return found


def _state(found: StripeAccount) -> str:
    if found.has_failed_payout:
        return "failed"
    return "ready" if found.is_ready else "incomplete"


def confirm(found: StripeAccount, *, by: Acting, now: datetime) -> StripeAccount:
    """Confirm, as a second person, that the account at Stripe is the provider's.

    Raises:
        SecondPersonNeeded: the person opened it themself.
        StaleState: Stripe knows it under another name, or it is not complete.
    """
    return confirming.confirm(found, StripeAccountHistory, require=_require_complete, by=by, now=now)


def _require_complete(found: StripeAccount) -> None:
    if not found.is_ready or found.holder != found.organisation.name:
        raise StaleState(_("Stripe does not know this account as complete and in the provider's name yet."))


def payable(organisation: Organisation, *, queued_as: StripeAccount | None = None) -> StripeAccount:
    """Return the account at Stripe to which money may go now.

    Raises:
        NotAtStripe: why there is none.
    """
    found = StripeAccount.objects.filter(organisation=organisation).first()
    words = {"name": organisation}
    if not gateway.is_on() or found is None or not found.account_id:
        raise NotAtStripe(_("%(name)s has no account at Stripe. Pay by bank transfer.") % words)
    if queued_as is not None and queued_as.account_id != found.account_id:
        raise NotAtStripe(_("%(name)s has another account at Stripe since. Take this payout back.") % words)
    if not found.is_ready or found.has_failed_payout:
        raise NotAtStripe(_("Stripe lets no money go to %(name)s now. Pay by bank transfer.") % words)
    if found.confirmed_at is None or found.holder != organisation.name:
        raise NotAtStripe(_("The account of %(name)s at Stripe waits for confirmation by a second person.") % words)
    return found


def can_receive(organisation: Organisation) -> bool:
    """Tell whether payouts to the provider may go by Stripe now. No query where the city has no key."""
    if not gateway.is_on():
        return False
    try:
        payable(organisation)
    except NotAtStripe:
        return False
    return True


def to_confirm(by: Acting) -> QuerySet[StripeAccount]:
    """Return the complete accounts that nobody has confirmed yet."""
    rows = StripeAccount.objects.visible_to(by).complete().filter(confirmed_at=None)
    return rows.select_related("organisation").order_by("set_at", "pk")
