"""Numbers as people say them in Chinese: 810万, 一亿两千万, 800多万, 不到5%, 七成半, 三年零两个月.

Every number is an interval: a figure that is only known roughly (左右, 多, 不到) decides a comparison only where the
whole interval lies on one side.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

ROUGHLY = Decimal("0.1")  # how far 左右 and 约 may be off, as a share
_NEARLY = Decimal("0.9")  # 将近 and 接近 begin here
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_NUMERAL = r"(?:\d[\d,]{0,20}(?:\.\d{1,10})?|[零〇一二两俩三四五六七八九十百千]{1,20}(?:点[零〇一二三四五六七八九]{1,10})?)"
NUMBER = rf"(?:{_NUMERAL}\s*[多余来几]?\s*(?:个?亿|[十百千]?万|千|百|[wWkK](?![a-zA-Z]))?(?:[零又]?{_NUMERAL}\s*[多余来]?\s*[十百千]?万?)?)"

_BELOW = re.compile(
    r"(?:不到|不足|未到|没到|没有到|未达到?|达不到|(?<!不)(?:低于|少于|小于)|还差一?点(?:不到|到)?|不满|未满|没满|差一点到|还没有?到?)(?:了|过)?\s*$"
)
_UP_TO = re.compile(r"(?:不超过?|没超过?|没有超过?|未超过?|最多|至多|顶多|不高于|不大于|不多于|撑死)\s*$")
_ABOVE = re.compile(r"(?<![不没未])(?<!没有)(?:超过?了?|多于|高于|大于|突破了?|不止|不只|超出)\s*$")
_FROM = re.compile(r"(?:至少|不少于|不低于|不小于|最少|起码|满了?|达到?了?以上|不下)\s*$")
_NEAR = re.compile(r"(?:将近|接近|快要?|近|差不多快)\s*$")
_ABOUT = re.compile(r"(?:大约|大概|约|差不多|左右|估计|大致|也就|上下|可能|好像|约摸|大略)(?:有|是|在)?\s*$")
_AFTER_ABOUT = re.compile(
    r"^\s*(?:人民币|元|块|人|家|个|平|平方米?|年)?(?:左右|上下|的样子|这样子|附近|光景)"
)
_AFTER_ABOVE = re.compile(r"^\s*(?:人民币|元|块|人|家|个|名|项|平|平方米?|年)?(?:出头|开外|有余|多(?!少)|余)")
_AFTER_FROM = re.compile(r"^\s*(?:人民币|元|块|人|家|个|名|项|平|平方米?|年)?(?:以上|及以上|朝上|打底|起)")
_AFTER_UP_TO = re.compile(r"^\s*(?:人民币|元|块|人|家|个|名|项|平|平方米?|年)?(?:以内|之内|以下|及以下)")
_AFTER_BELOW = re.compile(
    r"^\s*(?:人民币|元|块|人|家|个|名|项|平|平方米?|年)?(?:不到|不足|没到|都不到|都没到|还不到)"
)


@dataclass(frozen=True, slots=True)
class Range:
    """An interval of decimals; an end that is None is open to infinity, an end with `*_open` is left out."""

    low: Decimal | None
    high: Decimal | None
    low_open: bool = False
    high_open: bool = False

    @property
    def exact(self) -> Decimal | None:
        """The one number that this is, if it is one."""
        return self.low if self.low is not None and self.low == self.high else None

    def scaled(self, factor: Decimal) -> Range:
        """Both ends times a positive factor."""
        return Range(
            None if self.low is None else self.low * factor,
            None if self.high is None else self.high * factor,
            self.low_open,
            self.high_open,
        )

    @classmethod
    def of(cls, number: Decimal | int | str | float) -> Range:
        """One exact number; a float counts as it is printed."""
        value = number if isinstance(number, Decimal) else Decimal(str(number))
        return cls(value, value)


NEVER = Range(Decimal("Infinity"), None)  # years since something that has not happened


def minus(a: Range, b: Range) -> Range:
    """All differences of the two."""
    low = None if a.low is None or b.high is None else a.low - b.high
    high = None if a.high is None or b.low is None else a.high - b.low
    return Range(low, high, a.low_open or b.high_open, a.high_open or b.low_open)


def plus(a: Range, b: Range) -> Range:
    """All sums of the two."""
    low = None if a.low is None or b.low is None else a.low + b.low
    high = None if a.high is None or b.high is None else a.high + b.high
    return Range(low, high, a.low_open or b.low_open, a.high_open or b.high_open)


def over(a: Range, b: Range) -> Range | None:
    """All quotients of two that are not negative; None where the divisor may be zero."""
    if b.low is None or b.low <= 0 or a.low is None or a.low < 0:
        return None
    low = Decimal(0) if b.high is None else a.low / b.high
    high = None if a.high is None else a.high / b.low
    return Range(low, high, a.low_open or b.high_open, a.high_open or b.low_open)


def numeral(text: str) -> Decimal | None:
    """A bare number, Arabic or Chinese: `1,200.5`, `二十三`, `三千二`, `六万二`, `一点五`; None if it is none."""
    text = text.replace(",", "").replace("，", "").strip()
    if not text:
        return None
    if text[0].isdigit():
        try:
            return Decimal(text) if text.isascii() else None
        except InvalidOperation:
            return None
    if _one_or_the_next(text) is not None:
        return None  # 两三 is no number, but either of two
    whole, _, decimals = text.partition("点")
    if any(c not in _DIGITS and c not in _UNITS for c in whole) or any(c not in _DIGITS for c in decimals):
        return None
    value = _han(whole)
    if decimals:
        value += Decimal("0." + "".join(str(_DIGITS[c]) for c in decimals))
    return value


def _han(whole: str) -> Decimal:
    """A whole Chinese number; the last digit of 三千二 counts hundreds, that of 六万二 thousands."""
    if not any(c in _UNITS for c in whole):
        return Decimal("".join(str(_DIGITS[c]) for c in whole) or "0")
    total = section = digit = 0
    unit_before = 1
    zero = False
    for c in whole:
        if c in _DIGITS:
            digit, zero = _DIGITS[c], zero or _DIGITS[c] == 0
        elif _UNITS[c] < 10_000:
            section, digit, unit_before, zero = section + (digit or 1) * _UNITS[c], 0, _UNITS[c], False
        elif c == "万":
            total, section, digit, unit_before, zero = total + (section + digit) * 10_000, 0, 0, 10_000, False
        else:
            total, section, digit, unit_before, zero = (
                (total + section + digit) * 100_000_000,
                0,
                0,
                100_000_000,
                False,
            )
    if digit and unit_before >= 100 and not zero and whole[-1] in _DIGITS:
        digit *= unit_before // 10
    return Decimal(total + section + digit)


_PART = re.compile(rf"({_NUMERAL})\s*([多余来几])?\s*(个?亿|[十百千]?万|千|百|[wWkK](?![a-zA-Z]))?")
_SCALES = {
    "": 1,
    "百": 100,
    "千": 1_000,
    "k": 1_000,
    "万": 10_000,
    "w": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
}


def quantity(text: str) -> Range | None:
    """A number with scales, as an interval if it is vague: `1亿5000万`, `800多万`, `十几`, `三四十`; None if it is none."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return None
    if match := re.fullmatch(r"([一二两三四五六七八九]?)十几(.*)", text):
        tens = Decimal(10 * (_DIGITS.get(match[1], 1) if match[1] else 1))
        return _scaled_vague(tens, Decimal(10), match[2])
    if match := re.fullmatch(r"好?几([十百千]?万|十|百|千|亿)(.*)", text):
        return _scaled_vague(2 * _han(match[1]), 8 * _han(match[1]), match[2])  # 几十: 20 to 100
    if match := re.fullmatch(r"([一二两三四五六七八])([二三四五六七八九])([十百千]?万|十|百|千|亿)", text):
        low, high = (_DIGITS[match[1]] * _han(match[3]), _DIGITS[match[2]] * _han(match[3]))
        return Range(low, high) if low < high else None  # 三四百
    if (few := _one_or_the_next(text)) is not None:
        return few
    if text.endswith("几") and (value := numeral(text[:-1])) is not None:
        return Range(value, value + 10, True, True)
    total, position, last, vague = Decimal(0), 0, None, Decimal(0)
    for match in _PART.finditer(text):
        if match.start() != position and text[position : match.start()].strip(" 零又"):
            return None
        value = numeral(match[1])
        if value is None:
            return None
        scale = Decimal(_SCALES[(match[3] or "").lower().removeprefix("个")])
        if not match[3] and last is not None and last >= 10_000 and value < 10:
            scale = last / 10  # 两亿三, 6万2
        total += value * scale
        if match[2]:
            vague = _place(value) * scale
        position, last = match.end(), scale
    if last is None or text[position:].strip():
        return None
    return Range(total, total + vague, True, True) if vague else Range(total, total)


_NEXT = re.compile(r"([一二三四五六七八九]?十)?([一二两三四五六七八])([二三四五六七八九])")


def _one_or_the_next(text: str) -> Range | None:
    """`八九`, `两三`, `十七八`: a number or the one after it (三五: up to two after); None if it is none of these."""
    match = _NEXT.fullmatch(text)
    if match is None:
        return None
    low, high = _DIGITS[match[2]], _DIGITS[match[3]]
    if high - low != 1 and (low, high) != (3, 5):
        return None
    tens = _han(match[1]) if match[1] else Decimal(0)
    return Range(tens + low, tens + high)


def _place(value: Decimal) -> Decimal:
    """The place of the last digit that is not zero: 800 → 100, 25 → 1."""
    whole = int(value)
    place = 1
    while whole and whole % 10 == 0:
        whole, place = whole // 10, place * 10
    return Decimal(place)


def _scaled_vague(low: Decimal, width: Decimal, scale: str) -> Range | None:
    scale = scale.strip()
    if scale not in _SCALES:
        return None
    factor = Decimal(_SCALES[scale])
    return Range(low * factor, (low + width) * factor, True, True)


def as_said(value: Range, before: str, after: str) -> Range:
    """A number as narrowed or widened by the words right before and after it (不到, 超过, 左右, 以上)."""
    number = value.exact
    if number is None:
        return value
    if _BELOW.search(before) or _AFTER_BELOW.search(after):
        return Range(Decimal(0), number, False, True)
    if _UP_TO.search(before) or _AFTER_UP_TO.search(after):
        return Range(Decimal(0), number)
    if _FROM.search(before) or _AFTER_FROM.search(after):
        return Range(number, None)
    if _ABOVE.search(before) or _AFTER_ABOVE.search(after):
        return Range(number, None, True)
    if _NEAR.search(before):
        return Range(number * _NEARLY, number, False, True)
    if _ABOUT.search(before) or _AFTER_ABOUT.search(after):
        return Range(number * (1 - ROUGHLY), number * (1 + ROUGHLY))
    return value


def span(text: str) -> tuple[str, str] | None:
    """The two ends of `5到8`, `200-300万`; None if the text is no span."""
    match = re.fullmatch(rf"\s*({NUMBER})\s*(?:到|至|~|～|-|—|–)\s*({NUMBER}.*)", text)
    return (match[1], match[2]) if match else None


def fraction(text: str) -> Range | None:
    """A share: `4.6%`, `百分之五`, `七成半`, `四分之三`, `一半`, `两成多`, `0.15`; None if it is none."""
    text = unicodedata.normalize("NFKC", text).strip()
    if text in ("一半", "半数", "50%"):
        return Range.of("0.5")
    if match := re.fullmatch(
        r"([\d.]+|[一二两三四五六七八九十]+)分之([\d.]+|[一二两三四五六七八九十百点]+)(多|强)?", text
    ):
        below, above = numeral(match[1]), numeral(match[2])
        if not below or above is None:
            return None
        share = _decimal(Fraction(above) / Fraction(below))
        return Range(share, None, True) if match[3] else Range.of(share)
    if match := re.fullmatch(r"百分之(.+)", text):
        found = quantity(match[1])
        return found.scaled(Decimal("0.01")) if found else None
    if (few := re.fullmatch(r"(.{2})成", text)) and (found := _one_or_the_next(few[1])):
        return found.scaled(Decimal("0.1"))  # 七八成
    if match := re.fullmatch(r"([一二两三四五六七八九十]|\d(?:\.\d+)?)成(半|多|[一二三四五六七八九])?", text):
        tenths = numeral(match[1])
        if tenths is None:
            return None
        if match[2] == "多":
            return Range(tenths / 10, (tenths + 1) / 10, True, True)
        more = Decimal(5) if match[2] == "半" else Decimal(_DIGITS.get(match[2] or "零", 0))
        return Range.of(tenths / 10 + more / 100)
    if match := re.fullmatch(rf"({NUMBER})\s*([多余])?\s*(?:%|个?百分点|个点|点)([多余])?", text):
        found = quantity(match[1])
        if found and (match[2] or match[3]) and found.exact is not None:
            found = Range(found.exact, found.exact + _place(found.exact), True, True)
        return found.scaled(Decimal("0.01")) if found else None
    if match := re.fullmatch(r"([\d.]+)\s*‰|千分之(.+)", text):
        found = quantity(match[1] or match[2])
        return found.scaled(Decimal("0.001")) if found else None
    plain = numeral(text)
    return Range.of(plain) if plain is not None and text[0].isdigit() and 0 <= plain <= 1 else None


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


_YEARS = re.compile(
    rf"(?P<n>{_NUMERAL}|半)\s*(?:个)?(?P<vague>[多来几])?年(?P<half>半|多)?(?:零?又?(?P<m>{_NUMERAL})个?月)?"
)
_MONTHS = re.compile(
    rf"(?P<n>{_NUMERAL}|半)\s*个?(?P<vague>[多来])?(?P<half>半)?(?:个)?月(?P<more>多)?|(?P<n2>{_NUMERAL})个多月"
)
_DAYS = re.compile(rf"(?P<n>{_NUMERAL})\s*个?(?P<vague>[多来])?(?P<unit>天|日|周|星期)(?P<more>多)?")


def months(text: str) -> Range | None:
    """A duration in months: `一年半` 18, `14个月`, `两年多` 24 to 36, `三年零两个月` 38; None if it is none."""
    text = unicodedata.normalize("NFKC", text).strip()
    if (few := re.fullmatch(r"(.{2,4}?)(年|个月)", text)) and (found := _one_or_the_next(few[1])):
        return found.scaled(Decimal(12 if few[2] == "年" else 1))
    if match := _YEARS.fullmatch(text):
        years = Decimal("0.5") if match["n"] == "半" else numeral(match["n"])
        if years is None:
            return None
        extra = Decimal(6) if match["half"] == "半" else Decimal(0)
        if match["m"]:
            extra += numeral(match["m"]) or 0
        low = years * 12 + extra
        return Range(low, low + 12, True, True) if match["vague"] or match["half"] == "多" else Range.of(low)
    if match := _MONTHS.fullmatch(text):
        number = match["n"] or match["n2"]
        value = Decimal("0.5") if number == "半" else numeral(number)
        if value is None:
            return None
        value += Decimal("0.5") if match["half"] else 0
        return (
            Range(value, value + 1, True, True)
            if match["vague"] or match["more"] or match["n2"]
            else Range.of(value)
        )
    if found := days(text):
        return found.scaled(Decimal(12) / Decimal(365))
    return None


def days(text: str) -> Range | None:
    """A duration in days: `20天`, `两周`; None if it is none."""
    match = _DAYS.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match and (few := _one_or_the_next(match["n"])):
        return few.scaled(Decimal(1 if match["unit"] in "天日" else 7))
    value = numeral(match["n"]) if match else None
    if match is None or value is None:
        return None
    each = Decimal(1 if match["unit"] in "天日" else 7)
    return (
        Range(value * each, (value + 1) * each, True, True)
        if match["vague"] or match["more"]
        else Range.of(value * each)
    )
