"""Two guardians at the same moment: no child stays behind that both gave up."""

import threading

import pytest

from organisations.acting import Acting
from people.models import Child
from privacy import erasure, wishes
from tests import races
from tests.conftest import NOW
from tests.factories.people import make_child, make_guardian, make_guardianship

pytestmark = [pytest.mark.race, pytest.mark.slow]
ROUNDS = 12


@pytest.fixture(autouse=True)
def _log(settings, tmp_path):
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")


def family():
    first, second = make_guardian(), make_guardian()
    child = make_child(first)
    make_guardianship(second, child)
    return child, first, second


def both_ask() -> races.Race:
    child, *guardians = family()
    return races.run(*[lambda one=one: wishes.ask(child, by=Acting(user=one.user), now=NOW) for one in guardians])


def both_leave() -> races.Race:
    _child, *guardians = family()
    return races.run(*[lambda one=one: erasure.erase(one.user, cause="asked", now=NOW) for one in guardians])


def left() -> int:
    return Child.objects.filter(erased_at=None).count()


@pytest.mark.parametrize("act", [both_ask, both_leave])
def test_of_two_at_one_moment_the_second_deletes(fresh_db, act):
    for _ in range(ROUNDS):
        assert act().errors == []

    assert left() == 0


@pytest.mark.postgresql
@pytest.mark.parametrize("act", [both_ask, both_leave])
def test_without_the_childs_lock_a_child_stays_behind(fresh_db, monkeypatch, act):
    """The negative control: SQLite takes one writer at a time anyway, PostgreSQL does not."""
    monkeypatch.setattr(wishes, "lock", lambda model, pk: model.objects.get(pk=pk))
    monkeypatch.setattr(erasure, "hold_all", lambda _model, _pks: None)

    for _ in range(ROUNDS):
        act()

    assert left() > 0


A_MOMENT = 0.5  # seconds in which whoever needs no lock is done; with the lock they come after it


@pytest.fixture
def take_back_meanwhile(fresh_db, monkeypatch):
    """The second asks; between reading the wishes and deleting, the first takes the own one back."""

    def run() -> races.Race:
        read, taken_back, erase = threading.Event(), threading.Event(), erasure.erase
        child, first, second = family()
        wishes.ask(child, by=Acting(user=first.user), now=NOW)

        def erase_late(*args, **kwargs):
            read.set()
            taken_back.wait(A_MOMENT)
            return erase(*args, **kwargs)

        def take_back():
            read.wait(races.PATIENCE)
            wishes.take_back(child, by=Acting(user=first.user))
            taken_back.set()

        monkeypatch.setattr(erasure, "erase", erase_late)
        return races.run(take_back, lambda: wishes.ask(child, by=Acting(user=second.user), now=NOW))

    return run


def test_who_takes_a_wish_back_too_late_is_told_so(take_back_meanwhile):
    race = take_back_meanwhile()

    assert [type(error) for error in race.errors] == [erasure.NobodyThere]
    assert left() == 0


@pytest.mark.postgresql
def test_without_the_childs_lock_a_wish_that_was_taken_back_deletes_the_record(take_back_meanwhile, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(wishes, "lock", lambda model, pk: model.objects.get(pk=pk))

    assert take_back_meanwhile().errors == []
    assert left() == 0
