"""Values in Chinese and as plain JSON data."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from assistant.eligibility.dates import Day
from assistant.eligibility.numbers import NEVER, Range
from assistant.eligibility.values import Options, Value
from ingest.knowledge import Fact


def to_json(value: Value) -> Any:
    """A value as plain JSON data; `from_json` reads it back."""
    if isinstance(value, Options):
        held = sorted(value.held)
        if value.either:
            return {"one_of": held}
        return (held[0] if len(held) == 1 else held) if value.complete else {"among": held}
    if isinstance(value, Day):
        first, last = value.first.isoformat(), value.last.isoformat()
        return first if first == last else {"from": first, "to": last}
    if isinstance(value, Range):
        if value == NEVER:
            return "从未"
        if value.exact is not None:
            return plain(value.exact)
        ends = {("more_than" if value.low_open else "at_least"): value.low}
        ends |= {("less_than" if value.high_open else "at_most"): value.high}
        return {name: plain(end) for name, end in ends.items() if end is not None}
    return value


def plain(number: Decimal) -> int | float:
    """A decimal as a JSON number, without noise: at most twelve digits that count."""
    return int(number) if number == number.to_integral_value() else float(f"{number:.12g}")


def shown(fact: Fact, value: Value) -> str:
    """A value in Chinese: `190万元`, `4.6%`, `不到500万元`, `是`, `生物医药`."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Options):
        return ("或" if value.either else "、").join(sorted(value.held))
    if isinstance(value, Day):
        return value.first.isoformat() if value.first == value.last else f"{value.first}至{value.last}"
    if isinstance(value, str):
        return value
    if value == NEVER:
        return "从未"
    if value.exact is not None:
        return figure(fact, value.exact)
    if value.low is None or (value.low == 0 and value.high is not None):
        return (
            f"{'不到' if value.high_open else '不超过'}{figure(fact, value.high)}"
            if value.high is not None
            else "不详"
        )
    if value.high is None:
        return f"{'超过' if value.low_open else '至少'}{figure(fact, value.low)}"
    return f"{figure(fact, value.low)}至{figure(fact, value.high)}之间"


_SUFFIX = {"years": "年", "months": "个月", "days": "天", "area": "平方米", "percent": "%"}
_PERSON_AGE = "person_age"
_ROUNDED_THIRD = Decimal("0.00005")  # .6667 stands for two thirds
_UNIT_WORDS = {
    "person": "人",
    "item": "项",
    "firm": "家",
    "event": "场",
    "team": "个",
    "body": "家",
    "case": "个",
    "round": "轮",
    "attendance": "次",
    "倍": "倍",
    "CNY/mu": "元/亩",
    "CNY/tce": "元/吨标煤",
    "CNY/t": "元/吨",
}


def figure(fact: Fact, number: Decimal) -> str:
    """A number of a fact with its unit in Chinese."""
    if fact.type == "money":
        return money(number, _UNIT_WORDS.get(fact.unit, "元"))
    if fact.type == "percent":
        return _share(number)
    if fact.id == _PERSON_AGE:
        return f"{digits(number, 2)}岁"
    return digits(number, 2) + _SUFFIX.get(fact.type, _UNIT_WORDS.get(fact.unit, ""))


def _share(number: Decimal) -> str:
    """A share in percent, thirds also as the fraction that documents write.

    >>> _share(Decimal("0.046")), _share(Decimal("0.6667"))
    ('4.6%', '2/3（66.67%）')
    """
    percent = f"{digits(number * 100, 2)}%"
    thirds = (number * 3).quantize(Decimal(1))
    is_thirds = thirds % 3 and abs(number - thirds / 3) < _ROUNDED_THIRD
    return f"{thirds}/3（{percent}）" if is_thirds else percent


def money(amount: Decimal, unit: str = "元") -> str:
    """CNY in words: `38万元`, `1.2亿元`, `4500元`.

    >>> money(Decimal("1900000")), money(Decimal("120000000")), money(Decimal("450"))
    ('190万元', '1.2亿元', '450元')
    """
    size = abs(amount)
    if size >= 100_000_000 and (amount / 1_000_000) == (amount / 1_000_000).to_integral_value():
        return f"{digits(amount / 100_000_000, 4)}亿{unit}"
    if size >= 10_000:
        return f"{digits(amount / 10_000, 4)}万{unit}"
    return f"{digits(amount, 2)}{unit}"


def digits(number: Decimal, places: int) -> str:
    """A decimal without trailing zeros, rounded to some places."""
    rounded = number.quantize(Decimal(1).scaleb(-places))
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
