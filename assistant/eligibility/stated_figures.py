"""The figure that a statement names (不少于总面积的三分之二), and whether what was said reaches it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from assistant.eligibility import numbers

_ASIDE = re.compile(r"（[^）]*）|，不是[^，；]*$")


_BOUND = re.compile(
    rf"(?:不少于|不低于|至少|超过|达到?|满|都?在)?(?:总.{{0,4}}的)?(?P<v>{numbers.NUMBER}\s*(?:%|％|元|年|个月|天|家|项|人|名)|[一二三四五]分之[一二三四]|百分之[一二三四五六七八九十]+)(?:（含）)?(?P<after>以上|以下|以内)?"
)


def named_figure(prose: str) -> str:
    """The bound that a statement names, in its words; "" if it names none."""
    match = _BOUND.search(_ASIDE.sub("", prose))
    words = match[0] if match else ""
    return words if re.search(r"不少于|不低于|至少|超过|满|以上|以内|以下|不超过", prose) else ""


def _amount(text: str) -> tuple[str, Decimal] | None:
    """A figure with its kind: share, money, months, count."""
    text = text.strip()
    if re.search(r"%|％|分之|成", text):
        share = numbers.fraction(text.replace("％", "%"))
        return ("share", share.exact) if share and share.exact is not None else None
    if match := re.fullmatch(r"(.+?)(?:元)", text):
        found = numbers.quantity(match[1])
        return ("money", found.exact) if found and found.exact is not None else None
    months = numbers.months(text)
    if months and (months.exact is not None or months.low is not None):
        return ("months", months.exact if months.exact is not None else months.low or Decimal(0))
    found = numbers.quantity(re.sub(r"[家项人名个]$", "", text))
    return ("count", found.exact) if found and found.exact is not None else None


_SAID = re.compile(
    rf"[一二三四五六七八九十]分之[一二三四五六七八九]|百分之[一二三四五六七八九十零]+|[一二三四五六七八九两]成半?|{numbers.NUMBER}(?:%|％|多?年半?|个?多?月|元|家|项|个人|人|名|个)?多?"
)


def reached(prose: str, figure: str, closest: Iterable[str]) -> bool:
    """Whether the clauses name a figure that reaches the one in the statement; True if it names none."""
    if not figure:
        return True
    bound = _BOUND.search(figure)
    wanted = _amount(bound["v"]) if bound else None
    if wanted is None:
        return False
    upper = bool(re.search(r"不超过|以内|以下|少于(?<!不少于)", prose))
    for clause in closest:  # the first that names a figure of the kind is the one meant
        said = [a for match in _SAID.finditer(clause) if (a := _figure_in(match[0], wanted[0])) is not None]
        if said:
            return any(a <= wanted[1] if upper else a >= wanted[1] for a in said)
    return False


def _figure_in(words: str, kind: str) -> Decimal | None:
    """The figure that some words name, if it is of a kind."""
    if kind == "money" and not words.endswith("元"):
        words += "元"
    found = _amount(words)
    return found[1] if found and found[0] == kind else None
