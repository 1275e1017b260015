"""Several dates in one act: each is decided by itself, once, and all that are left can be given back at once."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities import lifecycle, queries, series, signups, waiting
from activities.models import Party, Session, SignUp
from core.time import today
from organisations.acting import Acting
from safeguarding import consents
from safeguarding.consents import PaperMissing
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
from tests.factories.people import make_child, make_guardian

WEEK = timedelta(weeks=1)


def make_series(count: int = 3, *, full: tuple[int, ...] = (), **fields) -> list[Session]:
    """Weekly dates of one order; in the ``full`` ones somebody else has the one place."""
    number, rows = uuid.uuid4(), []
    for n in range(count):
        like = {"version": rows[0].version, "provider": rows[0].provider} if rows else {}
        starts_at = STARTS_AT + n * WEEK
        rows.append(make_session(capacity=1, starts_at=starts_at, series=number, **like, **fields))
    for n in full:
        make_party(rows[n])
    return rows


def choose(rows, guardian, children, *, page=None, submission=None, now=NOW, **more):
    """The guardian sends the form of the first date, or of ``page``, with those dates ticked."""
    return series.sign_up(
        (page or rows[0]).pk,
        dates=[row.pk for row in rows],
        children=children,
        guardian=guardian,
        by=by_guardian(guardian),
        now=now,
        submission_id=submission or uuid.uuid4(),
        **more,
    )


@pytest.mark.django_db
def test_each_date_is_decided_by_itself():
    rows = make_series(3, full=(1,))
    Session.objects.filter(pk=rows[2].pk).update(closes_at=NOW)
    guardian, children = make_family()

    answers = choose(rows, guardian, children)

    assert [one.session.pk for one in answers] == [row.pk for row in rows]
    assert [statuses(one.party) for one in answers if one.party] == [["confirmed"], ["waiting"]]
    assert series.refusals(answers) == [
        "Sat 12 Dec 2026: Sign-up has closed. Ask at the door: free places go to whoever is there."
    ]


@pytest.mark.django_db
def test_only_the_ticked_dates_of_this_series_are_signed_up_for():
    rows, elsewhere = make_series(3), make_session(starts_at=STARTS_AT + 5 * WEEK)
    guardian, children = make_family()

    answers = choose([rows[0], rows[2], elsewhere], guardian, children)

    assert {one.session.pk for one in answers} == {rows[0].pk, rows[2].pk}
    assert not elsewhere.parties.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("alone", [True, False])
def test_no_date_of_the_series_is_no_sign_up(alone):
    page = make_session() if alone else make_series(2)[0]
    guardian, children = make_family()

    with pytest.raises(series.NoDates):
        choose([make_session(starts_at=STARTS_AT + 5 * WEEK)], guardian, children, page=page)


@pytest.mark.django_db
def test_refused_everywhere_says_a_common_reason_once():
    guardian = make_guardian()
    child = make_child(guardian)

    with pytest.raises(series.AllRefused) as refusal:
        choose(make_series(3), guardian, [child])

    assert refusal.value.sentences == ["A guardian's consent is missing. Read it and answer."]
    assert not Party.objects.exists()


@pytest.mark.django_db
def test_refused_for_different_reasons_names_the_days():
    rows = make_series(2)
    guardian, children = make_family()
    sign_up(rows[0], guardian, children)
    Session.objects.filter(pk=rows[1].pk).update(closes_at=NOW)

    with pytest.raises(series.AllRefused) as refusal:
        choose(rows, guardian, children)

    assert refusal.value.sentences == [
        "Sat 28 Nov 2026: Already signed up for this session.",
        "Sat 5 Dec 2026: Sign-up has closed. Ask at the door: free places go to whoever is there.",
    ]


@pytest.mark.django_db
def test_consent_is_recorded_once_with_the_first_date_that_takes_the_child():
    rows = make_series(3)
    Session.objects.filter(pk=rows[0].pk).update(closes_at=NOW)
    guardian = make_guardian()
    child = make_child(guardian)

    choose(
        rows,
        guardian,
        [child],
        answers=[signups.ConsentAnswer(child, consents.to_ask("sign_up", today(NOW)), given=True)],
    )

    assert child.consents.count() == 1
    assert SignUp.objects.confirmed().count() == 2


@pytest.mark.django_db
def test_what_is_wrong_with_the_form_is_said_of_the_form():
    guardian = make_guardian()
    child = make_child(guardian)
    answers = [signups.ConsentAnswer(child, consents.to_ask("sign_up", today(NOW)), given=True)]
    rows = make_series(2)

    with pytest.raises(PaperMissing):
        series.sign_up(
            rows[0].pk,
            dates=[row.pk for row in rows],
            children=[child],
            guardian=guardian,
            by=Acting(),
            now=NOW,
            submission_id=uuid.uuid4(),
            answers=answers,
        )


@pytest.mark.django_db
def test_the_same_form_again_finds_each_date_and_completes_what_was_cut_off():
    rows = make_series(3)
    guardian, children = make_family()
    number = uuid.uuid4()
    first = choose(rows[:2], guardian, children, submission=number)

    again = choose(rows, guardian, children, page=rows[0], submission=number)

    assert [one.party for one in again][:2] == [one.party for one in first]
    assert SignUp.objects.confirmed().count() == 3


@pytest.mark.django_db
def test_the_same_form_for_one_date_and_then_for_all_keeps_the_one():
    rows = make_series(2)
    guardian, children = make_family()
    number = uuid.uuid4()
    signups.sign_up(
        rows[0].pk, children=children, guardian=guardian, by=by_guardian(guardian), now=NOW, submission_id=number
    )

    answers = choose(rows, guardian, children, submission=number)

    assert answers[0].refusal == "Already signed up for this session."
    assert SignUp.objects.confirmed().count() == 2


@pytest.mark.race
@pytest.mark.usefixtures("fresh_db")
def test_race_of_double_clicks_signs_up_once_on_each_date():
    for _ in range(5):
        rows = make_series(3, full=(2,))
        family = make_family()
        number = uuid.uuid4()

        race = races.run_same(
            3, lambda rows=rows, family=family, number=number: choose(rows, *family, submission=number)
        )

        assert race.errors == []
        assert len({tuple(one.party.pk for one in answers) for answers in race.results}) == 1
        assert broken(rows) == []
        assert SignUp.objects.active().filter(child__in=family[1]).count() == 3


@pytest.mark.race
@pytest.mark.usefixtures("fresh_db")
def test_race_of_families_for_all_dates_oversells_none_and_loses_nobody():
    for _ in range(5):
        rows = make_series(4)
        families = [make_family() for _ in range(4)]

        race = races.run(*[lambda family=family, rows=rows: choose(rows, *family) for family in families])

        assert race.errors == []
        assert broken(rows) == []
        held = SignUp.objects.filter(session__in=rows)
        assert (held.confirmed().count(), held.waiting().count()) == (4, 12)


@pytest.mark.django_db
def test_dates_to_choose_are_those_that_take_sign_ups_with_who_is_on(django_assert_num_queries):
    rows = make_series(4)
    guardian, children = make_family(2)
    sign_up(rows[1], guardian, children[:1])
    Session.objects.filter(pk=rows[3].pk).update(closes_at=NOW)

    with django_assert_num_queries(1):
        found = queries.dates_to_choose(rows[0], children, NOW)
        regions = [one.region for one in found]

    assert len(regions) == 3
    assert [(one.pk, one.ours) for one in found] == [(rows[0].pk, 0), (rows[1].pk, 1), (rows[2].pk, 0)]


@pytest.mark.django_db
def test_leave_gives_every_date_back_and_the_places_go_on():
    rows = make_series(3)
    guardian, children = make_family()
    answers = choose(rows, guardian, children)
    next_in_line = make_party(rows[1])
    own = series.sign_ups_of(answers[0].party, by_guardian(guardian))

    ended = series.leave(own, by=by_guardian(guardian), now=NOW, reason="moved away")

    assert ended == 3
    assert [statuses(one.party) for one in answers] == [["cancelled"]] * 3
    assert SignUp.objects.filter(reason="moved away").count() == 3
    assert statuses(next_in_line) == ["offered"]
    assert broken(rows) == []


@pytest.mark.django_db
def test_leave_passes_over_what_has_ended_or_begun():
    rows = make_series(3)
    guardian, children = make_family()
    answers = choose(rows, guardian, children)
    own = series.sign_ups_of(answers[0].party, by_guardian(guardian))
    signups.cancel_party(answers[1].party, by=Acting(), now=NOW)

    ended = series.leave(own, by=by_guardian(guardian), now=rows[0].starts_at)

    assert ended == 1
    assert [statuses(one.party) for one in answers] == [["confirmed"], ["cancelled"], ["cancelled"]]


@pytest.mark.race
@pytest.mark.usefixtures("fresh_db")
def test_race_of_leaving_twice_frees_each_place_once():
    for _ in range(5):
        rows = make_series(3)
        guardian, children = make_family()
        answers = choose(rows, guardian, children)
        own = series.sign_ups_of(answers[0].party, by_guardian(guardian))

        race = races.run_same(3, lambda own=own: series.leave(own, by=Acting(), now=NOW))

        assert race.errors == []
        assert sum(race.results) == 3
        assert broken(rows) == []


@pytest.mark.django_db
def test_lines_tell_places_ranks_and_free_dates_at_a_fixed_cost():
    rows = make_series(5, full=(1, 2))
    guardian, children = make_family()
    answers = choose(rows[:4], guardian, children)
    signups.cancel_party(answers[3].party, by=Acting(), now=NOW)
    party = answers[0].party

    with CaptureQueriesContext(connection) as counted:
        found = series.lines(party, series.sign_ups_of(party, by_guardian(guardian)), NOW)

    assert [(line.status, line.position) for line in found] == [
        ("confirmed", None),
        ("waiting", 1),
        ("waiting", 1),
        ("cancelled", None),
        ("", None),
    ]
    assert len(counted) == 3


@pytest.mark.django_db
def test_lines_leave_out_a_date_that_was_called_off():
    rows = make_series(3)
    guardian, children = make_family()
    party = choose(rows[:1], guardian, children)[0].party
    lifecycle.cancel(rows[2], by=Acting(), now=NOW, reason="雨")

    found = series.lines(party, series.sign_ups_of(party, by_guardian(guardian)), NOW)

    assert [line.session for line in found] == rows[:2]


@pytest.mark.django_db
def test_sign_ups_of_a_family_are_read_by_itself_alone():
    rows = make_series(2)
    guardian, children = make_family()
    party = choose(rows, guardian, children)[0].party
    stranger, _others = make_family()

    assert len(series.sign_ups_of(party, by_guardian(guardian))) == 2
    assert series.sign_ups_of(party, by_guardian(stranger)) == []


@pytest.mark.django_db
def test_positions_count_families_before_mine_in_each_line():
    rows = make_series(2, full=(0, 1))
    make_party(rows[0])
    guardian, children = make_family()
    answers = choose(rows, guardian, children)
    make_party(rows[1])

    parties = [one.party for one in answers]
    assert waiting.positions(parties) == {party.pk: waiting.position(party) for party in parties}
    assert sorted(waiting.positions(parties).values()) == [1, 2]
