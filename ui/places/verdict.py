"""A verdict on eligibility as HTML: what is required, what was said, whether it is met, and the clause of each condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from ui.render import escape
from ui.wording import Lang, say

StateName = Literal["met", "not_met", "unknown"]
MARKS: dict[StateName, str] = {"met": "✓", "not_met": "✗", "unknown": "?"}
_TOLD = {"True": "confirmed_yes", "true": "confirmed_yes", "False": "confirmed_no", "false": "confirmed_no"}
_YI, _WAN = 100_000_000, 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """One condition. `given` is "" where nothing was said about it."""

    text: str
    given: str
    state: StateName
    clause_id: str
    assumed: bool = False


class _Condition(BaseModel):
    text: str
    required: str = ""
    given: str | None = None
    state: StateName
    clause_id: str = ""
    assumed: bool = False
    facts: list[str] = []


class _Told(BaseModel):
    fact: str
    words: str = Field("", alias="from")
    arithmetic: str = ""


class _Benefit(BaseModel):
    arithmetic: str = ""
    text: str = ""
    clause_id: str = ""


class _Missing(BaseModel):
    ask: str


class Eligibility(BaseModel):
    """The part of the contract's `eligibility` that is shown."""

    name: str
    verdict: Literal["eligible", "not_eligible", "undetermined"]
    in_force: bool
    ended: str | None = None
    conditions: list[_Condition] = []
    missing: list[_Missing] = []
    benefit: _Benefit | None = None
    facts_read: list[_Told] = []


def eligibility_html(data: dict[str, Any] | None, href: Callable[[str], str], lang: Lang = "zh") -> str:
    """The `eligibility` of an answer; "" where there is none that can be read.

    Args:
        data: as the answer carries it.
        href: the address of a clause.
        lang: the language of the page.
    """
    if not data:
        return ""
    try:
        about = Eligibility.model_validate(data)
    except ValidationError:
        return ""
    told = {t.fact: t.arithmetic or t.words for t in about.facts_read}
    lines = [
        Line(c.text, _said(c, told) or _given(c.given, lang), c.state, c.clause_id, c.assumed)
        for c in about.conditions
    ]
    head = f"<strong>{escape(about.name)}</strong> {verdict_html(about.verdict, lang)}"
    if not about.in_force:
        ended = say(lang, "not_now_since", day=about.ended) if about.ended else say(lang, "not_now")
        head += f' <span class="hc-not-now">{escape(ended)}</span>'
    benefit = ""
    if about.benefit and about.verdict != "not_eligible" and (about.benefit.arithmetic or about.benefit.text):
        sum_ = escape(about.benefit.arithmetic or about.benefit.text)
        benefit = f"<p><strong>{say(lang, 'benefit')}</strong> {sum_}</p>"
    missing = "".join(f"<li>{escape(m.ask)}</li>" for m in about.missing[:6])
    open_ = f"<p><strong>{say(lang, 'missing')}</strong></p><ul>{missing}</ul>" if missing else ""
    return (
        f'<div class="hc-verdict"><p>{head}</p>{lines_html(lines, href, lang)}{benefit}{open_}'
        f'<p class="hc-small">{say(lang, "not_official")}</p></div>'
    )


def verdict_html(verdict: str, lang: Lang = "zh") -> str:
    """A verdict in words."""
    name = verdict.replace("_", "-")
    return f'<span class="hc-badge hc-v-{name}">{say(lang, f"verdict_{verdict}")}</span>'


def lines_html(lines: Sequence[Line], href: Callable[[str], str], lang: Lang = "zh") -> str:
    """The table of conditions; on a narrow screen each condition is a card."""
    if not lines:
        return ""
    heads = "".join(f"<th>{say(lang, key)}</th>" for key in ("required", "given", "state", "clause"))
    body = "".join(_row(line, href, lang) for line in lines)
    return f'<table class="hc-conditions"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _row(line: Line, href: Callable[[str], str], lang: Lang) -> str:
    state = f"{MARKS[line.state]} {say(lang, f'state_{line.state}')}"
    if line.assumed:
        state += f" <small>{say(lang, 'assumed')}</small>"
    path = line.clause_id.partition("#")[2]
    clause = f'<a class="hc-ref" href="{href(line.clause_id)}">{escape(path)}</a>' if path else ""
    # A statement that is met without being taken for granted was said in the asker's words.
    unsaid = "said_so" if line.state == "met" and not line.assumed else "not_said"
    given = escape(line.given) if line.given else f'<span class="hc-dim">{say(lang, unsaid)}</span>'
    return (
        f'<tr class="hc-s-{line.state.replace("_", "-")}"><td>{escape(line.text)}</td>'
        f'<td data-label="{say(lang, "given")}">{given}</td><td class="hc-state">{state}</td>'
        f'<td data-label="{say(lang, "clause")}">{clause}</td></tr>'
    )


def _said(condition: _Condition, told: Mapping[str, str]) -> str:
    """What somebody said that bears on a condition, in their words or as it was worked out from them."""
    return "；".join(dict.fromkeys(told[fact] for fact in condition.facts if told.get(fact)))


def _given(value: str | None, lang: Lang) -> str:
    """A value of the contract as people write it."""
    number, _, unit = (value or "").partition(" ")
    if number in _TOLD and not unit:
        return say(lang, _TOLD[number])
    if lang == "zh" and unit == "CNY" and re.fullmatch(r"-?\d+(?:\.\d+)?", number):
        for size, word in ((_YI, "亿元"), (_WAN, "万元")):
            if abs(float(number)) >= size:
                return f"{float(number) / size:.4f}".rstrip("0").rstrip(".") + word
        return f"{number}元"
    return value or ""
