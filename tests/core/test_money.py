"""Money keeps every minor unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import BadAmount, format_money, parse_money, split


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(640000, "CNY", "¥6,400.00"), (6400, "JPY", "JP¥6,400"), (6400, "KWD", "KWD 6.400"), (-5, "CNY", "-¥0.05")],
)
def test_format_money_shows_the_currencys_own_places(minor, currency, text):
    assert format_money(minor, currency) == text


@given(minor=st.integers(0, 10**15), currency=st.sampled_from(["CNY", "JPY", "KWD"]))
def test_parse_money_reads_back_what_format_money_wrote(minor, currency):
    assert parse_money(format_money(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("6400", 640000),
        ("6,400", 640000),
        ("6,400.5", 640050),
        ("1 000", 100000),
        ("1\u00a0000,", None),
        ("1\u202f000.05", 100005),
        ("1,234,567.89", 123456789),
        ("￥６，４００．００", 640000),
        (" ¥ 12 ", 1200),
        ("500元", 50000),
        ("0012", 1200),
        ("-5", -500),
        ("1,5", None),
        ("12,34", None),
        ("1,50", None),
        ("1.000", None),
        ("1.234,56", None),
        ("1.234.567", None),
        ("1,2345", None),
        ("1,00,000", None),
        ("0,500", None),
        ("1 00", None),
        ("1 000,000", None),
        ("1，5", None),
    ],
)
def test_parse_money_reads_what_has_one_meaning_and_guesses_nothing(text, minor):
    """A comma taken for nothing made ¥12.34 a thousand and more; a dot before three places made ¥1,000 one yuan."""
    if minor is not None:
        assert parse_money(text) == minor
    else:
        with pytest.raises(BadAmount, match="more than one way"):
            parse_money(text)


def test_parse_money_asks_where_three_places_are_fils():
    assert parse_money("1,000.000", "KWD") == parse_money("1000", "KWD") == 1_000_000
    with pytest.raises(BadAmount, match="more than one way"):
        parse_money("1,000", "KWD")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "NaN",
        "Infinity",
        "1e99",
        "1e5",
        "1_000",
        "10²",
        "١٢٣",
        "1万",
        "--5",
        "+5",
        "¥",
        "$5",
        "9" * 33,
        "9" * 16,
    ],
)
def test_parse_money_refuses_what_is_no_amount(text):
    with pytest.raises(BadAmount, match="Enter an amount"):
        parse_money(text)


@given(total=st.integers(0, 10**12), weights=st.lists(st.integers(0, 1000), min_size=1).filter(any))
def test_split_loses_no_minor_unit(total, weights):
    parts = split(total, weights)

    assert sum(parts) == total
    assert all(
        abs(part * sum(weights) - total * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True)
    )
