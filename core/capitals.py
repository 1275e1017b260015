"""Amounts in Chinese capitals (大写金额), as banks want them on vouchers.

The rules are those of the central bank's 正确填写票据和结算凭证的基本规定. Where they leave a choice (a 零 that may be
written or left out), the form that they print first is taken.
"""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_PREFIX = "人民币"
_GROUP, _HUNDRED_MILLION = 10_000, 100_000_000


def capitals(fen: int) -> str:
    """Return an amount of yuan in capitals: 140,950 fen are ``人民币壹仟肆佰零玖元伍角``.

    Raises:
        ValueError: the amount is negative.
    """
    if fen < 0:
        raise ValueError("A voucher is not made out over less than nothing.")
    yuan, rest = divmod(fen, 100)
    jiao, odd_fen = divmod(rest, 10)
    if rest == 0:
        return f"{_PREFIX}{_whole(yuan) or _DIGITS[0]}元整"
    head = f"{_whole(yuan)}元" if yuan else ""
    # 零 stands for a place that is nothing between two that are something: 元 before 角, or 角 before 分.
    zero = _DIGITS[0] if yuan and (jiao == 0 or yuan % 10 == 0) else ""
    tail = f"{_DIGITS[jiao]}角" if jiao else ""
    return f"{_PREFIX}{head}{zero}{tail}" + (f"{_DIGITS[odd_fen]}分" if odd_fen else "")


def _whole(number: int) -> str:
    """Return a whole number; nothing for zero."""
    for size, unit in ((_HUNDRED_MILLION, "亿"), (_GROUP, "万")):
        if number >= size:
            high, low = divmod(number, size)
            gap = _DIGITS[0] if 0 < low < size // 10 else ""
            return f"{_whole(high)}{unit}{gap}{_whole(low)}"
    return _below_ten_thousand(number)


def _below_ten_thousand(number: int) -> str:
    words, is_gap = "", False
    for place, digit in zip(_PLACES, f"{number:04d}", strict=True):
        if digit == "0":
            is_gap = bool(words)
            continue
        words += (_DIGITS[0] if is_gap else "") + _DIGITS[int(digit)] + place
        is_gap = False
    return words
