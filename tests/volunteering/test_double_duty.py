"""Nobody runs a session while they help in a shift."""

from datetime import timedelta

import pytest

from activities import crew, lifecycle
from activities.models import CrewAssignment, Session
from activities.scheduling import CrewTaken
from organisations.models import Membership
from tests.conftest import NOW
from tests.factories.activities import acting, make_crew_member, make_session
from tests.factories.organisations import make_organisation
from tests.factories.volunteering import ENDS, STARTS, make_assignment, make_helped_session, make_shift
from volunteering import assignments

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Membership:
    """A social worker who helps elsewhere in a shift of that morning."""
    member = make_crew_member(make_organisation("provider"))
    make_assignment(make_shift(), member.user)
    return member


def on_duty(member: Membership) -> int:
    return CrewAssignment.objects.active().filter(user=member.user).count()


def session_of(member: Membership, **fields) -> Session:
    return make_session(provider=member.organisation, now=NOW, **fields)


def test_who_helps_at_that_time_is_refused_for_the_crew_by_name(member):
    session = session_of(member)

    with pytest.raises(CrewTaken) as refused:
        crew.assign(session, member, by=acting(member), now=NOW)

    assert str(member.user) in str(refused.value)
    assert "give it back first" in str(refused.value)
    assert on_duty(member) == 0


def test_who_helps_at_that_time_stands_in_for_nobody_and_opens_no_session(member):
    other = make_crew_member(member.organisation)
    session = session_of(member, crew=[(other.pk, True)])

    with pytest.raises(CrewTaken):
        crew.substitute(session.crew.get(), member, by=acting(other), now=NOW)
    with pytest.raises(CrewTaken):
        session_of(member, crew=[(member.pk, True)])

    assert (on_duty(member), on_duty(other)) == (0, 1)


def test_a_session_is_not_moved_to_where_its_crew_helps(member):
    session = session_of(member, starts_at=STARTS + timedelta(days=1), crew=[(member.pk, True)])

    with pytest.raises(CrewTaken):
        lifecycle.reschedule(
            session, starts_at=STARTS, ends_at=ENDS, venue=None, address="x", by=acting(member), now=NOW
        )

    session.refresh_from_db()
    assert session.starts_at == STARTS + timedelta(days=1)


@pytest.mark.parametrize("freed", ["withdrawn", "afterwards", "waiting"])
def test_who_is_free_at_that_time_is_on_duty(member, freed):
    place = member.user.assignments.get()
    starts = STARTS
    if freed == "withdrawn":
        assignments.withdraw(place, by=acting(member), now=NOW)
    elif freed == "afterwards":
        starts = ENDS
    else:
        assignments.withdraw(place, by=acting(member), now=NOW)
        full = make_shift(make_helped_session(), places=1)
        make_assignment(full)
        make_assignment(full, member.user)

    session_of(member, starts_at=starts, crew=[(member.pk, True)])

    assert on_duty(member) == 1
