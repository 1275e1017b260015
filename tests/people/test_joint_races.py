"""Two adults at the same moment: a link is taken up once, and no fifth answers for a child."""

import pytest

from organisations.acting import Acting
from people import joint
from people.links import LinkGone
from people.models import Guardianship
from people.services import Contact
from tests import races
from tests.conftest import NOW
from tests.factories.people import make_child, make_guardian, make_guardianship
from tests.factories.users import make_user

pytestmark = pytest.mark.race
ROUNDS = 8


def family(adults: int):
    guardians = [make_guardian() for _ in range(adults)]
    child = make_child(guardians[0])
    for one in guardians[1:]:
        make_guardianship(one, child)
    return child, guardians


def offer(child, guardian) -> str:
    return joint.offer(child, relation="parent", by=Acting(user=guardian.user), now=NOW)


def take_up(*secrets: str) -> races.Race:
    """Each secret by an adult of its own, all at once."""
    pairs = [(secret, make_user()) for secret in secrets]
    contact = Contact(name="蔡婆婆", phone="+8613800009999")
    return races.run(*[lambda s=s, u=u: joint.take_up(s, user=u, contact=contact, now=NOW) for s, u in pairs])


def one_link_twice() -> tuple[int, list[type]]:
    child, guardians = family(1)
    race = take_up(*[offer(child, guardians[0])] * 2)
    return Guardianship.objects.filter(child=child).count(), [type(error) for error in race.errors]


def last_place_twice() -> tuple[int, list[type]]:
    child, guardians = family(3)
    race = take_up(*[offer(child, one) for one in guardians[:2]])
    return Guardianship.objects.filter(child=child).count(), [type(error) for error in race.errors]


def both_leave() -> int:
    child, guardians = family(2)
    races.run(*[lambda one=one: joint.end_own(child, by=Acting(user=one.user), now=NOW) for one in guardians])
    return Guardianship.objects.filter(child=child, ends_on__gt=NOW.date()).count()


def test_a_link_is_taken_up_once_and_the_last_place_too_and_one_of_two_stays(fresh_db):
    for _ in range(ROUNDS):
        assert one_link_twice() == (2, [LinkGone])
        assert last_place_twice() == (4, [joint.TooMany])
        assert both_leave() == 1


@pytest.mark.postgresql
@pytest.mark.parametrize(("act", "held"), [(one_link_twice, 2), (last_place_twice, 4)])
def test_without_the_childs_lock_one_too_many_answers(fresh_db, monkeypatch, act, held):
    """The negative control: SQLite takes one writer at a time anyway, PostgreSQL does not."""
    monkeypatch.setattr(joint, "lock", lambda model, pk: model.objects.get(pk=pk))

    assert any(act()[0] > held for _ in range(ROUNDS))
