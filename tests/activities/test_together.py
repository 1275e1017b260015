"""A family that somebody signs up for several dates at once is told once, and of every date, whatever breaks off."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction

from activities import eligibility, series, signups, together
from activities.models import Session
from notifications import delivery
from notifications.models import Delivery, Message
from notifications.rendering import render
from notifications.services import GROWS_FOR
from organisations.acting import Acting
from people.models import Guardianship, ToTell
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, by_guardian, make_family, make_party, make_session
from tests.factories.organisations import make_member, make_organisation
from tests.factories.people import make_guardian, make_youth
from tests.factories.safeguarding import make_consent

pytestmark = pytest.mark.django_db


def make_series(count: int = 3, *, full: tuple[int, ...] = (), **programme) -> list[Session]:
    """Weekly dates of one order; in the ``full`` ones somebody else has the one place."""
    number, rows = uuid.uuid4(), []
    for n in range(count):
        like = {"version": rows[0].version, "provider": rows[0].provider} if rows else {"programme": programme}
        starts_at = STARTS_AT + n * timedelta(weeks=1)
        rows.append(make_session(capacity=2, starts_at=starts_at, series=number, **like))
    for n in full:
        make_party(rows[n], 2)
    Message.objects.all().delete()
    return rows


@pytest.fixture
def clerk() -> Acting:
    return make_member(make_organisation("office"), "clerk")


def choose(rows, guardian, children, by, *, submission=None) -> list[series.Answer]:
    number = submission or uuid.uuid4()
    dates = [row.pk for row in rows]
    return series.sign_up(
        rows[0].pk, dates=dates, children=children, guardian=guardian, by=by, now=NOW, submission_id=number
    )


def test_eight_dates_are_one_message_that_says_which_have_a_place_and_which_wait(clerk):
    rows = make_series(8, full=(1, 5))
    guardian, children = make_family(2)

    choose(rows, guardian, children, clerk)

    [message] = Message.objects.all()
    assert message.recipient == guardian.user
    text = render(message, "en").body
    assert "a place on: Sat 28 Nov 2026, 09:30 (2 children), Sat 12 Dec 2026" in text
    assert "place is free: Sat 5 Dec 2026, 09:30 (2 children), Sat 2 Jan 2027, 09:30 (2 children)" in text
    assert rows[0].version.title in render(message, "zh-hans").subject
    assert not any(child.name in render(message, language).body for child in children for language in ("en", "zh-hans"))
    assert message.path.endswith("/dates/")


def test_who_signs_their_own_children_up_is_told_nothing():
    guardian, children = make_family()

    choose(make_series(2), guardian, children, by_guardian(guardian))

    assert not Message.objects.exists()


def test_a_guardian_without_a_login_is_one_line_for_the_office(clerk):
    guardian, children = make_family()
    type(guardian).objects.filter(pk=guardian.pk).update(user=None, registered_by=clerk.organisation)
    guardian.refresh_from_db()

    choose(make_series(3), guardian, children, clerk)

    [line] = ToTell.objects.all()
    assert render(line, "en").body.count("(1 child)") == 3


def test_what_is_refused_or_undone_is_not_in_the_message(clerk):
    rows = make_series(3)
    Session.objects.filter(pk=rows[1].pk).update(closes_at=NOW)
    guardian, children = make_family()

    choose(rows, guardian, children, clerk)

    assert "5 Dec" not in render(Message.objects.get(), "en").body


def test_the_mail_leaves_once_with_all_dates_and_not_before_the_act_is_over(clerk, monkeypatch, mailoutbox):
    rows = make_series(3)
    guardian, children = make_family()
    sign_up = signups.sign_up

    def with_an_eager_worker(*args, **kwargs):
        party = sign_up(*args, **kwargs)
        delivery.deliver_due(NOW)
        return party

    monkeypatch.setattr(signups, "sign_up", with_an_eager_worker)
    choose(rows, guardian, children, clerk)
    assert mailoutbox == []
    delivery.deliver_due(NOW)
    [mail] = mailoutbox
    delivery.deliver_due(NOW + timedelta(hours=1))

    assert len(mailoutbox) == 1
    assert mail.body.count("孩子") == 3


def test_an_act_that_broke_off_tells_of_what_it_did_and_the_rest_later(clerk, monkeypatch):
    """The process dies after the second date: the family has two places, and has to hear of them."""
    rows = make_series(3)
    guardian, children = make_family()
    sign_up, number = signups.sign_up, uuid.uuid4()

    def dies(session_id, **kwargs):
        if session_id == rows[2].pk:
            raise KeyboardInterrupt
        return sign_up(session_id, **kwargs)

    monkeypatch.setattr(signups, "sign_up", dies)
    with pytest.raises(KeyboardInterrupt):
        choose(rows, guardian, children, clerk, submission=number)
    monkeypatch.setattr(signups, "sign_up", sign_up)

    [message] = Message.objects.all()
    assert "5 Dec" in render(message, "en").body
    assert Delivery.objects.due(NOW + GROWS_FOR).count() == 1
    choose(rows, guardian, children, clerk, submission=number)
    later = Message.objects.exclude(pk=message.pk).get()
    assert "12 Dec" in render(later, "en").body
    assert "5 Dec" not in render(later, "en").body


def test_the_same_form_again_tells_nobody_anew(clerk):
    rows, number = make_series(3), uuid.uuid4()
    guardian, children = make_family()

    choose(rows, guardian, children, clerk, submission=number)
    choose(rows, guardian, children, clerk, submission=number)

    assert Message.objects.count() == 1


def test_a_date_that_is_refused_at_the_last_moment_is_not_in_the_message(clerk, monkeypatch):
    """The database says no at the commit, after the message was written: that date is undone, the next is not."""
    rows = make_series(2)
    guardian, children = make_family()
    sign_up = signups.sign_up

    def refused_at_the_commit(session_id, **kwargs):
        with transaction.atomic():
            party = sign_up(session_id, **kwargs)
            if session_id == rows[0].pk:
                raise eligibility.NotOpen("too late")
        return party

    monkeypatch.setattr(signups, "sign_up", refused_at_the_commit)
    choose(rows, guardian, children, clerk)

    text = render(Message.objects.get(), "en").body
    assert "28 Nov" not in text
    assert "5 Dec" in text


def test_a_second_try_at_one_date_names_it_once_as_it_was_decided(clerk):
    """What a transaction wrote that was undone must not stand beside what the next one decided."""
    rows = make_series(1)
    party, message = make_party(rows[0]), together.Message("signed_up_dates")
    for kind in ("signed_up", "signed_up_waiting"):
        message.tell(party, kind, session=rows[0], now=NOW, by=clerk, count=1)

    text = render(Message.objects.get(kind="signed_up_dates"), "en").body
    assert "a place on" not in text
    assert text.count("28 Nov") == 1


def test_a_youth_who_signs_up_alone_makes_one_message_to_each_guardian():
    youth, second = make_youth(), make_guardian()
    first = youth.guardianships.get().guardian
    Guardianship.objects.create(child=youth, guardian=second, relation="parent", starts_on=NOW.date())
    make_consent(youth, first)

    choose(make_series(3, max_age=17), None, [youth], Acting(user=youth.user))

    assert set(Message.objects.values_list("recipient", flat=True)) == {first.user_id, second.user_id}
    assert Message.objects.count() == 2


def test_leaving_several_dates_is_one_message_that_names_them(clerk):
    rows = make_series(3)
    guardian, children = make_family()
    answers = choose(rows, guardian, children, clerk)
    Message.objects.all().delete()

    series.leave(series.sign_ups_of(answers[0].party, by_guardian(guardian)), by=clerk, now=NOW)

    [message] = Message.objects.all()
    assert message.kind == "dates_cancelled"
    assert render(message, "en").body.count("(1 child)") == 3


def test_nothing_left_tells_nobody(clerk):
    assert series.leave([], by=clerk, now=NOW) == 0
    assert not Message.objects.exists()


def test_who_leaves_their_own_dates_is_told_nothing():
    guardian, children = make_family()
    answers = choose(make_series(2), guardian, children, by_guardian(guardian))

    series.leave(series.sign_ups_of(answers[0].party, by_guardian(guardian)), by=by_guardian(guardian), now=NOW)

    assert not Message.objects.exists()
