"""Reviews in the browser."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from activities import checkin
from activities.models import Review, SignUp
from tests.conftest import NOW
from tests.factories.activities import (
    STARTS_AT,
    acting,
    by_guardian,
    make_crew_member,
    make_session,
    make_sign_up,
)
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.people import make_family_office, make_guardian
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db
BEFORE = STARTS_AT - timedelta(minutes=5)
AFTER = STARTS_AT + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client() -> Client:
    """A stranger who reads English."""
    return Client(headers={"accept-language": "en"})


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def page(name: str, *args) -> str:
    return reverse(f"activities:{name}", args=args)


@pytest.fixture
def crew():
    provider = make_organisation("provider")
    return make_crew_member(provider)


@pytest.fixture
def session(crew):
    return make_session(capacity=3, provider=crew.organisation, crew=[(crew.pk, True)])


def attended(session, crew, **child) -> SignUp:
    row = make_sign_up(session, **child)
    checkin.mark(row, "present", by=acting(crew), now=BEFORE)
    return row


def test_review_by_a_guardian(crew, session):
    row = attended(session, crew)
    client = signed_in(row.party.guardian.user)

    with time_machine.travel(AFTER, tick=False):
        shown = client.get(page("review", row.pk)).content.decode()
        response = client.post(page("review", row.pk), {"mark": 5, "tags": ["fun"], "text": "很好 😀"})

    review = Review.objects.get()
    assert f"F{row.code[:2]}" in shown
    assert response.status_code == 302
    assert (review.mark, review.tags, review.text, review.by_child) == (5, ["fun"], "很好 😀", False)


def test_review_as_the_child_stands_beside_the_guardians(crew, session):
    row = attended(session, crew)
    client = signed_in(row.party.guardian.user)

    with time_machine.travel(AFTER, tick=False):
        client.post(page("review", row.pk), {"mark": 2})
        client.post(f"{page('review', row.pk)}?as=child", {"mark": 5})

    assert sorted(Review.objects.values_list("by_child", "mark")) == [(False, 2), (True, 5)]


def test_review_page_says_until_when_it_can_be_changed_and_shows_it_afterwards(crew, session):
    row = attended(session, crew)
    client = signed_in(row.party.guardian.user)

    with time_machine.travel(AFTER, tick=False):
        client.post(page("review", row.pk), {"mark": 2, "text": "Too loud"})
        in_time = client.get(page("review", row.pk)).text
    with time_machine.travel(AFTER + timedelta(days=7, seconds=1), tick=False):
        late = client.get(page("review", row.pk)).text
        refused = client.post(page("review", row.pk), {"mark": 5})

    assert "You can change your review until" in in_time
    assert "Save the change" in in_time
    assert "You could change your review until" in late
    assert "Too loud" in late
    assert "Save the change" not in late
    assert refused.status_code == 422
    assert Review.objects.get().mark == 2


def test_review_too_early_or_without_a_mark_says_so(crew, session):
    row = attended(session, crew)
    client = signed_in(row.party.guardian.user)

    early = client.post(page("review", row.pk), {"mark": 5})
    empty = client.post(page("review", row.pk), {})

    assert "after it has ended" in early.content.decode()
    assert "Choose one of the five marks." in empty.content.decode()


def test_review_of_another_familys_sign_up_is_404(crew, session):
    row = attended(session, crew)

    assert signed_in(make_guardian().user).get(page("review", row.pk)).status_code == 404


def test_review_by_the_providers_own_people_is_forbidden(crew, session):
    row = attended(session, crew)
    make_member(session.provider, "coordinator", user=row.party.guardian.user)

    assert signed_in(row.party.guardian.user).get(page("review", row.pk)).status_code == 403


def test_invited_review(crew, session):
    from activities import reviews

    guest = make_guardian().user
    invitation = reviews.invite(session, guest, by=acting(crew), now=NOW)
    client = signed_in(guest)

    early = client.post(page("invited", invitation.pk), {"mark": 4})
    with time_machine.travel(AFTER, tick=False):
        shown = client.get(page("invited", invitation.pk)).status_code
        client.post(page("invited", invitation.pk), {"mark": 4})

    assert (early.status_code, shown) == (422, 200)
    assert Review.objects.get().kind == "invited"
    assert signed_in(make_guardian().user).get(page("invited", invitation.pk)).status_code == 404


def make_review(session, crew) -> Review:
    from activities import reviews

    row = attended(session, crew)
    return reviews.submit(
        row, by_child=False, mark=1, tags=[], text="Too loud", by=by_guardian(row.party.guardian), now=AFTER
    )


def test_reply_by_the_provider(crew, session):
    review = make_review(session, crew)
    client = signed_in(crew.user)

    shown = client.get(page("reply", review.pk)).content.decode()
    client.post(page("reply", review.pk), {"text": "Sorry"})

    review.refresh_from_db()
    assert "Too loud" in shown
    assert review.reply == "Sorry"


def test_hide_by_the_league(crew, session):
    review = make_review(session, crew)
    officer = make_member(make_organisation("league", region=make_region("北辰区")), "officer")
    client = signed_in(officer.user)

    shown = client.get(page("hide", review.pk)).status_code
    client.post(page("hide", review.pk), {"reason": "Names a person"})

    review.refresh_from_db()
    assert shown == 200
    assert review.hidden_reason == "Names a person"


def test_hide_is_not_for_the_league_of_another_area(crew, session):
    review = make_review(session, crew)
    stranger = make_member(make_organisation("league", region=make_region("天穆镇")), "officer")

    assert signed_in(stranger.user).get(page("hide", review.pk)).status_code == 403


def test_nobody_reads_or_writes_the_review_of_a_youth_with_a_login(crew):
    session = make_session(provider=crew.organisation, crew=[(crew.pk, True)], programme={"max_age": 17})
    guardian, youth = make_guardian(), make_user()
    row = make_sign_up(session, guardian=guardian, age=15, user=youth)
    checkin.mark(row, "present", by=acting(crew), now=BEFORE)
    address = f"{page('review', row.pk)}?as=child"

    with time_machine.travel(AFTER, tick=False):
        assert signed_in(youth).post(page("review", row.pk), {"mark": 1, "text": "Hurt"}).status_code == 302
        asked = signed_in(guardian.user).get(address)
        written = signed_in(guardian.user).post(address, {"mark": 5, "text": "All great"})

    assert (asked.status_code, written.status_code) == (403, 403)
    assert list(Review.objects.values_list("mark", "text")) == [(1, "Hurt")]


@pytest.mark.parametrize(("ordered_by_own_office", "status"), [(True, 403), (False, 302)])
def test_a_clerk_writes_down_a_familys_word_but_not_where_their_office_ordered(crew, ordered_by_own_office, status):
    office = make_family_office()
    clerk = make_member(office, "clerk")
    session = make_session(
        provider=crew.organisation, crew=[(crew.pk, True)], office=office if ordered_by_own_office else None
    )
    row = attended(session, crew, registered_by=office)

    with time_machine.travel(AFTER, tick=False):
        assert signed_in(clerk.user).post(page("review", row.pk), {"mark": 1}).status_code == status


@pytest.mark.parametrize("verb", ["reply", "hide"])
def test_reply_and_hide_are_forbidden_to_others(crew, session, verb):
    review = make_review(session, crew)

    assert signed_in(make_guardian().user).post(page(verb, review.pk)).status_code == 403
