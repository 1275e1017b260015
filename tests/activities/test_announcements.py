"""Staff write to everybody who has a place: each person once, few times a day, and never about what is over."""

import uuid
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from activities import announcements, lifecycle, policies
from activities.models import Announcement, Session, SessionHistory, SignUp
from core.errors import SentByAnother
from notifications.models import Delivery, Message
from notifications.rendering import render
from people.models import ToTell
from tests.conftest import NOW
from tests.factories.activities import (
    BY,
    STARTS_AT,
    acting,
    make_crew_member,
    make_family,
    make_party,
    make_session,
    sign_up,
)
from tests.factories.organisations import make_member, make_organisation, make_region
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db
BOOTS = "明天下雨，请穿雨靴。"


@pytest.fixture
def session() -> Session:
    provider = make_organisation("provider")
    return make_session(
        provider=provider, crew=[(make_crew_member(provider).pk, True)], capacity=6, office=make_organisation("office")
    )


@pytest.fixture
def crew(session):
    return acting(session.crew.get().membership)


def write(session, by, *, now=NOW, text=BOOTS, submission_id=None) -> Announcement:
    return announcements.announce(session, text=text, by=by, now=now, submission_id=submission_id or uuid.uuid4())


def told() -> list[User]:
    return [row.recipient for row in Message.objects.filter(kind="announced").order_by("pk")]


def test_each_guardian_is_told_once_though_several_children_come(session, crew):
    guardian, children = make_family(2)
    party = sign_up(session, guardian, children)
    other = make_party(session)

    sent = write(session, crew)

    assert set(told()) == {party.guardian.user, other.guardian.user}
    assert (sent.guardians, sent.youths, sent.number) == (2, 0, 1)


def test_who_is_offered_a_place_is_told_and_who_waits_is_not():
    provider = make_organisation("provider")
    session = make_session(provider=provider, crew=[(make_crew_member(provider).pk, True)], capacity=1)
    party, waits = make_party(session), make_party(session)
    SignUp.objects.filter(party=party).update(status="offered", offered_until=STARTS_AT)

    write(session, acting(session.crew.get().membership))

    assert told() == [party.guardian.user]
    assert waits.guardian.user not in told()


def test_a_youth_with_a_login_is_told_beside_the_guardian(session, crew):
    guardian, children = make_family(age=12, user=make_user())
    sign_up(session, guardian, children)

    sent = write(session, crew)

    assert set(told()) == {guardian.user, children[0].user}
    assert (sent.guardians, sent.youths) == (1, 1)


def test_a_family_without_a_login_becomes_a_line_at_its_office(session, crew):
    party = make_party(session)
    office = make_organisation("office")
    type(party.guardian).objects.filter(pk=party.guardian_id).update(user=None, registered_by=office)

    write(session, crew)

    assert told() == []
    assert ToTell.objects.get(kind="announced").office == office


def test_a_double_click_sends_once(session, crew):
    make_party(session)
    number = uuid.uuid4()

    first, second = write(session, crew, submission_id=number), write(session, crew, submission_id=number)

    assert first == second
    assert len(told()) == 1


def test_somebody_elses_number_sends_nothing(session, crew):
    make_party(session)
    number = uuid.uuid4()
    write(session, crew, submission_id=number)

    with pytest.raises(SentByAnother):
        write(session, acting(make_crew_member(session.provider)), submission_id=number)


def test_the_own_number_of_another_session_sends_nothing(session, crew):
    """The page would say "sent", and this session's families were told nothing."""
    make_party(session)
    other, number = make_session(provider=session.provider, starts_at=session.ends_at), uuid.uuid4()
    make_party(other)
    write(session, crew, submission_id=number)

    with pytest.raises(SentByAnother):
        write(other, crew, submission_id=number)


def test_five_a_day_and_again_the_next_day(session, crew):
    make_party(session)
    for _ in range(5):
        write(session, crew)

    with pytest.raises(announcements.EnoughForToday, match="5 messages"):
        write(session, crew)

    assert write(session, crew, now=NOW + timedelta(days=1)).number == 1
    assert len(told()) == 6


def test_the_database_refuses_a_sixth_of_a_day(session, crew):
    make_party(session)
    sent = write(session, crew)

    with pytest.raises(IntegrityError, match="announcement_few_a_day"), transaction.atomic():
        Announcement.objects.filter(pk=sent.pk).update(number=6)


def test_nothing_is_sent_about_what_is_over_or_called_off(session, crew):
    make_party(session)

    with pytest.raises(announcements.SessionOver):
        write(session, crew, now=session.ends_at)
    lifecycle.cancel(session, by=BY, now=NOW, reason="rain")
    with pytest.raises(announcements.SessionOver):
        write(session, crew)

    assert told() == []


def test_nothing_is_sent_to_nobody(session, crew):
    with pytest.raises(announcements.NobodyThere):
        write(session, crew)

    assert not Announcement.objects.exists()


@pytest.mark.parametrize("text", ["  ", "x" * 501])
def test_a_message_has_words_and_not_too_many(session, crew, text):
    make_party(session)

    with pytest.raises(announcements.NothingToSay):
        write(session, crew, text=text)


def test_the_history_says_that_something_was_sent_and_never_what(session, crew):
    make_party(session)

    sent = write(session, crew)

    row = SessionHistory.objects.get(session=session, verb="announce")
    assert (row.actor, row.note) == (crew.user, str(sent.pk))


def test_the_night_is_quiet_until_a_day_before_the_start(session, crew):
    make_party(session)
    night, last_night = (datetime.fromisoformat(f"2026-11-{day}T22:30+08:00") for day in (25, 27))

    write(session, crew, now=night)
    write(session, crew, now=last_night)

    early, late = Message.objects.filter(kind="announced").order_by("pk")
    assert (early.urgent, early.not_before) == (False, datetime.fromisoformat("2026-11-26T08:00+08:00"))
    assert (late.urgent, late.not_before) == (True, last_night)


def test_the_mail_holds_the_text_and_the_subject_does_not(session, crew):
    make_party(session)
    write(session, crew)
    message = Message.objects.get(kind="announced")

    words = render(message, "zh-hans")

    assert BOOTS in words.body
    assert BOOTS not in words.subject
    assert Delivery.objects.filter(message=message).exists()


class TestPages:
    @pytest.fixture(autouse=True)
    def _clock(self):
        with time_machine.travel(NOW, tick=False):
            yield

    def client(self, user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        return client

    def page(self, session) -> str:
        return reverse("activities:announce", args=[session.pk])

    def test_the_page_says_how_many_get_it_and_sends(self, session, crew):
        make_party(session, 2)
        client = self.client(crew.user)

        shown = client.get(self.page(session))
        number = shown.context["form"]["submission_id"].value()
        sent = client.post(self.page(session), {"text": BOOTS, "submission_id": number}, follow=True)
        again = client.post(self.page(session), {"text": BOOTS, "submission_id": number}, follow=True)

        assert "1 guardian" in shown.text
        assert BOOTS in sent.text
        assert again.status_code == 200
        assert Announcement.objects.count() == 1

    def test_the_page_keeps_what_was_typed_when_it_refuses(self, session, crew):
        make_party(session)
        for _ in range(5):
            write(session, crew)

        answer = self.client(crew.user).post(self.page(session), {"text": BOOTS, "submission_id": uuid.uuid4()})

        assert answer.status_code == 422
        assert BOOTS in answer.text
        assert "today already" in answer.text

    def test_the_page_has_no_form_without_readers_or_after_the_end(self, session, crew):
        client = self.client(crew.user)
        assert "nobody to write to" in client.get(self.page(session)).text
        make_party(session)
        lifecycle.cancel(session, by=BY, now=NOW, reason="rain")
        assert "nothing more is sent" in client.get(self.page(session)).text

    def test_a_stranger_and_another_provider_find_no_page(self, session):
        others = [make_user(), make_member(make_organisation("provider"), "manager").user]

        assert [self.client(user).get(self.page(session)).status_code for user in others] == [404, 404]

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_page_costs_the_same_with_more_families(self, session, crew, django_assert_num_queries, count):
        for _ in range(count):
            make_party(session)
        client = self.client(crew.user)
        client.get(self.page(session))

        with django_assert_num_queries(6):
            client.get(self.page(session))

    def test_the_session_page_shows_it_to_staff_office_league_and_who_has_a_place(self, session, crew):
        party, address = make_party(session), reverse("activities:session", args=[session.pk])
        write(session, crew)
        league = make_organisation("league", region=make_region("北辰区"))
        readers = [
            crew.user,
            make_member(session.office, "clerk").user,
            make_member(league, "auditor").user,
            party.guardian.user,
        ]
        elsewhere = make_organisation("league", region=make_region("天穆镇"))
        others = [make_user(), make_member(elsewhere, "officer").user]

        assert [BOOTS in self.client(user).get(address).text for user in readers] == [True] * 4
        assert [BOOTS in self.client(user).get(address).text for user in others] == [False] * 2
        assert BOOTS not in Client().get(address).text
        assert crew.user.name not in self.client(party.guardian.user).get(address).text


def test_policy_of_reading_names_who_runs_orders_and_oversees(session, crew):
    finance = make_member(make_organisation("league", region=make_region("北辰区")), "finance")
    readers = [crew, make_member(session.provider, "manager"), make_member(session.office, "clerk")]

    assert all(policies.reads_announcements(by, session) for by in readers)
    assert not policies.reads_announcements(finance, session)
    assert not policies.reads_announcements(BY, session)
