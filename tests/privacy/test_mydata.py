"""A file with one's own data is made without holding up anybody."""

import uuid

from django.db import connection

from privacy import mydata
from tests.conftest import NOW
from tests.factories.users import make_user


def test_a_file_of_ones_own_data_is_gathered_outside_every_transaction(fresh_db, monkeypatch):
    mydata.ask(make_user(), now=NOW, submission_id=uuid.uuid4())
    gather, held = mydata.archive, []

    def watched(user, now):
        held.append(connection.in_atomic_block)
        return gather(user, now)

    monkeypatch.setattr(mydata, "archive", watched)

    assert mydata.prepare(NOW) == 1
    assert held == [False]
