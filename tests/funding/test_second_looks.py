"""Where a fund has a rule, two people close its books and enter large spending outside the system."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.errors import StaleState
from core.time import today
from funding import funds, outside, second_looks
from funding.deciding_invariants import INVARIANTS
from funding.funds import PeriodNotOver
from funding.models import Entry, Period, SecondLook
from funding.policies import SecondPersonNeeded
from tests.conftest import NOW
from tests.factories.funding import make_finance, make_fund, make_league, make_line, make_paper, make_rule
from tests.factories.organisations import make_member

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
    for asked in (spend(ruled, 501, by), close(ruled.fund, by)):
        second_looks.confirm(asked, by=make_finance(ruled.fund.league), now=NOW)
    assert breaches() == []

    SecondLook.objects.update(status="dropped", entry=None)

    assert [sentence.partition(": ")[2] for sentence in breaches()] == ["one person closed it", "one person entered it"]


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
