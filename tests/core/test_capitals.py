"""Amounts in capital numerals: what a receipt says must be what was given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.capitals import money_capitals

DIGITS = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}
GROUPS = {"万": 10**4, "亿": 10**8, "兆": 10**12}


@pytest.mark.parametrize(
    ("minor", "text"),
    [
        (0, "人民币零元整"),
        (1, "人民币壹分"),
        (10, "人民币壹角整"),
        (100, "人民币壹元整"),
        (101, "人民币壹元零壹分"),
        (640_000, "人民币陆仟肆佰元整"),
        (140_950, "人民币壹仟肆佰零玖元伍角整"),
        (600_714, "人民币陆仟零柒元壹角肆分"),
        (1_070_005_300, "人民币壹仟零柒拾万零伍拾叁元整"),
        (10_000_000_100, "人民币壹亿零壹元整"),
        (2_000_000_000, "人民币贰仟万元整"),
    ],
)
def test_money_capitals_writes_as_the_peoples_bank_asks(minor, text):
    assert money_capitals(minor) == text


@pytest.mark.parametrize("minor", [-1, 10**18])
def test_money_capitals_over_what_no_receipt_holds_is_refused(minor):
    with pytest.raises(ValueError, match="No receipt"):
        money_capitals(minor)


def read(text: str) -> int:
    """Read capital numerals back, as a person does who checks a receipt."""
    whole, has_yuan, rest = text.removeprefix("人民币").removesuffix("整").rpartition("元")
    fen = 0
    for sign, worth in (("角", 10), ("分", 1)):
        before, found, after = rest.partition(sign)
        if found:
            fen, rest = fen + DIGITS[before[-1]] * worth, after
    yuan = group = digit = 0
    for sign in whole if has_yuan else "":
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in PLACES:
            group, digit = group + digit * PLACES[sign], 0
        else:
            yuan, group, digit = yuan + (group + digit) * GROUPS[sign], 0, 0
    return (yuan + group + digit) * 100 + fen


@given(st.integers(0, 10**18 - 1))
def test_money_capitals_read_back_are_the_same_amount(minor):
    assert read(money_capitals(minor)) == minor
