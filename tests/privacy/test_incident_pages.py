"""The pages about incidents: from writing one down to the family that reads what happened."""

import html
import re
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from activities import queries
from core.time import local
from notifications.models import Message
from people.models import Child
from privacy.models import Affected, Incident, Telling
from tests.conftest import NOW
from tests.factories.activities import make_family, make_session, sign_up
from tests.factories.organisations import make_member
from tests.factories.people import make_child, make_guardian
from tests.factories.privacy import NOTICE, make_incident
from users.models import User

pytestmark = pytest.mark.django_db
NAME = "欧阳无双"
NUMBER = re.compile(r'name="submission_id" value="([0-9a-f-]{36})"')


@pytest.fixture(autouse=True)
def _moment(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def as_keeper(client, by):
    client.force_login(by.user)
    return client


def clock(moment) -> str:
    return local(moment).strftime("%Y-%m-%dT%H:%M")


def written(**more) -> dict:
    fields = {"kind": "access", "grade": "larger", "found_at": clock(NOW - timedelta(hours=5)), "what": "名单外流"}
    return {**fields, "data_kinds": ["people.Child.name"], **more}


def picked(incident: Incident, *children: Child) -> None:
    Affected.objects.bulk_create(Affected(incident=incident, child=child, added_at=NOW) for child in children)


def test_from_the_record_to_the_family(as_keeper, by):
    guardian, [child] = make_family(1, name=NAME)
    session = make_session()
    sign_up(session, guardian, [child])
    form = as_keeper.get("/privacy/incidents/new/").content.decode()
    number = NUMBER.search(form)[1]
    for _ in range(2):  # a double click
        answer = as_keeper.post("/privacy/incidents/new/", written(submission_id=number))
    incident = Incident.objects.get()
    here = f"/privacy/incidents/{incident.pk}/"
    assert answer["Location"] == here
    assert "notice-danger" in as_keeper.get(here).content.decode()  # five hours ago, and nobody was told

    given = {"way": "sessions", "sessions": str(session.pk)}
    counted = as_keeper.post(f"{here}pick/", given).content.decode()
    assert 'name="fix"' in counted
    assert NAME not in counted
    assert not Affected.objects.exists()
    key = html.unescape(re.search(r'name="fix" value="([^"]+)"', counted)[1])
    other = {"way": "family", "contact": guardian.user.email, "fix": key}
    assert 'name="fix"' in as_keeper.post(f"{here}pick/", other).content.decode()  # not what was counted
    assert not Affected.objects.exists()
    as_keeper.post(f"{here}pick/", {**given, "fix": key})
    assert Affected.objects.get().child == child

    assert "名单外流" in as_keeper.get(f"{here}words/").content.decode()
    as_keeper.post(f"{here}words/", NOTICE)
    as_keeper.post(f"{here}send/")
    assert Message.objects.filter(kind="data_incident").get().recipient == guardian.user
    people = as_keeper.get(f"{here}people/").content.decode()
    assert NAME in people
    assert incident.history.filter(verb="look").get().note == "1"
    look = queries.looks_at(child)[0]
    assert (look.purpose, look.viewer, look.on_behalf_of) == ("incident", by.user, by.organisation)

    as_keeper.post(f"{here}report/", {"authority": "市网信办", "reported_at": clock(NOW), "reference": "7"})
    as_keeper.post(f"{here}close/", {"lessons": "不再发群"})
    incident.refresh_from_db()
    assert (incident.status, incident.authority) == ("closed", "市网信办")

    as_keeper.force_login(guardian.user)
    mine = as_keeper.get(f"/my/notices/{incident.pk}/")
    assert NOTICE["notice_zh"] in mine.content.decode()
    assert "no-store" in mine["Cache-Control"]
    as_keeper.force_login(make_guardian().user)
    assert as_keeper.get(f"/my/notices/{incident.pk}/").status_code == 404


@pytest.mark.parametrize("role", ["officer", "auditor"])
def test_who_oversees_reads_facts_and_hidden_counts_and_no_name(client, by, role):
    incident = make_incident(by)
    picked(incident, make_child(name=NAME), make_child())
    client.force_login(make_member(by.organisation, role).user)
    here = f"/privacy/incidents/{incident.pk}/"
    for page in ("", "facts/"):
        text = client.get(f"{here}{page}").content.decode()
        assert "一份名单发错了地方" in text
        assert re.search(r"<(dd|td)[^>]*>2</", text) is None
        assert NAME not in text
        assert "/people/" not in text
    assert client.get(f"{here}people/").status_code == 403
    sheet = load_workbook(BytesIO(client.get(f"{here}facts.xlsx").content))
    values = [cell for one in sheet for row in one.iter_rows(values_only=True) for cell in row]
    assert NAME not in values
    assert 2 not in values


def test_a_superuser_without_the_role_sees_nothing(client, by):
    incident = make_incident(by)
    client.force_login(User.objects.create_superuser("root@example.test"))
    assert client.get("/privacy/incidents/").status_code == 403
    assert client.get(f"/privacy/incidents/{incident.pk}/").status_code == 404


def test_a_moment_in_a_year_that_no_calendar_reckons_with_is_asked_again(as_keeper):
    """A mistyped year ended in an error page, and what the officer had written was lost."""
    number = NUMBER.search(as_keeper.get("/privacy/incidents/new/").content.decode())[1]
    given = written(began_at="0001-01-01T00:00", submission_id=number)
    answer = as_keeper.post("/privacy/incidents/new/", given)
    assert answer.status_code == 422
    assert "名单外流" in answer.content.decode()
    assert not Incident.objects.exists()


def test_words_that_name_a_child_come_back_with_what_was_typed(as_keeper, by):
    incident = make_incident(by)
    picked(incident, make_child(name=NAME))
    answer = as_keeper.post(f"/privacy/incidents/{incident.pk}/words/", {**NOTICE, "notice_zh": f"{NAME}的名单"})
    assert answer.status_code == 422
    assert f"{NAME}的名单" in answer.content.decode()
    assert Incident.objects.get().notice_zh == ""


def test_a_pick_that_finds_nobody_says_so_at_the_field(as_keeper, by):
    incident = make_incident(by)
    for given, words in [
        ({"way": "sessions", "sessions": "999"}, "999"),
        ({"way": "sessions", "sessions": "x"}, "200"),
        ({"way": "order"}, "id_order"),
        ({"way": "family", "contact": "nobody@example.test"}, "id_contact"),
    ]:
        answer = as_keeper.post(f"/privacy/incidents/{incident.pk}/pick/", given)
        assert answer.status_code == 422
        assert words in answer.content.decode()


def test_staff_note_whom_they_called(as_keeper, by):
    incident = make_incident(by)
    picked(incident, make_child())
    one = Affected.objects.get()
    number = NUMBER.search(as_keeper.get(f"/privacy/incidents/{incident.pk}/people/?who=untold").content.decode())[1]
    there = f"/privacy/incidents/{incident.pk}/people/{one.pk}/"
    wrong = as_keeper.post(there, {"how": "phone", "at": clock(NOW + timedelta(days=1)), "submission_id": number})
    assert wrong.status_code == 422
    as_keeper.post(there, {"how": "phone", "at": clock(NOW), "submission_id": number})
    assert Telling.objects.get().how == "phone"
    other = make_incident(by)
    assert as_keeper.post(f"/privacy/incidents/{other.pk}/people/{one.pk}/", {}).status_code == 404


def test_an_edit_over_a_newer_one_shows_what_differs(as_keeper, by):
    incident = make_incident(by)
    page = as_keeper.get(f"/privacy/incidents/{incident.pk}/edit/").content.decode()
    seen, number = re.search(r'name="seen" value="(\d+)"', page)[1], NUMBER.search(page)[1]
    same = {"seen": seen, "submission_id": number}
    assert as_keeper.post(f"/privacy/incidents/{incident.pk}/edit/", written(what="甲", **same)).status_code == 302
    answer = as_keeper.post(f"/privacy/incidents/{incident.pk}/edit/", written(what="乙", **same))
    assert answer.status_code == 422
    assert Incident.objects.get().what == "甲"


def test_the_list_of_people_costs_the_same_for_one_and_for_many(as_keeper, by, django_assert_max_num_queries):
    incident = make_incident(by)
    picked(incident, *(make_child() for _ in range(6)))
    with django_assert_max_num_queries(22):
        as_keeper.get(f"/privacy/incidents/{incident.pk}/people/")


def test_operators_print_the_facts(by, tmp_path):
    incident = make_incident(by)
    picked(incident, make_child(name=NAME))
    out = StringIO()
    call_command("incident_facts", str(incident), stdout=out)
    assert "一份名单发错了地方" in out.getvalue()
    assert NAME not in out.getvalue()
    call_command("incident_facts", str(incident), "--xlsx", str(tmp_path / "f.xlsx"), stdout=out)
    assert load_workbook(tmp_path / "f.xlsx").sheetnames
    with pytest.raises(CommandError):
        call_command("incident_facts", "2026-99")
