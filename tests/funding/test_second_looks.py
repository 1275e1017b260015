"""Where a fund has a rule, two people close its books, enter large spending outside, and give large amounts back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from core.errors import StaleState
from core.time import today
from funding import funds, outside, second_looks
from funding.deciding_invariants import INVARIANTS
from funding.funds import PeriodNotOver
from funding.models import Entry, Fund, Period, SecondLook, StripeRefund
from funding.policies import SecondPersonNeeded
from funding.stripe import gifts
from tests.conftest import NOW
from tests.factories.funding import make_finance, make_fund, make_league, make_line, make_paper, make_rule
from tests.factories.organisations import make_member
from tests.funding.test_stripe_gifts import paid, unallocated

pytestmark = pytest.mark.django_db
YESTERDAY = today(NOW) - timedelta(days=1)
EN = {"accept-language": "en"}


@pytest.fixture
def line():
    return make_line(10_000, fund=make_fund(10_000, league=make_league()))


@pytest.fixture
def ruled(line):
    make_rule(line.fund, checker_above=500)
    return line


def spend(line, amount, by, form=None, document="凭证 3 号"):
    words = {"document": document, "file": make_paper(), "by": by, "now": NOW, "submission_id": form or uuid4()}
    return second_looks.spend(line, amount, **words)


def close(fund, by, form=None):
    return second_looks.close_period(fund, ends_on=YESTERDAY, by=by, now=NOW, submission_id=form or uuid4())


def breaches():
    return [sentence for promise in INVARIANTS for sentence in promise.check().breaches]


def test_without_a_rule_one_person_closes_and_spends(line):
    by = make_finance(line.fund.league)

    assert isinstance(spend(line, 9_000, by), Entry)
    assert isinstance(close(line.fund, by), Period)
    assert breaches() == []


def test_period_is_closed_when_a_second_person_confirms_it(ruled):
    by, form = make_finance(ruled.fund.league), uuid4()
    asked = close(ruled.fund, by, form)
    assert close(ruled.fund, by, form) == asked
    with pytest.raises(SecondPersonNeeded, match="You asked for this yourself"):
        second_looks.confirm(asked, by=by, now=NOW)
    with pytest.raises(SecondPersonNeeded, match="two people"):
        funds.close_period(ruled.fund, ends_on=YESTERDAY, by=by, now=NOW)
    assert not Period.objects.exists()

    officer = make_member(ruled.fund.league, "officer")
    for _click in range(2):
        assert second_looks.confirm(asked, by=officer, now=NOW).status == "confirmed"

    assert Period.objects.get().closed_by == officer.user
    with pytest.raises(PeriodNotOver, match="closed up to that day already"):
        close(ruled.fund, by)
    with pytest.raises(StaleState, match="is booked"):
        second_looks.drop(asked, by=by, now=NOW)
    assert breaches() == []


def test_spending_above_the_rules_amount_waits_for_a_second_person(ruled):
    by = make_finance(ruled.fund.league)
    assert isinstance(spend(ruled, 500, by, document="凭证 2 号"), Entry)
    form = uuid4()
    asked = spend(ruled, 501, by, form)
    with pytest.raises(outside.DocumentEntered, match="waits for a second person"):
        spend(ruled, 502, by, document="凭证3号")
    with pytest.raises(SecondPersonNeeded, match="two people"):
        outside.spend(ruled, 501, document="d", file=make_paper(), by=by, now=NOW, key="k")
    ruled.refresh_from_db()
    assert ruled.paid == 500

    second_looks.confirm(asked, by=make_finance(ruled.fund.league), now=NOW)
    assert spend(ruled, 501, by, form) == asked
    for amount in (501, 400):
        with pytest.raises(outside.DocumentEntered):
            spend(ruled, amount, by)

    ruled.refresh_from_db()
    asked.refresh_from_db()
    assert (ruled.paid, asked.entry.memo, bool(asked.entry.document.file)) == (1_001, "凭证 3 号", True)
    assert breaches() == []


def refund(fund, amount, by, form=None, document="退款单 3 号"):
    words = {"document": document, "by": by, "now": NOW, "submission_id": form or uuid4()}
    return second_looks.refund(fund, amount, **words)


@pytest.fixture
def fund():
    """One with 10,000 unallocated, under a rule of two people above 500."""
    fund = make_fund(10_000, league=make_league())
    make_rule(fund, checker_above=500)
    return fund


def test_refund_above_the_rules_amount_waits_for_a_second_person(fund):
    """One person could have sent all that a fund has not allocated anywhere."""
    by, form = make_finance(fund.league), uuid4()
    assert isinstance(refund(fund, 500, by, document="退款单 2 号"), Fund)
    asked = refund(fund, 501, by, form)
    assert refund(fund, 501, by, form) == asked
    with pytest.raises(outside.DocumentEntered, match="waits for a second person"):
        refund(fund, 600, make_finance(fund.league), document="退款单3号")
    with pytest.raises(SecondPersonNeeded, match="two people"):
        funds.refund(fund, 501, document="d", by=by, now=NOW, key="k")
    with pytest.raises(SecondPersonNeeded, match="You asked for this yourself"):
        second_looks.confirm(asked, by=by, now=NOW)
    fund.refresh_from_db()
    assert fund.refunded == 500

    for _click in range(2):
        asked = second_looks.confirm(asked, by=make_finance(fund.league), now=NOW)

    assert refund(fund, 501, by, form) == asked
    with pytest.raises(outside.DocumentEntered, match="part 2"):
        refund(fund, 501, by)
    fund.refresh_from_db()
    assert (fund.refunded, asked.entry.memo, asked.entry.kind) == (1_001, "退款单 3 号", "refund")
    assert breaches() == []


def test_refund_by_stripe_above_the_rules_amount_waits_for_a_second_person(stripe, now):
    donation = paid(stripe, now)
    make_rule(donation.fund, checker_above=500, now=now)
    one, two = (make_finance(donation.fund.league) for _person in range(2))
    words = {"reason": "误付", "now": now, "submission_id": uuid4()}
    with pytest.raises(gifts.MoreThanGiven):
        second_looks.refund_gift(donation, 50_001, by=one, **words)
    asked = second_looks.refund_gift(donation, 20_000, by=one, **words)
    assert second_looks.refund_gift(donation, 20_000, by=one, **words) == asked
    with pytest.raises(StaleState, match="waits for a second person"):
        second_looks.refund_gift(donation, 20_000, by=two, **{**words, "submission_id": uuid4()})
    with pytest.raises(SecondPersonNeeded, match="two people"):
        gifts.ask_refund(donation, 20_000, by=one, **{**words, "submission_id": uuid4()})
    assert (unallocated(donation), StripeRefund.objects.count()) == (50_000, 0)

    for _click in range(2):
        asked = second_looks.confirm(asked, by=two, now=now)

    made = StripeRefund.objects.get()
    gifts.push_refund(made.pk, now=now)
    made.refresh_from_db()
    assert (made.status, made.reason, unallocated(donation)) == ("done", "误付", 30_000)
    assert asked.entry.actor == two.user
    assert isinstance(
        second_looks.refund_gift(donation, 500, by=one, **{**words, "submission_id": uuid4()}), StripeRefund
    )
    assert breaches() == []


def test_what_was_dropped_is_never_booked(ruled):
    by = make_finance(ruled.fund.league)
    asked = spend(ruled, 501, by)
    for _click in range(2):
        second_looks.drop(asked, by=by, now=NOW)

    with pytest.raises(StaleState, match="dropped meanwhile"):
        second_looks.confirm(asked, by=make_finance(ruled.fund.league), now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondLook.objects.update(status="confirmed", decided_by=by.user)


def test_verify_sees_what_one_person_booked(ruled):
    by = make_finance(ruled.fund.league)
    funds.receive(ruled.fund, 501, document="拨款单", by=by, now=NOW, key="more")
    for asked in (spend(ruled, 501, by), close(ruled.fund, by), refund(ruled.fund, 501, by)):
        second_looks.confirm(asked, by=make_finance(ruled.fund.league), now=NOW)
    assert breaches() == []

    SecondLook.objects.update(status="dropped", entry=None)

    told = [sentence.partition(": ")[2] for sentence in breaches()]
    assert told == ["one person closed it", "one person entered it", "one person entered it"]


def test_second_person_finds_it_on_the_page_and_books_it(client, ruled, monkeypatch):
    monkeypatch.setattr("funding.views.second_looks.timezone.now", lambda: NOW)
    by = make_finance(ruled.fund.league)
    asked = spend(ruled, 501, by)
    url = reverse("funding:second-look", args=[asked.pk])
    client.force_login(by.user)
    assert client.post(url, {}, headers=EN).status_code == 422
    client.force_login(make_member(ruled.fund.league, "auditor").user)
    assert (client.get(url).status_code, client.post(url).status_code) == (200, 403)
    client.force_login(make_finance().user)
    assert client.get(url).status_code == 404
    client.force_login(make_member(ruled.fund.league, "officer").user)
    assert url in client.get(reverse("funding:finance"), headers=EN).content.decode()

    assert client.post(url, {}).url == url

    assert SecondLook.objects.get().status == "confirmed"


def test_pages_ask_for_a_large_refund_and_show_it_to_the_second_person(client, stripe):
    now = timezone.now()
    donation = paid(stripe, now)
    make_rule(donation.fund, checker_above=500, now=now)
    by = make_finance(donation.fund.league)
    client.force_login(by.user)
    url = reverse("funding:refund", args=[donation.fund_id])
    form = {"amount": "60.00", "document": "退款单 3 号", "submission_id": uuid4()}
    page = client.post(url, form, headers=EN, follow=True).content.decode()
    assert "Asked for. It is booked when a second person has confirmed it." in page
    form = {"amount": "70.00", "reason": "误付", "submission_id": uuid4()}
    client.post(reverse("funding:refund-gift", args=[donation.pk]), form)

    client.force_login(make_member(donation.fund.league, "officer").user)
    by_hand, gift = SecondLook.objects.order_by("pk")
    pages = [
        client.get(reverse("funding:second-look", args=[one.pk]), headers=EN).content.decode()
        for one in (by_hand, gift)
    ]
    assert [text in page for page, text in zip(pages, ("退款单 3 号", "误付"), strict=True)] == [True, True]
    assert donation.reference in pages[1]
    for one in (by_hand, gift):
        client.post(reverse("funding:second-look", args=[one.pk]))

    assert unallocated(donation) == 37_000
    assert "退款单 3 号" in client.get(reverse("funding:second-look", args=[by_hand.pk])).content.decode()
