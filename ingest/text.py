"""Small, pure helpers on Chinese official text: spaces, numerals, document numbers, dates, figures."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

_DIGITS = "零一二三四五六七八九"
_CJK = r"\u3400-\u9fff"
_CJK_PUNCT = r"\u3000-\u303f\uff00-\uffef“”‘’《》〈〉（）【】〔〕、，。；：！？—…·%％"


def _small_numeral(n: int) -> str:
    if n < 10:
        return _DIGITS[n]
    tens, ones = divmod(n, 10)
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


CHINESE_NUMBERS: dict[str, int] = {_small_numeral(n): n for n in range(1, 100)}
CHINESE_NUMBERS |= {
    f"{_DIGITS[h]}百"
    + ("" if r == 0 else ("零" + _DIGITS[r] if r < 10 else ("一" if r < 20 else "") + _small_numeral(r))): h
    * 100
    + r
    for h in (1, 2)
    for r in range(100)
}
CHINESE_NUMBERS["两"] = 2

_SPACE_AT_CJK = re.compile(
    rf"(?<=[{_CJK}{_CJK_PUNCT}])[ \t\u00a0\u3000]+|[ \t\u00a0\u3000]+(?=[{_CJK}{_CJK_PUNCT}])"
)
_CONTROL = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


def chinese_number(text: str) -> int | None:
    """The value of a Chinese or Arabic whole number up to 299 (`二十三`, `23`), else None."""
    return int(text) if text.isascii() and text.isdigit() else CHINESE_NUMBERS.get(text)


def tidy(text: str) -> str:
    """Remove control characters and the spaces that OCR leaves beside Chinese characters and punctuation.

    >>> tidy("自 2020 年 8 月 3 日起，R&D 经费")
    '自2020年8月3日起，R&D经费'
    """
    return _SPACE_AT_CJK.sub("", _CONTROL.sub("", text)).strip()


def fold(text: str) -> str:
    """Normalise for comparing: NFKC (full width to half width), lower case, no white space at all.

    >>> fold("２０ ％，Ｒ＆Ｄ")
    '20%,r&d'
    """
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


# --- document numbers (文号) -------------------------------------------------------------------------------

_OPEN, _CLOSE = "〔\\[［(（【〈<", "〕\\]］)）】〉>"
DOC_NUMBER = re.compile(
    rf"([\u4e00-\u9fff]{{2,8}}?)\s?[{_OPEN}]\s?((?:19|20)\d\d)\s?[{_CLOSE}]\s?(\d{{1,4}})\s*号"
)
_PREFIX_NOISE = re.compile(
    r"^.*?(?=(?:中发|中办|国|浙|杭|市委|市政|财|科|教|人社|发改|银|工信|拱|余|萧|滨|钱塘|建|民))"
)


def doc_numbers(text: str) -> list[str]:
    """All document numbers in a text, normalised: `杭政函〔2021〕92号`; order kept, no repeats."""
    found: list[str] = []
    for prefix, year, number in DOC_NUMBER.findall(re.sub(r"[ \t\u3000]", "", text)):
        prefix = _PREFIX_NOISE.sub("", prefix, count=1)
        name = f"{prefix}〔{year}〕{int(number)}号"
        if prefix and name not in found:
            found.append(name)
    return found


_ONLY_DOC_NUMBERS = re.compile(
    rf"^(?:[\u4e00-\u9fff]{{2,8}}\s?[{_OPEN}]\s?(?:19|20)\d\d\s?[{_CLOSE}]\s?\d{{1,4}}\s*号\s*)+$"
)


def is_doc_number_line(text: str) -> bool:
    """Whether a line consists of document numbers alone, as under a policy's title."""
    return bool(_ONLY_DOC_NUMBERS.match(text.strip()))


# --- dates -------------------------------------------------------------------------------------------------

DATE = re.compile(r"((?:19|20)\d\d)\s*年\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?")


def iso_date(year: str, month: str, day: str | None) -> str | None:
    """`2020-08-09`, or `2023-12` without a day; None when there is no such day."""
    try:
        if not day:
            date(int(year), int(month), 1)
            return f"{int(year):04d}-{int(month):02d}"
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def first_date(text: str) -> str | None:
    """The first date written out in a text, as ISO."""
    match = DATE.search(text)
    return iso_date(*match.groups()) if match else None


def chinese_date(iso: str | None) -> str:
    """`2022-12-31` → `2022年12月31日`; a month alone stays a month; None gives ""."""
    parts = [int(part) for part in iso.split("-")] if iso else []
    return "".join(f"{value}{unit}" for value, unit in zip(parts, "年月日", strict=False))


# --- numerals and figures ---

_HAN_NUMERAL = re.compile(
    r"百分之([零一二两三四五六七八九十百]+)|([零〇一二两三四五六七八九十百千万亿]+)(?=(成)|[元%家个项人名年月日天件张次岁]|$|[^\u4e00-\u9fff])"
)


def arabic_numerals(text: str) -> str:
    """Chinese numerals before a unit written in digits; 百分之三十 and 三成 become 30%.

    >>> arabic_numerals("最高三百万元，占百分之二十，三成")
    '最高300万元，占20%，30%'
    """

    def digits(match: re.Match[str]) -> str:
        percent, numeral, tenths = match.groups()
        value = han_value(percent or numeral)
        if value is None or (numeral and len(numeral) == 1 and not tenths):
            return match.group()
        if percent or tenths:
            return f"{value * (10 if tenths else 1)}%"
        for scale, name in ((10**8, "亿"), (10**4, "万")):
            if value >= scale and value % scale == 0:
                return f"{value // scale}{name}"
        return str(value)

    return re.sub(r"(?<=%)成", "", _HAN_NUMERAL.sub(digits, text))


def han_value(numeral: str) -> int | None:
    """The value of a Chinese whole number with 十百千万亿 (`三百万` → 3000000), or None if it is none."""
    import cn2an

    try:
        return int(cn2an.cn2an(numeral, "smart"))
    except (ValueError, TypeError):
        return None


# --- figures -----------------------------------------------------------------------------------------------

_UNIT_FACTORS = {"千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "万亿": 1e12, "": 1.0}
FIGURE = re.compile(
    r"(\d[\d,]*(?:\.\d+)?)\s*(万亿|千万|百万|亿|万|千)?\s*"
    r"(元|%|‰|家|个|项|人|名|年|月|日|天|件|平方米|人年|张|次|亩|吨|户|亿|倍|公里|辆|台|套|只|所|条|支|分|位|期|批|岁|周)?"
)


def figures(text: str) -> set[str]:
    """Every number in a text as a normalised value with its unit: `2000万元` and `2,000 万元` are one.

    Ordinals of clauses and bare years are kept too: whoever compares decides what matters.

    >>> sorted(figures("最高200万元，占20 ％"))
    ['20%', '2000000元']
    """
    out: set[str] = set()
    for number, scale, unit in FIGURE.findall(unicodedata.normalize("NFKC", text.replace("，", " "))):
        value = float(number.replace(",", "")) * _UNIT_FACTORS[scale or ""]
        out.add(f"{value:.10g}{unit}")
    return out


# --- one spelling for every numeral ---

_HAN_DIGITS = {**{c: i for i, c in enumerate(_DIGITS)}, "〇": 0, "两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_HAN_RUN = re.compile(r"[零〇一二两三四五六七八九十百][零〇一二两三四五六七八九十百千万亿]*")
_HAN_PERCENT = re.compile(
    r"百分之([零〇一二两三四五六七八九十百]+(?:点[零〇一二三四五六七八九]+)?|\d+(?:\.\d+)?)"
)
_SCALED = re.compile(r"(?:\d+(?:\.\d+)?[百千万亿]+)+")
_SCALED_PART = re.compile(r"(\d+(?:\.\d+)?)([百千万亿]+)")
_ISO_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)-(\d{1,2})(?:-(\d{1,2}))?(?!\d)")


def canonical(text: str) -> str:
    """Text for comparing what is said, not how: folded, every numeral in plain digits, scales multiplied out.

    `二千万元`, `2000 万元` and `2,000万元` become one, as do `百分之二十` and `20％`, `2022-12-31` and
    `2022年12月31日`. Numerals inside words change too (`统一` → `统1`): both sides of a comparison alike.

    >>> canonical("最高二千万元，占 百分之二十；至2022-12-31")
    '最高20000000元,占20%;至2022年12月31日'
    """
    folded = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", fold(text))
    folded = _ISO_DATE.sub(
        lambda m: "".join(f"{int(v)}{u}" for v, u in zip(m.groups(), "年月日", strict=True) if v), folded
    )
    folded = _HAN_PERCENT.sub(lambda m: f"{_han_digits(m[1])}%", folded)
    folded = _HAN_RUN.sub(lambda m: _han_digits(m[0]), folded)
    return _SCALED.sub(_multiplied, folded)


def _han_digits(numeral: str) -> str:
    """A Chinese numeral in digits: by value if it has units, else digit by digit (`二〇一八` → `2018`)."""
    if numeral[:1].isdigit():
        return numeral
    whole, _, decimals = numeral.partition("点")
    if not any(c in _HAN_UNITS for c in whole):
        digits = "".join(str(_HAN_DIGITS[c]) for c in whole)
        return f"{digits}.{''.join(str(_HAN_DIGITS[c]) for c in decimals)}" if decimals else digits
    total = section = digit = 0
    for c in whole:
        if c in _HAN_DIGITS:
            digit = _HAN_DIGITS[c]
        elif _HAN_UNITS[c] < 10_000:
            section, digit = section + (digit or 1) * _HAN_UNITS[c], 0
        else:
            total, section, digit = (
                (total + section + digit) * _HAN_UNITS[c]
                if c == "亿"
                else total + (section + digit) * _HAN_UNITS[c],
                0,
                0,
            )
    value = total + section + digit
    return f"{value}.{''.join(str(_HAN_DIGITS[c]) for c in decimals)}" if decimals else str(value)


def _multiplied(match: re.Match[str]) -> str:
    total = Decimal(0)
    for number, scales in _SCALED_PART.findall(match[0]):  # 1亿5000万 is one number
        value = Decimal(number)
        for scale in scales:
            value *= _HAN_UNITS[scale]
        total += value
    return f"{total.normalize():f}"
