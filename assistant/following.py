"""Follow-ups: of the clauses on what the conversation is about, the one that the last question itself asks for first."""

from __future__ import annotations

import re

from langchain_core.documents import Document

from assistant.finding import Finder
from assistant.understanding import Understanding, says_which_was_meant
from index.search import Filters, Searcher

# 要是投了800万呢: the same is asked of another figure.
SUPPOSES = re.compile(
    r"(?:要是|假如|假设|如果|换成|改成|要|那)[^，。；？?]{0,12}\d\s*[多来余]?(?:万|亿|个亿|元|%|人|家|个|年|平)"
)
_LOOKED_AT = 8
_ALONE = 20  # clauses found with the last question's own words
_OWN_WORDS = 0.3  # their score beside that with the conversation; chosen on development conversations
_ELSEWHERE = 2.0  # what a clause of another document is behind by


def own_words_first(
    understanding: Understanding, found: list[Document], searcher: Searcher
) -> list[Document]:
    """The clauses found for a follow-up, those before that its own words find too.

    What was asked and answered before finds the clause of that answer again, however different the new question is.
    """
    hints = understanding.hints
    if not found or not hints.context or hints.leaning < 1:
        return found
    if says_which_was_meant(hints.text) or SUPPOSES.search(hints.text):  # the same is asked once more
        return found
    about = found[0].metadata["document_id"]
    retriever = Finder(searcher, k=_ALONE, filters=Filters(document=about))
    alone = retriever.found(searcher.analyser.hints(understanding.hints.text))
    if not alone:
        return found
    own = {document.id: float(document.metadata["score"]) for document in alone}
    least = min(own.values())

    def score(document: Document) -> float:
        elsewhere = _ELSEWHERE * (document.metadata["document_id"] != about)
        return float(document.metadata["score"]) + _OWN_WORDS * own.get(document.id, least) - elsewhere

    first = sorted(found[:_LOOKED_AT], key=score, reverse=True)
    return [*first, *found[_LOOKED_AT:]]
