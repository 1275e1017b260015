"""A consent that is taken back while somebody writes leaves no note behind."""

import pytest

from organisations.acting import Acting
from safeguarding import consents, health
from safeguarding.models import Consent, HealthNote
from tests import races
from tests.conftest import NOW
from tests.factories.people import make_child, make_guardian, make_guardianship
from tests.factories.safeguarding import make_consent

pytestmark = [pytest.mark.race, pytest.mark.slow]
ROUNDS = 20


def one_writes_while_the_other_takes_back() -> races.Race:
    guardian, other = make_guardian(), make_guardian()
    child = make_child(guardian)
    make_guardianship(other, child)
    consent = make_consent(child, guardian, purpose="health")
    return races.run(
        lambda: health.write(child, "x", guardian=guardian, by=Acting(user=guardian.user), now=NOW),
        lambda: consents.withdraw(consent, by=Acting(user=other.user), now=NOW),
    )


def orphans() -> int:
    return HealthNote.objects.exclude(consent__withdrawn_at=None).count()


def test_a_note_never_outlives_the_consent_that_is_taken_back_at_the_same_moment(fresh_db):
    for _ in range(ROUNDS):
        race = one_writes_while_the_other_takes_back()
        assert race.errors_other_than(health.NotAgreed) == []

    assert (orphans(), HealthNote.objects.count()) == (0, 0)
    assert Consent.objects.filter(withdrawn_at=None).count() == 0


@pytest.mark.postgresql
def test_without_the_childs_lock_a_note_stays_behind(fresh_db, monkeypatch):
    """The negative control: SQLite takes one writer at a time anyway, PostgreSQL does not."""
    for module in (health, consents):
        monkeypatch.setattr(module, "lock", lambda model, pk: model.objects.get(pk=pk))

    for _ in range(ROUNDS):
        one_writes_while_the_other_takes_back()

    assert orphans() > 0
