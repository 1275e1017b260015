"""Back-up sessions: where the first choice is full a family gets a place elsewhere at once, or waits; never both."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities import backups, reading, signups
from activities.models import Party, Session, SignUp
from core.errors import DomainError
from organisations.acting import Acting
from tests import races
from tests.activities.test_races import broken
from tests.conftest import NOW
from tests.factories.activities import (
    STARTS_AT,
    by_guardian,
    make_family,
    make_party,
    make_session,
    sign_up,
    statuses,
)
from tests.factories.organisations import make_region

DAY = timedelta(days=1)


def make_beside(first: Session, day: int, *, capacity: int = 1, full: bool = False, **fields) -> Session:
    """Another date of the same programme."""
    row = make_session(
        capacity=capacity,
        version=first.version,
        provider=first.provider,
        starts_at=first.starts_at + day * DAY,
        **fields,
    )
    if full:
        make_party(row)
    return row


def make_full(**fields) -> Session:
    """A first choice whose one place somebody else has."""
    row = make_session(capacity=1, **fields)
    make_party(row)
    return row


def choose(first, others, guardian, children, *, submission=None, **more):
    """The guardian sends the form with those back-ups ticked."""
    return backups.sign_up(
        first.pk,
        backups=[row.pk for row in others],
        children=children,
        guardian=guardian,
        by=by_guardian(guardian),
        now=NOW,
        submission_id=submission or uuid.uuid4(),
        **more,
    )


@pytest.mark.django_db
def test_room_at_the_first_choice_leaves_the_backups_alone():
    first = make_session(capacity=1)
    other = make_beside(first, 1)

    party = choose(first, [other], *make_family())

    assert (party.session_id, SignUp.objects.count()) == (first.pk, 1)


@pytest.mark.django_db
def test_full_first_choice_gives_places_at_the_first_backup_with_room_and_no_rank():
    first = make_full()
    full, free = make_beside(first, 1, full=True), make_beside(first, 2)

    party = choose(first, [full, free], *make_family())

    assert (party.session_id, statuses(party)) == (free.pk, ["confirmed"])
    assert SignUp.objects.waiting().count() == 0
    assert broken([first, full, free]) == []


@pytest.mark.django_db
def test_backup_with_too_little_room_for_the_whole_party_is_passed_over():
    first = make_full()
    small, large = make_beside(first, 1), make_beside(first, 2, capacity=2)

    party = choose(first, [small, large], *make_family(2))

    assert (party.session_id, statuses(party)) == (large.pk, ["confirmed", "confirmed"])


@pytest.mark.django_db
def test_backups_are_tried_in_the_order_in_which_the_family_named_them():
    first = make_full()
    sooner, later = make_beside(first, 1), make_beside(first, 2)

    assert choose(first, [later, sooner], *make_family()).session_id == later.pk


@pytest.mark.django_db
def test_another_familys_form_number_finds_no_place_of_theirs():
    """The ticket page would show one family's place and code to another."""
    first, number = make_session(capacity=3), uuid.uuid4()
    other = make_beside(first, 1)
    theirs = choose(first, [other], *make_family(), submission=number)

    with pytest.raises((DomainError, IntegrityError)):
        choose(first, [other], *make_family(), submission=number)

    assert Party.objects.get() == theirs


@pytest.mark.django_db
def test_no_room_anywhere_waits_at_the_first_choice_only():
    first = make_full()
    others = [make_beside(first, day, full=True) for day in (1, 2)]

    party = choose(first, others, *make_family())

    assert (party.session_id, statuses(party)) == (first.pk, ["waiting"])
    assert SignUp.objects.waiting().count() == 1


@pytest.mark.django_db
def test_backups_that_cannot_be_had_are_passed_over():
    first, foreign = make_full(), make_session(starts_at=STARTS_AT + 5 * DAY)
    closed, clashing = make_beside(first, 1), make_beside(first, 2)
    Session.objects.filter(pk=closed.pk).update(closes_at=NOW)
    guardian, children = make_family()
    sign_up(make_session(starts_at=clashing.starts_at), guardian, children)

    for others in ([closed, clashing], [foreign]):
        party = choose(first, others, guardian, children)
        assert (party.session_id, statuses(party)) == (first.pk, ["waiting"])
        signups.cancel_party(party, by=Acting(), now=NOW)


@pytest.mark.django_db
def test_families_that_wait_at_a_backup_come_first():
    """The last place at a back-up belongs to the party that waits there as soon as it fits."""
    first = make_full()
    other = make_beside(first, 1, capacity=2, full=True)
    waits = make_party(other, size=2)
    assert statuses(waits) == ["waiting", "waiting"]
    Session.objects.filter(pk=other.pk).update(capacity=3, ceiling=3)

    party = choose(first, [other], *make_family())

    assert (party.session_id, statuses(party)) == (first.pk, ["waiting"])
    assert statuses(waits) == ["offered", "offered"]
    assert broken([first, other]) == []


@pytest.mark.django_db
def test_more_than_two_backups_are_refused():
    first = make_full()

    with pytest.raises(backups.TooManyBackups):
        choose(first, [make_beside(first, day) for day in (1, 2, 3)], *make_family())


@pytest.mark.django_db
def test_what_stands_against_the_first_choice_is_said():
    first = make_full()
    guardian, children = make_family(age=17)

    with pytest.raises(signups.eligibility.NotEligible):
        choose(first, [make_beside(first, 1)], guardian, children)


@pytest.mark.django_db
@pytest.mark.parametrize("again", ["with", "without"])
def test_the_same_form_again_finds_the_place_at_the_backup(again):
    first = make_full()
    other = make_beside(first, 1)
    family, number = make_family(), uuid.uuid4()
    party = choose(first, [other], *family, submission=number)
    signups.cancel_party(first.parties.get(), by=Acting(), now=NOW)

    found = choose(first, [other] if again == "with" else [], *family, submission=number)

    assert (found, SignUp.objects.active().count()) == (party, 1)


@pytest.mark.race
@pytest.mark.usefixtures("fresh_db")
def test_race_of_double_clicks_and_a_freed_place_gives_one_of_both():
    for _ in range(8):
        first = make_full()
        other = make_beside(first, 1)
        family, number = make_family(), uuid.uuid4()
        held = first.parties.get()

        race = races.run(
            lambda f=first, o=other, family=family, n=number: choose(f, [o], *family, submission=n),
            lambda held=held: signups.cancel_party(held, by=Acting(), now=NOW),
            lambda f=first, o=other, family=family, n=number: choose(f, [o], *family, submission=n),
        )

        assert race.errors == []
        assert race.results[0] == race.results[2]
        assert SignUp.objects.active().filter(child__in=family[1]).count() == 1
        assert broken([first, other]) == []


@pytest.mark.race
@pytest.mark.usefixtures("fresh_db")
def test_race_of_families_for_one_backup_gives_its_place_once():
    for _ in range(8):
        first = make_full()
        other = make_beside(first, 1)
        families = [make_family() for _ in range(4)]

        race = races.run(*[lambda f=first, o=other, one=one: choose(f, [o], *one) for one in families])

        assert race.errors == []
        assert sorted(party.session_id == other.pk for party in race.results) == [False] * 3 + [True]
        assert broken([first, other]) == []
        assert SignUp.objects.waiting().filter(session=first).count() == 3


def page(name: str, *args) -> str:
    return reverse(f"activities:{name}", args=args)


@pytest.fixture
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.mark.django_db
@pytest.mark.usefixtures("at_noon")
def test_full_sessions_page_offers_other_dates_with_room():
    first = make_full()
    full, free = make_beside(first, 1, full=True), make_beside(first, 2)
    kept = make_beside(first, 3, reserved=1, region=make_region("天穆镇"), opens_to_all_at=NOW + DAY)
    guardian, _children = make_family()

    text = signed_in(guardian.user).get(page("sign-up", first.pk)).text

    assert "Another date if this one is full?" in text
    assert [f'id="backup_{row.pk}"' in text for row in (full, free, kept)] == [False, True, False]


@pytest.mark.django_db
@pytest.mark.usefixtures("at_noon")
def test_sessions_page_with_room_asks_nothing_about_backups():
    first = make_session(capacity=1)
    make_beside(first, 1)
    guardian, _children = make_family()

    with CaptureQueriesContext(connection) as counted:
        text = signed_in(guardian.user).get(page("sign-up", first.pk)).text

    assert "backup" not in text
    assert not any("ORDER BY" in q["sql"] and "LIMIT 6" in q["sql"] for q in counted)


@pytest.mark.django_db
@pytest.mark.usefixtures("at_noon")
def test_place_at_a_backup_is_said_on_its_ticket():
    first = make_full()
    other = make_beside(first, 1)
    guardian, children = make_family()
    data = {"children": children[0].pk, "submission_id": uuid.uuid4(), "backups": [other.pk]}

    answer = signed_in(guardian.user).post(page("sign-up", first.pk), data, follow=True)

    party = Party.objects.get(session=other)
    assert answer.redirect_chain[-1][0] == page("ticket", other.pk, party.pk)
    assert "The date of your first choice was full." in answer.text


@pytest.mark.django_db
@pytest.mark.usefixtures("at_noon")
def test_three_backups_are_refused_on_the_page_and_kept_ticked():
    first = make_full()
    others = [make_beside(first, day) for day in (1, 2, 3)]
    guardian, children = make_family()
    data = {"children": children[0].pk, "submission_id": uuid.uuid4(), "backups": [row.pk for row in others]}

    answer = signed_in(guardian.user).post(page("sign-up", first.pk), data)

    assert answer.status_code == 422
    assert "Choose at most two other dates." in answer.text
    assert answer.text.count('name="backups"') == 3
    assert all(f'value="{row.pk}" checked' in answer.text for row in others)


@pytest.mark.django_db
def test_sessions_beside_are_those_of_the_programme_that_are_open(django_assert_num_queries):
    first = make_full()
    later, sooner = make_beside(first, 3), make_beside(first, 1)
    make_session(starts_at=STARTS_AT + 2 * DAY)
    closed = make_beside(first, 2)
    Session.objects.filter(pk=closed.pk).update(closes_at=NOW)
    _guardian, children = make_family()

    with time_machine.travel(NOW, tick=False), django_assert_num_queries(1):
        assert reading.backups_shown(first, children, NOW) == [sooner, later]
        assert reading.backups_shown(sooner, children, NOW) == [later]  # known for some seconds
