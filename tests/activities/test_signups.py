"""One POST decides: places for all, or the waiting list."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction

from activities import eligibility, lifecycle, signups
from activities.models import Party, Session, SignUpHistory
from core.time import today
from notifications.models import Message
from organisations.acting import Acting
from safeguarding import consents
from tests.conftest import NOW
from tests.factories.activities import (
    STARTS_AT,
    by_guardian,
    make_family,
    make_party,
    make_session,
    make_sign_up,
    sign_up,
    statuses,
)
from tests.factories.organisations import make_member, make_region
from tests.factories.people import make_child, make_family_office, make_guardian, make_youth
from tests.factories.safeguarding import make_consent
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db


def counts(session: Session) -> tuple[int, int, int]:
    session.refresh_from_db()
    return session.taken, session.taken_outside, session.waiting_parties


def told() -> list[tuple[str, User]]:
    """What was told about sessions, and to whom."""
    return [(row.kind, row.recipient) for row in Message.objects.filter(path__startswith="/sessions/").order_by("pk")]


def test_sign_up_with_places_confirms_every_child():
    session = make_session(capacity=3)

    party = make_party(session, 2)

    assert statuses(party) == ["confirmed", "confirmed"]
    assert (party.size, party.join_seq) == (2, None)
    assert counts(session) == (2, 0, 0)


def test_sign_up_without_room_for_all_makes_the_party_wait_together():
    session = make_session(capacity=3)
    make_party(session, 2)

    party = make_party(session, 2)

    assert statuses(party) == ["waiting", "waiting"]
    party.refresh_from_db()
    assert party.join_seq == 1
    assert counts(session) == (2, 0, 1)


def test_sign_up_of_a_newcomer_takes_a_place_that_nobody_waiting_fits():
    session = make_session(capacity=3)
    make_party(session, 2)
    waits = make_party(session, 2)

    newcomer = make_party(session)

    assert statuses(newcomer) == ["confirmed"]
    assert statuses(waits) == ["waiting", "waiting"]
    assert Message.objects.filter(kind="passed_over").count() == 1


def test_sign_up_of_a_newcomer_never_overtakes_a_waiting_party_that_fits():
    session = make_session(capacity=2, reserved=2, opens_to_all_at=NOW + timedelta(hours=1))
    outside = make_party(session, home=make_region("天穆村"))
    assert statuses(outside) == ["waiting"]

    newcomer = make_party(session, 2, now=NOW + timedelta(hours=2))

    assert statuses(outside) == ["offered"]
    assert statuses(newcomer) == ["waiting", "waiting"]


def test_sign_up_writes_one_history_row_per_child():
    session = make_session()

    party = make_party(session, 2)

    rows = SignUpHistory.objects.filter(sign_up__party=party).values_list("verb", "after", "actor")
    assert list(rows) == [("sign_up", "confirmed", party.submitted_by_id)] * 2


def test_sign_up_twice_with_one_submission_is_one_party():
    session = make_session()
    guardian, children = make_family()
    args = {
        "children": children,
        "guardian": guardian,
        "by": by_guardian(guardian),
        "now": NOW,
        "submission_id": uuid.uuid4(),
    }

    first = signups.sign_up(session.pk, **args)
    second = signups.sign_up(session.pk, **args)

    assert first == second
    assert Party.objects.count() == 1


def test_sign_up_of_a_child_twice_by_two_guardians_is_refused():
    session = make_session()
    guardian, children = make_family()
    sign_up(session, guardian, children)

    with pytest.raises(eligibility.NotEligible) as refusal:
        sign_up(session, guardian, children)

    assert refusal.value.reasons == {children[0].pk: ["Already signed up for this session."]}


def test_sign_up_without_a_child_is_refused():
    with pytest.raises(signups.NobodyChosen):
        sign_up(make_session(), make_guardian(), [])


def test_sign_up_of_one_ineligible_child_names_it_and_writes_nothing():
    session = make_session()
    guardian, (old_enough,) = make_family()
    too_young = make_child(guardian, age=7)

    with pytest.raises(eligibility.NotEligible) as refusal:
        sign_up(session, guardian, [old_enough, too_young])

    assert list(refusal.value.obstacles) == [too_young.pk]
    assert not Party.objects.exists()


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW - timedelta(days=8), "opens"),
        (STARTS_AT - timedelta(hours=1), "Sign-up has closed"),
        (STARTS_AT, "has begun"),
    ],
)
def test_sign_up_at_the_wrong_time_is_refused(moment, words):
    guardian, children = make_family()

    with pytest.raises(eligibility.NotOpen, match=words):
        sign_up(make_session(), guardian, children, now=moment)


def test_sign_up_for_a_cancelled_session_is_refused():
    session = make_session()
    guardian, children = make_family()
    lifecycle.cancel(session, by=Acting(), now=NOW, reason="Storm")

    with pytest.raises(eligibility.NotOpen, match="cancelled"):
        sign_up(session, guardian, children)


def test_sign_up_that_read_a_free_place_which_is_gone_waits(monkeypatch):
    session = make_session(capacity=1)
    guardian, children = make_family()
    read_before = Session.objects.select_related("region", "version").get(pk=session.pk)
    make_party(session)
    draft = signups.Draft(read_before, children, guardian, by_guardian(guardian), NOW, uuid.uuid4(), frozenset())

    assert signups._write_as_read(draft) is None
    party = signups._decide_under_lock(draft)

    assert statuses(party) == ["waiting"]
    assert counts(session) == (1, 0, 1)


def test_sign_up_that_read_a_full_session_which_has_room_now_gets_the_place():
    session = make_session(capacity=1)
    gone = make_sign_up(session)
    guardian, children = make_family()
    read_before = Session.objects.select_related("region", "version").get(pk=session.pk)
    signups.cancel(gone, by=Acting(), now=NOW)
    draft = signups.Draft(read_before, children, guardian, by_guardian(guardian), NOW, uuid.uuid4(), frozenset())

    assert signups._write_as_read(draft) is None
    assert statuses(signups._decide_under_lock(draft)) == ["confirmed"]


def test_sign_up_against_a_session_that_was_moved_meanwhile_is_judged_anew():
    session = make_session(capacity=1)
    guardian, children = make_family()
    read_before = Session.objects.select_related("region", "version").get(pk=session.pk)
    elsewhere = make_session(starts_at=STARTS_AT + timedelta(days=1))
    sign_up(elsewhere, guardian, children)
    lifecycle.reschedule(
        session,
        starts_at=elsewhere.starts_at,
        ends_at=elsewhere.ends_at,
        venue=None,
        address="",
        by=Acting(),
        now=NOW,
    )
    draft = signups.Draft(read_before, children, guardian, by_guardian(guardian), NOW, uuid.uuid4(), frozenset())

    assert signups._write_as_read(draft) is None
    with pytest.raises(eligibility.NotEligible), transaction.atomic():
        signups._decide_under_lock(draft)


def test_sign_up_by_a_clerk_is_recorded_and_told_to_the_guardian():
    session = make_session()
    office = make_family_office()
    clerk = make_member(office, "clerk")
    guardian = make_guardian()
    child = make_child(guardian, registered_by=office)
    make_consent(child, guardian)

    party = signups.sign_up(
        session.pk, children=[child], guardian=guardian, by=clerk, now=NOW, submission_id=uuid.uuid4()
    )

    assert (party.on_behalf_of, party.submitted_by) == (office, clerk.user)
    assert told() == [("signed_up", guardian.user)]


def test_sign_up_by_a_youth_is_confirmed_and_told_to_the_guardian():
    session = make_session(programme={"max_age": 17})
    youth = make_youth()
    guardian = youth.guardianships.get().guardian
    make_consent(youth, guardian)

    party = signups.sign_up(
        session.pk, children=[youth], guardian=None, by=Acting(user=youth.user), now=NOW, submission_id=uuid.uuid4()
    )

    assert statuses(party) == ["confirmed"]
    assert told() == [("signed_up", guardian.user)]


def test_sign_up_by_a_youth_for_a_risky_programme_is_offered_to_the_guardian():
    session = make_session(programme={"max_age": 17, "is_risky": True})
    youth = make_youth()
    guardian = youth.guardianships.get().guardian
    make_consent(youth, guardian)

    party = signups.sign_up(
        session.pk, children=[youth], guardian=None, by=Acting(user=youth.user), now=NOW, submission_id=uuid.uuid4()
    )

    assert statuses(party) == ["offered"]
    assert counts(session) == (1, 0, 0)
    assert told() == [("guardian_asked", guardian.user)]


def test_sign_up_by_a_youth_for_a_risky_programme_needs_a_guardian():
    session = make_session(programme={"max_age": 17, "is_risky": True})
    youth = make_youth()
    make_consent(youth, youth.guardianships.get().guardian)
    youth.guardianships.all().delete()

    with pytest.raises(signups.GuardianNeeded):
        signups.sign_up(
            session.pk, children=[youth], guardian=None, by=Acting(user=youth.user), now=NOW, submission_id=uuid.uuid4()
        )


def test_sign_up_that_is_refused_records_none_of_the_answers():
    """A guardian who was told no has agreed to nothing and refused nothing."""
    session = make_session()
    guardian = make_guardian()
    child = make_child(guardian)

    with pytest.raises(eligibility.NotEligible):
        signups.sign_up(
            session.pk,
            children=[child],
            guardian=guardian,
            by=by_guardian(guardian),
            now=NOW,
            submission_id=uuid.uuid4(),
            answers=[signups.ConsentAnswer(child, consents.to_ask("photo", today(NOW)), given=False)],
        )

    assert not child.consents.exists()


def test_sign_up_by_a_clerk_without_the_date_of_the_paper_says_just_that():
    session = make_session()
    guardian = make_guardian()
    child = make_child(guardian)

    with pytest.raises(consents.PaperMissing):
        signups.sign_up(
            session.pk,
            children=[child],
            guardian=guardian,
            by=Acting(user=make_user()),
            now=NOW,
            submission_id=uuid.uuid4(),
            answers=[signups.ConsentAnswer(child, consents.to_ask("sign_up", today(NOW)), given=True)],
        )


def test_sign_up_records_the_consents_of_the_form_with_it():
    session = make_session()
    guardian = make_guardian()
    child = make_child(guardian)
    answers = [
        signups.ConsentAnswer(child, consents.to_ask("sign_up", today(NOW)), given=True),
        signups.ConsentAnswer(child, consents.to_ask("photo", today(NOW)), given=False),
    ]

    party = signups.sign_up(
        session.pk,
        children=[child],
        guardian=guardian,
        by=by_guardian(guardian),
        now=NOW,
        submission_id=uuid.uuid4(),
        answers=answers,
    )

    assert statuses(party) == ["confirmed"]
    assert sorted(child.consents.values_list("text__purpose", "answer")) == [
        ("photo", "refused"),
        ("sign_up", "given"),
    ]


def test_sign_up_pushes_the_places_left_down(django_capture_on_commit_callbacks):
    session = make_session(capacity=2)

    with django_capture_on_commit_callbacks(execute=True):
        make_party(session, 2)

    session.version.programme.refresh_from_db()
    assert session.version.programme.places_left == 0


def test_reserved_places_are_kept_from_children_of_other_areas_until_they_open():
    session = make_session(capacity=3, reserved=2)
    first = make_party(session, home=make_region("天穆村"))
    second = make_party(session, home=make_region("天穆村"))
    local = make_party(session, 2)

    assert [statuses(party)[0] for party in (first, second, local)] == ["confirmed", "waiting", "confirmed"]
    assert counts(session) == (3, 1, 1)
