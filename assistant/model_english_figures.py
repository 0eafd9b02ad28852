"""Figures of an English sentence as the quantities of a Chinese one: money, shares, dates, periods, counts, with limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from assistant.model_quantities import Quantity

_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ],
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
DATE = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:{_MONTH})\.?,?\s+(?:19|20)\d\d|(?:{_MONTH})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)\d\d"
    rf"|(?:{_MONTH})\.?\s+(?:19|20)\d\d|(?:19|20)\d\d-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:{_MONTH})\b|(?:{_MONTH})\s+\d{{1,2}}\b(?!,?\s*\d{{3}})"
    r"|(?<![\d.,])(?:19|20)\d\d(?![\d,.]\d|\d|\s*(?:yuan|rmb|cny|million|billion|enterprises|companies|people|mu)))"
)
_CURRENCY = r"rmb|cny|renminbi|yuan|[¥￥]|usd|us\$|\$"
_SCALE = r"trillion|billion|million|thousand|万|亿|bn|m|k"
_SCALES = {"thousand": 10**3, "k": 10**3, "million": 10**6, "m": 10**6, "billion": 10**9, "bn": 10**9, "trillion": 10**12, "万": 10**4, "亿": 10**8}  # fmt: skip
_UNITS = {
    r"%|per\s?cent|percent": "%", r"percentage points?": "百分点", r"(?:consecutive |full |whole )?years?": "年", r"(?:consecutive |full )?months?": "个月",
    r"working days?": "工作日", r"(?:calendar )?days?": "日", r"weeks?": "周", r"hours?": "小时", r"mu": "亩",
    r"(?:square kilomet(?:er|re)s?|km²)": "平方公里", r"(?:square met(?:er|re)s?|m²|sqm)": "平方米", r"times": "倍",
}  # fmt: skip
_UNIT = "|".join(f"(?P<u{n}>(?:{pattern}))" for n, pattern in enumerate(_UNITS))
_FIGURE = re.compile(
    rf"(?P<date>{DATE})|(?P<ratio>\d+:\d+(?:\.\d+)?)"
    rf"|(?:(?P<currency>{_CURRENCY})\s*)?(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?:(?P<scale>{_SCALE})(?![a-z]))?\s*-?(?:(?P<behind>yuan|rmb|cny|renminbi|us dollars?|dollars?)\b|(?:{_UNIT})(?![a-z]))?"
)
_UPPER = r"(?:not|never) (?:[a-z]+ ){1,3}more than|up to|at most|no more than|not more than|not (?:to )?exceed(?:ing)?|(?:does|do|may|must|shall|should|will|can) not exceed|cannot exceed|not exceed|no higher than|not higher than|(?:a |the )?maximum(?: (?:amount|limit|rate))?(?: of| is)?|capped at|(?:a |the )?cap of|within|no later than|not over|no longer than|not longer than|(?:a |the )?ceiling of|limited to"
_UNDER = r"fewer than|less than|below|under|lower than"
_LOWER = r"at least|no less than|not less than|no fewer than|not fewer than|no lower than|not lower than|not below|(?:a |the )?minimum(?: of)?"
_OVER = r"(?<!no )(?<!not )more than|over|exceed(?:s|ing)?|above|higher than|greater than"
_LIMIT = re.compile(
    rf"\b(?:(?P<upper>{_UPPER})|(?P<lower>{_LOWER})|(?P<under>{_UNDER})|(?P<over>{_OVER})|(?P<about>about|around|approximately|roughly|some|nearly|almost)|(?P<weak>reach(?:es|ing)?))\b"
)
_AFTER = re.compile(
    r"^\s*(?:\([^)]*\)\s*)?(?:(?P<lower>or more|or above|and above|or higher|at (?:the )?least|or over|and over)|(?P<upper>or less|or below|or fewer|and below|at (?:the )?most))\b"
)
_RULE = re.compile(r"\b(?:in principle|generally|normally|as a general rule|as a rule|typically)\b")
_LISTED = re.compile(r"^\s*(?:,|and|or|,\s*and|to|[-–—])\s*$")
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]  # fmt: skip
_NUMBER_WORD = re.compile(
    rf"\bone(?=[ -](?:years?|months?|days?|weeks?|million|billion|percent)\b)|\b(?:{'|'.join(_WORDS[2:])}|twenty|thirty)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """A figure as a statement gives it."""

    quantity: Quantity


def number_words(text: str) -> str:
    """A text with small numbers in digits; a lone one stays, as it mostly counts nothing."""
    more = {"twenty": "20", "thirty": "30"}
    return _NUMBER_WORD.sub(
        lambda m: more.get(m[0].lower()) or str(_WORDS.index(m[0].lower())), text.replace("’", "'")
    )


def in_principle(text: str) -> bool:
    """Whether a sentence says only what is so as a rule."""
    return bool(_RULE.search(text.lower()))


def masked(text: str) -> str:
    """A text without the words that make what it says a rule."""
    return _RULE.sub(" ", text)


def figures_of(piece: str, loose: bool) -> tuple[list[Said], str]:
    """The figures of a piece of a sentence in order, and its text without them and their limits.

    Args:
        piece: lower case.
        loose: whether its sentence says what is so in principle.
    """
    found = [m for m in _FIGURE.finditer(piece) if m["date"] or m["ratio"] or m["number"]]
    out: list[Said] = []
    rest = list(piece)
    end = 0
    unit_before = ""
    limits_before: frozenset[str] = frozenset()
    for match in found:
        between = piece[end : match.start()]
        listed = bool(out) and bool(_LISTED.match(between))
        own: set[str] = set()
        for word in _LIMIT.finditer(between):
            own |= _kinds(str(word.lastgroup))
            _blank(rest, end + word.start(), end + word.end())
        behind = _AFTER.match(piece[match.end() :])
        if behind:
            own |= _kinds(str(behind.lastgroup))
            _blank(rest, match.end(), match.end() + behind.end())
        limits = limits_before if listed and not own else frozenset(own | ({"rule"} if loose else set()))
        for value, unit in _values(match, unit_before if listed else ""):
            out.append(Said(Quantity(value, unit, limits, match[0].strip(), piece, piece)))
            unit_before = unit
        limits_before = limits
        _blank(rest, match.start(), match.end())
        end = match.end()
    return out, "".join(rest)


def _blank(rest: list[str], start: int, end: int) -> None:
    rest[start:end] = " " * (end - start)


def _kinds(name: str) -> set[str]:
    return {"under": {"upper", "strict"}, "over": {"lower", "strict"}}.get(name, {name})


def _values(match: re.Match[str], unit_before: str) -> list[tuple[str, str]]:
    if match["date"]:
        return [_day(match["date"])]
    if match["ratio"]:
        return [(match["ratio"], "ratio")]
    value = Decimal(match["number"].replace(",", "").rstrip(".") or "0") * _SCALES.get(
        match["scale"] or "", 1
    )
    written = f"{value.normalize():f}"
    money = match["currency"] or match["behind"] or ""
    if money:
        return [(written, "美元" if "$" in money or "us" in money or "dollar" in money else "元")]
    for number, unit in enumerate(_UNITS.values()):
        if match[f"u{number}"]:
            return [(written, unit)]
    if unit_before in ("元", "美元", "%") and (match["scale"] or unit_before == "%" or value >= 1000):
        return [(written, unit_before)]
    return [(written, "count")]


def _day(text: str) -> tuple[str, str]:
    year = re.search(r"(?:19|20)\d\d", text)
    if re.fullmatch(r"(?:19|20)\d\d-\d{1,2}-\d{1,2}", text):
        return "-".join(p.zfill(2) for p in text.split("-")), "date"
    month = next((number for name, number in _MONTHS.items() if re.search(rf"\b{name}\b", text)), 0)
    day = next((d for d in re.findall(r"\b(\d{1,2})(?:st|nd|rd|th)?\b", text)), "")
    if not year:
        return f"{month:02}-{day.zfill(2)}", "month-day"
    parts = [year[0], *([f"{month:02}"] if month else []), *([day.zfill(2)] if month and day else [])]
    return "-".join(parts), "date"


_END = re.compile(
    rf"\b(?:(?:is |are |was |were |be |remains? |stays? )?(?:valid|effective|in force|in effect) (?:until|till|to|through)|expire[sd]? (?:on|in|at the end of)|expir(?:y|ation) (?:date )?(?:is|of)|ends? (?:on|in))\s+(?P<day>{DATE})"
)
_START = re.compile(
    rf"\b(?:(?:took|takes?|taking|has taken) effect (?:on|from|in|as of)|(?:came|comes?|entered|enters) into (?:force|effect) (?:on|from|in|as of)|(?:is |are |was |were |be )?(?:effective|in force|in effect|implemented) (?:from|since|as of|on))\s+(?P<day>{DATE})"
)
_ISSUED = re.compile(
    rf"\b(?:(?:was |were )?(?:issued|released|published|promulgated) (?:on|in))\s+(?P<day>{DATE})"
)
_CLAIMS = (
    ("not_yet", re.compile(r"\b(?:(?:is|are|has|have) not yet (?:in force|in effect|effective|taken effect|come into force))\b")),
    ("ended", re.compile(r"\b(?:(?:is|are|was|were)? ?no longer (?:in force|valid|effective|in effect|open|available|applicable)|(?:has|have) (?:already )?(?:expired|lapsed|ended|been (?:repealed|replaced|superseded|abolished|withdrawn))|(?:is|are|was|were) (?:repealed|superseded|invalid|abolished)|(?:is|are) (?:already )?(?:expired|ended)|not (?:currently )?(?:in force|valid|in effect)|expired)\b")),
    ("in_force", re.compile(r"\b(?:(?:is|are|remains?|stays?) (?:still |currently |now )?(?:in force|in effect|valid|effective|open)|(?:still|currently|now) (?:in force|in effect|valid|effective|applies|apply|open|available)|(?:can|may) (?:still|now|currently) (?:apply|be applied for)|still (?:applies|apply)|current(?:ly)? valid|remains? (?:valid|applicable))\b")),
)  # fmt: skip


_DENIED = re.compile(r"(?:\b(?:not|never|no|neither|nor)|n't)\W+(?:\w+\W+){0,2}$")


def validity_in_english(statement: str) -> tuple[list[tuple[str, str]], dict[str, list[str]], str]:
    """What an English statement says of its document's validity, and the rest of it.

    Returns:
        Claims (`in_force`, `ended`, `not_yet`, or `denied` where one of them, or a day, is) with their words; the days that it gives for `issued`, `effective` and
        `expires`, ISO, each as far as said; the statement without them, lower case.
    """
    rest = statement.lower()
    claims: list[tuple[str, str]] = []
    days: dict[str, list[str]] = {"expires": [], "effective": [], "issued": []}
    for kind, pattern in (("expires", _END), ("effective", _START), ("issued", _ISSUED)):
        days[kind] = [_day(m["day"])[0] for m in pattern.finditer(rest)]
        claims += [("denied", m[0]) for m in pattern.finditer(rest) if _DENIED.search(rest[: m.start()])]
        rest = pattern.sub(" ", rest)
    for name, claimed in _CLAIMS:
        claims += [
            ("denied" if _DENIED.search(rest[: m.start()]) else name, m[0]) for m in claimed.finditer(rest)
        ]
        rest = claimed.sub(" ", rest)
    return claims, days, rest
