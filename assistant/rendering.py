"""Statements as the Markdown text of an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.comparing import comparison_table
from assistant.schema import Citation, Statement
from assistant.understanding import Understanding
from ingest.text import chinese_date

_OTHERS = "另有规定："  # after what is no longer in force


def rendered(
    statements: list[Statement], citations: list[Citation], understanding: Understanding, dated: bool
) -> str:
    """Statements as short Markdown; what is no longer in force is said before anything else, unless they say so.

    Args:
        statements: what was found, each with the numbers of its citations.
        citations: the clauses by number.
        understanding: the question.
        dated: the statements say themselves whether the rule is in force.
    """
    lines = [line(s) for s in statements]
    text = "\n".join(f"- {line}" for line in lines) if len(lines) > 2 else "\n\n".join(lines)
    if "compare" in understanding.hints.kinds:
        table = comparison_table(statements, citations, markdown)
        if table:  # which says of each side whether it is in force
            return table
    gone = [c for c in citations if _gone(c)]
    if understanding.hints.kind == "validity":
        dated = dated or bool(_ENDED.search(text))
    if not dated and gone and len(gone) == len(citations):
        text = f"{_lead(gone[0])}\n\n{text}"
    return text


def growing(statements: Sequence[Statement], citations: Sequence[Citation]) -> str:
    """The same for statements that come one by one: the text of some begins the text of those and more."""
    by_number = {c.n: c for c in citations}
    text, lead = "", ""
    for statement in statements:
        cited = [by_number[n] for n in statement.citations]
        before, lead = lead, _lead(cited[0]) if cited and all(map(_gone, cited)) else ""
        if lead != before:
            text += f"\n\n{lead or _OTHERS}"
        if not text:
            text = line(statement)
            continue
        item = f"- {line(statement)}"
        text += f"\n{item}" if text.rpartition("\n")[2].startswith("- ") else f"\n\n{item}"
    return text.strip()


def markdown(text: str) -> str:
    """Text of documents shown as text: what Markdown or HTML would take for markup is escaped."""
    return re.sub(r"([\\`*_\[\]<>#|$~])", r"\\\1", text)


def line(statement: Statement) -> str:
    """A statement as Markdown, with the numbers of its citations."""
    return f"{markdown(statement.text)} {''.join(f'[{n}]' for n in statement.citations)}"


# Words of a text that tell by themselves that a rule has ended; from when it holds and for how long is to be worked out.
_ENDED = re.compile(r"失效|取代|停止执行|不再(?:执行|有效)")


def _gone(citation: Citation) -> bool:
    return citation.validity.status in ("expired", "superseded")


def _lead(citation: Citation) -> str:
    when = (
        f"有效期至{chinese_date(citation.validity.expires)}"
        if citation.validity.status == "expired"
        else "已被新文件取代"
    )
    return f"该规定现已失效（{when}），原来的规定是："
