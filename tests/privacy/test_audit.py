"""The figures for the yearly audit: each follows from the rows, small groups stay hidden, and nobody is named."""

import uuid
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from openpyxl import load_workbook

from activities.checkin import log_roster_access
from core import privacy as said
from organisations.acting import Acting
from people import services
from people.models import Child, Guardian
from privacy import audit, erasure, mydata, register, retention
from privacy.hiding import shown
from privacy.models import Erasure, RetentionRun
from safeguarding import consents
from safeguarding.models import Consent
from tests.conftest import NOW
from tests.factories.organisations import make_member, make_organisation
from tests.factories.people import make_child, make_family_office, make_guardian
from tests.factories.safeguarding import make_check, make_consent
from tests.factories.users import make_user
from tests.factories.volunteering import lead_of, make_assignment, make_helped_session
from users.models import User

pytestmark = pytest.mark.django_db
YEAR = 2026
LAST_YEAR = datetime(2025, 12, 31, 15, 59, tzinfo=UTC)  # a minute before midnight in Tianjin
NAME = "欧阳无双"


@pytest.fixture(autouse=True)
def _moment(time_machine, settings, tmp_path):
    time_machine.move_to(NOW, tick=False)
    settings.ERASURE_LOG = str(tmp_path / "erasures.jsonl")


def table(key: str, number: int = YEAR, now: datetime = NOW) -> dict[tuple[str, ...], tuple[int | None, ...]]:
    section = next(one for one in audit.pack(number, now) if one.key == key)
    return {row.words: row.figures for row in section.rows}


def first_words(key: str, **more) -> dict[str, tuple[int | None, ...]]:
    return {words[0]: figures for words, figures in table(key, **more).items()}


def children(count: int, age: int, **fields) -> list[Child]:
    guardian = make_guardian()
    return [make_child(guardian, age=age, **fields) for _ in range(count)]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([0, 6, 7], [0, 6, 7, 13]),
        ([3, 6, 7], [None, None, 7, 16]),  # the smallest other one goes along, or subtraction gives the three away
        ([1, 2, 9], [None, None, None, 12]),  # one and two come to fewer than five
        ([3, 4, 9], [None, None, 9, 16]),
        ([3, 0, 0], [None, 0, 0, None]),
        ([], [0]),
    ],
)
def test_small_numbers_are_hidden_and_do_not_follow_from_the_total(parts, expected):
    assert shown(parts) == expected


def test_without_a_total_only_the_small_numbers_are_hidden():
    assert shown([4, 5, 0], with_total=False) == [None, 5, 0]


def test_children_count_in_the_band_of_their_age_in_the_year_in_which_they_came():
    for age, count in [(4, 5), (8, 6), (12, 7), (16, 5)]:
        children(count, age)
    old = children(5, 8, created_at=LAST_YEAR)
    Child.objects.filter(pk=old[0].pk).update(merged_into=old[1])

    assert first_words("children") == {
        "0 to 5 years": (5, 5),
        "6 to 9 years": (6, 10),
        "10 to 13 years": (7, 7),
        "14 to 17 years": (5, 5),
        "18 years and more": (0, 0),
        "Together": (23, 27),
    }


def test_a_band_of_fewer_than_five_children_is_hidden_with_another_one():
    children(4, 4)
    children(6, 8)
    children(9, 12)

    assert [figures[0] for figures in first_words("children").values()] == [None, None, 9, 0, 0, 19]


def test_an_erased_record_counts_until_the_end_of_the_year_before():
    rows = children(6, 8, created_at=LAST_YEAR)
    erasure.erase(rows[0], cause=Erasure.Cause.OPERATOR, now=NOW)

    assert first_words("children")["Together"] == (0, 5)
    year = audit.Year(2025, LAST_YEAR - timedelta(days=364), LAST_YEAR + timedelta(minutes=1), is_over=True)
    assert audit._children(year).rows[-1].figures == (6, 6)


def test_guardians_count_by_how_they_are_registered():
    office = make_family_office()
    for _ in range(5):
        make_guardian()
    for _ in range(6):
        make_guardian(registered_by=office)
    Guardian.objects.filter(user=None).update(created_at=LAST_YEAR)

    assert list(first_words("guardians").values()) == [(5, 5), (0, 6), (5, 11)]


def test_fields_are_those_of_the_register_about_children_and_guardians():
    counted = table("fields")

    of_families = [said_of for _each, said_of in register.personal_fields() if said_of.whom in ("child", "guardian")]
    assert sum(fields for fields, _encrypted in counted.values()) == len(of_families)
    kept = str(said.UNTIL_ERASED.words)
    key = ("Guardians and who fetches children", "to call when something happens at an activity", kept)
    assert counted[key] == (1, 1)


def test_consents_count_by_purpose_and_version_and_few_stay_hidden():
    guardian = make_guardian()
    for child in [make_child(guardian) for _ in range(6)]:
        make_consent(child, guardian)
        photo = make_consent(child, guardian, purpose="photo")
        consents.withdraw(photo, by=Acting(user=guardian.user), now=NOW)
    make_consent(make_child(guardian), guardian, purpose="health", given=False)
    before = make_consent(make_child(guardian), guardian, purpose="health")
    Consent.objects.filter(pk=before.pk).update(at=LAST_YEAR)

    counted = table("consents")
    assert counted["taking part", "1"] == (6, 0, 0)
    assert counted["photos", "1"] == (6, 0, 6)
    assert counted["health note", "1"] == (0, 0, 0)
    assert counted["health note", "3"] == (0, None, 0)


def test_looks_count_by_role_of_that_day_and_purpose_and_lists_that_left_by_kind():
    session = make_helped_session()
    lead, other = lead_of(session), Acting(user=make_user())
    seen = [one.pk for one in children(3, 8)]
    log_roster_access(session, purpose="check_in", children=seen, by=lead, now=NOW)
    log_roster_access(session, purpose="check_in", children=seen[:2], by=lead, now=NOW)
    log_roster_access(session, purpose="print", children=seen, by=lead, now=NOW)
    log_roster_access(session, purpose="insurance", children=seen, by=other, now=NOW, is_export=True)
    log_roster_access(session, purpose="emergency", children=seen, by=other, now=LAST_YEAR)

    kind = lead.organisation.get_kind_display()
    assert table("looks") == {
        (kind, "coordinator", "Check-in"): (2, 5),
        (kind, "coordinator", "Printed list"): (1, 3),
        ("", "named for the session, without a role", "List for the insurance"): (1, 3),
    }
    assert list(table("lists").values()) == [(1, 0), (0, 1), (0, 0)]
    lead.user.memberships.update(ends_on=date(2026, 11, 1))
    assert ("", "named for the session, without a role", "Check-in") in table("looks")


def test_requests_are_done_open_or_late_and_still_count_when_their_file_is_gone():
    office = make_member(make_family_office(), "clerk")
    child, registered = make_child(), make_child(make_guardian(registered_by=office.organisation))
    for row, by in [(child, Acting(user=make_user())), (registered, office), (registered, office)]:
        facts = {"birth_date": row.birth_date, "home_community": row.home_community}
        services.edit_child(row, name=f"{row.name}{uuid.uuid4().hex[:4]}", by=by, now=NOW, **facts)
    erasure.erase(child, cause=Erasure.Cause.ASKED, now=NOW)
    erasure.erase(make_guardian(), cause=Erasure.Cause.RETENTION, now=NOW)
    first, second = make_user(), make_user()
    mydata.ask(first, now=NOW, submission_id=uuid.uuid4())
    mydata.prepare(NOW)
    mydata.ask(second, now=NOW, submission_id=uuid.uuid4())

    counted = first_words("requests")
    assert counted["a file of one's own data"] == (1, 1, 0)
    assert counted["a child's record put right by the family"] == (1, 0, 0)
    assert counted["a child's record put right by an office or school"] == (2, 0, 0)
    assert counted["a child's record erased"] == (1, 0, 0)
    assert counted["a guardian's record erased"] == (0, 0, 0)

    later = NOW + timedelta(days=2)
    retention.run(later)
    assert first_words("requests", now=later)["a file of one's own data"] == (1, 0, 1)
    assert first_words("retention", now=later)["files made for one person"] == (2,)


def test_nights_add_up_and_every_kind_that_the_night_forgets_has_words():
    run = retention.run(LAST_YEAR)
    RetentionRun.objects.create(at=NOW, counts={"messages": 3, "letters": 1})
    RetentionRun.objects.create(at=NOW, counts={"messages": 4})
    RetentionRun.objects.create(at=LAST_YEAR, counts={"messages": 50})

    counted = first_words("retention")
    assert (counted["nights on which the site forgot"], counted["messages"], counted["mails"]) == ((2,), (7,), (1,))
    told_elsewhere = {"my_data", "my_data_never_made", "erasure_log"}
    assert set(run.counts) - told_elsewhere == set(audit.retention_words())


def test_checks_that_said_no_count_by_whether_they_ended_duties_and_few_stay_hidden():
    for _ in range(5):
        make_check(make_assignment().user, result="adverse", checked_on=NOW.date())
    for _ in range(6):
        make_check(make_user(), result="adverse", checked_on=NOW.date())
    assert list(table("checks").values()) == [(5,), (6,), (11,)]

    crew = lead_of(make_helped_session()).user
    make_check(crew, result="adverse", checked_on=NOW.date())
    assert list(table("checks").values()) == [(6,), (6,), (12,)]


def test_one_check_that_said_no_is_hidden():
    make_check(make_user(), result="adverse", checked_on=NOW.date())

    assert list(table("checks").values()) == [(0,), (None,), (None,)]


def officer(*roles: str, kind: str = "league") -> User:
    user = make_member(make_organisation(kind), *roles).user
    assert user is not None
    return user


def cells(content: bytes) -> list[str]:
    return [str(cell) for sheet in load_workbook(BytesIO(content)) for row in sheet.values for cell in row]


def test_nobody_is_named_in_page_command_or_sheet(client, tmp_path):
    guardian = make_guardian(name=f"{NAME}母")
    child = make_child(guardian, name=NAME)
    make_consent(child, guardian)
    session = make_helped_session()
    viewer = lead_of(session)
    log_roster_access(session, purpose="check_in", children=[child.pk], by=viewer, now=NOW)
    make_check(viewer.user, result="adverse", checked_on=NOW.date())
    client.force_login(officer("officer"))
    out, file = StringIO(), tmp_path / "audit.xlsx"

    call_command("audit_pack", year=YEAR, language="en", stdout=out)
    call_command("audit_pack", year=YEAR, xlsx=file, stdout=out)
    page = client.get("/privacy/audit/", headers={"accept-language": "en"})
    sheet = client.get(f"/privacy/audit.xlsx?year={YEAR}", headers={"accept-language": "en"})

    assert page.status_code == sheet.status_code == 200
    texts = [page.text, out.getvalue(), *cells(sheet.content), *cells(file.read_bytes())]
    named = [NAME, str(viewer.user), viewer.organisation.name, guardian.phone]
    assert [name for name in named for text in texts if name in text] == []
    for words in ("Looks at children&#x27;s names", "Names shown, each time anew", "hidden"):
        assert words in page.text
    assert "coordinator | Check-in | 1 | 1" in out.getvalue()
    assert "登记在册的孩子和青少年" in load_workbook(file).sheetnames
    assert {"Looks at children's names", "Consents"} <= set(load_workbook(BytesIO(sheet.content)).sheetnames)


def test_the_page_speaks_chinese_and_falls_back_to_the_latest_year(client):
    client.force_login(officer("auditor"))

    page = client.get("/privacy/audit/?year=1066", headers={"accept-language": "zh-hans"}).text

    assert "年度合规审计数据" in page
    assert f'<option value="{YEAR}" selected>' in page


@pytest.mark.parametrize(
    ("kind", "role"), [("league", "finance"), ("league", "safeguarding"), ("provider", "manager"), ("office", "clerk")]
)
def test_other_roles_get_neither_page_nor_file_nor_a_link(client, kind, role):
    client.force_login(officer(role, kind=kind))

    assert client.get("/privacy/audit/").status_code == 403
    assert client.get("/privacy/audit.xlsx").status_code == 403
    assert "/privacy/audit/" not in client.get("/privacy/register/").text


def test_the_register_leads_those_who_may_to_the_figures(client):
    client.force_login(officer("officer"))

    assert client.get("/privacy/register/").text.count('href="/privacy/audit/"') == 2  # in the text and at the foot


def test_the_command_refuses_a_year_that_has_no_figures():
    with pytest.raises(CommandError, match="2026"):
        call_command("audit_pack", year=timezone.now().year + 1)
