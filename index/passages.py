"""Documents cut into passages: a clause, a container with its short items, or a part of a long clause."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass

from index.tokens import count_tokens
from ingest.model import Clause, Document

TOKEN_BUDGET = 384
_SENTENCE_END = re.compile(r"(?<=[。！？；\n])")


@dataclass(frozen=True, slots=True)
class Passage:
    """What is indexed. `part` counts the pieces of a clause too long for one passage."""

    clause_id: str
    part: int
    context: str
    text: str


def passages(
    document: Document, keep: Container[str] = (), count: Callable[[str], int] = count_tokens
) -> list[Passage]:
    """The passages of a document in order; none reaches across documents.

    A clause with items below it is indexed with them as far as the budget goes (people ask for "all
    conditions"), and each item once more by itself. Bare headings are left out.

    Args:
        document: the document to cut.
        keep: paths of clauses that get a passage whatever they hold, because people wrote notes on them.
        count: length of a text in tokens.
    """
    children: dict[str, list[Clause]] = {}
    for clause in document.clauses:
        if clause.parent and clause.kind not in ("row", "table"):
            children.setdefault(clause.parent, []).append(clause)
    out: list[Passage] = []
    for clause in document.clauses:
        clause_id = document.clause_id(clause)
        context = " ".join([*clause.breadcrumb, clause.heading])
        own = clause.text
        below = _below(clause, children)
        if below:
            own = _with_items(own, below)
        elif (
            clause.heading
            and clause.kind == "clause"
            and len(own) <= len(clause.heading) + 8
            and clause.path not in keep
        ):
            continue  # a bare heading answers nothing
        for part, piece in enumerate(split(own, TOKEN_BUDGET, count)):
            out.append(Passage(clause_id, part, context, piece))
    return out


def _with_items(own: str, below: list[str]) -> str:
    """A container with its items: whole where they are short together, else each item's beginning."""
    if len(own) + sum(len(b) for b in below) < TOKEN_BUDGET * 2:
        return "\n".join([own, *below])
    room = max(24, (TOKEN_BUDGET - len(own)) // len(below))
    return "\n".join([own, *(b[:room] for b in below)])[: TOKEN_BUDGET * 2]


def _below(clause: Clause, children: dict[str, list[Clause]]) -> list[str]:
    texts: list[str] = []
    for child in children.get(clause.path, []):
        texts.append(child.text)
        texts += _below(child, children)
    return texts


def split(text: str, budget: int, count: Callable[[str], int] = count_tokens) -> list[str]:
    """Cut a text at sentence ends into pieces of at most `budget` tokens; a longer sentence is cut hard.

    >>> split("甲。乙。丙。", 4, len)
    ['甲。乙。', '丙。']
    """
    if len(text) * 2 <= budget or count(text) <= budget:  # a Chinese character is at most two tokens or so
        return [text]
    pieces: list[str] = []
    current, used = "", 0
    for sentence in filter(None, _SENTENCE_END.split(text)):
        size = count(sentence)
        while size > budget:
            cut = max(1, int(len(sentence) * budget / size) - 1)
            pieces += [current] if current else []
            pieces.append(sentence[:cut])
            current, used = "", 0
            sentence = sentence[cut:]
            size = count(sentence)
        if used + size > budget and current:
            pieces.append(current)
            current, used = "", 0
        current += sentence
        used += size
    return [p.strip("\n") for p in [*pieces, current] if p.strip()]
