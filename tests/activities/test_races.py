"""The last place: threads race for it on a real database, and without the guard the same rounds oversell."""

import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Q

from activities import announcements, checkin, crew, lifecycle, places, signups, waiting
from activities.models import Announcement, Attendance, Session, SignUp
from core import inserting
from core.time import today
from organisations.acting import Acting
from safeguarding import clearance
from safeguarding.models import BackgroundCheck
from tests import races
from tests.activities import unguarded
from tests.breaking import drop_constraint
from tests.conftest import NOW
from tests.factories.activities import (
    acting,
    by_guardian,
    come,
    make_crew_member,
    make_family,
    make_party,
    make_past,
    make_session,
    make_sign_up,
    sign_up,
)
from tests.factories.organisations import make_organisation
from tests.proving import share

ROUNDS = 20
pytestmark = [pytest.mark.race]


def racer(session, guardian, children, submission=None):
    """One family that presses the button."""

    def press():
        return signups.sign_up(
            session.pk,
            children=children,
            guardian=guardian,
            by=by_guardian(guardian),
            now=NOW,
            submission_id=submission or uuid.uuid4(),
        )

    return press


def make_sessions(rounds: int) -> list[Session]:
    """One session with one place for each round."""
    first = make_session(capacity=1)
    more = [
        make_session(capacity=1, version=first.version, provider=first.provider, starts_at=first.starts_at + n * DAY)
        for n in range(1, rounds)
    ]
    return [first, *more]


DAY = timedelta(days=1)


def broken(rows: list[Session]) -> list[Session]:
    """The sessions whose places were given twice, or whose counters do not tell what the rows tell."""
    held = Count("sign_ups", filter=Q(sign_ups__status__in=SignUp.HOLDING), distinct=True)
    waits = Count("parties", filter=Q(parties__sign_ups__status="waiting"), distinct=True)
    found = Session.objects.filter(pk__in=[row.pk for row in rows]).annotate(held=held, waits=waits)
    wrong = ~Q(held=F("taken")) | Q(held__gt=F("capacity")) | ~Q(waits=F("waiting_parties"))
    return list(found.filter(wrong))


def race_rounds(rounds: int, people: int) -> tuple[list[Session], list[BaseException]]:
    """Let that many families race for the one place of each session."""
    sessions = make_sessions(rounds)
    families = [make_family() for _ in range(people)]
    errors = []
    for session in sessions:
        race = races.run(*[racer(session, *family) for family in families])
        errors += race.errors
        assert len(race.results) == people
    return sessions, errors


@pytest.mark.parametrize("people", [2, 4, 10])
@pytest.mark.usefixtures("fresh_db")
def test_race_for_the_last_place_gives_it_once_and_loses_nobody(people):
    sessions, errors = race_rounds(ROUNDS, people)

    assert errors == []
    assert broken(sessions) == []
    assert SignUp.objects.confirmed().count() == ROUNDS
    assert SignUp.objects.waiting().count() == ROUNDS * (people - 1)
    ranks = Session.objects.filter(pk__in=[row.pk for row in sessions]).values_list("parties__join_seq", flat=True)
    assert sorted(rank for rank in ranks if rank) == sorted([*range(1, people)] * ROUNDS)


def race_for_the_place_not_kept(rounds: int) -> tuple[list[Session], list[BaseException], int]:
    """Let three children who came before, and one who did not, race for two places of which one is kept.

    Return the sessions, what went wrong, and how often the newcomer has a place.
    """
    sessions = make_sessions(rounds)
    Session.objects.update(capacity=2, ceiling=2, first_timers=1)
    past = make_past(sessions[0], capacity=3)
    families = [make_family() for _ in range(4)]
    for family in families[1:]:
        come(past, *family)
    errors: list[BaseException] = []
    for session in sessions:
        errors += races.run(*[racer(session, *family) for family in families]).errors
        session.refresh_from_db()
    return sessions, errors, SignUp.objects.holding().filter(child__in=families[0][1]).count()


def assert_the_kept_place_stayed(rounds: int) -> None:
    sessions, errors, newcomers = race_for_the_place_not_kept(rounds)

    assert errors == []
    assert broken(sessions) == []
    assert newcomers == rounds
    assert {(row.taken, row.taken_returning, row.waiting_parties) for row in sessions} == {(2, 1, 2)}


@pytest.mark.usefixtures("fresh_db")
def test_race_for_the_last_place_not_kept_gives_it_once_and_the_kept_one_to_who_is_new():
    assert_the_kept_place_stayed(ROUNDS)


@pytest.mark.prove
@pytest.mark.usefixtures("fresh_db")
def test_race_for_the_last_place_not_kept_many_rounds_leaves_the_kept_one():
    assert_the_kept_place_stayed(share(200))


@pytest.mark.usefixtures("fresh_db")
def test_race_without_the_guard_of_the_kept_place_gives_it_away(monkeypatch):
    monkeypatch.setattr(places, "claiming", unguarded.claiming_without_the_pool)

    sessions, _errors, _newcomers = race_for_the_place_not_kept(ROUNDS)

    assert any(row.taken_returning > 1 for row in sessions)


@pytest.mark.prove
@pytest.mark.parametrize("people", [2, 4, 10])
@pytest.mark.usefixtures("fresh_db")
def test_race_for_the_last_place_many_rounds_never_oversells(people):
    sessions, errors = race_rounds(share(200), people)

    assert errors == []
    assert broken(sessions) == []


def oversold_without_the_guard(monkeypatch, rounds: int, people: int) -> int:
    """Let the same families race with the guard taken out; return in how many rounds a place was given twice."""
    drop_constraint(Session, "session_taken_within_ceiling", "session_ceiling_is_capacity_or_taken")
    sessions = make_sessions(rounds)
    families = [make_family() for _ in range(people)]
    monkeypatch.setattr(places, "claiming", unguarded.claiming)
    monkeypatch.setattr(signups, "transaction", unguarded.NoTransaction)
    monkeypatch.setattr(inserting, "demand_transaction", lambda: None)
    for session in sessions:
        races.run(*[racer(session, *family) for family in families])
    return Session.objects.filter(taken__gt=F("capacity")).count()


@pytest.mark.usefixtures("fresh_db")
def test_race_without_the_guard_oversells(monkeypatch):
    assert oversold_without_the_guard(monkeypatch, ROUNDS, 4) > 0


@pytest.mark.prove
@pytest.mark.parametrize("people", [2, 4, 10])
@pytest.mark.usefixtures("fresh_db")
def test_race_without_the_guard_many_rounds_oversells(people, monkeypatch, record_property):
    oversold = oversold_without_the_guard(monkeypatch, share(200), people)

    record_property("rounds oversold without the guard", oversold)
    assert oversold > 0


@pytest.mark.usefixtures("fresh_db")
def test_race_of_double_clicks_is_one_party():
    sessions = make_sessions(ROUNDS)
    family = make_family()

    for session in sessions:
        race = races.run_same(4, racer(session, *family, submission=uuid.uuid4()))
        assert race.errors == []
        assert len({party.pk for party in race.results}) == 1

    assert SignUp.objects.count() == ROUNDS


@pytest.mark.usefixtures("fresh_db")
def test_race_of_two_guardians_for_one_child_signs_it_up_once():
    sessions = make_sessions(ROUNDS)
    family = make_family()

    for session in sessions:
        race = races.run_same(4, racer(session, *family))
        assert len(race.results) == 1
        assert race.errors_other_than(signups.eligibility.NotEligible) == []


@pytest.mark.usefixtures("fresh_db")
def test_race_of_one_child_for_two_sessions_at_one_time_gives_one_place():
    family = make_family()
    for _ in range(ROUNDS // 2):
        here = make_session(capacity=1)
        there = make_session(capacity=1, version=here.version, provider=here.provider)
        race = races.run(racer(here, *family), racer(there, *family))
        assert len(race.results) == 1
        assert race.errors_other_than(signups.eligibility.NotEligible) == []
        signups.cancel_party(race.results[0], by=Acting(), now=NOW)


@pytest.mark.usefixtures("fresh_db")
def test_race_of_cancelling_and_joining_leaves_no_place_and_no_family_behind():
    for _ in range(ROUNDS // 2):
        session = make_session(capacity=1)
        held = make_party(session)
        waits = make_party(session)
        newcomer = make_family()

        race = races.run(
            lambda held=held: signups.cancel_party(held, by=Acting(), now=NOW),
            racer(session, *newcomer),
        )

        assert race.errors == []
        assert broken([session]) == []
        assert waits.sign_ups.get().status == "offered"


@pytest.mark.usefixtures("fresh_db")
def test_race_of_two_fills_promotes_once():
    for _ in range(ROUNDS // 2):
        session = make_session(capacity=1)
        make_party(session)
        parties = [make_party(session) for _ in range(2)]
        with transaction.atomic():
            Session.objects.filter(pk=session.pk).update(capacity=2, ceiling=2)

        race = races.run_same(3, lambda pk=session.pk: waiting.fill(pk, now=NOW, by=Acting()))

        assert race.errors == []
        assert [party.pk for found in race.results for party in found] == [parties[0].pk]
        assert broken([session]) == []


@pytest.mark.usefixtures("fresh_db")
def test_race_of_closing_and_marking_closes_and_loses_no_mark():
    for _ in range(ROUNDS // 2):
        session = make_session(capacity=3)
        rows = [make_sign_up(session) for _ in range(3)]
        after = session.ends_at + timedelta(minutes=5)

        race = races.run(
            partial(lifecycle.close, session, by=Acting(), now=after),
            *[partial(checkin.mark, row, "present", by=Acting(), now=after) for row in rows],
        )

        assert race.errors_other_than(checkin.SessionOver) == []
        session.refresh_from_db()
        there = Attendance.objects.filter(sign_up__session=session)
        assert (session.status, there.count()) == ("closed", 3)
        assert there.filter(status="present").count() == len(race.results) - 1


@pytest.mark.usefixtures("fresh_db")
def test_race_of_one_child_at_two_doors_lets_it_in_once():
    for _ in range(ROUNDS // 2):
        here = make_session(capacity=1)
        there = make_session(capacity=1, version=here.version, provider=here.provider)
        guardian, (child,) = make_family()
        at = here.closes_at + timedelta(minutes=5)

        enter = partial(checkin.walk_in, child=child, guardian=guardian, by=Acting(), now=at)
        race = races.run(partial(enter, here), partial(enter, there))

        assert len(race.results) == 1
        assert race.errors_other_than(signups.eligibility.NotEligible) == []


@pytest.mark.usefixtures("fresh_db")
def test_race_of_guesses_at_the_door_ends_at_the_limit():
    """Else whoever sends many names at one moment reads more than the limit lets them."""
    for _ in range(ROUNDS // 4):
        provider = make_organisation("provider")
        member = make_crew_member(provider)
        session = make_session(provider=provider, crew=[(member.pk, True)])
        guess = partial(
            checkin.look_up,
            session,
            phone="13800001111",
            by=acting(member),
            now=session.closes_at + timedelta(minutes=5),
        )
        for number in range(checkin.MISSES - 1):
            guess(name=f"名{number}")

        race = races.run(*[partial(guess, name=f"也{number}") for number in range(4)])

        assert len(race.results) == 1
        assert race.errors_other_than(checkin.TooManyMisses) == []


@pytest.mark.usefixtures("fresh_db")
def test_race_of_moving_and_substituting_never_leaves_somebody_uncleared_on_duty():
    for _ in range(ROUNDS // 2):
        provider = make_organisation("provider")
        old, new = make_crew_member(provider), make_crew_member(provider)
        session = make_session(provider=provider, crew=[(old.pk, True)])
        later = session.starts_at + 30 * DAY
        BackgroundCheck.objects.filter(user=new.user).update(valid_until=(later - DAY).date())
        on_duty = session.crew.get()
        where = {"starts_at": later, "ends_at": later + timedelta(hours=1), "venue": None, "address": "x"}

        race = races.run(
            partial(lifecycle.reschedule, session, **where, by=Acting(), now=NOW),
            partial(crew.substitute, on_duty, new, by=Acting(), now=NOW),
        )

        allowed = (lifecycle.CrewChanged, crew.AlreadyReplaced, clearance.NotCleared)
        assert race.errors_other_than(*allowed) == []
        row = session.crew.get(removed_at=None)
        assert clearance.of_worker(row.user_id, today(row.starts_at)).ok


@pytest.mark.postgresql
@pytest.mark.django_db
def test_database_itself_refuses_a_child_in_two_places():
    guardian, children = make_family()
    sign_up(make_session(), guardian, children)
    elsewhere = make_session()
    row = SignUp.objects.get()
    SignUp(
        party=make_party(elsewhere),
        session=elsewhere,
        child=row.child,
        status="confirmed",
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        created_at=NOW,
    ).save()

    with pytest.raises(Exception, match="signup_child_overlap"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_double_click_on_a_message_to_all_sends_once_and_eight_at_once_stay_within_five(fresh_db):
    provider = make_organisation("provider")
    session = make_session(provider=provider, crew=[(make_crew_member(provider).pk, True)])
    by = acting(session.crew.get().membership)
    make_party(session)

    def send(number: uuid.UUID):
        return partial(announcements.announce, session, text="雨靴", by=by, now=NOW, submission_id=number)

    clicked = races.run(*[send(uuid.uuid4())] * 4)
    wild = races.run(*[send(uuid.uuid4()) for _ in range(8)])

    assert clicked.errors == []
    assert len({row.pk for row in clicked.results}) == 1
    assert wild.errors_other_than(announcements.EnoughForToday) == []
    assert sorted(row.number for row in Announcement.objects.all()) == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("fresh_db")
def test_sign_up_whose_message_cannot_be_written_is_none():
    """Nobody has a place that their family was never told of."""
    session, (guardian, children) = make_session(), make_family()

    def tell(*_party, **_how):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        signups.sign_up(
            session.pk,
            children=children,
            guardian=guardian,
            by=Acting(system="an office"),
            now=NOW,
            submission_id=uuid.uuid4(),
            tell=tell,
        )

    assert not SignUp.objects.exists()
    assert Session.objects.get(pk=session.pk).taken == 0
