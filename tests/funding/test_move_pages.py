"""Pages of acts on a fund's money outside of orders, and of donations: once for a double click, refused in words."""

import uuid
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.capitals import capitals
from funding import allowances
from funding.models import Donation, Entry, Fund
from tests.conftest import NOW
from tests.factories.funding import (
    make_commitment,
    make_donation,
    make_finance,
    make_fund,
    make_league,
    make_line,
    make_received_donation,
)
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _stand_still(monkeypatch):
    for name in ("moves", "donations", "funds"):
        monkeypatch.setattr(f"funding.views.{name}.timezone.now", lambda: NOW)


@pytest.fixture
def league():
    return make_league()


@pytest.fixture
def finance(client, league):
    by = make_finance(league)
    client.force_login(by.user)
    return by


@pytest.fixture
def fund(league):
    return make_fund(100_000, league=league)


@pytest.fixture
def line(fund):
    return make_line(50_000, fund=fund)


def url(name, *args):
    return reverse(f"funding:{name}", args=args)


def text(response):
    return response.content.decode()


def form(**fields):
    return {"submission_id": str(uuid.uuid4()), **fields}


def paper():
    return SimpleUploadedFile("paper.pdf", b"%PDF-1.7 paper")


def state(line):
    line.refresh_from_db()
    return line.available, line.paid


def test_transfer_twice_moves_once_and_offers_the_funds_other_lines(client, finance, fund, line):
    other = make_line(10_000, fund=fund, region=make_region("天穆镇"))
    foreign = make_line(1)
    page = client.get(url("transfer", line.pk))
    assert [choice.pk for choice in page.context["form"].fields["target"].queryset] == [other.pk]

    data = form(target=other.pk, amount="100", reason="调剂")
    for _click in range(2):
        assert client.post(url("transfer", line.pk), data).url == url("line", line.pk)

    assert (state(line)[0], state(other)[0]) == (40_000, 20_000)
    refused = client.post(url("transfer", line.pk), form(target=foreign.pk, amount="1", reason="x"))
    assert refused.status_code == 422


def test_transfer_of_more_than_there_is_says_so_and_keeps_what_was_typed(client, finance, fund, line):
    other = make_line(10_000, fund=fund, region=make_region("天穆镇"))

    page = client.post(url("transfer", line.pk), form(target=other.pk, amount="501", reason="调剂说明"), headers=EN)

    assert page.status_code == 422
    assert "not enough money" in text(page)
    assert "调剂说明" in text(page)


def test_take_back_twice_takes_once(client, finance, line):
    data = form(amount="100")

    for _click in range(2):
        assert client.post(url("take-back", line.pk), data).status_code == 302

    assert state(line)[0] == 40_000
    assert Fund.objects.get().unallocated == 60_000


def test_return_date_is_set_shown_and_lifted(client, finance, line):
    assert client.post(url("set-return", line.pk), {"returns_on": "2026-12-31", "seen": 0}).status_code == 302
    assert "unused money returns on" in text(client.get(url("line", line.pk), headers=EN))
    assert "unused money returns on" in text(client.get(url("fund", line.fund_id), headers=EN))

    seen = client.get(url("set-return", line.pk)).context["form"]["seen"].initial
    assert client.post(url("set-return", line.pk), {"returns_on": "", "seen": seen}).status_code == 302

    line.refresh_from_db()
    assert line.returns_on is None


def test_return_date_from_an_old_form_shows_what_differs_and_can_be_sent_again(client, finance, line):
    allowances.set_return(line, date(2026, 12, 1), by=make_finance(line.fund.league), now=NOW)

    page = client.post(url("set-return", line.pk), {"returns_on": "2026-12-31", "seen": 0}, headers=EN)

    line.refresh_from_db()
    assert (page.status_code, line.returns_on) == (422, date(2026, 12, 1))
    (row,) = page.context["form"].meanwhile
    assert (row.theirs[:9], row.yours[:10]) == ("Tue 1 Dec", "Thu 31 Dec")
    again = {"returns_on": "2026-12-31", "seen": page.context["form"]["seen"].value()}
    assert client.post(url("set-return", line.pk), again).status_code == 302
    line.refresh_from_db()
    assert line.returns_on == date(2026, 12, 31)


@pytest.mark.parametrize("day", ["2026-11-24", "2027-01-01", "someday"])
def test_return_date_that_cannot_be_is_refused_at_its_field(client, finance, line, day):
    page = client.post(url("set-return", line.pk), {"returns_on": day, "seen": 0})

    assert page.status_code == 422
    assert page.context["form"].errors["returns_on"]


def test_allocate_for_a_term_names_it(client, finance, fund):
    data = form(region=make_region().pk, theme_slug="", amount="10", returns_on="2026-12-31")

    assert client.post(url("allocate", fund.pk), data).status_code == 302

    assert fund.lines.get().returns_on == date(2026, 12, 31)


def test_carry_over_twice_carries_once(client, finance, line):
    make_commitment(20_000, line=line)
    next_year = {"starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}
    target = make_line(1, fund=make_fund(1, league=line.fund.league, **next_year))
    assert "¥200.00" in text(client.get(url("carry-over", line.pk)))

    data = form(target=target.pk)
    for _click in range(2):
        assert client.post(url("carry-over", line.pk), data).url == url("line", line.pk)

    target.refresh_from_db()
    assert (target.committed, Entry.objects.filter(kind="carry_over").count()) == (20_000, 1)
    page = client.post(url("carry-over", line.pk), form(target=target.pk), headers=EN)
    assert (page.status_code, "No commitment is open" in text(page)) == (422, True)


def test_spend_twice_enters_once_with_its_file(client, finance, line):
    data = form(amount="100", document="凭证 1")

    for _click in range(2):
        assert client.post(url("spend", line.pk), {**data, "file": paper()}).status_code == 302

    assert state(line) == (40_000, 10_000)
    entry = Entry.objects.get(kind="spend")
    answer = client.get(url("document", entry.pk))
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 paper"
    assert answer["Content-Disposition"] == f'attachment; filename="entry-{entry.pk}.pdf"'


@pytest.mark.parametrize("file", [None, SimpleUploadedFile("virus.pdf", b"MZ not a paper")])
def test_spend_without_a_readable_document_is_refused(client, finance, line, file):
    data = form(amount="100", document="凭证 1") | ({"file": file} if file else {})

    page = client.post(url("spend", line.pk), data)

    assert page.status_code == 422
    assert page.context["form"].errors["file"]
    assert state(line) == (50_000, 0)


def test_opening_balance_is_entered_once_and_first(client, finance, league, line):
    empty = make_fund(league=league)
    data = form(amount="1,000.00", document="移交表")

    for _click in range(2):
        assert client.post(url("opening", empty.pk), {**data, "file": paper()}).url == url("fund", empty.pk)
    late = client.post(url("opening", line.fund_id), {**form(amount="1", document="x"), "file": paper()}, headers=EN)

    empty.refresh_from_db()
    assert empty.received == 100_000
    assert (late.status_code, "comes before anything else" in text(late)) == (422, True)


def test_refund_twice_gives_back_once_and_never_what_is_allocated(client, finance, fund, line):
    data = form(amount="100", document="退款单")

    for _click in range(2):
        assert client.post(url("refund", fund.pk), data).status_code == 302
    page = client.post(url("refund", fund.pk), form(amount="401", document="退款单"), headers=EN)

    fund.refresh_from_db()
    assert (fund.refunded, page.status_code) == (10_000, 422)


@pytest.mark.parametrize(("currency", "typed"), [("JPY", "1,005"), ("KWD", "1.005")])
def test_amounts_are_read_in_the_currency_of_the_fund(client, finance, league, currency, typed):
    """1.005 dinars taken for yuan is refused, and 1,005 yen would have become a hundred thousand."""
    fund = make_fund(league=league, currency=currency)

    answer = client.post(url("receive", fund.pk), form(amount=typed, document="1号"))

    fund.refresh_from_db()
    assert (answer.status_code, fund.received) == (302, 1005)
    page = client.get(url("receive", fund.pk), headers=EN)
    assert f"In {currency}." in text(page)


@pytest.fixture
def giver(client):
    by = make_member(make_organisation("enterprise"), "manager")
    client.force_login(by.user)
    return by


def test_enterprise_announces_once_and_reads_its_reference(client, giver, fund):
    data = form(fund=fund.pk, amount="5,000")

    for _click in range(2):
        assert client.post(url("give"), data).url == url("give")

    donation = Donation.objects.get()
    assert (donation.donor, donation.donor_name, donation.amount) == (
        giver.organisation,
        giver.organisation.name,
        500_000,
    )
    assert donation.reference in text(client.get(url("give")))


def test_enterprise_without_a_fund_in_its_area_is_told(client, giver):
    page = client.get(url("give"), headers=EN)

    assert "No fund of your area takes donations" in text(page)


def test_enterprise_sees_neither_the_gifts_of_others_nor_a_receipt_before_the_money(client, giver, fund):
    own, other = make_donation(fund=fund, donor=giver.organisation), make_received_donation(fund=fund)

    assert client.get(url("receipt", own.pk)).status_code == 404
    assert client.get(url("receipt", other.pk)).status_code == 404
    assert client.get(url("withdraw-donation", other.pk)).status_code == 404
    assert client.get(url("received", own.pk)).status_code == 403
    assert other.reference not in text(client.get(url("give")))


def test_enterprise_withdraws_what_it_announced(client, giver, fund):
    own = make_donation(fund=fund, donor=giver.organisation)

    for _click in range(2):
        assert client.post(url("withdraw-donation", own.pk), {"reason": "改为实物"}).url == url("give")

    own.refresh_from_db()
    assert own.status == "withdrawn"


def test_finance_books_a_donation_once_and_prints_the_receipt(client, finance, fund):
    donation = make_donation(640_000, fund=fund)
    data = {"amount": "6,400.00", "bank_reference": "ICBC1"}

    for _click in range(2):
        assert client.post(url("received", donation.pk), data).url == url("receipt", donation.pk)

    page = text(client.get(url("receipt", donation.pk), headers=EN))
    for words in ("¥6,400.00", capitals(640_000), donation.reference, donation.donor_name, "ICBC1"):
        assert words in page
    assert Entry.objects.filter(kind="donate").count() == 1


def test_finance_who_comes_too_late_reads_who_was_faster(client, finance, fund):
    donation = make_received_donation(fund=fund)

    page = client.post(url("received", donation.pk), {"amount": "1", "bank_reference": "ICBC2"}, headers=EN)

    assert page.status_code == 422
    assert "by now" in text(page)


def test_finance_notes_a_giver_without_a_login_once(client, finance, fund):
    data = form(donor_name="王先生", amount="50")

    for _click in range(2):
        assert client.post(url("donations", fund.pk), data).status_code == 302

    donation = Donation.objects.get()
    assert (donation.donor, donation.donor_name, donation.amount) == (None, "王先生", 5000)
    assert "王先生" in text(client.get(url("donations", fund.pk)))


@pytest.mark.parametrize("count", [1, 3])
def test_donations_cost_the_same_for_one_and_three(client, finance, fund, count, django_assert_num_queries):
    for _number in range(count):
        make_donation(fund=fund)
        make_received_donation(fund=fund)
    client.get(url("donations", fund.pk))

    with django_assert_num_queries(4):
        client.get(url("donations", fund.pk))
