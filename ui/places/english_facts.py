"""Facts on the English pages: what they are called, their options, and their values."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml

from assistant.eligibility.dates import Day
from assistant.eligibility.numbers import NEVER
from assistant.eligibility.showing import digits
from assistant.eligibility.values import Options, Value
from ingest.knowledge import Fact
from ui.wording import Lang

_FILE = Path(__file__).parents[1] / "facts_en.yaml"
_UNITS = {
    "years": ("year", "years"),
    "months": ("month", "months"),
    "days": ("day", "days"),
    "area": ("m²", "m²"),
    "person": ("person", "people"),
    "倍": ("time", "times"),
}
_PER = {"CNY/mu": " per mu", "CNY/tce": " per tce", "CNY/t": " per tonne"}


@cache
def _words() -> dict[str, dict[str, str]]:
    read: dict[str, dict[str, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return read


def label(fact: Fact) -> str:
    """What a fact is called; its Chinese name where nobody has translated it yet."""
    return _words()["facts"].get(fact.id, fact.name)


def option(words: str) -> str:
    """An option or district; what is not translated stays as it is."""
    return _words()["options"].get(words, words)


def option_in(lang: Lang, words: str) -> str:
    """An option or district on a page in a language."""
    return words if lang == "zh" else option(words)


def value(fact: Fact, held: Value) -> str:
    """A value: `CNY 1,900,000`, `4.6%`, `less than CNY 5,000,000`, `Yes`, `Biomedicine`."""
    if isinstance(held, bool):
        return "Yes" if held else "No"
    if isinstance(held, Options):
        return (" or " if held.either else ", ").join(option(one) for one in sorted(held.held))
    if isinstance(held, Day):
        return held.first.isoformat() if held.first == held.last else f"{held.first} to {held.last}"
    if isinstance(held, str):
        return option(held)
    if held == NEVER:
        return "never"
    if held.exact is not None:
        return _figure(fact, held.exact)
    if held.high is None:
        return (
            f"{'more than' if held.low_open else 'at least'} {_figure(fact, held.low)}"
            if held.low
            else "not known"
        )
    if held.low is None or held.low == 0:
        return f"{'less than' if held.high_open else 'at most'} {_figure(fact, held.high)}"
    return f"{_figure(fact, held.low)} to {_figure(fact, held.high)}"


def _figure(fact: Fact, number: Decimal) -> str:
    if fact.type == "percent":
        return f"{digits(number * 100, 2)}%"
    plain = digits(number, 2)
    whole, dot, rest = plain.partition(".")
    grouped = f"{int(whole):,}{dot}{rest}"
    if fact.type == "money":
        return f"CNY {grouped}{_PER.get(fact.unit, '')}"
    one, several = _UNITS.get(fact.type) or _UNITS.get(fact.unit) or ("", "")
    return f"{grouped} {one if number == 1 else several}".rstrip()
