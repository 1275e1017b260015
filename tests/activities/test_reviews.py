"""Reviews: who may, once, seven days, one vote per child, replies, hiding."""

import re
from datetime import timedelta

import pytest

from activities import checkin, policies, queries, reviews
from activities.models import Review, ReviewHistory, Session, SignUp
from organisations.acting import Acting
from organisations.policies import OwnOrganisation
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, by_guardian, make_session, make_sign_up
from tests.factories.organisations import make_member, make_organisation
from tests.factories.users import make_user

pytestmark = pytest.mark.django_db
BEFORE = STARTS_AT - timedelta(minutes=5)
AFTER = STARTS_AT + timedelta(hours=2)
BY = Acting()


def attended(session: Session) -> SignUp:
    row = make_sign_up(session)
    checkin.mark(row, "present", by=BY, now=BEFORE)
    return row


def rate(row: SignUp, mark: int = 5, *, by_child: bool = False, now=AFTER, **more) -> Review:
    fields = {"tags": ["fun", "nonsense"], "text": " 好 ", "by": by_guardian(row.party.guardian), **more}
    return reviews.submit(row, by_child=by_child, mark=mark, now=now, **fields)


def test_submit_keeps_known_tags_and_pushes_the_facts_down():
    session = make_session()
    row = attended(session)

    review = rate(row, 4)

    programme = session.version.programme
    programme.refresh_from_db()
    assert (review.tags, review.text, review.pseudonym) == (["fun"], "好", f"F{row.code[:2]}")
    assert (programme.rating_sum, programme.rating_count) == (4, 1)
    assert ReviewHistory.objects.get().verb == "submit"


def test_submit_again_within_seven_days_changes_it_with_history():
    row = attended(make_session())
    rate(row, 2)

    rate(row, 5, now=AFTER + timedelta(days=7))

    assert Review.objects.get().mark == 5
    assert list(ReviewHistory.objects.order_by("pk").values_list("before", "after")) == [("", "2"), ("2", "5")]


def test_submit_again_after_seven_days_is_refused():
    row = attended(make_session())
    rate(row)

    with pytest.raises(reviews.TooLateToChange):
        rate(row, now=AFTER + timedelta(days=7, seconds=1))


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"mark": 6}, reviews.BadMark),
        ({"text": "字" * 501}, reviews.BadMark),
        ({"now": STARTS_AT}, reviews.NotOverYet),
    ],
)
def test_submit_of_nonsense_or_too_early_is_refused(more, refusal):
    with pytest.raises(refusal):
        rate(attended(make_session()), **more)


def test_submit_of_who_was_not_there_is_refused():
    with pytest.raises(reviews.NotThere):
        rate(make_sign_up(make_session()))


def test_submit_by_the_providers_people_is_refused():
    session = make_session()
    row = attended(session)

    with pytest.raises(reviews.OwnPeople):
        rate(row, by=make_member(session.provider, "coordinator"))


def test_one_vote_per_child_is_the_childs_own():
    session = make_session()
    both, guardian_only = attended(session), attended(session)
    rate(both, 1)
    rate(both, 5, by_child=True)
    rate(guardian_only, 4)

    assert reviews.means([session.pk]) == (2, 4.5)
    assert queries.distribution(session.version.programme) == {1: 0, 2: 0, 3: 0, 4: 1, 5: 1}


def test_submit_office_is_one_per_order_and_stands_beside_the_mean():
    session = make_session()
    office = make_organisation("office")
    fields = {"office": office, "reference": "BC-2026-0001", "mark": 3, "by": BY, "now": AFTER}

    first = reviews.submit_office(session, **fields)
    second = reviews.submit_office(session, **fields)

    assert first == second
    assert reviews.means([session.pk]) == (0, None)


def invited(session: Session):
    return reviews.invite(session, make_user(), by=BY, now=NOW)


def test_submit_invited_is_one_per_invitation():
    invitation = invited(make_session())
    guest = Acting(user=invitation.user)

    reviews.submit_invited(invitation, mark=3, tags=[], text="", by=guest, now=AFTER)
    reviews.submit_invited(invitation, mark=4, tags=[], text="", by=guest, now=AFTER)

    assert Review.objects.get().mark == 4


def test_submit_invited_by_another_or_too_early_or_of_the_provider_is_refused():
    session = make_session()
    invitation = invited(session)
    guest = Acting(user=invitation.user)
    ask = {"mark": 3, "tags": [], "text": ""}

    with pytest.raises(reviews.NotThere):
        reviews.submit_invited(invitation, **ask, by=Acting(user=make_user()), now=AFTER)
    with pytest.raises(reviews.NotOverYet):
        reviews.submit_invited(invitation, **ask, by=guest, now=NOW)
    make_member(session.provider, "manager", user=invitation.user)
    with pytest.raises(reviews.OwnPeople):
        reviews.submit_invited(invitation, **ask, by=guest, now=AFTER)
    with pytest.raises(reviews.OwnPeople):
        reviews.invite(session, invitation.user, by=BY, now=NOW)


def test_reply_is_kept_and_may_not_be_endless():
    review = rate(attended(make_session()))

    reviews.reply(review, text=" Thanks ", by=BY, now=AFTER)

    review.refresh_from_db()
    assert review.reply == "Thanks"
    with pytest.raises(reviews.BadMark):
        reviews.reply(review, text="x" * 501, by=BY, now=AFTER)


def test_hide_needs_a_reason_and_leaves_the_mean():
    session = make_session()
    review = rate(attended(session))

    with pytest.raises(reviews.ReasonMissing):
        reviews.hide(review, reason=" ", by=BY, now=AFTER)
    reviews.hide(review, reason="Names a person", by=BY, now=AFTER)
    reviews.hide(review, reason="Again", by=BY, now=AFTER)

    review.refresh_from_db()
    programme = session.version.programme
    programme.refresh_from_db()
    assert review.hidden_reason == "Names a person"
    assert programme.rating_count == 0
    assert Review.objects.count() == 1


def test_hide_of_a_review_about_an_own_organisation_is_refused():
    session = make_session()
    review = rate(attended(session), mark=1)
    officer = make_member(make_organisation("league"), "officer")
    make_member(session.provider, "coordinator", user=officer.user)

    with pytest.raises(OwnOrganisation):
        reviews.hide(review, reason="Names a person", by=officer, now=AFTER)

    review.refresh_from_db()
    assert review.hidden_at is None
    assert not policies.may_hide(officer, review)


def test_officer_reads_a_programmes_reviews_at_one_query_however_many_they_are(django_assert_num_queries):
    session = make_session(capacity=5)
    found = [rate(attended(session), mark=4) for _ in range(3)]
    officer = make_member(make_organisation("league"), "officer")
    stranger = make_member(make_organisation("provider"), "manager")
    rows = list(Review.objects.select_related("session__region"))

    with django_assert_num_queries(1):
        assert policies.hideable(officer, rows) == {review.pk for review in found}
    with django_assert_num_queries(0):
        assert policies.hideable(stranger, rows) == set()


def test_bulk_submit_follows_the_same_rules():
    session = make_session(capacity=2)
    row, absent = attended(session), make_sign_up(session)
    good = reviews.Rating(5, ["fun"], "很好")

    with pytest.raises(reviews.NotThere):
        reviews.bulk_submit([(absent, False, good)], now=AFTER)
    with pytest.raises(reviews.NotOverYet):
        reviews.bulk_submit([(row, False, good)], now=NOW)
    assert reviews.bulk_submit([(row, False, good), (row, True, good)], now=AFTER) == 2

    session.version.programme.refresh_from_db()
    assert session.version.programme.rating_count == 1


def test_programme_page_counts_fives_as_very_good(client):
    session = make_session(capacity=5)
    for row in [attended(session) for _child in range(5)]:
        rate(row, 5)

    page = client.get(f"/catalog/{session.version.programme.slug}/?lang=en").content.decode()

    assert [int(n) for n in re.findall(r'<li><span>[^<]*</span><svg.*?title="[^"]*">(\d+)<', page)] == [5, 0, 0, 0, 0]
