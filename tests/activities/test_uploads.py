"""Marks that a phone kept without network: each counts once, none runs over a newer one, nothing else gets in."""

import json
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from activities import checkin, handover, lifecycle, signups, uploads
from activities.forms import door as forms
from activities.invariants import uploads_rest_on_marks
from activities.models import Attendance, AttendanceHistory, UploadedMark
from activities.policies import ROSTER_UNTIL
from organisations.acting import Acting
from tests.conftest import NOW
from tests.factories.activities import STARTS_AT, acting, make_crew_member, make_session, make_sign_up
from tests.factories.organisations import make_organisation
from users.models import User

pytestmark = pytest.mark.django_db
DOOR = STARTS_AT - timedelta(minutes=5)
MINUTE = 60_000


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def crew():
    return make_crew_member(make_organisation("provider"))


@pytest.fixture
def session(crew):
    return make_session(capacity=3, provider=crew.organisation, crew=[(crew.pk, True)])


def ms(moment) -> int:
    return int(moment.timestamp() * 1000)


def mark(row, verb="present", *, made_at=DOOR, number=None) -> dict:
    return {"id": str(number or uuid.uuid4()), "sign_up": row.pk, "verb": verb, "made_at": ms(made_at)}


def send(user: User, session, *marks, at=DOOR, sent_at=None, body=None, kind="application/json"):
    """Send from the user's phone at a moment, which its clock may tell otherwise."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    body = json.dumps({"sent_at": ms(sent_at or at), "marks": marks}) if body is None else body
    with time_machine.travel(at, tick=False):
        return client.post(reverse("activities:upload", args=[session.pk]), body, content_type=kind)


def outcomes(response) -> list[tuple[str, str]]:
    return [(one["outcome"], one["state"]) for one in response.json()["answers"]]


def test_a_mark_that_waited_counts_as_of_the_moment_it_was_tapped(crew, session):
    row = make_sign_up(session)

    response = send(crew.user, session, mark(row), at=DOOR + timedelta(minutes=9))

    assert outcomes(response) == [("applied", "present")]
    assert response["cache-control"].count("no-store")
    attendance = Attendance.objects.get()
    assert (attendance.at, attendance.by_user) == (DOOR, crew.user)
    receipt = UploadedMark.objects.get()
    assert (receipt.made_at, receipt.received_at) == (DOOR, DOOR + timedelta(minutes=9))


def test_the_same_mark_sent_twice_counts_once(crew, session):
    tapped = mark(make_sign_up(session))

    first = send(crew.user, session, tapped, tapped)
    again = send(crew.user, session, tapped)

    assert outcomes(first) == [("applied", "present"), ("already", "present")]
    assert outcomes(again) == [("already", "present")]
    assert AttendanceHistory.objects.count() == UploadedMark.objects.count() == 1


def test_mark_and_undo_from_one_queue_are_taken_in_their_order(crew, session):
    row, other = make_sign_up(session), make_sign_up(session)
    taps = [
        mark(row, "undo", made_at=DOOR + timedelta(seconds=2)),
        mark(row, made_at=DOOR),
        mark(other, "excused", made_at=DOOR),
    ]

    response = send(crew.user, session, *taps, at=DOOR + timedelta(minutes=1))

    assert {one["outcome"] for one in response.json()["answers"]} == {"applied"}
    assert Attendance.objects.get(sign_up=row).status == "voided"
    assert Attendance.objects.get(sign_up=other).status == "excused"


def test_what_somebody_marked_later_stays_and_the_phone_is_told(crew, session):
    row, later = make_sign_up(session), DOOR + timedelta(minutes=3)
    checkin.mark(row, "excused", by=Acting(), now=later)

    response = send(crew.user, session, mark(row), mark(row, "undo"), at=DOOR + timedelta(minutes=5))

    assert outcomes(response) == [("refused", "excused")] * 2
    assert "marked again at 09:28, after your tap" in response.json()["answers"][0]["words"]
    assert response.json()["answers"][0]["time"] == "09:28"
    assert Attendance.objects.get().status == "excused"
    assert not UploadedMark.objects.exists()


@pytest.mark.parametrize("verb", ["undo", "excused"])
def test_an_older_tap_takes_no_hand_over_back(crew, verb):
    """Who fetched the child stands nowhere else: a tap from before would lose it for ever."""
    session = make_session(
        provider=crew.organisation, crew=[(crew.pk, True)], programme={"checks_pickup": True, "min_age": 6}
    )
    row, home = make_sign_up(session, age=7), DOOR + timedelta(hours=2)
    checkin.mark(row, "present", by=Acting(), now=DOOR)
    handover.hand_over(row, "钱姥姥", by=Acting(), now=home)

    response = send(
        crew.user, session, mark(row, verb, made_at=DOOR + timedelta(minutes=5)), at=home + timedelta(minutes=9)
    )

    assert outcomes(response) == [("refused", "present")]
    assert Attendance.objects.get().collected_by == "钱姥姥"


def test_a_tap_older_than_the_same_childs_newest_tap_changes_nothing(crew, session):
    """Present, present again later, and only now the absence tapped in between."""
    row = make_sign_up(session)
    send(crew.user, session, mark(row))
    send(crew.user, session, mark(row, made_at=DOOR + timedelta(minutes=9)), at=DOOR + timedelta(minutes=10))

    late = send(
        crew.user, session, mark(row, "absent", made_at=DOOR + timedelta(minutes=5)), at=DOOR + timedelta(minutes=20)
    )

    assert outcomes(late) == [("refused", "present")]


def test_what_somebody_marked_before_is_changed_by_a_later_tap(crew, session):
    row = make_sign_up(session)
    checkin.mark(row, "excused", by=Acting(), now=DOOR - timedelta(minutes=3))

    assert outcomes(send(crew.user, session, mark(row))) == [("applied", "present")]


def test_the_same_mark_by_somebody_else_is_already_there(crew, session):
    row = make_sign_up(session)
    checkin.mark(row, "present", by=Acting(), now=DOOR + timedelta(minutes=1))

    assert outcomes(send(crew.user, session, mark(row), at=DOOR + timedelta(minutes=2))) == [("already", "present")]
    assert AttendanceHistory.objects.count() == 1


@pytest.mark.parametrize("wrong", [timedelta(days=400), -timedelta(days=400)])
def test_a_phone_with_a_wrong_clock_marks_at_the_right_time(crew, session, wrong):
    row, arrives = make_sign_up(session), DOOR + timedelta(minutes=4)

    response = send(crew.user, session, mark(row, made_at=DOOR + wrong), at=arrives, sent_at=arrives + wrong)

    assert outcomes(response) == [("applied", "present")]
    assert Attendance.objects.get().at == DOOR


def test_a_tap_from_the_future_is_one_of_now_and_an_ancient_one_is_refused(crew, session):
    row, other = make_sign_up(session), make_sign_up(session)
    future, ancient = mark(row, made_at=DOOR + timedelta(hours=9)), {**mark(other), "made_at": 0}

    answers = {one["sign_up"]: one for one in send(crew.user, session, future, ancient).json()["answers"]}

    assert (answers[row.pk]["outcome"], Attendance.objects.get().at) == ("applied", DOOR)
    assert "48 hours before" in answers[other.pk]["words"]


def test_one_refusal_does_not_stop_the_others(crew, session):
    gone, row = make_sign_up(session), make_sign_up(session)
    signups.cancel(gone, by=Acting(), now=NOW)

    response = send(crew.user, session, mark(gone), mark(row))

    assert outcomes(response) == [("refused", ""), ("applied", "present")]
    assert "holds no place" in response.json()["answers"][0]["words"]


def test_marks_that_come_after_the_session_was_closed_are_refused_with_a_sentence(crew, session):
    row = make_sign_up(session)
    lifecycle.close(session, by=acting(crew), now=STARTS_AT + timedelta(hours=2))

    response = send(crew.user, session, mark(row), at=STARTS_AT + timedelta(hours=3))

    assert outcomes(response) == [("refused", "absent")]
    assert "The session is closed" in response.json()["answers"][0]["words"]


def test_a_number_serves_for_one_mark_of_one_person_only(crew, session):
    row, other, number = make_sign_up(session), make_sign_up(session), uuid.uuid4()
    colleague = make_crew_member(crew.organisation)
    away = make_sign_up(elsewhere := make_session(provider=crew.organisation))
    send(crew.user, session, mark(row, number=number))

    replays = [
        send(crew.user, session, mark(other, number=number)),
        send(crew.user, session, mark(row, "undo", number=number)),
        send(crew.user, elsewhere, mark(away, number=number)),
        send(colleague.user, session, mark(row, number=number)),
    ]

    assert [outcomes(one)[0][0] for one in replays] == ["refused"] * 4
    assert "something else already" in replays[0].json()["answers"][0]["words"]
    assert "somebody else already" in replays[3].json()["answers"][0]["words"]
    assert Attendance.objects.get().status == "present"


def test_a_child_of_another_session_is_not_marked_and_nothing_is_told_of_it(crew, session):
    foreign = make_sign_up(make_session())
    checkin.mark(foreign, "excused", by=Acting(), now=DOOR)

    response = send(crew.user, session, mark(foreign))

    assert outcomes(response) == [("refused", "")]
    assert "not on the list of this session" in response.json()["answers"][0]["words"]


def test_strangers_upload_nothing(session):
    row, stranger = make_sign_up(session), make_crew_member(make_organisation("provider"))

    assert send(stranger.user, session, mark(row)).status_code == 404
    assert send(row.party.guardian.user, session, mark(row)).status_code == 404
    assert not Attendance.objects.exists()


def test_outside_the_lists_window_the_upload_is_forbidden(crew, session):
    assert send(crew.user, session, mark(make_sign_up(session)), at=NOW).status_code == 403


def test_an_upload_without_the_pages_token_is_refused(crew, session):
    client = Client(enforce_csrf_checks=True)
    client.force_login(crew.user)
    with time_machine.travel(DOOR, tick=False):
        response = client.post(reverse("activities:upload", args=[session.pk]), "{}", content_type="application/json")

    assert response.status_code == 403


ODD = [
    *("", "[", "null", "[]", "{}", "7", '"x"', "\ud83d".encode("utf-8", "replace"), b"\xff\xfe", "[" * 60_000),
    *('{"marks": []}', '{"marks": {}, "sent_at": 1}', '{"marks": [1], "sent_at": 1}', '{"marks": [{}], "sent_at": 1}'),
    *('{"marks": [], "sent_at": "1"}', '{"marks": [], "sent_at": true}', f'{{"marks": [], "sent_at": {"9" * 5000}}}'),
]


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
def test_nonsense_is_answered_with_a_sentence(crew, session, body):
    response = send(crew.user, session, body=body)

    assert (response.status_code, response.json()["words"]) == (
        400,
        "This is no list of marks. Load the page again.",
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "x"},
        {"id": ["a"]},
        {"sign_up": -1},
        {"sign_up": 10**19},
        {"sign_up": "x\x00"},
        {"verb": "voided"},
        {"verb": None},
        {"made_at": -1},
        {"made_at": 10**15},
        {"made_at": 1.5},
    ],
    ids=str,
)
def test_a_mark_that_no_page_sends_is_refused_whole(crew, session, odd):
    row = make_sign_up(session)

    assert send(crew.user, session, mark(row), {**mark(row), **odd}).status_code == 400
    assert not Attendance.objects.exists()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_is_no_upload(crew, session, kind):
    assert send(crew.user, session, body="--x--", kind=kind).status_code == 400


def test_too_many_marks_and_too_long_a_body_are_refused(crew, session):
    row = make_sign_up(session)
    many = [mark(row) for _ in range(forms.MAX_MARKS + 1)]

    assert "Too many marks" in send(crew.user, session, *many).json()["words"]
    assert "Too many marks" in send(crew.user, session, body=" " * (forms.MAX_UPLOAD + 1)).json()["words"]


def test_a_receipt_is_never_changed(crew, session):
    send(crew.user, session, mark(make_sign_up(session)))

    with pytest.raises(DatabaseError), transaction.atomic():
        UploadedMark.objects.update(verb="undo")


def test_a_receipt_on_the_wrong_list_is_found(crew, session):
    row = make_sign_up(session)
    facts = {"uuid": uuid.uuid4(), "verb": "present", "by_user": crew.user, "made_at": DOOR, "received_at": DOOR}
    uploads.take_in(session, [], by=acting(crew), now=DOOR)
    assert uploads_rest_on_marks().breaches == []

    receipt = UploadedMark.objects.create(session=session, sign_up=row, **facts)

    assert uploads_rest_on_marks().breaches == [f"uploaded mark {receipt.pk}"]


def test_a_tap_in_time_that_comes_after_the_lists_window_is_refused(crew, session):
    """The tap's own moment is inside; what is counted is when the list is written."""
    row, late = make_sign_up(session), STARTS_AT + ROSTER_UNTIL + timedelta(minutes=1)

    [answer] = uploads.take_in(
        session, [uploads.QueuedMark(uuid.uuid4(), row.pk, "present", DOOR)], by=acting(crew), now=late
    )

    assert (answer.outcome, "72 hours" in answer.words) == ("refused", True)
    assert not Attendance.objects.exists()
