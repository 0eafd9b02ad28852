"""The sides of a question that asks for two things side by side, most often a comparison."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from langchain_core.documents import Document

from assistant.evidence import Verdict, judge
from assistant.finding import Finder
from assistant.objections import objections
from assistant.understanding import Understanding
from index.query import content_terms
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
EACH = re.compile(
    r"多少|多[大久长高]|几|什么|啥|哪|谁|怎么|咋|如何|是否|吗|[能要可算行给]不|有没有|[上下]限|比例|占比|奖励?多|补多"
)
_OF_TWO = re.compile(
    r"[+＋]|分别|又(?:是|要|能|给)?(?:多少|几|怎|哪|谁)|各(?!区|县|类|级|种|项|单位|部门|地|界|方|位|个|国|市|有关|街|乡|镇|行|大|高校|企业)|两边|异同|哪[一]?(?:份|个|类|区|家|边|种).{0,8}(?:更|多|高|少|大)|谁(?:更|高|多|大|少)"
)
_YEAR = re.compile(r"(?:19|20)\d\d\s*(?:[—–~～-]\s*(?:20)?\d\d)?\s*年?")
# In speech without commas: 我问两样一个容积率最低多少一个是保证金交几成.
PART = re.compile(
    r"[，,。；;？?！!+＋]|以及|还有|另外|再一个|(?:第?一个(?:是|就是)?)(?=[^一，。]{4,}一个)|(?<=[\u3400-\u9fff])一个是"
)
PARTS_LEAST = 3  # content terms that a part must have
_LOOKED_AT = 6
_SEARCHED = 10  # clauses, for a part of a question
_AS_WELL = 1.0  # of the ranking's score, which is a logarithm of the odds
LIKELY = 0.5  # that a side or part is answered alone, and with all of them the question
_JOINED = re.compile(r"\s*(?:跟|和|与|同|vs)?\s*\0\s*(?:跟|和|与|同|vs)?\s*", re.IGNORECASE)
_FOR_SEVERAL = re.compile(r"各自|分别|各(?=[是要能给有多占])|前后(?=多|要|能)")
_TWO_VERSIONS = re.compile(
    r"两版|两个版本|(?:新|老|旧|原来的?|以前的?|\d\d年?的?)(?:那?一?版|办法|政策|规定|文件|意见)[^。？?]{0,24}(?:新|老|旧|后来的?|现在的?|\d\d年?的?)(?:那?一?版|办法|政策|规定|文件|意见)"
)
_FAR_AHEAD = 2.0
_CLASSES = re.compile(r"两[类种档级个]|分别|各")


def of_two(understanding: Understanding) -> bool:
    """Whether a question asks for two things side by side."""
    return "compare" in understanding.hints.kinds or bool(_OF_TWO.search(understanding.question))


def sides(understanding: Understanding, found: list[Document], searcher: Searcher) -> list[list[Document]]:
    """The clauses for either side of a comparison, best first; [] if two sides cannot be told apart.

    Each side is searched for in words that leave the other out, and counts if what is found answers it. Where that
    brings nothing new, the sides are the documents, or clauses, that the search for the whole question found for both.
    """
    near = {d.id for d in found[:_LOOKED_AT] if d.metadata["document_id"] == found[0].metadata["document_id"]}
    compared = "compare" in understanding.hints.kinds
    for named, variants in _schemes(understanding, searcher):
        firsts: list[list[Document]] = []
        for variant in variants:
            side = _side(variant, understanding, searcher, named)
            if not named and not compared:  # what "each" is asked of stands together
                side = [d for d in side[:1] if d.id in near]
            if side and not any(_of_one(side[0], other[0]) for other in firsts):
                firsts.append(side)
        firsts = _of_the_topic(understanding, firsts, searcher)
        if len(firsts) >= SIDES:
            return _as_for_the_whole(firsts, found)
    classes = _classes(understanding, found, searcher) or _versions(understanding, found, searcher)
    if classes or not compared:
        return classes
    documents: dict[str, list[Document]] = {}
    for document in found[: 2 * SIDES]:
        documents.setdefault(document.metadata["document_id"], []).append(document)
    both = _of_the_topic(understanding, [some[:1] for some in documents.values()][:SIDES], searcher)
    return both if len(both) > 1 else []


def judged_by_sides(
    understanding: Understanding, found: list[Document], searcher: Searcher
) -> Verdict | None:
    """The verdict on a question for two things that no clause answers whole: whether each side is answered alone."""
    if not (found and of_two(understanding)):
        return None
    both = sides(understanding, found, searcher)
    if len(both) < SIDES:
        return None
    first = [side[0] for side in both]
    ids = {document.id for document in first}
    return Verdict([*first, *(d for d in found if d.id not in ids)], likely=LIKELY, sides=both)


def _as_for_the_whole(firsts: list[list[Document]], found: list[Document]) -> list[list[Document]]:
    """The sides, each from a document of its own with what the whole question and its own found best there.

    The words that set a side apart leave little of what is asked; all of them together tell the clause better.
    """
    own = [side[0].metadata["document_id"] for side in firsts]
    if len(set(own)) < len(own):
        return [side[:1] for side in firsts]
    out = []
    for document_id, side in zip(own, firsts, strict=True):
        of_side = {d.id: float(d.metadata["score"]) for d in side}
        least = min(of_side.values())
        whole = [d for d in found[:_LOOKED_AT] if d.metadata["document_id"] == document_id]

        def score(
            document: Document, of_side: dict[str | None, float] = of_side, least: float = least
        ) -> float:
            return float(document.metadata["score"]) + of_side.get(document.id, least)

        out.append([max(whole, key=score, default=side[0])])
    return out


def _of_one(one: Document, other: Document) -> bool:
    """Whether two clauses are the same, or one holds the other."""
    ids = one.metadata["clause_id"], other.metadata["clause_id"]
    return ids[0].startswith(ids[1]) or ids[1].startswith(ids[0])


def _side(variant: str, understanding: Understanding, searcher: Searcher, named: bool) -> list[Document]:
    """What answers one side, best first; where it is named, the best of what is called so if nothing speaks against it."""
    hints = searcher.analyser.hints(variant)
    folded = fold(understanding.hints.corrected)
    topics = [name for spellings in understanding.hints.topics for name in spellings if name in folded]
    if topics and not hints.topics:  # what both sides are of stood on the other side
        variant = f"{topics[0]}{variant}"
        hints = searcher.analyser.hints(variant)
    alone = replace(understanding, question=variant, search_text=variant, hints=hints)
    found = Finder(searcher, k=_SEARCHED).found(hints)
    if not hints.years:
        found = _newer_first(found, searcher)
    documents = judge(alone, found, searcher).documents
    if documents or not (named and found):
        return documents
    called = searcher.called[found[0].metadata["document_id"]]
    own = any(spelling in called for spellings in hints.topics for spelling in spellings)
    return found if own and not objections(alone, found[0], searcher) else []


def _newer_first(found: list[Document], searcher: Searcher) -> list[Document]:
    """The results, a clause of a replaced document behind one of its successor that fits as well."""
    if not found:
        return found
    newer = searcher.documents[found[0].metadata["document_id"]].listing["superseded_by"]
    least = found[0].metadata["score"] - _AS_WELL
    successor = next((d for d in found if d.metadata["document_id"] == newer), None)
    if successor is None or successor.metadata["score"] < least:
        return found
    return [successor, *(d for d in found if d is not successor)]


def _of_the_topic(
    understanding: Understanding, firsts: list[list[Document]], searcher: Searcher
) -> list[list[Document]]:
    """Without the sides from documents on something else, where two years of one thing are compared."""
    if len(understanding.hints.years) < SIDES or len(understanding.hints.topics) != 1:
        return firsts
    (spellings,) = understanding.hints.topics

    def on_topic(side: list[Document]) -> bool:
        called = searcher.called[side[0].metadata["document_id"]]
        return any(spelling in called for spelling in spellings)

    return [side for side in firsts if on_topic(side)] or firsts


def _classes(understanding: Understanding, found: list[Document], searcher: Searcher) -> list[list[Document]]:
    """Two items of one list that were found beside each other, where both classes of something are asked for."""
    if not _CLASSES.search(understanding.question):
        return []
    clauses = searcher.store.clauses([d.metadata["clause_id"] for d in found[:_LOOKED_AT]])
    above = {clause.clause_id: (clause.document_id, clause.parent) for clause in clauses if clause.parent}
    first = found[0].metadata["clause_id"]
    beside = [
        d
        for d in found[1:_LOOKED_AT]
        if above.get(first) and above.get(d.metadata["clause_id"]) == above[first]
    ]
    if not beside and first not in above and _two_ahead(found):
        # Two sections of one document, far ahead of all else.
        beside = [d for d in found[1:2] if d.metadata["clause_id"] not in above]
    return [[found[0]], beside[:1]] if beside else []


def _two_ahead(found: list[Document]) -> bool:
    """Whether the first two results are of one document and far ahead of the third."""
    if len(found) <= SIDES:
        return False
    one, other, third = (d.metadata for d in found[: SIDES + 1])
    return one["document_id"] == other["document_id"] and other["score"] - third["score"] >= _FAR_AHEAD


def _versions(
    understanding: Understanding, found: list[Document], searcher: Searcher
) -> list[list[Document]]:
    """What the whole question finds in either version of the document found first, the older first, where both are meant."""
    if not _TWO_VERSIONS.search(understanding.hints.corrected):
        return []
    first = found[0].metadata["document_id"]
    listing = searcher.documents[first].listing
    newer = listing["superseded_by"]
    older = next((i for i in listing["supersedes"] if i in searcher.documents), None)
    pair = [first, newer] if newer in searcher.documents else [older, first] if older else []
    best = [Finder(searcher, SIDES, Filters(document=i)).found(understanding.hints) for i in pair]
    return [_item_of(side)[:1] for side in best] if best and all(best) else []


def _item_of(side: list[Document]) -> list[Document]:
    """Results, an item right behind the clause that holds it before it."""
    if len(side) > 1 and str(side[1].id).startswith(str(side[0].id)):
        return [side[1], side[0]]
    return side


def _schemes(understanding: Understanding, searcher: Searcher) -> Iterator[tuple[bool, list[str]]]:
    """Ways to put the question once for each side, without the words for the others; whether names set them apart."""
    text = understanding.hints.corrected
    listed = [part for part in _LISTED.split(text) if len(content_terms(part)) >= PARTS_LEAST]
    if len(listed) == SIDES and all(EACH.search(part) for part in listed):
        yield False, listed
    places = understanding.hints.places
    if 1 < len(places) <= _PLACES_AT_ONCE:
        names = [next((n for n in (p, p[:-1]) if n in text), "") for p in places]
        if all(names):
            yield False, [_without(text, [n for n in names if n != name]) for name in names]
    named = programmes_named(understanding, searcher)
    if len(named) == SIDES:
        yield True, [_without(text, [n for n in named if n != name]) for name in named]
    between = _BETWEEN.search(text)
    if between:
        whole = between.group()
        yield False, [text.replace(whole, between["left"], 1), text.replace(whole, between["right"], 1)]
    years = list(dict.fromkeys(m.group() for m in _YEAR.finditer(text)))
    if len(years) == SIDES:
        yield True, [_without(text, [*_saying(text, year)]) for year in reversed(years)]
    parts = PART.split(text)
    asked = [part for part in parts if EACH.search(part) and len(content_terms(part)) >= PARTS_LEAST]
    if len(asked) == SIDES:
        own = all(_YEAR.search(part) or any(name in part for name in named) for part in asked)
        yield own, [_without(text, [part for part in asked if part != one]) for one in asked]


def programmes_named(understanding: Understanding, searcher: Searcher) -> list[str]:
    """The programmes with a document of their own that a question names, as it names them."""
    text = fold(understanding.hints.corrected)
    out: list[str] = []
    for spellings in understanding.hints.topics:
        said = max((spelling for spelling in spellings if spelling in text), key=len, default="")
        if not any(spelling in title for spelling in spellings for title in searcher.called.values()):
            continue
        if said and not any(said in other or other in said for other in out):
            out.append(said)
    return out


def of_other_documents(named: list[str], searcher: Searcher) -> list[str]:
    """The first name, and those that follow of documents which the first does not name."""
    holders = [{i for i, title in searcher.called.items() if name in title} for name in named]
    return [
        name for name, held in zip(named, holders, strict=True) if name == named[0] or not held & holders[0]
    ]


def _saying(text: str, year: str) -> list[str]:
    """The parts of a text that name a year and no other, or else the year."""
    parts = [part for part in PART.split(text) if year in part and len(_YEAR.findall(part)) == 1]
    asked = [part for part in parts if not EACH.search(part)]
    return asked or [year]


def _without(text: str, words: list[str]) -> str:
    """A text without some words, and without what joined them to the rest or said that there are several."""
    for word in words:
        text = text.replace(word, "\0")
    return _FOR_SEVERAL.sub("", _JOINED.sub(" ", text))
