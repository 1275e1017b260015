"""The authority has to know within hours: who handles the incident is reminded before, and told when it is over."""

from datetime import timedelta

import pytest
from django.core import mail

from notifications.models import Message
from notifications.rendering import render
from privacy import deadline, lifecycle
from tests.conftest import NOW
from tests.factories.organisations import make_member
from tests.factories.privacy import make_incident, make_keeper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _moment(time_machine):
    time_machine.move_to(NOW, tick=False)


def told(kind: str) -> list[int]:
    return sorted(Message.objects.filter(kind=kind).values_list("recipient", flat=True))


@pytest.fixture
def officer(by):
    return make_member(by.organisation, "officer")


def test_an_hour_before_the_deadline_the_safeguarding_officers_are_reminded_once_at_any_hour(by, officer):
    other = make_keeper("天穆镇")
    incident = make_incident(by, grade="larger", found_at=NOW - timedelta(hours=2, minutes=59))
    assert deadline.remind(NOW) == 0

    for minutes in (1, 11):
        assert deadline.remind(NOW + timedelta(minutes=minutes)) == 1

    [message] = Message.objects.all()
    assert (message.recipient, message.kind, message.urgent) == (by.user, "incident_due", True)
    assert message.path == f"/privacy/incidents/{incident.pk}/"
    assert other.user.pk not in told("incident_due")


def test_when_it_is_over_the_officers_are_told_as_well(by, officer):
    make_incident(by, grade="grave", found_at=NOW - timedelta(hours=5))

    deadline.remind(NOW)

    assert told("incident_overdue") == sorted([by.user.pk, officer.user.pk])
    assert told("incident_due") == []


def test_nobody_is_reminded_of_what_was_reported_or_need_not_be(by):
    late = NOW - timedelta(hours=5)
    make_incident(by, grade="ordinary", found_at=late)
    reported = make_incident(by, grade="larger", found_at=late)
    lifecycle.report(reported, authority="市网信办", reported_at=late, reference="", by=by, now=NOW)

    assert deadline.remind(NOW) == 0
    assert not Message.objects.exists()


def test_the_hours_are_the_operators_to_set(by, settings):
    settings.INCIDENT_REPORT_HOURS = 1
    make_incident(by, grade="larger", found_at=NOW)

    deadline.remind(NOW)

    assert told("incident_due") == [by.user.pk]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_message_says_until_when_and_which_and_no_word_of_what_happened(by, language):
    incident = make_incident(by, grade="larger", found_at=NOW - timedelta(hours=5), what="名单外泄")
    deadline.remind(NOW)

    rendered = render(Message.objects.get(kind="incident_overdue"), language)

    assert str(incident) in rendered.body
    assert "外泄" not in rendered.subject + rendered.body
    assert not mail.outbox
