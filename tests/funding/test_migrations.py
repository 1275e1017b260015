"""Transfers of batches from before they named their account get that of their batch, and no others do."""

import pytest

from funding import payouts
from funding.models import Payout
from tests.conftest import NOW
from tests.factories.banking import make_batch, make_payer, make_ready, transfers
from tests.factories.funding import make_finance
from tests.migrating import to

BEFORE, AFTER = (
    ("funding", "0018_transfers_name_their_payer"),
    ("funding", "0019_transfers_of_batches_name_their_payer"),
)


@pytest.mark.slow
def test_transfers_of_batches_get_their_batchs_account_and_others_none(back_again):
    finance = make_finance()
    (nameless,) = transfers(make_batch(100, finance=finance))
    account = make_payer(finance)
    (named,) = transfers(make_batch(200, finance=finance))
    (settlement,) = make_ready(300, finance=finance)
    alone = payouts.queue(settlement, by=finance, now=NOW)
    to(*BEFORE).get_model("funding", "Payout").objects.update(payer=None)

    to(*AFTER)

    kept = dict(Payout.objects.values_list("pk", "payer"))
    assert kept == {nameless.pk: None, named.pk: account.pk, alone.pk: None}
