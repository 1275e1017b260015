"""The stand-in behaves as Stripe's documentation says; else what is proved against it would prove nothing."""

import http.client
import json
import threading
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

import pytest
import stripe as library

from tests.fakes.stripe_server import CONNECT_SECRET, KEY, SECRET, FakeStripe


def ask(fake: FakeStripe, method: str, path: str, params=(), *, key="", account="", secret=KEY):
    """One plain request; a dead line is ``None``."""
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/x-www-form-urlencoded"}
    headers |= {"Idempotency-Key": key} if key else {}
    headers |= {"Stripe-Account": account} if account else {}
    line = http.client.HTTPConnection(urlsplit(fake.url).netloc, timeout=5)
    question = urlencode(params)
    address = f"{path}?{question}" if method == "GET" and question else path
    with suppress(ConnectionError, http.client.HTTPException):
        line.request(method, address, question if method == "POST" else None, headers)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read()), answer.headers
    return None


def provider(fake: FakeStripe, name: str = "社工中心", **more) -> str:
    _status, made, _ = ask(fake, "POST", "/v1/accounts", {"type": "express"})
    fake.books.onboard(made["id"], name=name, **more)
    return str(made["id"])


def transfer(fake: FakeStripe, account: str, *, key="", amount: object = 500, group="G", **more):
    params = {"amount": amount, "currency": "cny", "destination": account, "transfer_group": group, **more}
    return ask(fake, "POST", "/v1/transfers", params, key=key)


def made(fake: FakeStripe) -> int:
    return sum(one["object"] == "transfer" for one in fake.books.objects.values())


def test_same_key_gives_the_first_answer_and_acts_once(stripe):
    account = provider(stripe)
    _, first, _ = transfer(stripe, account, key="7.1")
    status, again, headers = transfer(stripe, account, key="7.1")

    assert (status, again, headers["Idempotent-Replayed"]) == (200, first, "true")
    assert made(stripe) == 1


def test_same_key_with_other_parameters_is_an_error(stripe):
    account = provider(stripe)
    transfer(stripe, account, key="7.1")
    status, body, _ = transfer(stripe, account, key="7.1", amount=501)

    assert (status, body["error"]["type"]) == (400, "idempotency_error")
    assert made(stripe) == 1


@pytest.mark.parametrize(("fault", "acted"), [("error_before", 0), ("error_after", 1)])
def test_a_500_is_kept_for_its_key_whether_it_acted_or_not(stripe, fault, acted):
    account = provider(stripe)
    stripe.faults.append(fault)

    assert [transfer(stripe, account, key="7.1")[0] for _ in range(3)] == [500, 500, 500]
    assert made(stripe) == acted


def test_a_key_that_was_forgotten_acts_again(stripe):
    account = provider(stripe)
    transfer(stripe, account, key="7.1")
    stripe.prune_keys()
    transfer(stripe, account, key="7.1")

    assert made(stripe) == 2


@pytest.mark.parametrize(("fault", "acted"), [("drop_before", 0), ("drop_after", 1)])
def test_the_line_goes_dead_before_or_after_acting(stripe, fault, acted):
    account = provider(stripe)
    stripe.faults.append(fault)

    assert transfer(stripe, account, key="7.1") is None
    assert made(stripe) == acted
    assert transfer(stripe, account, key="7.1")[0] == 200
    assert made(stripe) == 1


def test_a_twin_that_is_under_way_answers_409_and_then_the_result(stripe):
    account = provider(stripe)
    stripe.faults.append("late")

    assert transfer(stripe, account, key="7.1") is None
    status, body, _ = transfer(stripe, account, key="7.1")
    assert (status, body["error"]["code"]) == (409, "idempotency_key_in_use")
    stripe.settle()
    assert transfer(stripe, account, key="7.1")[0] == 200
    assert made(stripe) == 1


def test_many_at_once_with_one_key_act_once(stripe):
    account, seen = provider(stripe), []
    threads = [threading.Thread(target=lambda: seen.append(transfer(stripe, account, key="7.1")[0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(seen) <= {200, 409}
    assert made(stripe) == 1


def test_a_refused_question_leaves_the_key_free_and_a_refused_deed_does_not(stripe):
    account = provider(stripe)
    assert transfer(stripe, account, key="7.1", amount="half")[0] == 400
    assert transfer(stripe, account, key="7.1")[0] == 200

    stripe.books.balance = 10
    assert transfer(stripe, account, key="8.1")[1]["error"]["code"] == "balance_insufficient"
    stripe.books.balance = 10_000
    assert transfer(stripe, account, key="8.1")[1]["error"]["code"] == "balance_insufficient"
    assert transfer(stripe, account, key="8.2")[0] == 200


@pytest.mark.parametrize(("fault", "status"), [("busy", 429), ("down", 503)])
def test_a_busy_or_absent_service_keeps_nothing(stripe, fault, status):
    account = provider(stripe)
    stripe.faults.append(fault)

    assert transfer(stripe, account, key="7.1")[0] == status
    assert transfer(stripe, account, key="7.1")[0] == 200


def test_unknown_and_missing_parameters_and_wrong_keys_are_refused(stripe):
    account = provider(stripe)

    assert transfer(stripe, account, payee="x")[1]["error"]["code"] == "parameter_unknown"
    assert ask(stripe, "POST", "/v1/transfers", {"amount": 5})[1]["error"]["code"] == "parameter_missing"
    assert ask(stripe, "GET", "/v1/transfers/tr_0")[0] == 404
    assert ask(stripe, "GET", "/v1/transfers", secret="sk_test_other")[0] == 401
    assert made(stripe) == 0


def test_an_account_that_is_not_complete_gets_nothing(stripe):
    account = provider(stripe, is_ready=False)

    assert transfer(stripe, account)[1]["error"]["code"] == "insufficient_capabilities_for_transfer"


def test_lists_come_in_pages_newest_first_and_by_group(stripe):
    account = provider(stripe)
    for number in range(25):
        transfer(stripe, account, group=f"G{number % 2}")
    client = library.StripeClient(KEY, base_addresses={"api": stripe.url})

    first = client.v1.transfers.list({"limit": 10})
    every = [one.id for one in first.auto_paging_iter()]

    assert (len(first.data), first.has_more) == (10, True)
    assert len(every) == len(set(every)) == 25
    assert every == sorted(every, reverse=True)
    assert len(list(client.v1.transfers.list({"transfer_group": "G1"}).auto_paging_iter())) == 12


def test_a_transfer_can_be_taken_back_once(stripe):
    account = provider(stripe)
    made_id = transfer(stripe, account)[1]["id"]

    assert ask(stripe, "POST", f"/v1/transfers/{made_id}/reversals")[0] == 200
    assert ask(stripe, "POST", f"/v1/transfers/{made_id}/reversals", {"amount": 500})[0] == 400
    assert ask(stripe, "GET", f"/v1/transfers/{made_id}")[1]["reversed"] is True
    assert [one["type"] for one in stripe.events][-2:] == ["transfer.created", "transfer.reversed"]


def test_every_change_leaves_an_event_signed_as_the_library_expects(stripe):
    transfer(stripe, provider(stripe))
    ours, theirs = stripe.events[-1], stripe.events[0]
    client = library.StripeClient(KEY, base_addresses={"api": stripe.url})

    for event, secret in ((ours, SECRET), (theirs, CONNECT_SECRET)):
        assert client.construct_event(*stripe.signed(event), secret).id == event["id"]
    assert (ours["type"], "account" in ours, theirs["type"]) == ("transfer.created", False, "account.updated")
    for body, header in (stripe.signed(ours, at=1.0), stripe.signed(ours, changed=True), stripe.signed(theirs)):
        with pytest.raises(library.SignatureVerificationError):
            client.construct_event(body, header, SECRET)
    assert len(list(client.v1.events.list({"limit": 1}).auto_paging_iter())) == 1


def test_a_gift_is_asked_for_paid_and_given_back(stripe):
    line = {
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "cny",
        "line_items[0][price_data][unit_amount]": "900",
    }
    _, session, _ = ask(stripe, "POST", "/v1/checkout/sessions", {"mode": "payment", **line})
    paid = stripe.books.pay(session["id"])
    back = {"payment_intent": paid["payment_intent"], "amount": 400}

    assert session["url"].startswith("https://")
    assert ask(stripe, "GET", f"/v1/checkout/sessions/{session['id']}")[1]["payment_status"] == "paid"
    assert [ask(stripe, "POST", "/v1/refunds", back)[0] for _ in range(3)] == [200, 200, 400]
    assert len(ask(stripe, "GET", "/v1/refunds", {"payment_intent": paid["payment_intent"]})[1]["data"]) == 2
