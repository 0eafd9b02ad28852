"""Word's automatic numbering as text: Word stores `第一条` as a counter, not as letters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HAN = "零一二三四五六七八九"
_FORMAL = str.maketrans("零一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
_LEVELS = 9


def han(n: int) -> str:
    """A whole number in Chinese: 12 → 十二, 105 → 一百零五; beyond 9999 digits."""
    if not 0 < n < 10_000:
        return str(n)
    out, zero = "", False
    for unit, power in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = n // power % 10
        if digit:
            out += ("零" if zero else "") + _HAN[digit] + unit
            zero = False
        elif out:
            zero = True
    return out[1:] if out.startswith("一十") else out


def _roman(n: int) -> str:
    if not 0 < n < 4000:
        return str(n)
    out = ""
    for value, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        out += sign * (n // value)
        n %= value
    return out


def spell(n: int, style: str) -> str:
    """A counter in one of Word's number formats; unknown ones come out in digits."""
    lower = style.lower()
    if "circle" in lower:
        return chr(0x245F + n) if 0 < n <= 20 else f"（{n}）"
    if "legal" in lower:
        return han(n).translate(_FORMAL)
    if lower in ("ideographdigital", "japanesedigitaltenthousand", "koreandigital"):
        return "".join("〇一二三四五六七八九"[int(d)] for d in str(abs(n)))
    if "chinesecounting" in lower or "taiwanesecounting" in lower or lower == "japanesecounting":
        return han(n)
    if "letter" in lower:
        letter = chr(ord("a") + (n - 1) % 26) * ((n - 1) // 26 % 5 + 1) if n > 0 else str(n)
        return letter.upper() if lower.startswith("upper") else letter
    if "roman" in lower:
        return _roman(n) if lower.startswith("upper") else _roman(n).lower()
    if lower in ("bullet", "none"):
        return ""
    return f"{n:02d}" if lower == "decimalzero" else str(n)


@dataclass(slots=True)
class _Level:
    style: str = "decimal"
    text: str = ""
    start: int = 1
    suffix: str = "tab"
    restart: int | None = None
    legal: bool = False


@dataclass(slots=True)
class _List:
    """One `w:num`: its levels, the counters it shares, and starts of its own."""

    abstract: str
    levels: dict[int, _Level]
    starts: dict[int, int]
    begun: set[int] = field(default_factory=set)


class Numbering:
    """The numbering definitions of a document and their counters; ask for the paragraphs in order."""

    def __init__(self, numbering: Any, styles: Any) -> None:
        self._styles = (
            {s.get(f"{_W}styleId"): s for s in styles.iter(f"{_W}style")} if styles is not None else {}
        )
        self._lists: dict[str, _List] = {}
        self._counters: dict[str, list[int | None]] = {}
        self._linked: dict[str, tuple[str, int]] = {}
        if numbering is not None:
            self._read(numbering)

    def label(self, paragraph: Any) -> str:
        """The number that Word prints before this `w:p` (with a space behind it), or ""."""
        num, level = self._reference(paragraph)
        found = self._lists.get(num) if num else None
        if found is None or num == "0":
            return ""
        definition = found.levels.get(level)
        if definition is None:
            return ""
        counters = self._counters.setdefault(found.abstract, [None] * _LEVELS)
        if level not in found.begun and level in found.starts:
            counters[level] = found.starts[level] - 1
        found.begun.add(level)
        before = counters[level]
        counters[level] = definition.start if before is None else before + 1
        for deeper in range(level + 1, _LEVELS):
            after = found.levels.get(deeper)
            if after is None or after.restart is None or (after.restart and level < after.restart):
                counters[deeper] = None
        if definition.style == "bullet":
            return ""
        text = re.sub(
            r"%([1-9])",
            lambda m: self._spelt(found, counters, int(m.group(1)) - 1, definition),
            definition.text,
        )
        return text + ("" if definition.suffix == "nothing" or not text else " ")

    @staticmethod
    def _spelt(found: _List, counters: list[int | None], level: int, shown: _Level) -> str:
        definition = found.levels.get(level, _Level())
        value = counters[level]
        return spell(
            definition.start if value is None else value, "decimal" if shown.legal else definition.style
        )

    def _reference(self, paragraph: Any) -> tuple[str | None, int]:
        """List and level of a paragraph: its own, else those of its style or of the styles that one builds on."""
        properties = paragraph.find(f"{_W}pPr")
        num, level = _num_pr(properties)
        if num is not None:
            return num, level or 0
        style = _value(properties, "pStyle") or self._default_style()
        seen: set[str] = set()
        while style and style not in seen and style in self._styles:
            seen.add(style)
            num, own = _num_pr(self._styles[style].find(f"{_W}pPr"))
            if num is not None:
                linked = self._linked.get(style)
                if level is None:
                    level = linked[1] if linked and own is None else own
                return num, level or 0
            style = _value(self._styles[style], "basedOn") or ""
        return None, 0

    def _default_style(self) -> str:
        return next(
            (
                i
                for i, s in self._styles.items()
                if s.get(f"{_W}default") == "1" and s.get(f"{_W}type") == "paragraph"
            ),
            "",
        )

    def _read(self, numbering: Any) -> None:
        abstracts: dict[str, dict[int, _Level]] = {}
        for abstract in numbering.iter(f"{_W}abstractNum"):
            key = abstract.get(f"{_W}abstractNumId") or ""
            abstracts[key] = {}
            for level in abstract.iter(f"{_W}lvl"):
                depth = _number(level.get(f"{_W}ilvl"))
                abstracts[key][depth] = _level(level)
                linked = _value(level, "pStyle")
                if linked:
                    self._linked.setdefault(linked, (key, depth))
        for num in numbering.iter(f"{_W}num"):
            key = _value(num, "abstractNumId") or ""
            levels = dict(abstracts.get(key, {}))
            starts: dict[int, int] = {}
            for override in num.iter(f"{_W}lvlOverride"):
                depth = _number(override.get(f"{_W}ilvl"))
                own = override.find(f"{_W}lvl")
                if own is not None:
                    levels[depth] = _level(own)
                start = _value(override, "startOverride")
                if start is not None:
                    starts[depth] = _number(start)
            self._lists[num.get(f"{_W}numId") or ""] = _List(key, levels, starts)


def _level(level: Any) -> _Level:
    restart = _value(level, "lvlRestart")
    style = _value(level, "numFmt")
    if style is None:  # newer formats stand in a wrapper for older readers, with a custom pattern
        style = next((f.get(f"{_W}val") for f in level.iter(f"{_W}numFmt")), None)
    return _Level(
        style or "decimal",
        _value(level, "lvlText") or "",
        _number(_value(level, "start"), 1),
        _value(level, "suff") or "tab",
        None if restart is None else _number(restart),
        level.find(f"{_W}isLgl") is not None,
    )


def _num_pr(properties: Any) -> tuple[str | None, int | None]:
    found = properties.find(f"{_W}numPr") if properties is not None else None
    level = _value(found, "ilvl")
    return _value(found, "numId"), None if level is None else min(_number(level), _LEVELS - 1)


def _value(element: Any, child: str) -> str | None:
    found = element.find(f"{_W}{child}") if element is not None else None
    value = found.get(f"{_W}val") if found is not None else None
    return None if value is None else str(value)


def _number(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else otherwise
