"""Amounts of yuan in capital numerals (大写金额), which nobody can alter with one stroke."""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "兆")


def money_capitals(minor: int) -> str:
    """Return fen as ``人民币陆仟肆佰元整``; rules of the People's Bank for bills and settlement vouchers.

    Raises:
        ValueError: the amount is negative, or has more than sixteen digits of yuan.
    """
    yuan, fen = divmod(minor, 100)
    if minor < 0 or yuan >= 10**16:
        raise ValueError("No receipt is written over this amount.")
    jiao, fen = divmod(fen, 10)
    whole = _whole(yuan) + "元" if yuan else ""
    if not jiao and not fen:
        return f"人民币{whole or '零元'}整"
    tenths = f"{_DIGITS[jiao]}角" if jiao else ("零" if yuan else "")
    return f"人民币{whole}{tenths}" + (f"{_DIGITS[fen]}分" if fen else "整")


def _whole(yuan: int) -> str:
    """Return a whole number; noughts between digits are said once, those at the end not at all."""
    text, is_gap = "", False
    for place in range(len(_GROUPS) - 1, -1, -1):
        group = yuan // 10 ** (4 * place) % 10_000
        if not group:
            is_gap = is_gap or bool(text)
            continue
        if text and (is_gap or group < 1000):
            text += _DIGITS[0]
        text, is_gap = text + _four(group) + _GROUPS[place], False
    return text


def _four(group: int) -> str:
    text, is_gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            text += (_DIGITS[0] if is_gap and text else "") + _DIGITS[digit] + _PLACES[place]
        is_gap = not digit
    return text
