"""The page on which an officer enters a fund's next rule, and everybody of the League reads all of them."""

import pytest
from django.urls import reverse

from funding.models import FundRule
from tests.conftest import NOW
from tests.factories.funding import make_fund, make_league, make_rule
from tests.factories.organisations import make_member

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
FORM = {
    "required_from": "2026-12-01",
    "automatic_up_to": "2,000",
    "automatic_days": "14",
    "two_above": "20,000",
    "checker_above": "0",
    "advance_percent": "30",
    "advance_cap": "",
}


@pytest.fixture(autouse=True)
def _stand_still(monkeypatch):
    monkeypatch.setattr("funding.views.rules.timezone.now", lambda: NOW)


@pytest.fixture
def fund():
    return make_fund(league=make_league())


def page(client, fund, data=None, *, role="officer"):
    client.force_login(make_member(fund.league, role).user)
    url = reverse("funding:rules", args=[fund.pk])
    return client.get(url, headers=EN) if data is None else client.post(url, data, headers=EN)


def test_officer_enters_a_rule_that_everybody_of_the_league_reads(client, fund):
    assert page(client, fund, FORM).status_code == 302

    rule = FundRule.objects.get(fund=fund)
    assert (rule.automatic_up_to, rule.two_above, rule.checker_above) == (200_000, 2_000_000, 0)
    assert rule.automatic_days == 14
    assert (rule.advance_share, rule.advance_cap) == (3_000, None)
    text = page(client, fund, role="auditor").content.decode()
    assert "Orders up to ¥2,000.00 are approved by themselves." in text
    assert "What an office orders of one provider within 14 days counts together." in text
    assert "to come" in text
    assert "Enter the next rule" not in text
    assert page(client, fund, FORM, role="finance").status_code == 403
    assert FundRule.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"required_from": "2026-11-01"}, "choose today or a later day"),
        ({"required_from": ""}, "error-summary"),
        ({"automatic_up_to": "20,001"}, "above the amount from which two officers approve"),
        ({"automatic_days": "0"}, "greater than or equal to 1"),
        ({"checker_above": ""}, "error-summary"),
        ({"advance_percent": "91"}, "less than or equal to 90"),
        ({"advance_percent": "1e9"}, "less than or equal to 90"),
        ({"advance_cap": "-1"}, "amount"),
    ],
)
def test_rule_that_cannot_be_is_refused_in_a_sentence(client, fund, change, sentence):
    answer = page(client, fund, {**FORM, **change})

    assert (answer.status_code, FundRule.objects.count()) == (422, 0)
    assert sentence in answer.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_rules_page_asks_the_same_number_of_questions(client, fund, count, django_assert_num_queries):
    for day in range(count):
        make_rule(fund, since=NOW.date().replace(day=25 + day))
    page(client, fund)

    with django_assert_num_queries(6):
        client.get(reverse("funding:rules", args=[fund.pk]), headers=EN)
