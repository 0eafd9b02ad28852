"""The frame around an answer to a question in English.

Figures, dates, names and notices are given in English. The rest stays in Chinese: without a model a translation would be
a guess. What a model said in English, and was verified, comes first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from assistant.evidence import Verdict
from assistant.model_english import is_english as written_in_english
from assistant.rendering import line
from assistant.schema import Citation, Statement
from assistant.understanding import Understanding
from index.search import Searcher

_FIGURE = re.compile(
    r"(?:(?P<limit>最高|最多|不超过|不高于|上限|封顶|不低于|不少于|至少|最低|达到)[^\d。；，,（）、]{0,8}?)?"
    r"(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?:(?P<scale>[万亿千百])?(?P<unit>元|美元)|(?P<share>[%‰]))(?P<above>以上|以下|以内)?"
)
_LOOSE = re.compile(r"(?:原则上|一般)[^，。；]*$")
_AT_MOST, _AT_LEAST = {"以下", "以内"}, {"以上"}
_LEAST = {"不低于", "不少于", "至少", "最低", "达到"}
_SCALES = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_MOST_FIGURES = 6
_REMARKS = {
    "expired": "It expired on {expires} and is no longer in force on {today}; ask the department for the current policy.",
    "superseded": "It has been replaced by a later document; use that one.",
    "not_yet": "It takes effect on {effective} and is not in force yet on {today}.",
    "open_ended": "It states no end date; ask the issuing department whether it still applies.",
    "unknown": "It is not known whether it is in force; ask the issuing department.",
    "in_force": "It is in force on {today}{until}.",
}
_DECLINED = {
    "off_topic": "This is outside what I cover: science, talent and industry policy of Hangzhou.",
    "place": "The documents held here do not cover this for {missing}; they are of Hangzhou and Zhejiang Province.",
    "year": "The documents held here say nothing on this for {missing}.",
    "name": "The documents held here know no “{missing}”. Please check the name or number.",
    "later": "On {day} nothing held here that had been issued answered this; a document issued later does.",
    "detail": "The documents held here do not give this kind of detail ({missing}). Hotline 12345 can help.",
}
_NOTHING = "No clause in the documents held here answers this. Please name the policy, or ask hotline 12345."


def is_english(question: str) -> bool:
    """Whether a question is written in English."""
    return question.isascii() and bool(re.search(r"[A-Za-z]{2}", question))


def framed(
    text: str,
    statements: Sequence[Statement],
    citations: list[Citation],
    understanding: Understanding,
    searcher: Searcher,
) -> str:
    """An answer with its sources, figures and validity in English before what of it is in Chinese.

    Args:
        text: the answer as it is rendered without a frame.
        statements: what it says, those of a model perhaps in English.
        citations: the clauses by number.
        understanding: the question.
        searcher: the index that they are from.
    """
    chinese = [s for s in statements if not written_in_english(s.text)]
    english = [line(s) for s in statements if s not in chinese]
    validity = _validity(citations, understanding.as_of, searcher)
    if english:
        text = "\n\n".join(map(line, chinese))
    sources = dict.fromkeys((c.title, c.doc_number) for c in citations)
    numbers = "".join(f"[{c.n}]" for c in citations)
    named = "; ".join(f"《{title}》" + (f" ({number})" if number else "") for title, number in sources)
    # What is no longer in force is said before anything that rests on it.
    lines = [*validity, *english] if english else []
    lines.append(f"{'' if english else '**In English** – '}Source: {named} {numbers}")
    said = list(dict.fromkeys(f for statement in chinese for f in figures_in_english(statement.text)))
    if said:
        more = " …" if len(said) > _MOST_FIGURES else ""
        lines.append(f"Figures stated, in order: {'; '.join(said[:_MOST_FIGURES])}{more}.")
    terms = _terms(understanding, searcher)
    if terms:
        lines.append(f"Terms: {'; '.join(terms)}.")
    if not english:
        lines += validity
    return "\n\n".join([*lines, "**原文要点（Chinese）**", text] if text else lines)


def figures_in_english(text: str) -> list[str]:
    """The amounts and shares of a Chinese text in its order, with what limits them.

    >>> figures_in_english("按30%给，最高不超过20万元")
    ['30%', 'at most CNY 200,000']
    """
    out = []
    for match in _FIGURE.finditer(text):
        value = Decimal(match["number"].replace(",", "")) * _SCALES[match["scale"] or ""]
        amount = f"{value.normalize():f}{match['share']}" if match["share"] else _money(value, match["unit"])
        limit, above = match["limit"] or "", match["above"] or ""
        if limit in _LEAST or above in _AT_LEAST:
            amount = f"at least {amount}"
        elif limit or above in _AT_MOST:
            amount = f"at most {amount}"
        out.append(f"{amount} (in principle)" if _LOOSE.search(text[: match.start("number")]) else amount)
    return out


def _money(value: Decimal, unit: str) -> str:
    currency = "USD" if unit == "美元" else "CNY"
    return f"{currency} {value:,.2f}".removesuffix(".00")


def _terms(understanding: Understanding, searcher: Searcher) -> list[str]:
    """What the words of the question are called in Chinese."""
    first: dict[str, str] = {}
    for expansion in understanding.hints.expansions:
        if expansion.weight == 1:
            first.setdefault(expansion.word, expansion.target)
    return [f"{word} = {target}" for word, target in first.items()]


def _validity(citations: list[Citation], today: date, searcher: Searcher) -> list[str]:
    out = []
    for cited in citations:
        about = searcher.documents[cited.clause_id.split("#", 1)[0]]
        if about.listing["kind"] not in ("policy", "plan"):
            continue
        until = f", until {_day(cited.validity.expires)}" if cited.validity.expires else ""
        remark = _REMARKS[cited.validity.status].format(
            today=_day(today.isoformat()),
            expires=_day(cited.validity.expires),
            effective=_day(cited.validity.effective),
            until=until,
        )
        out.append(f"Validity of {cited.doc_number or f'《{cited.title}》'}: {remark}")
    return list(dict.fromkeys(out))


def _day(iso: str | None) -> str:
    """`2022-12-31` as 31 December 2022; a date known to the month or year as that."""
    if iso is None:
        return "an unstated date"
    if len(iso) != len("2022-12-31"):
        return iso
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"


def declined(verdict: Verdict, as_of: date) -> str:
    """Why there is no answer for a day, in English."""
    return _DECLINED.get(verdict.cause, _NOTHING).format(missing=verdict.missing, day=_day(as_of.isoformat()))
