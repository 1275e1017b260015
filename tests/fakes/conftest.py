"""The stand-in for Stripe, running."""

from collections.abc import Iterator

import pytest

from tests.fakes.stripe_server import FakeStripe, running


@pytest.fixture
def stripe() -> Iterator[FakeStripe]:
    """A fresh one with its own address."""
    with running() as fake:
        yield fake
