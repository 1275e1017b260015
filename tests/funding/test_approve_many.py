"""Several settlements approved at once: each that cannot be says why in its row, and the rest is approved."""

import pytest
from django.urls import reverse

from funding.models import Settlement
from tests.conftest import NOW
from tests.factories.funding import (
    make_advance,
    make_commitment,
    make_finance,
    make_fund,
    make_league,
    make_line,
    make_rule,
    make_settlement,
)
from tests.factories.organisations import make_member, make_organisation, make_region

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _stand_still(monkeypatch):
    monkeypatch.setattr("funding.views.finance.timezone.now", lambda: NOW)


@pytest.fixture
def finance(client):
    by = make_finance(make_league())
    client.force_login(by.user)
    return by


def approve(client, *chosen):
    return client.post(reverse("funding:approve-many"), {"chosen": chosen}, headers=EN)


def waiting(finance, **fields):
    """A settlement of the acting League's money."""
    line = make_line(10_000, fund=make_fund(10_000, league=finance.organisation))
    return make_settlement(commitment=make_commitment(line=line, **fields))


def statuses(*found):
    return [Settlement.objects.get(pk=one.pk).status for one in found]


def test_approve_many_approves_each_that_can_be_and_says_why_the_others_cannot(client, finance):
    fine, own, left_alone = waiting(finance), waiting(finance, provider=make_organisation()), waiting(finance)
    line = make_line(10_000, fund=make_fund(10_000, league=finance.organisation))
    make_rule(line.fund, advance_share=5_000)
    advance = make_advance(commitment=make_commitment(line=line))
    make_member(own.commitment.provider, "coordinator", user=finance.user)

    answer = approve(client, fine.pk, advance.pk, own.pk)

    text = answer.content.decode()
    assert (answer.status_code, statuses(fine, advance, own, left_alone)) == (
        422,
        ["approved", "approved", "proposed", "proposed"],
    )
    assert text.count("You are a member of") == 1
    assert "2 settlements are approved." in text
    assert approve(client, left_alone.pk).status_code == 302
    assert statuses(left_alone) == ["approved"]


def test_approve_many_of_another_league_of_nothing_and_of_nonsense_changes_nothing(client, finance):
    foreign = make_finance(make_organisation("league", region=make_region("天津市")))
    settlement = waiting(finance)
    client.force_login(foreign.user)
    for chosen in ([settlement.pk], [], ["x", "-1", "9" * 30]):
        assert approve(client, *chosen).status_code == 302
    client.force_login(make_member(finance.organisation, "officer").user)
    assert approve(client, settlement.pk).status_code == 403
    assert statuses(settlement) == ["proposed"]


def test_approve_many_twice_approves_once(client, finance):
    settlement = waiting(finance)
    approve(client, settlement.pk)

    assert approve(client, settlement.pk).status_code == 302

    assert settlement.history.filter(verb="approve").count() == 1
