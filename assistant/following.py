"""Follow-ups: of the clauses on what the conversation is about, the one that the last question itself asks for first."""

from __future__ import annotations

import re

from langchain_core.documents import Document

from assistant.counted import next_counted
from assistant.finding import Finder
from assistant.objections import objections
from assistant.understanding import Understanding, names_its_subject, says_which_was_meant, supposes_a_figure
from index.query import NEWER
from index.search import Filters, Searcher
from ingest.text import fold

_FIGURE = re.compile(r"\d+(?:\.\d+)?(?:[多余]?(?:个亿|万|亿|千|元)|[%‰]|[年月天个家人倍])")
_LOOKED_AT = 8
_ALONE = 20  # clauses found with the last question's own words
_OWN_WORDS = 0.3  # their score beside that with the conversation; chosen on development conversations
_ELSEWHERE = 2.0  # what a clause of another document is behind by
_OUTSIDE = 5.0  # where the question names nothing and the other document was not talked about


def own_words_first(
    understanding: Understanding, found: list[Document], searcher: Searcher
) -> list[Document]:
    """The clauses found for a follow-up, those before that its own words find too.

    What was asked and answered before finds the clause of that answer again, however different the new question is.
    """
    hints = understanding.hints
    if not found or not hints.context or hints.leaning < 1:
        return found
    if means_the_newer(hints.text) and (newer := _in_the_newer(understanding, found, searcher)):
        return newer
    if says_which_was_meant(hints.text):  # the same is asked once more, of another year or place
        return sorted(found, key=lambda d: "year" in objections(understanding, d, searcher))
    if supposes_a_figure(hints.text):
        return _with_figures_of(hints.reply, found)
    counted = next_counted(hints.text, hints.context, found, searcher)
    if counted is not found:
        return counted
    own_hints = searcher.analyser.hints(hints.text)
    meant = found if names_its_subject(own_hints) else _of_the_talk(found)
    about = meant[0].metadata["document_id"]
    retriever = Finder(searcher, k=_ALONE, filters=Filters(document=about))
    alone = retriever.found(own_hints)
    if not alone:
        return found
    own = {document.id: float(document.metadata["score"]) for document in alone}
    least = min(own.values())

    def score(document: Document) -> float:
        elsewhere = (_ELSEWHERE if meant is found else _OUTSIDE) * (document.metadata["document_id"] != about)
        return float(document.metadata["score"]) + _OWN_WORDS * own.get(document.id, least) - elsewhere

    first = sorted(found[:_LOOKED_AT], key=score, reverse=True)
    return [*first, *found[_LOOKED_AT:]]


def means_the_newer(text: str) -> bool:
    """Whether a message asks the same of the version that came after (照后面那版算)."""
    return bool(NEWER.search(text))


def _in_the_newer(understanding: Understanding, found: list[Document], searcher: Searcher) -> list[Document]:
    """The clauses of the document that replaced the one talked about, for what was asked of that, before all others."""
    before = [d.metadata["document_id"] for d in found[:_LOOKED_AT] if d.metadata["parts"]["before"] > 0]
    newer = next((n for i in before if (n := searcher.documents[i].listing["superseded_by"])), None)
    if newer is None:
        return []
    retriever = Finder(searcher, k=_LOOKED_AT, filters=Filters(document=newer))
    there = retriever.found(searcher.analyser.hints(understanding.hints.context))
    ids = {document.id for document in there}
    return [*there, *(d for d in found if d.id not in ids)] if there else []


def _of_the_talk(found: list[Document]) -> list[Document]:
    """The results from the documents that were talked about, where the first is from another; all, where it is not."""
    if found[0].metadata["parts"]["before"] > 0:
        return found
    return [d for d in found[:_LOOKED_AT] if d.metadata["parts"]["before"] > 0] or found


def _with_figures_of(reply: str, found: list[Document]) -> list[Document]:
    """The clauses found, those before that hold the figures told last: it is asked what comes of them for another case."""
    figures = {fold(figure) for figure in _FIGURE.findall(reply)}
    first = found[:_LOOKED_AT]
    held = {d.id: sum(figure in fold(d.page_content) for figure in figures) for d in first}
    if not any(held.values()):
        return found
    # A clause over others holds all their figures: its point is meant.
    points = [
        d for d in first if held[d.id] and not any(_over(d, other) and held[other.id] for other in first)
    ]
    best = max(points, key=lambda d: held[d.id])
    return [best, *(d for d in found if d is not best)]


def _over(one: Document, other: Document) -> bool:
    """Whether a clause stands over another."""
    return other.id != one.id and str(other.id).startswith(str(one.id))
