"""Who may do what with public money; and the two rules that no role lifts: another's money, a second person."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from core.errors import DomainError
from funding.models import Commitment, Fund, PayeeAccount, PayerAccount, PayoutBatch, Settlement, StripeAccount
from organisations.acting import Acting
from organisations.models import Membership, Organisation
from organisations.policies import acts_as, any_of

Role, Kind = Membership.Role, Organisation.Kind

# Views
finance = acts_as(Kind.LEAGUE, Role.FINANCE)
fund_keeper = acts_as(Kind.LEAGUE, Role.OFFICER, Role.FINANCE)
fund_ruler = acts_as(Kind.LEAGUE, Role.OFFICER)
fund_reader = acts_as(Kind.LEAGUE, Role.OFFICER, Role.FINANCE, Role.AUDITOR)
payee = acts_as(Kind.PROVIDER, Role.MANAGER, Role.FINANCE)
payee_or_finance = any_of(payee, finance)
orderer = any_of(acts_as(Kind.OFFICE, Role.MANAGER, Role.CLERK), acts_as(Kind.SCHOOL, Role.MANAGER, Role.CLERK))
giver = acts_as(Kind.ENTERPRISE, Role.MANAGER)
giver_or_finance = any_of(giver, finance)
receipt_reader = any_of(giver, fund_reader)
line_reader = any_of(fund_reader, orderer)
claim_reader = any_of(payee, fund_reader)
settlement_reader = any_of(payee, line_reader)


class OwnMoney(DomainError):
    """Somebody would approve money for an organisation of which they are a member."""


class SecondPersonNeeded(DomainError):
    """One person may not do both halves."""


class PersonNeeded(DomainError):
    """The clock may not move money out."""


def may_keep(by: Acting, fund: Fund) -> bool:
    """The League's officers and finance receive and allocate their own fund's money."""
    return by.is_for(fund.league_id, Role.OFFICER, Role.FINANCE)


def may_book(by: Acting, fund: Fund) -> bool:
    """The League's finance books what happened outside, corrects, carries over and closes."""
    return by.is_for(fund.league_id, Role.FINANCE)


def may_rule(by: Acting, fund: Fund) -> bool:
    """The League's officers decide by which rules their fund's money moves."""
    return by.is_for(fund.league_id, Role.OFFICER)


def may_pay(by: Acting, settlement: Settlement) -> bool:
    """The League's finance approves settlements and pays them."""
    return by.is_for(settlement.commitment.line.fund.league_id, Role.FINANCE)


def may_pay_for(by: Acting, league_id: int) -> bool:
    """The League's finance makes and sends its batches, and reads its bank's statements."""
    return by.is_for(league_id, Role.FINANCE)


def may_check(by: Acting, batch: PayoutBatch) -> bool:
    """A second person of the League's finance, or an officer, checks a batch."""
    return by.is_for(batch.league_id, Role.OFFICER, Role.FINANCE)


def may_ask(by: Acting, commitment: Commitment) -> bool:
    """The provider asks for an advance on its own order, or the League's finance for it."""
    is_own = by.is_for(commitment.provider_id, Role.MANAGER, Role.FINANCE)
    return is_own or by.is_for(commitment.line.fund.league_id, Role.FINANCE)


def may_give_invoice(by: Acting, settlement: Settlement) -> bool:
    """The provider gives its own invoice; the League's finance may record one that came on paper."""
    return by.is_for(settlement.commitment.provider_id, Role.MANAGER, Role.FINANCE) or may_pay(by, settlement)


def may_confirm(by: Acting, account: PayeeAccount | StripeAccount) -> bool:
    """A second person of the provider, or a League's finance, confirms an account."""
    is_responsible = by.is_for(account.organisation_id, Role.MANAGER, Role.FINANCE) or by.is_kind(
        Kind.LEAGUE, Role.FINANCE
    )
    return is_responsible and by.user is not None and by.user.pk != account.set_by_id


def may_confirm_payer(by: Acting, account: PayerAccount) -> bool:
    """A second person of the League's finance, or an officer, confirms an account of the League."""
    is_responsible = by.is_for(account.league_id, Role.OFFICER, Role.FINANCE)
    return is_responsible and by.user is not None and by.user.pk != account.set_by_id


def own_of(by: Acting, organisation_ids: Iterable[int], on: date) -> set[int]:
    """Return of which of the organisations the person is a member, whatever they act for just now. One query."""
    own = Membership.objects.current(on).filter(user=by.user, organisation__in=set(organisation_ids))
    return set(own.values_list("organisation_id", flat=True))


def require_another(by: Acting, organisation: Organisation, on: date) -> None:
    """Let nobody approve money for an organisation of their own, whatever they act for just now.

    Raises:
        PersonNeeded: no person is acting.
        OwnMoney: the person is a member of the organisation.
    """
    if by.user is None:
        raise PersonNeeded(_("Only a person approves and pays money."))
    if Membership.objects.current(on).filter(user=by.user, organisation=organisation).exists():
        raise OwnMoney(
            _("You are a member of %(organisation)s. Ask somebody else to approve its money.")
            % {"organisation": organisation}
        )
