"""Batches, statements and the voucher as finance officers see them, and the voucher as the printer gets it."""

import re

import pytest

from funding.models import PayoutBatch, StatementImport
from tests.browser.conftest import DESK, PHONE
from tests.conftest import NOW
from tests.factories.banking import bank_row, make_banked, make_csv, make_ready, transfers
from tests.factories.funding import make_finance, make_payee_account
from tests.factories.organisations import make_organisation

GUISES = [("zh", PHONE), ("zh", DESK), ("en", PHONE), ("en", DESK)]


@pytest.fixture
def bank(live_site):
    """A sent batch, one to check whose payee has a changed account, a statement, and settlements to pay."""
    finance = make_finance()
    batch = make_banked(finance, now=NOW)
    make_payee_account(transfers(PayoutBatch.objects.order_by("-pk")[0])[0].settlement.commitment.provider, now=NOW)
    make_ready(640_000, 1_250_050, finance=finance, provider=make_organisation(name="北辰区暖阳青少年社会工作服务中心"))
    return finance, batch


@pytest.mark.parametrize("guise", GUISES, ids=[f"{lang}-{size['width']}" for lang, size in GUISES])
def test_pages_about_the_bank_are_sound_on_phone_and_desk(bank, new_person, sign_in, axe, guise):
    lang, viewport = guise
    finance, batch = bank
    page = new_person(lang=lang, viewport=viewport)
    sign_in(page, finance.user.email)
    statement = StatementImport.objects.get()
    open_batch = PayoutBatch.objects.get(status="open")
    paths = [
        "/funding/",
        "/funding/batches/",
        f"/funding/batches/{batch.pk}/",
        f"/funding/batches/{open_batch.pk}/",
        "/funding/statements/",
        "/funding/statements/new/",
        *[f"/funding/statements/{statement.pk}/?state={state}" for state in ("differs", "open", "matched")],
        f"/funding/payouts/{transfers(batch)[0].pk}/voucher/",
    ]
    for path in paths:
        page.goto(path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path


def test_voucher_prints_on_one_sheet(bank, new_person, sign_in):
    finance, batch = bank
    page = new_person(viewport=DESK)
    sign_in(page, finance.user.email)
    page.goto(f"/funding/payouts/{transfers(batch)[0].pk}/voucher/")

    printed = page.pdf(prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    page.emulate_media(media="print")
    code = page.locator(".paper-code svg").bounding_box()
    assert code["width"] >= 30 / 25.4 * 96  # millimetres: a phone reads it from an arm's length


def test_finance_pays_with_a_file_and_reads_the_banks_answer_without_scripts(bank, new_person, sign_in, tmp_path):
    finance, _batch = bank
    page = new_person(lang="en", viewport=DESK, java_script_enabled=False)
    sign_in(page, finance.user.email)
    page.goto("/funding/")
    page.locator("input[name=chosen]").first.check()
    page.get_by_role("button", name="Make a batch of the ticked ones").click()
    made = PayoutBatch.objects.latest("pk")
    colleague = make_finance(finance.organisation)
    checking = new_person(lang="en", viewport=DESK, java_script_enabled=False)
    sign_in(checking, colleague.user.email)
    checking.goto(f"/funding/batches/{made.pk}/")
    checking.get_by_role("button", name="Checked: 1 transfer").click()
    page.reload()
    page.get_by_role("button", name="Release to the bank").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="File for the bank (CSV)").click()
    assert taken.value.suggested_filename == f"batch-{made.number}.csv"
    file = tmp_path / "statement.csv"
    file.write_bytes(make_csv(bank_row(transfers(made)[0])).read())
    page.goto("/funding/statements/new/")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Import and match").click()

    assert transfers(made)[0].status == "paid"
    assert (
        page.locator("main").inner_text().count(transfers(made)[0].reference) == 2
    )  # the remark, and the transfer it was matched with
