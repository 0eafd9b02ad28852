"""A comparison as a table: what either side says, on which clause, in force from when until when."""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant.schema import Citation, Statement
from index.validity import ValidityStatus
from ingest.text import chinese_date

_WORDS: dict[ValidityStatus, str] = {
    "in_force": "现行有效",
    "open_ended": "没有写明有效期",
    "not_yet": "尚未施行",
    "expired": "已失效",
    "superseded": "已被取代",
    "unknown": "是否有效待核实",
}


def comparison_table(
    statements: list[Statement], citations: list[Citation], escaped: Callable[[str], str]
) -> str:
    """Two or more sides as a Markdown table, the older first; "" where there is only one side.

    Sides are the cited documents, or the clauses where all stand in one document.

    Args:
        statements: what was found, each with the numbers of its citations.
        citations: the clauses by number.
        escaped: makes text of documents safe to stand in Markdown.
    """
    by_number = {c.n: c for c in citations}
    whole = len({c.title for c in citations}) == 1
    sides: dict[str, list[Statement]] = {}
    first: dict[str, Citation] = {}
    for statement in statements:
        cited = by_number[statement.citations[0]]
        name = cited.clause_id if whole else cited.title + cited.doc_number
        sides.setdefault(name, []).append(statement)
        first.setdefault(name, cited)
    if len(sides) < 2:
        return ""
    order = sorted(sides, key=lambda name: first[name].validity.effective or "")

    def row(label: str, cell: Callable[[str], str]) -> str:
        return f"| {label} | {' | '.join(cell(name) for name in order)} |"

    def title(name: str) -> str:
        cited = first[name]
        if whole:
            return _cell(escaped(cited.breadcrumb.split(" > ")[-1] or cited.clause))
        return _cell(escaped(f"《{cited.title}》{cited.doc_number}"))

    def said(name: str) -> str:
        return "；".join(
            _cell(escaped(s.text)) + " " + "".join(f"[{n}]" for n in s.citations) for s in sides[name]
        )

    def clauses(name: str) -> str:
        paths = dict.fromkeys(by_number[n].clause for s in sides[name] for n in s.citations)
        return _cell(escaped("、".join(paths)))

    lines = [row("项目", title), "|---" * (len(order) + 1) + "|", row("规定", said), row("条款", clauses)]
    if not whole:
        lines.append(row("效力", lambda name: _term(first[name])))
    return "\n".join(lines)


def _term(cited: Citation) -> str:
    validity = cited.validity
    parts = [f"{chinese_date(validity.effective)}起" if validity.effective else ""]
    parts.append(f"至{chinese_date(validity.expires)}" if validity.expires else "")
    return "，".join(p for p in ["".join(parts), _WORDS[validity.status]] if p)


def _cell(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text)
