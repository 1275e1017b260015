"""Amounts in capitals: a bank sends a voucher back whose capitals are written otherwise than its rules say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.capitals import capitals
from core.money import parse_money

# The first six are the examples that the central bank's rules print.
EXAMPLES = [
    ("1,409.50", "壹仟肆佰零玖元伍角"),
    ("6,007.14", "陆仟零柒元壹角肆分"),
    ("1,680.32", "壹仟陆佰捌拾元零叁角贰分"),
    ("107,000.53", "壹拾万柒仟元零伍角叁分"),
    ("16,409.02", "壹万陆仟肆佰零玖元零贰分"),
    ("325.04", "叁佰贰拾伍元零肆分"),
    ("0", "零元整"),
    ("0.01", "壹分"),
    ("0.10", "壹角"),
    ("0.32", "叁角贰分"),
    ("1", "壹元整"),
    ("10", "壹拾元整"),
    ("10.05", "壹拾元零伍分"),
    ("10.50", "壹拾元零伍角"),
    ("100.07", "壹佰元零柒分"),
    ("101", "壹佰零壹元整"),
    ("110", "壹佰壹拾元整"),
    ("1,001", "壹仟零壹元整"),
    ("1,010", "壹仟零壹拾元整"),
    ("10,000", "壹万元整"),
    ("10,001", "壹万零壹元整"),
    ("10,100", "壹万零壹佰元整"),
    ("11,000", "壹万壹仟元整"),
    ("100,000.01", "壹拾万元零壹分"),
    ("6,400.00", "陆仟肆佰元整"),
    ("1,000,100", "壹佰万零壹佰元整"),
    ("10,010,010.10", "壹仟零壹万零壹拾元零壹角"),
    ("100,000,000", "壹亿元整"),
    ("100,000,001", "壹亿零壹元整"),
    ("100,001,000", "壹亿零壹仟元整"),
    ("110,000,000", "壹亿壹仟万元整"),
    ("1,000,000,000,000", "壹万亿元整"),
    ("999,999,999,999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
]


@pytest.mark.parametrize(("figures", "words"), EXAMPLES)
def test_capitals_of_an_amount_are_those_of_the_rules(figures, words):
    assert capitals(parse_money(figures)) == f"人民币{words}"


def test_capitals_of_a_negative_amount_are_refused():
    with pytest.raises(ValueError):
        capitals(-1)


DIGITS = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1_000}


def read_whole(words):
    """What a person understands: digits times their places, 万 and 亿 times all before them."""
    for unit, size in (("亿", 100_000_000), ("万", 10_000)):
        high, found, low = words.rpartition(unit)
        if found:
            return read_whole(high) * size + read_whole(low)
    total, digit = 0, 0
    for sign in words:
        if sign in UNITS:
            total, digit = total + digit * UNITS[sign], 0
        else:
            digit = DIGITS[sign]
    return total + digit


def read(words):
    words = words.removeprefix("人民币").removesuffix("整")
    yuan, found, rest = words.rpartition("元")
    jiao, has_jiao, fen = rest.rpartition("角")
    value = read_whole(yuan) * 100 if found else 0
    value += 10 * read_whole(jiao) if has_jiao else 0
    return value + read_whole(fen.removesuffix("分"))


@given(st.one_of(st.integers(0, 10**17 - 1), st.integers(0, 10**7), st.integers(0, 10**9).map(lambda n: n * 1_000)))
def test_capitals_read_aloud_are_the_amount_again(fen):
    words = capitals(fen)

    assert read(words) == fen
    assert "零零" not in words
    assert words.endswith("整") == (fen % 100 == 0)
