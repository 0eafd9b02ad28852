"""Questions that ask for two things: the sides of a comparison, and parts that different clauses answer."""

from __future__ import annotations

import re

from langchain_core.documents import Document

from assistant.retriever import ClauseRetriever
from assistant.understanding import Understanding
from index.query import content_terms, focus
from index.search import Filters, Searcher
from ingest.text import fold

SIDES = 2
_PLACES_AT_ONCE = 4
# X跟Y: what stands on either side of the word, up to what is asked of both.
_BETWEEN = re.compile(
    r"(?P<left>[^，。？?；;、]{2,24}?)(?P<word>跟|和|与|同|对比|相比|还是|vs)(?P<right>[^，。？?；;]{2,24}?)"
    r"(?=，|,|。|？|\?|哪|谁|相比|比|有什么|有啥|区别|不同|差|各|分别|在20|的|$)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"[；;]")
_EACH = re.compile(r"多少|几|什么|哪|是否|吗")
_OF_TWO = re.compile(
    r"分别|各(?!区|县|类|级|种|项|单位|部门|地|界|方|位|个|国|市|有关|街|乡|镇|行|大|高校|企业)|两边|异同|哪[一]?(?:份|个|类|区|家|边|种).{0,8}(?:更|多|高|少|大)|谁(?:更|高|多|大|少)"
)
_YEAR = re.compile(r"(?:19|20)\d\d\s*(?:[—–~～-]\s*(?:20)?\d\d)?\s*年?")
_PART = re.compile(r"[，,。；;？?！!]|以及|还有|另外")
_PARTS_LEAST = 3  # content terms that a part must have
_MOST_PARTS = 4
_LOOKED_AT = 6
_BEHIND = 6.0  # in units of the ranking's score, that a further clause may be behind the first


def of_two(understanding: Understanding) -> bool:
    """Whether a question asks for two things side by side."""
    return "compare" in understanding.hints.kinds or bool(_OF_TWO.search(understanding.question))


def sides(understanding: Understanding, found: list[Document], searcher: Searcher) -> list[list[Document]]:
    """The clauses for either side of a comparison, best first; [] if two sides cannot be told apart.

    Each side is searched for in words that leave the other out. Where that brings nothing new, the sides are the
    documents, or clauses, that the search for the whole question found for both.
    """
    retriever = ClauseRetriever(searcher=searcher, k=3)
    firsts: list[list[Document]] = []
    folded = fold(understanding.hints.corrected)
    topics = [name for spellings in understanding.hints.topics for name in spellings if name in folded]
    for variant in _variants(understanding):
        hints = searcher.analyser.hints(variant)
        if topics and not hints.topics:  # what both sides are of stood on the other side
            hints = searcher.analyser.hints(f"{topics[0]}{variant}")
        hits = retriever.found(hints)
        if hits and all(hits[0].id != other[0].id for other in firsts):
            firsts.append(hits[:1])
    firsts = _of_the_topic(understanding, firsts, searcher)
    if "compare" not in understanding.hints.kinds:  # what "each" is asked of stands together
        near = {
            d.id for d in found[:_LOOKED_AT] if d.metadata["document_id"] == found[0].metadata["document_id"]
        }
        firsts = [side for side in firsts if side[0].id in near]
    if len(firsts) >= SIDES:
        return firsts
    if "compare" not in understanding.hints.kinds:
        return []
    documents: dict[str, list[Document]] = {}
    for document in found[: 2 * SIDES]:
        documents.setdefault(document.metadata["document_id"], []).append(document)
    both = _of_the_topic(understanding, [some[:1] for some in documents.values()][:SIDES], searcher)
    return both if len(both) > 1 else []


def _of_the_topic(
    understanding: Understanding, firsts: list[list[Document]], searcher: Searcher
) -> list[list[Document]]:
    """Without the sides from documents on something else, where two years of one thing are compared."""
    if len(understanding.hints.years) < SIDES or len(understanding.hints.topics) != 1:
        return firsts
    (spellings,) = understanding.hints.topics

    def on_topic(side: list[Document]) -> bool:
        about = searcher.documents[side[0].metadata["document_id"]]
        return any(spelling in fold(" ".join([about.title, *about.names])) for spelling in spellings)

    return [side for side in firsts if on_topic(side)] or firsts


def _variants(understanding: Understanding) -> list[str]:
    """The question once for each side, without the words for the others."""
    text = understanding.hints.corrected
    listed = [part for part in _LISTED.split(text) if len(content_terms(part)) >= _PARTS_LEAST]
    if len(listed) == SIDES and all(_EACH.search(part) for part in listed):
        return listed
    places = understanding.hints.places
    if 1 < len(places) <= _PLACES_AT_ONCE:
        names = [next((n for n in (p, p[:-1]) if n in text), "") for p in places]
        if all(names):
            return [_without(text, [n for n in names if n != name]) for name in names]
    between = _BETWEEN.search(text)
    if between:
        whole = between.group()
        return [text.replace(whole, between["left"], 1), text.replace(whole, between["right"], 1)]
    years = list(dict.fromkeys(m.group() for m in _YEAR.finditer(text)))
    if len(years) == SIDES:
        return [_without(text, [y for y in years if y != year]) for year in years]
    return []


def _without(text: str, words: list[str]) -> str:
    for word in words:
        text = text.replace(word, " ")
    return text


def further(understanding: Understanding, found: list[Document], searcher: Searcher) -> list[Document]:
    """Clauses beside the first that a part of the question by itself finds first.

    They stand in the document of the first, or were found for a reference to another one. Long stories are left alone:
    their parts are background.
    """
    text = understanding.hints.corrected
    if focus(text):
        return []
    parts = [part for part in _PART.split(text) if len(content_terms(part)) >= _PARTS_LEAST]
    if not of_two(understanding):  # else what is asked of each part stands behind them
        parts = [part for part in parts if _EACH.search(part)]
    if not 1 < len(parts) <= _MOST_PARTS:
        return []
    first, *others = found[:_LOOKED_AT]
    near = {d.id: d for d in others if first.metadata["score"] - d.metadata["score"] <= _BEHIND}
    filters = None if understanding.hints.refers else Filters(document=first.metadata["document_id"])
    retriever = ClauseRetriever(searcher=searcher, k=1, filters=filters)
    out: list[Document] = []
    for part in parts:
        hits = retriever.found(searcher.analyser.hints(part))
        if hits and hits[0].id in near and near[hits[0].id] not in out:
            out.append(near[hits[0].id])
    return out
