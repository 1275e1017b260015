"""A programme's form sent twice in the same moment."""

import threading
import uuid
from itertools import count

from catalog import services
from catalog.models import Programme, Theme
from tests.factories.catalog import make_content
from tests.factories.organisations import make_member, make_organisation
from tests.races import run_same


def test_create_draft_sent_twice_at_once_makes_one_and_fails_for_nobody(fresh_db, monkeypatch, now):
    manager, number, look = make_member(make_organisation("provider"), "manager"), uuid.uuid4(), services._made_before
    theme, both_looked, looks = Theme.objects.first(), threading.Barrier(2), count()

    def look_together(*args):
        found = look(*args)
        if next(looks) < 2:
            both_looked.wait(30)
        return found

    monkeypatch.setattr(services, "_made_before", look_together)
    content = make_content(theme=theme)
    race = run_same(2, lambda: services.create_draft(content, by=manager, now=now, submission_id=number))

    made = Programme.objects.get()
    assert (race.errors, race.results, made.edits) == ([], [made, made], 0)
    assert [row.verb for row in made.history.all()] == ["create"]
