"""Bank accounts: in the organisation's own name, and confirmed by a second person."""

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from core.errors import StaleState
from funding import payees
from funding.models import PayeeAccount
from funding.policies import SecondPersonNeeded
from notifications.models import Message
from organisations.acting import clock
from tests.factories.funding import make_finance, make_payee_account
from tests.factories.organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db


def test_set_account_waits_for_a_second_person_and_tells_everybody_responsible(now):
    provider = make_organisation(name="青禾青少年发展中心")
    manager = make_member(provider, "manager")

    account = payees.set_account(
        provider, holder="青禾青少年发展中心", bank="农行北辰支行", number="6228480020123456", by=manager, now=now
    )

    assert (account.set_by, account.confirmed_at, str(account)) == (manager.user, None, "**** 3456")
    assert account.history.get().verb == "set"
    message = Message.objects.get()
    assert (message.recipient, message.kind, message.urgent) == (manager.user, "payee_account_changed", True)


def test_set_account_twice_keeps_the_first_row(now):
    provider = make_organisation()
    by = make_member(provider, "finance")
    values = {"holder": provider.name, "bank": "农行", "number": "6228480020123456", "by": by, "now": now}

    assert payees.set_account(provider, **values) == payees.set_account(provider, **values)
    assert payees.set_account(provider, **{**values, "bank": "工行"}).bank == "工行"
    assert PayeeAccount.objects.count() == 2


def test_set_account_in_another_name_is_refused(now):
    provider = make_organisation()

    with pytest.raises(payees.PayeeNameDiffers) as refusal:
        payees.set_account(
            provider, holder="张三", bank="农行", number="1", by=make_member(provider, "finance"), now=now
        )

    assert refusal.value.field == "holder"


def test_confirm_account_by_another_person_once(now):
    account = make_payee_account(make_organisation(), is_confirmed=False)
    finance = make_finance()

    for _click in range(2):
        account = payees.confirm_account(account, by=finance, now=now)

    assert (account.confirmed_by, account.confirmed_at) == (finance.user, now)
    assert list(account.history.order_by("pk").values_list("verb", flat=True)) == ["set", "confirm"]


def test_confirm_account_by_the_same_person_or_the_clock_is_refused(now):
    provider = make_organisation()
    by = make_member(provider, "finance")
    account = payees.set_account(provider, holder=provider.name, bank="农行", number="1", by=by, now=now)

    for who in (by, clock("tests")):
        with pytest.raises(SecondPersonNeeded):
            payees.confirm_account(account, by=who, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayeeAccount.objects.update(confirmed_by=by.user, confirmed_at=now)


def test_confirm_an_account_that_was_replaced_is_refused(now):
    provider = make_organisation()
    old = make_payee_account(provider, is_confirmed=False)
    make_payee_account(provider, is_confirmed=False)

    with pytest.raises(StaleState):
        payees.confirm_account(old, by=make_finance(), now=now)
