"""Questions that can be meant in more than one way: the likeliest reading is answered, the others are offered."""

from __future__ import annotations

from langchain_core.documents import Document

from assistant.schema import Citation, Clarify
from assistant.understanding import Understanding
from index.search import Searcher
from index.store import StoredDocument
from ingest.text import fold

_LOOKED_AT = 8
_MOST_OPTIONS = 4
_SHORT = 30  # characters; who says more has said which
# In units of the ranking's score: a clause of another document that is no further behind may as well be meant.
# Chosen on short questions written for it, and on development questions, of which hardly any is offered another reading.
_AS_GOOD = 3.0


def other_readings(
    understanding: Understanding, found: list[Document], citations: list[Citation], searcher: Searcher
) -> Clarify | None:
    """The documents that the question may mean besides the one answered from, that one first; None if it is plain.

    Args:
        understanding: the question; one that names a document, its number or a year is plain.
        found: the clauses for it, best first.
        citations: what was answered from.
        searcher: where the documents are.
    """
    hints = understanding.hints
    if hints.doc_numbers or hints.short_numbers or hints.titles or hints.years or hints.refers:
        return None
    if not citations or not found or len(hints.text) > _SHORT or {"compare", "statistic"} & set(hints.kinds):
        return None
    answered = searcher.documents[citations[0].clause_id.split("#", 1)[0]]
    if answered.listing["kind"] not in ("policy", "plan") or len({c.title for c in citations}) > 1:
        return None
    best = found[0].metadata["score"]
    options = [answered]
    for document in found[1:_LOOKED_AT]:
        other = searcher.documents[document.metadata["document_id"]]
        if other in options or other.listing["kind"] not in ("policy", "plan"):
            continue
        version = other.document_id in {*answered.listing["supersedes"], answered.listing["superseded_by"]}
        near = best - document.metadata["score"] <= _AS_GOOD and _on_topic(understanding, document, other)
        if version or near:
            options.append(other)
    if len(options) < 2:
        return None
    return Clarify(
        question="这个问题也可能指别的文件。以上按第一份回答，要看哪一份？",
        options=[_option(o) for o in options[:_MOST_OPTIONS]],
    )


def _on_topic(understanding: Understanding, document: Document, about: StoredDocument) -> bool:
    """Whether a clause, or its document's name, has a term that the question is about."""
    said = fold(" ".join([about.title, *about.names, document.page_content, document.metadata["gist"]]))
    return any(spelling in said for spellings in understanding.hints.topics for spelling in spellings)


def _option(about: StoredDocument) -> str:
    """A document in words that, said next, ask the question again of it."""
    year = (about.listing["issued"] or about.listing["effective"] or "")[:4]
    inside = "，".join(part for part in (about.number, f"{year}年" if year else "") if part)
    return f"《{about.title}》" + (f"（{inside}）" if inside else "")
