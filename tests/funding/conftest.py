"""Who works with the bank in the tests of this folder, and what the bank has."""

import pytest

from tests.factories.banking import make_sent_batch, transfers
from tests.factories.funding import make_finance, make_league


@pytest.fixture
def league():
    return make_league()


@pytest.fixture
def maker(league):
    return make_finance(league)


@pytest.fixture
def checker(league):
    return make_finance(league)


@pytest.fixture
def colleague(league):
    return make_finance(league)


@pytest.fixture
def sent(finance):
    """Two transfers that the bank has."""
    return transfers(make_sent_batch(100_000, 250_050, finance=finance))
