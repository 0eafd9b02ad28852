"""Typed values of facts: reading them from anything a caller gives, comparing them, showing them.

A value is a bool, a `Range` of decimals (money in CNY, shares as fractions, years, months, days, counts, areas in
square metres), `Options` of a choice, a district's name, or a `Day`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Literal

from assistant.eligibility import numbers
from assistant.eligibility.dates import Day, day_said
from assistant.eligibility.logic import State
from assistant.eligibility.numbers import NEVER, Range
from assistant.eligibility.regions import Regions
from ingest.errors import HangceError
from ingest.knowledge import Fact

_LONGEST = 200  # characters of a value
NUMERIC = frozenset({"money", "percent", "count", "years", "months", "days", "area"})
_MU = Decimal(2000) / Decimal(3)  # square metres
_YES = {"是", "有", "对", "yes", "y", "true", "1", "符合", "满足", "是的", "有的", "已有", "已经"}
_NO = {"否", "不是", "没有", "无", "没", "不", "no", "n", "false", "0", "不符合", "不满足", "未"}
_NEVER = re.compile(r"^(?:从未|从来没有?过?|没有过?|无|未曾|没发生过?|不适用|never)$", re.IGNORECASE)
_MONEY_UNIT = re.compile(r"(?:人民币|元|块钱?|圆|cny|rmb|/?亩|/?吨标煤|/?吨|每亩)+$", re.IGNORECASE)
_COUNT_UNIT = re.compile(
    r"(?:人次|个人|个月|[个名位家项件人场次只支户台套张篇种份轮条倍例座所期批岁])+(?:人|项目|企业)?$"
)
_AREA = re.compile(r"(平方公里|平方米|平方|平米|平|㎡|m2|m²|亩)?$", re.IGNORECASE)
_AREA_FACTORS = {"亩": _MU, "平方公里": Decimal(1_000_000)}
_AGE = re.compile(r"(?:周?岁|年)$")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a choice that hold. `complete` is false where others may hold too; `either` where one of them does."""

    held: frozenset[str]
    complete: bool = True
    either: bool = False


Value = bool | Range | Options | str | Day


@dataclass(frozen=True, slots=True)
class Test:
    """What a condition asks of a fact: a yes or no, some options or districts, or a bound on a number."""

    kind: Literal["is", "in", "at_least", "at_most", "more_than", "less_than"]
    wanted: bool | frozenset[str] | Decimal

    def compare(self, value: Value, regions: Regions, day: date) -> State:
        """Whether a value passes."""
        if isinstance(self.wanted, bool):
            return _decided(value is self.wanted) if isinstance(value, bool) else State.UNKNOWN
        if isinstance(self.wanted, frozenset):
            if isinstance(value, Options):
                return _options(value, self.wanted)
            return regions.among(value, self.wanted, day) if isinstance(value, str) else State.UNKNOWN
        return self._bound(value, self.wanted) if isinstance(value, Range) else State.UNKNOWN

    def _bound(self, value: Range, bound: Decimal) -> State:
        if self.kind in ("at_most", "more_than"):
            state = _above(value, bound, strictly=True)
            return state if self.kind == "more_than" else _not(state)
        state = _above(value, bound, strictly=False)
        return state if self.kind == "at_least" else _not(state)


def _above(value: Range, bound: Decimal, strictly: bool) -> State:
    """Whether all of an interval lies above a bound (or at it, unless strictly)."""
    low, high = value.low, value.high
    if low is not None and (low > bound or (low == bound and (not strictly or value.low_open))):
        return State.MET
    if high is not None and (high < bound or (high == bound and (strictly or value.high_open))):
        return State.NOT_MET
    return State.UNKNOWN


def _decided(holds: bool) -> State:
    return State.MET if holds else State.NOT_MET


def _not(state: State) -> State:
    return {State.MET: State.NOT_MET, State.NOT_MET: State.MET}.get(state, state)


def _options(value: Options, wanted: frozenset[str]) -> State:
    if value.either:
        if value.held <= wanted:
            return State.MET
        return State.UNKNOWN if value.held & wanted else State.NOT_MET
    if value.held & wanted:
        return State.MET if value.complete or len(value.held) >= 1 else State.UNKNOWN
    return State.NOT_MET if value.complete else State.UNKNOWN


# --- reading ---


def parse(fact: Fact, given: Any, regions: Regions, day: date) -> Value:
    """The value that a caller gives for a fact: JSON, YAML or Chinese notation (`190万`, `4.6%`, `2018年4月`, `不到5家`).

    Raises:
        HangceError: it cannot be read as a value of this fact; the message says what would be.
    """
    value = _parsed(fact, given, regions, day)
    if value is None or (isinstance(value, Range) and not _sound(value)):
        raise HangceError(
            f"{fact.id}（{fact.name}）: cannot read {str(given)[:60]!r} — {_wanted(fact, regions)}"
        )
    return value


def _sound(value: Range) -> bool:
    return all(end is None or not end.is_nan() for end in (value.low, value.high))


def _parsed(fact: Fact, given: Any, regions: Regions, day: date) -> Value | None:
    if isinstance(given, dict):
        return from_json(fact, given)
    if isinstance(given, list):
        found = [_choice(fact, str(item)) for item in given]
        return (
            Options(frozenset(o for o in found if o))
            if fact.type == "choice" and all(found) and found
            else None
        )
    if isinstance(given, bool):
        return given if fact.type == "boolean" else None
    if isinstance(given, int | float | Decimal):
        if fact.type == "boolean":
            return bool(given) if given in (0, 1) else None
        return (
            Range.of(Decimal(str(given)))
            if fact.type in NUMERIC and Decimal(str(given)).is_finite()
            else None
        )
    if isinstance(given, date):
        return Day(given, given) if fact.type == "date" else None
    text = unicodedata.normalize("NFKC", str(given)[:_LONGEST]).strip()
    if fact.type == "boolean":
        return True if text.lower() in _YES else False if text.lower() in _NO else None
    if fact.type == "choice":
        option = _choice(fact, text)
        return Options(frozenset({option})) if option else None
    if fact.type == "region":
        return regions.known(text)
    if fact.type == "date":
        return day_said(text, day)
    return number(fact, text) if fact.type in NUMERIC else None


def _choice(fact: Fact, text: str) -> str | None:
    folded = {unicodedata.normalize("NFKC", option).lower(): option for option in fact.options}
    text = unicodedata.normalize("NFKC", text).strip().lower()
    if text in folded:
        return folded[text]
    part = [option for name, option in folded.items() if text and (text in name or name in text)]
    return part[0] if len(part) == 1 else None


_MODIFIED = re.compile(
    r"^(?P<before>(?:大概|大约|约|差不多|不到|不足|未满|不满|没到|少于|低于|小于|不超过|最多|至多|至少|不少于|不低于|超过|超|多于|高于|大于|将近|接近|近|快|满|有|是|>=|<=|≥|≤|>|<)*)"
    r"(?P<core>.*?)(?P<after>左右|上下|以上|及以上|以下|以内|之内|不到|出头|有余)?$"
)
_SIGNS = {">=": "至少", "≥": "至少", "<=": "最多", "≤": "最多", ">": "超过", "<": "不到"}


def number(fact: Fact, text: str, before: str = "", after: str = "") -> Range | None:
    """A number of a fact's kind as said, with the words around it; None if there is none.

    >>> from ingest.knowledge import load_facts
    >>> number(load_facts()["rnd_increase"], "190万元").exact
    Decimal('1900000')
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if fact.type == "years" and _NEVER.match(text):
        return NEVER
    match = _MODIFIED.match(text)
    if match and match["core"]:
        front = match["before"]
        for sign, words in _SIGNS.items():
            front = front.replace(sign, words)
        before, text, after = before + front, match["core"], (match["after"] or "") + after
    ends = numbers.span(text)
    if ends:
        low, high = _core(fact, ends[0]), _core(fact, ends[1])
        return _between(fact, ends[0], low.exact, high.exact) if low and high else None
    core = _core(fact, text)
    return numbers.as_said(core, before, after) if core else None


def _between(fact: Fact, first: str, low: Decimal | None, high: Decimal | None) -> Range | None:
    """An interval from its two ends; the first may leave out the scale or sign of the second (200到300万, 5到8%)."""
    if low is None or high is None:
        return None
    if fact.type == "percent" and low > high:
        low = low / 100
    elif fact.type == "money" and low * 1000 < high:
        scaled = _core(fact, first + "万")
        low = scaled.exact if scaled and scaled.exact is not None and scaled.exact <= high else low
    return Range(low, high) if low <= high else None


def _core(fact: Fact, text: str) -> Range | None:
    text = text.strip()
    if fact.type == "percent":
        return numbers.fraction(text)
    if fact.type == "months":
        plain = numbers.numeral(text)
        return Range.of(plain) if plain is not None else numbers.months(text)
    if fact.type == "years":
        plain = numbers.numeral(_AGE.sub("", text))
        if plain is not None:
            return Range.of(plain)
        if text.endswith("岁"):
            return numbers.quantity(_AGE.sub("", text))
        found = numbers.months(text)
        return _twelfth(found) if found else None
    if fact.type == "days":
        plain = numbers.numeral(text)
        if plain is not None:
            return Range.of(plain)
        found = numbers.days(text)
        in_months = None if found else numbers.months(text)
        return found or (in_months.scaled(Decimal(30)) if in_months else None)
    if fact.type == "area":
        measure = _AREA.search(text)
        found = numbers.quantity(text[: measure.start()] if measure else text)
        factor = _AREA_FACTORS.get((measure[1] or "") if measure else "", Decimal(1))
        return found.scaled(factor) if found else None
    unit = _MONEY_UNIT if fact.type == "money" else _COUNT_UNIT
    return numbers.quantity(unit.sub("", text).removesuffix("的"))


def _twelfth(found: Range) -> Range:
    """Months as years, exact where they are whole or half years."""
    return Range(
        None if found.low is None else found.low / 12,
        None if found.high is None else found.high / 12,
        found.low_open,
        found.high_open,
    )


def _wanted(fact: Fact, regions: Regions) -> str:
    """What can be given for a fact, for an error message."""
    examples = {
        "money": "write an amount, e.g. 190万 or 1900000",
        "percent": "write a share, e.g. 4.6% or 0.046",
        "count": "write a number, e.g. 12",
        "years": "write years, e.g. 2.5 or 两年半",
        "months": "write months, e.g. 14 or 一年两个月",
        "days": "write days, e.g. 20",
        "area": "write square metres, e.g. 3200 or 1.2万平方米",
        "date": "write a day, e.g. 2018-04-05 or 2018年4月",
        "boolean": "write 是 or 否",
    }
    if fact.type == "choice":
        return "one of " + "、".join(fact.options)
    if fact.type == "region":
        return "one of " + "、".join(regions.districts)
    return examples.get(fact.type, "see `hangce check --help`")


def nearest(name: str, facts: Sequence[str], n: int = 3) -> list[str]:
    """The known names that are most like a name that is not known."""
    return get_close_matches(name, facts, n=n, cutoff=0.5)


def from_json(fact: Fact, data: dict[str, Any]) -> Value | None:
    """What `to_json` wrote for a value that is no plain number or word; None if it is nothing of the kind."""
    try:
        if fact.type == "choice" and set(data) == {"one_of"}:
            return Options(frozenset(map(str, data["one_of"])) & set(fact.options), either=True)
        if fact.type == "choice" and set(data) == {"among"}:
            return Options(frozenset(map(str, data["among"])) & set(fact.options), complete=False)
        if fact.type == "date" and set(data) == {"from", "to"}:
            return Day(date.fromisoformat(data["from"]), date.fromisoformat(data["to"]))
        if (
            fact.type not in NUMERIC
            or not data
            or set(data) - {"at_least", "more_than", "at_most", "less_than"}
        ):
            return None
        low, high = data.get("at_least", data.get("more_than")), data.get("at_most", data.get("less_than"))
        return Range(
            None if low is None else Decimal(str(low)),
            None if high is None else Decimal(str(high)),
            "more_than" in data,
            "less_than" in data,
        )
    except (TypeError, ValueError, ArithmeticError):
        return None
