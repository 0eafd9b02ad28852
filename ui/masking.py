"""Personal numbers taken out of a text before it is stored: telephones, identity cards, bank cards, e-mail addresses.

What is masked is what a number looks like, not what it proves to be: one typed with a slip is personal as well.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_CHINESE_DIGITS = dict(zip("〇零○一二三四五六七八九幺", "0001234567891", strict=True))
_GAP = r"[ \t\u00a0\u3000\-.·_\u2010-\u2015\u2212\u200b-\u200d\u2060\ufeff]{0,2}"


def _number(*parts: str) -> str:
    """A pattern for digits (each part one digit, or `n*` for n of any) with whatever people put between them."""
    digits: list[str] = []
    for part in parts:
        digits += ["[0-9]"] * int(part[:-1]) if part.endswith("*") else [part]
    return _GAP.join(digits)


_DAY_OF_YEAR = rf"(?:0{_GAP}[1-9]|1{_GAP}[0-2]){_GAP}(?:0{_GAP}[1-9]|[12]{_GAP}[0-9]|3{_GAP}[01])"
_YEAR = rf"(?:1{_GAP}9|2{_GAP}0){_GAP}[0-9]{_GAP}[0-9]"
_Patterns = list[tuple[str, re.Pattern[str]]]


def _patterns(start: str, end: str) -> _Patterns:
    """What each kind of number looks like, between a start and an end."""
    written = (
        ("〔邮箱〕", r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,5}"),
        ("〔证件号〕", start + _number("[1-9]", "5*", _YEAR, _DAY_OF_YEAR, "3*", "[0-9Xx]") + end),
        ("〔证件号〕", start + _number("[1-9]", "7*", _DAY_OF_YEAR, "3*") + end),
        ("〔卡号〕", start + _number("16*") + rf"(?:{_GAP}[0-9]){{0,3}}" + end),
        ("〔电话〕", rf"(?:\+?8{_GAP}6{_GAP}|{start}){_number('1', '[3-9]', '9*')}" + end),
        (
            "〔电话〕",
            rf"{start}\(?0{_GAP}(?:[12]{_GAP}[0-9]|[3-9]{_GAP}[0-9]{_GAP}[0-9])\)?{_GAP}"
            + _number("[2-9]", "6*")
            + rf"(?:{_GAP}[0-9])?"
            + end,
        ),
        # Whatever else is that long in one piece stands for someone or something, and is no amount.
        ("〔号码〕", rf"{start}[0-9]{{11,}}{end}"),
    )
    return [(label, re.compile(pattern)) for label, pattern in written]


_BOUNDED = _patterns(r"(?<![0-9])", r"(?![0-9])")
_ANYWHERE = _patterns("", "")


def mask(text: str) -> str:
    """The text with every personal number replaced by what kind it was; masking twice changes nothing.

    What no database takes, null characters and halves of characters, goes as well.
    """
    text = text.replace("\0", "").encode("utf-8", "replace").decode()
    if not any(c.isdigit() or c in _CHINESE_DIGITS or c in "@＠" for c in text):
        return text
    out, at = [], 0
    for start, end, label in _spans(text):
        out += [text[at:start], label]
        at = end
    return "".join(out) + text[at:]


def masked(value: Any) -> Any:
    """JSON-like data with every string in it masked, keys left as they are."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def _spans(text: str) -> list[tuple[int, int, str]]:
    """What to replace, in order and without overlaps.

    Digits are read as digits alone, lest a 一 before a number hide it; and with Chinese ones, where a number that is
    mostly Chinese may also have a 一 right behind it.
    """
    plain, chinese = "".join(map(_plain, text)), "".join(map(_chinese, text))
    readings = ((plain, _BOUNDED, False), (chinese, _BOUNDED, False), (chinese, _ANYWHERE, True))
    found = [
        (match.start(), -match.end(), rank)
        for folded, patterns, mostly in readings
        for rank, (label, pattern) in enumerate(patterns)
        for match in pattern.finditer(folded)
        if (label != "〔卡号〕" or not _is_list_of_years(match[0]))
        and (not mostly or _is_mostly_chinese(text[match.start() : match.end()]))
    ]
    merged: list[tuple[int, int, str]] = []
    for start, minus_end, rank in sorted(found):
        end, label = -minus_end, _BOUNDED[rank][0]
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
        else:
            merged.append((start, end, label))
    return merged


def _is_mostly_chinese(number: str) -> bool:
    digits = [char for char in number if _chinese(char).isdigit()]
    return 2 * sum(char in _CHINESE_DIGITS for char in digits) > len(digits)


def _plain(char: str) -> str:
    """A character as ASCII where it is a full-width form or a digit of another script; always one character."""
    if "！" <= char <= "～":
        return chr(ord(char) - 0xFEE0)
    decimal = unicodedata.decimal(char, None)
    return char if decimal is None else str(decimal)


def _chinese(char: str) -> str:
    return _CHINESE_DIGITS.get(char) or _plain(char)


def _is_list_of_years(number: str) -> bool:
    """Whether groups of four digits are years, as in 2019-2020-2021-2022."""
    groups = re.findall(r"[0-9]+", number)
    return len(groups) > 1 and all(re.fullmatch(r"(?:19|20)[0-9]{2}", group) for group in groups)
