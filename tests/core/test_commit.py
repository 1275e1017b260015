"""What fails after a commit costs nobody their answer."""

import logging

import pytest
from django.db import transaction

from core.commit import after_commit


def _fail(what):
    raise ValueError(what)


@pytest.mark.usefixtures("fresh_db")
def test_after_commit_logs_a_failure_and_goes_on(caplog):
    seen = []

    with caplog.at_level(logging.ERROR), transaction.atomic():
        after_commit(_fail, "broken")
        after_commit(seen.append, 1)

    assert seen == [1]
    assert "_fail" in caplog.text


@pytest.mark.usefixtures("fresh_db")
def test_after_commit_of_a_rolled_back_transaction_does_nothing():
    seen = []

    with transaction.atomic():
        after_commit(seen.append, 1)
        transaction.set_rollback(True)

    assert seen == []
