"""The dated rule: it only reduces, by at most 10 %, and only with enough raters."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from funding import rules
from funding.models import SettlementRule

DEFAULT = SettlementRule(
    required_from=date(2026, 1, 1),
    max_reduction_percent=10,
    min_raters=5,
    full_pay_mean=Decimal("4.00"),
    no_attendance_percent=50,
    checker_above=500_000,
)


@pytest.mark.parametrize(
    ("count", "mean", "percent"),
    [
        (0, None, 100),
        (4, 1.0, 100),
        (5, None, 100),
        (5, 5.0, 100),
        (5, Decimal("4.00"), 100),
        (5, Decimal("3.99"), 100),
        (5, 3.4, 98),
        (5, 2.5, 95),
        (5, Decimal("1.30"), 91),
        (200, 1.0, 90),
        (5, 0.0, 90),
    ],
)
def test_satisfaction_rate_follows_its_table(count, mean, percent):
    assert rules.satisfaction_rate(count, mean, DEFAULT) == percent


@pytest.mark.parametrize(
    ("price", "percent", "amount"),
    [(80_000, 100, 80_000), (80_000, 98, 78_400), (333, 50, 167), (1, 49, 0), (0, 90, 0)],
)
def test_portion_rounds_half_a_unit_up(price, percent, amount):
    assert rules.portion(price, percent) == amount


@pytest.mark.django_db
def test_in_force_takes_the_newest_rule_of_the_day():
    default = SettlementRule.objects.get()
    values = {"full_pay_mean": 4, "no_attendance_percent": 0, "checker_above": 0}
    later = SettlementRule.objects.create(required_from=date(2026, 12, 1), **values)
    corrected = SettlementRule.objects.create(required_from=date(2026, 12, 1), **values)

    assert rules.in_force(date(2026, 11, 30)) == default
    assert rules.in_force(date(2026, 12, 1)) == corrected != later
    assert str(default) == "2020-01-01"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"max_reduction_percent": 11},
        {"min_raters": 4},
        {"full_pay_mean": 1},
        {"full_pay_mean": 6},
        {"no_attendance_percent": 101},
        {"checker_above": -1},
    ],
)
def test_rule_outside_what_was_promised_is_refused_by_the_database(change):
    values = {"full_pay_mean": 4, "no_attendance_percent": 0, "checker_above": 0, **change}

    with pytest.raises(IntegrityError), transaction.atomic():
        SettlementRule.objects.create(required_from=date(2026, 12, 1), **values)
