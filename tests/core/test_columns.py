"""Amounts in files show as many places as their currency has."""

import pytest

from core.columns import MONEY, money_format


@pytest.mark.parametrize(("currency", "shown"), [("CNY", MONEY), ("JPY", "#,##0"), ("KWD", "#,##0.000")])
def test_money_format_has_the_currencys_own_places(currency, shown):
    assert money_format(currency) == shown
