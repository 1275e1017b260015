"""A real city is set up once, wholly or not at all, at the console or on the first-run page."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from funding.models import Entry, Fund
from marketplace import city
from notifications.models import Letter
from organisations.models import Membership, Organisation, Region
from organisations.region_file import BadFile
from tests.factories.organisations import make_regions
from tests.factories.users import make_user
from users.models import User

pytestmark = pytest.mark.django_db

REGIONS = (
    "code,name,level,parent_code\n120000000000,天津市,province,\n120100000000,市辖区,city,120000000000\n"
    "120113000000,北辰区,county,120100000000\n120113008000,瑞景街道,township,120113000000\n"
)
FUND = city.FirstFund("青少年服务专项资金", 20_000_000, date(2027, 1, 1), date(2027, 12, 31), "津财〔2027〕1号")


@pytest.fixture
def regions_file(tmp_path) -> Path:
    (tmp_path / "regions.csv").write_text(REGIONS, encoding="utf-8")
    return tmp_path / "regions.csv"


def plan(**changes) -> city.Plan:
    facts = {
        "league": "共青团北辰区委员会",
        "region_code": "120113000000",
        "officer_name": "团委干部",
        "officer_email": "Officer@League.example",
        "officer_password": "a-long-password-2027",
        "fund": FUND,
        "invitations": [("finance", "finance@league.example"), ("auditor", "auditor@league.example")],
    }
    return city.Plan(**{**facts, **changes})


def test_set_up_makes_league_officer_regions_and_fund(now, regions_file):
    league = city.set_up(plan(regions_file=regions_file), now=now)

    officer = User.objects.get(email="officer@league.example")
    fund = Fund.objects.get()
    assert (league.kind, league.status, league.region.name) == ("league", "admitted", "北辰区")
    assert Membership.objects.values_list("user", "organisation", "role").get() == (officer.pk, league.pk, "officer")
    assert officer.check_password("a-long-password-2027")
    assert EmailAddress.objects.values_list("email", "verified").get() == ("officer@league.example", True)
    assert Region.objects.count() == 4
    assert (fund.league, fund.received, fund.unallocated) == (league, 20_000_000, 20_000_000)
    assert Entry.objects.get().memo == "津财〔2027〕1号"


def test_set_up_invites_the_colleagues_by_mail(now, regions_file):
    city.set_up(plan(regions_file=regions_file), now=now)

    assert sorted(Letter.objects.values_list("to", flat=True)) == ["auditor@league.example", "finance@league.example"]


def test_set_up_writes_who_founded_and_who_joined(now, regions_file):
    league = city.set_up(plan(regions_file=regions_file), now=now)

    history = league.history.order_by("pk").values_list("verb", "system", "actor__email")
    assert list(history)[:2] == [("found", "city.set_up", None), ("join", "", "officer@league.example")]


def test_set_up_a_second_time_is_refused(now):
    make_regions()
    city.set_up(plan(), now=now)

    with pytest.raises(city.SetUpAlready):
        city.set_up(plan(officer_email="other@league.example"), now=now)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"region_code": "999999999999"}, city.UnknownRegion),
        ({"officer_email": "TAKEN@league.example"}, city.LoginTaken),
    ],
)
def test_set_up_refused_leaves_nothing_behind(now, regions_file, changes, refusal):
    make_user("taken@league.example")

    with pytest.raises(refusal):
        city.set_up(plan(regions_file=regions_file, **changes), now=now)

    assert Region.objects.count() == Organisation.objects.count() == Fund.objects.count() == 0


def test_set_up_with_a_bad_file_names_the_line_and_leaves_nothing(now, tmp_path):
    (tmp_path / "bad.csv").write_text(REGIONS + "120113008000,又一个,township,120113000000\n", encoding="utf-8")

    with pytest.raises(BadFile, match="Line 6"):
        city.set_up(plan(regions_file=tmp_path / "bad.csv"), now=now)

    assert Region.objects.count() == 0


def test_opens_for_a_day_and_until_the_city_is_set_up(now):
    with time_machine.travel(now, tick=False) as clock:
        token = city.new_token()
        assert city.opens(token)
        clock.shift(city.LINK_LIFE.total_seconds() + 1)
        assert not city.opens(token)
        token = city.new_token()
        make_regions()
        city.set_up(plan(), now=now)
        assert not city.opens(token)


def test_opens_not_for_an_invented_token():
    assert not city.opens("first run")


# The command


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("setup_city", *arguments, stdout=out)
    return out.getvalue()


def arguments(tmp_path: Path, *more: str) -> list[str]:
    (tmp_path / "password").write_text("a-long-password-2027\n")
    facts = ["--league", "共青团北辰区委员会", "--region", "120113000000", "--officer-name", "干部"]
    return [
        *facts,
        *("--officer-email", "officer@league.example", "--officer-password-file", str(tmp_path / "password")),
        *more,
    ]


def test_setup_city_with_everything_sets_up(tmp_path, regions_file):
    fund = ["--fund", "专项资金", "--fund-amount", "200,000", "--fund-document", "津财〔2027〕1号"]
    dates = ["--fund-from", "2027-01-01", "--fund-until", "2027-12-31"]
    more = ["--regions", str(regions_file), *fund, *dates, "--invite", "finance=finance@league.example"]

    text = said(*arguments(tmp_path, *more))

    assert text.startswith("共青团北辰区委员会 is ready: http://")
    assert Fund.objects.get().received == 20_000_000
    assert Organisation.objects.get().invitations.get().email == "finance@league.example"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--fund", "资金"], "Give also --fund-amount, --fund-document, --fund-from, --fund-until."),
        (["--invite", "king=a@league.example"], "--invite is ROLE=EMAIL with one of the roles officer, finance"),
        (["--invite", "finance"], "--invite is ROLE=EMAIL"),
        (["--regions", "/nowhere.csv"], "Nothing was set up."),
        (["--region", "999999999999"], "Nothing was set up. No region has this code."),
    ],
)
def test_setup_city_bad_input_says_what_to_do(tmp_path, more, sentence):
    make_regions()

    with pytest.raises(CommandError) as refusal:
        said(*arguments(tmp_path, *more))

    assert str(refusal.value).startswith(sentence)
    assert Organisation.objects.count() == 0


def test_setup_city_without_facts_names_all_of_them():
    with pytest.raises(CommandError, match="Give also --league, --region, --officer-name, --officer-email"):
        said()


def test_setup_city_a_weak_password_is_refused(tmp_path):
    make_regions()
    given = arguments(tmp_path)
    (tmp_path / "password").write_text("12345")

    with pytest.raises(CommandError, match="too short"):
        said(*given)


def test_setup_city_a_bad_file_names_its_lines(tmp_path):
    (tmp_path / "bad.csv").write_text("code,name\n1,x\n", encoding="utf-8")

    with pytest.raises(CommandError, match="Nothing was set up"):
        said(*arguments(tmp_path, "--regions", str(tmp_path / "bad.csv")))


def test_setup_city_asks_for_the_password_where_no_file_is_given(tmp_path, monkeypatch):
    make_regions()
    monkeypatch.setattr("marketplace.management.commands.setup_city.getpass", lambda _: "typed-by-hand-2027")

    said(*[each for each in arguments(tmp_path) if "password" not in each])

    assert User.objects.get().check_password("typed-by-hand-2027")


def test_setup_city_a_second_time_is_refused(tmp_path):
    make_regions()
    said(*arguments(tmp_path))

    with pytest.raises(CommandError, match="set up already"):
        said(*arguments(tmp_path))


# The page


def page_data(**changes: str) -> dict[str, str]:
    facts = {
        "token": city.new_token(),
        "league": "共青团北辰区委员会",
        "region_code": "120113000000",
        "officer_name": "干部",
        "officer_email": "officer@league.example",
        "officer_password": "a-long-password-2027",
        "invite_finance": "finance@league.example",
    }
    return {**facts, **changes}


def link() -> str:
    return said("--link").strip().removeprefix("http://127.0.0.1:8000")


def test_setup_page_without_the_link_says_where_it_comes_from(client):
    response = client.get("/setup/")

    assert response.status_code == 403
    assert "manage.py setup_city --link" in response.content.decode()


def test_setup_page_with_an_old_link_says_so(client):
    response = client.get("/setup/?token=old", headers={"accept-language": "en"})

    assert response.status_code == 403
    assert "no longer works" in response.content.decode()


def test_setup_page_with_the_link_shows_the_form(client):
    response = client.get(link())

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


def test_setup_page_posted_sets_up_and_leads_to_the_login(client):
    upload = SimpleUploadedFile("regions.csv", REGIONS.encode())
    fund = {"fund_name": "专项资金", "fund_amount": "200,000", "fund_document": "津财〔2027〕1号"}
    dates = {"fund_starts_on": "2027-01-01", "fund_ends_on": "2027-12-31"}

    response = client.post("/setup/", {**page_data(**fund, **dates), "regions": upload})

    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/"
    assert Organisation.objects.get().invitations.get().role == "finance"
    assert Fund.objects.get().unallocated == 20_000_000
    assert Region.objects.count() == 4


def test_setup_page_twice_is_gone(client):
    make_regions()
    data = page_data()
    client.post("/setup/", data)

    assert client.post("/setup/", data).status_code == 404
    assert client.get("/setup/").status_code == 404


def test_setup_page_posted_without_a_token_changes_nothing(client):
    make_regions()

    assert client.post("/setup/", page_data(token="")).status_code == 403
    assert Organisation.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"region_code": "120113"}, "region_code", "Enter the 12 digits of the official code."),
        ({"region_code": "999999999999"}, "region_code", "No region has this code. Import the regions first."),
        ({"officer_password": "12345"}, "officer_password", "This password is too short"),
        ({"fund_name": "资金"}, "fund_amount", "A fund needs this."),
        ({"fund_name": "资金", "fund_amount": "much"}, "fund_amount", "Enter an amount such as 6,400.00."),
        ({"fund_name": "资金", "fund_amount": "0"}, "fund_amount", "Enter an amount above zero."),
        (
            {"fund_name": "资金", "fund_starts_on": "2027-02-01", "fund_ends_on": "2027-01-01"},
            "fund_ends_on",
            "The fund ends before it starts.",
        ),
    ],
)
def test_setup_page_bad_input_is_named_and_nothing_is_lost(client, changes, field, sentence):
    make_regions()

    response = client.post("/setup/", page_data(**changes), headers={"accept-language": "en"})

    assert response.status_code == 200
    assert sentence in response.context["form"].errors[field][0]
    assert "共青团北辰区委员会" in response.content.decode()
    assert Organisation.objects.count() == 0


def test_setup_page_says_in_chinese_what_is_wrong_with_a_password(client):
    make_regions()

    response = client.post("/setup/", page_data(officer_password="123"))

    assert response.context["form"].errors["officer_password"][0] == "密码太短，至少要 10 个字符。"


def test_setup_page_a_taken_login_is_named_at_its_field(client):
    make_regions()
    make_user("officer@league.example")

    response = client.post("/setup/", page_data(), headers={"accept-language": "en"})

    assert response.context["form"].errors["officer_email"] == ["There is a login with this address already."]


def test_setup_page_a_bad_file_names_its_lines_in_the_pages_language(client):
    upload = SimpleUploadedFile("regions.csv", b"code,name,level,parent_code\n1,x,province,\n")

    response = client.post("/setup/", {**page_data(), "regions": upload})

    assert response.context["form"].errors["regions"][0] == "第 2 行：代码“1”不是 12 位数字。"
