"""The League's own bank accounts in the browser: entered, confirmed and closed, and chosen where there are several."""

import pytest

from funding import payers, payouts
from funding.models import PayerAccount, Payout, PayoutBatch
from tests.conftest import NOW
from tests.factories.banking import (
    OWN_ACCOUNT,
    make_csv,
    make_payer,
    make_ready,
    make_sent_batch,
    transfers,
)
from tests.factories.funding import make_finance, make_league
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db
OTHER = "0302011109000099999"
EN = {"accept-language": "en"}


@pytest.fixture
def finance():
    return make_finance(make_league())


def submission(client):
    return client.get("/funding/", headers=EN).context["batch_form"]["submission_id"].value()


def test_pages_say_from_which_account_is_paid(finance, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    make_payer(finance)
    batch = make_sent_batch(100, finance=finance)
    (payout,) = transfers(batch)
    auditor = make_member(finance.organisation, "auditor")

    for by, number in ((finance, OWN_ACCOUNT), (auditor, "**** 2345")):
        client.force_login(by.user)
        for path in (f"/funding/batches/{batch.pk}/", f"/funding/payouts/{payout.pk}/voucher/"):
            page = client.get(path, headers=EN).content.decode()
            assert "北辰区团委专户" in page
            assert number in page
            assert (OWN_ACCOUNT in page) == (by is finance)
    listed = client.get("/funding/payers/", headers=EN).content.decode()
    assert "**** 2345" in listed
    assert OWN_ACCOUNT not in listed


def sign_in(client, by):
    """Log in, and show who one is again, as pages about accounts ask."""
    client.force_login(by.user)
    client.post("/accounts/reauthenticate/", {"password": "demo-city-2026"})


def test_finance_enters_an_account_and_an_officer_confirms_it_on_the_page(finance, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    data = {"holder": "北辰区团委专户", "bank": "北辰银行", "number": OWN_ACCOUNT}
    payer = payers.enter(finance.organisation, **data, by=finance, now=NOW)
    page = f"/funding/payers/{payer.pk}/confirm/"

    sign_in(client, finance)
    assert client.post(page, headers=EN).status_code == 403
    sign_in(client, make_member(finance.organisation, "officer"))
    assert OWN_ACCOUNT in client.get(page, headers=EN).content.decode()
    assert client.post(page, headers=EN).status_code == 302

    assert PayerAccount.objects.get().confirmed_at == NOW
    sign_in(client, finance)
    end = f"/funding/payers/{payer.pk}/end/"
    assert "has to be prepared anew" in client.get(end, headers=EN).content.decode()
    assert client.post(end, headers=EN).status_code == 302
    assert PayerAccount.objects.get().ended_at == NOW


def test_the_import_offers_the_accounts_that_the_league_named(finance, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    make_payer(finance)
    client.force_login(finance.user)

    page = client.get("/funding/statements/new/", headers=EN).content.decode()
    answer = client.post("/funding/statements/new/", {"account": OTHER, "file": make_csv()}, headers=EN)

    assert f'<option value="{OWN_ACCOUNT}"' in page
    assert answer.status_code == 422


def test_a_number_that_was_closed_and_entered_again_is_offered_once(finance, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    payers.end(make_payer(finance), by=finance, now=NOW)
    make_payer(finance)
    client.force_login(finance.user)

    page = client.get("/funding/statements/new/", headers=EN).content.decode()

    assert page.count(f'<option value="{OWN_ACCOUNT}"') == 1


@pytest.mark.parametrize("page", ["new/", "{pk}/confirm/", "{pk}/end/"])
def test_the_login_is_asked_for_again_before_an_account_is_touched(finance, client, time_machine, page):
    time_machine.move_to(NOW, tick=False)
    payer = make_payer(finance, confirmed=False)
    client.force_login(make_finance(finance.organisation).user)
    path = f"/funding/payers/{page}".format(pk=payer.pk)
    data = {"holder": "北辰区团委专户", "bank": "北辰银行", "number": OTHER}

    for answer in (client.get(path), client.post(path, data)):
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/reauthenticate/")

    payer.refresh_from_db()
    assert (PayerAccount.objects.count(), payer.confirmed_at, payer.ended_at) == (1, None, None)


def test_another_leagues_account_is_neither_confirmed_nor_closed(finance, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    strange = make_payer(make_finance(make_league()), confirmed=False)

    for log_in in (client.force_login, lambda _user: sign_in(client, finance)):  # whether the login is recent or not
        log_in(finance.user)
        for step in ("confirm", "end"):
            assert client.get(f"/funding/payers/{strange.pk}/{step}/").status_code == 404
            assert client.post(f"/funding/payers/{strange.pk}/{step}/").status_code == 404


def test_an_unconfirmed_account_that_is_named_by_hand_pays_nothing(finance, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    waits = make_payer(finance, number=OTHER, confirmed=False)
    make_payer(finance)
    (one,) = make_ready(100, finance=finance)
    client.force_login(finance.user)
    data = {"chosen": [one.pk], "payer": waits.pk, "submission_id": submission(client)}

    batch = client.post("/funding/batches/new/", data, headers=EN)
    single = client.post(f"/funding/settlements/{one.pk}/pay/", {"payer": waits.pk}, headers=EN)

    for answer in (batch, single):
        assert answer.status_code == 422
        assert "Choose from which of your accounts it is paid." in answer.content.decode()
    assert not PayoutBatch.objects.exists()
    assert not Payout.objects.exists()


def test_a_choice_that_is_left_out_is_asked_for_and_the_ticks_stay(finance, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    make_payer(finance)
    make_payer(finance, number=OTHER)
    ticked, other = make_ready(100, 200, finance=finance)
    client.force_login(finance.user)

    answer = client.post(
        "/funding/batches/new/", {"chosen": [ticked.pk], "submission_id": submission(client)}, headers=EN
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose from which of your accounts it is paid." in page
    assert "Choose at least one settlement" not in page
    assert f'value="{ticked.pk}" checked' in page
    assert f'value="{other.pk}" checked' not in page
    select = page[page.index('<select name="payer"') :]
    assert " required" in select[: select.index(">")]


def test_a_batch_of_nothing_says_what_is_missing(finance, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    make_ready(100, finance=finance)
    client.force_login(finance.user)

    answer = client.post("/funding/batches/new/", {"submission_id": submission(client)}, headers=EN)

    assert answer.status_code == 422
    assert "Choose at least one settlement that waits for its transfer." in answer.content.decode()


def test_a_transfer_outside_a_batch_says_from_which_account_it_is_paid(finance, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    make_payer(finance)
    second = make_payer(finance, number=OTHER)
    (one,) = make_ready(100, finance=finance)
    client.force_login(finance.user)
    assert f'<option value="{second.pk}"' in client.get(f"/funding/settlements/{one.pk}/", headers=EN).content.decode()

    client.post(f"/funding/settlements/{one.pk}/pay/", {"payer": second.pk}, headers=EN)

    payout = Payout.objects.get()
    assert OTHER in client.get(f"/funding/payouts/{payout.pk}/send/", headers=EN).content.decode()
    payouts.send(payout, by=finance, now=NOW)
    voucher = client.get(f"/funding/payouts/{payout.pk}/voucher/", headers=EN).content.decode()
    for words in ("北辰区团委专户", "北辰银行", OTHER):
        assert words in voucher
