"""Ten thousand things that happen to money, in any order, leave every equation and every promise standing."""

import pytest

from tests.funding.random_books import Books
from tests.proving import share

pytestmark = pytest.mark.django_db


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(1, share(20) + 1))
def test_ten_thousand_random_steps_keep_every_equation(seed, record_property):
    books = Books(seed)

    books.run(max(share(10_000), 1_000), verify_every=500)

    record_property("steps by kind", dict(books.done))
    assert set(books.done) == set(books.steps), "a kind of step never happened"
