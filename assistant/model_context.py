"""What a chat model is shown: the found clauses within a budget of tokens, each with its label, place and validity."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from langchain_core.documents import Document

from assistant.model_wording import without_orders
from assistant.understanding import Understanding
from assistant.verify import Evidence
from index.query import content_terms
from index.search import Searcher
from index.store import StoredClause, StoredDocument
from index.tokens import count_tokens, terms
from index.validity import status_on
from ingest.text import chinese_date

MOST_CLAUSES = 8
LEAST_TOKENS = 80  # of a clause's words; with less room than that it is left out
_SENTENCE = re.compile(r"[^。！？；;\n]*[。！？；;\n]|[^。！？；;\n]+$")
_GAP = "……"
_MARKUP = str.maketrans("<>", "＜＞")


@dataclass(frozen=True, slots=True)
class Shown:
    """One clause as the model is shown it, and what may be held against the statements that cite it."""

    label: str
    clause_id: str
    words: str
    evidence: Evidence


def fenced(text: str) -> str:
    """Text that cannot end the tag it stands in: angle brackets in full width."""
    return text.translate(_MARKUP)


def pack(
    documents: Sequence[Document], understanding: Understanding, searcher: Searcher, budget: int
) -> tuple[str, list[Shown]]:
    """The context for the model, and the clauses in it by label; K1 is the one found first.

    Clauses come in the order in which they were found until the budget is spent, and stand document by document, each
    in its own order. A clause that is too long is cut to the sentences that share most with the question.

    Args:
        documents: clauses as the retriever gives them, best first.
        understanding: the question with its as-of date.
        searcher: the index that they are from.
        budget: tokens of all clauses together.
    """
    chosen: list[tuple[StoredClause, str, str]] = []
    left = budget
    for document in documents[:MOST_CLAUSES]:
        clause = searcher.store.clause(document.metadata["clause_id"])
        if clause is None:
            continue
        head = _head(clause, f"K{len(chosen) + 1}", understanding, searcher)
        room = left - count_tokens(head)
        # The first may fill the budget; the others leave half of the rest to those behind them.
        room = room if not chosen else min(room, max(left // 2, LEAST_TOKENS * 2))
        if room < LEAST_TOKENS and chosen:
            break
        body = excerpt(document.page_content, understanding, searcher.rarity, max(room, LEAST_TOKENS))
        chosen.append((clause, head, body))
        left -= count_tokens(head) + count_tokens(body)
    shown = [
        Shown(
            f"K{number}",
            clause.clause_id,
            f"{head}\n{fenced(body)}\n</条款>",
            evidence_of(clause, understanding.as_of, searcher),
        )
        for number, (clause, head, body) in enumerate(chosen, start=1)
    ]
    first = {clause.document_id: number for number, (clause, _, _) in reversed(list(enumerate(chosen)))}
    order = sorted(range(len(chosen)), key=lambda i: (first[chosen[i][0].document_id], chosen[i][0].position))
    return "\n\n".join(shown[i].words for i in order), shown


def _head(clause: StoredClause, label: str, understanding: Understanding, searcher: Searcher) -> str:
    about = searcher.documents[clause.document_id]
    place = " > ".join([*clause.breadcrumb, *([clause.heading] if clause.heading else [])])
    lines = [
        f"<条款 代号={label}>",
        f"出处：《{about.title}》{about.number} {clause.path}" + (f"（{place}）" if place else ""),
        f"效力：{validity_note(about, understanding, searcher)}",
    ]
    if clause.gist and about.verbatim:
        lines.append(f"要点：{clause.gist}")
    lines.append("原文：" if about.verbatim else "要点（没有收录原文）：")
    return "\n".join([lines[0], *(fenced(line) for line in lines[1:])])


def validity_note(about: StoredDocument, understanding: Understanding, searcher: Searcher) -> str:
    """Whether a document is in force on the as-of date, in words for the model."""
    listing = about.listing
    today = chinese_date(understanding.as_of.isoformat())
    newer = searcher.documents.get(listing["superseded_by"] or "")
    said = {
        "in_force": "有效",
        "open_ended": "没有写明有效期，是否仍在执行不清楚",
        "not_yet": "尚未施行",
        "expired": "已过有效期，已失效",
        "superseded": f"已被《{newer.title}》取代" if newer else "已被后来的文件取代",
        "unknown": "没有期限信息",
    }[status_on(listing, understanding.as_of)]
    term = [
        f"自{chinese_date(listing['effective'])}起施行" if listing["effective"] else "",
        f"有效期至{chinese_date(listing['expires'])}" if listing["expires"] else "",
    ]
    return "，".join([*(t for t in term if t), f"按{today}判断：{said}"])


def evidence_of(clause: StoredClause, as_of: date, searcher: Searcher) -> Evidence:
    """A clause as the verifier takes it."""
    about = searcher.documents[clause.document_id]
    listing = about.listing
    above = []
    parent = clause.parent
    while parent is not None:
        holder = searcher.store.clause(f"{clause.document_id}#{parent}")
        if holder is None:
            break
        above.append(holder.text)
        parent = holder.parent
    full = searcher.store.full_text(clause)
    return Evidence(
        text=without_orders("\n".join([*reversed(above), clause.heading, full])),
        gist=clause.gist,
        title=about.title,
        names=tuple(about.names),
        programmes=tuple(_programme_names(clause.document_id, searcher)),
        doc_numbers=tuple(listing["doc_numbers"]),
        issuers=tuple(listing["issuers"]),
        breadcrumb=" ".join([*clause.breadcrumb, clause.path]),
        issued=listing["issued"],
        effective=listing["effective"],
        expires=listing["expires"],
        kind=listing["kind"],
        status=status_on(listing, as_of),
    )


def _programme_names(document_id: str, searcher: Searcher) -> list[str]:
    """What the programmes of a document are called."""
    return [
        name
        for holder, body in searcher.store.programmes()
        if holder == document_id
        for name in (body["name"], *body.get("names", []))
    ]


def excerpt(text: str, understanding: Understanding, rarity: Callable[[str], float], room: int) -> str:
    """A text within so many tokens: whole sentences, those that share most with the question, in their order.

    A single sentence that is longer than the room is kept whole: half a sentence says something else.
    """
    if count_tokens(text) <= room:
        return text
    sentences = [s for s in _SENTENCE.findall(text) if s.strip()]
    wanted = {t: rarity(t) for t in content_terms(understanding.search_text)}
    values = [sum(wanted[t] for t in wanted.keys() & set(terms(s))) for s in sentences]
    sizes = [count_tokens(s) for s in sentences]
    # Sentences around a good one explain it.
    near = [
        v + 0.25 * ((values[i - 1] if i else 0.0) + (values[i + 1] if i + 1 < len(values) else 0.0))
        for i, v in enumerate(values)
    ]
    kept: set[int] = set()
    used = 0
    for i in sorted(range(len(sentences)), key=lambda i: (-near[i], i)):
        if not kept or used + sizes[i] <= room:
            kept.add(i)
            used += sizes[i]
    out: list[str] = []
    for i in sorted(kept):
        if i and i - 1 not in kept:
            out.append(_GAP)
        out.append(sentences[i])
    if len(sentences) - 1 not in kept:
        out.append(_GAP)
    return "".join(out).strip()
