"""A further clause for a question that asks for two things: where to look for it, what tells of it, the weights learned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from langchain_core.documents import Document

from assistant.answerability import clause_context, present_terms, shares_covered
from assistant.evidence import Verdict, judge
from assistant.finding import Finder
from assistant.objections import figure_wanted, objections
from assistant.on_the_day import issued_by_then
from assistant.sides import EACH, LIKELY, PART, PARTS_LEAST, of_other_documents, of_two, programmes_named
from assistant.understanding import ASIDE, Understanding
from index.answers import answered_kinds
from index.backend import FloatArray
from index.query import QueryHints, content_terms
from index.ranker import RankingModel
from index.search import Filters, Searcher
from index.tokens import terms
from ingest.text import fold

BUNDLED = Path(__file__).with_name("companions.json")
# So likely a further clause must be, chosen on questions that the weights had not seen (`evals.train_companions`).
NEEDED = 0.4
# And an item of the clause that holds the first, where that clause itself is so likely.
NEEDED_OF_ITEM = 0.3
_LOGIT_NEEDED = float(np.log(NEEDED / (1 - NEEDED)))
_MOST_PARTS, _TERMS_LEAST = 6, 2
_BEFORE = 3  # clauses found for the whole question whose documents a part may mean
_JUDGED = 3  # parts, each of which must be answered alone
_NEIGHBOURS, _NEAR, _OF_PART, _DOCUMENTS = 6, 10, 2, 3
_SEARCHED, _OF_DOCUMENT = 20, 4  # clauses, for a part of a question and in another document
_KEYWORDS = re.compile(r"^[^，,。；;？?！!：:]+$")
_JOINED = re.compile(r"和|跟|与|及|、|还有|另外|又|再|/|;|；")
_OF_ALL = re.compile(r"加起来|一共|合计|总共|两步|两项|前后|都")
# Only then is a version that the first clause's document replaced meant as well.
_OF_VERSIONS = re.compile(
    r"[旧老原新]版|[旧老]的?(?:办法|政策|规定|文件)|以前|原来|之前|前后|变了|改了|变化|两版"
)
# Where the likeliest companions stand among what is found for two parts, and how many; chosen on development questions.
_BEFORE_CANDIDATES, _CANDIDATES = 2, 2
# Objections to a clause as an answer to a question of one part.
_OF_ANOTHER = frozenset({"year", "name", "receiver", "district"})
_NUMBERING = "0123456789一二三四五六七八九十（）.、"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a question, as it is searched for, and whether it asks something."""

    text: str
    asks: bool


@dataclass(frozen=True, slots=True)
class _Searched:
    """A part with what was found for it, and of that what stands in the document of the first clause."""

    part: Part
    hints: QueryHints
    hits: list[Document]
    inside: list[Document]
    last: bool

    def beside(self, document: Document) -> list[Document]:
        """What a candidate is held against: of its document if that is the first clause's, else all."""
        return self.inside if any(d.id == document.id for d in self.inside) else self.hits


class Companion(NamedTuple):
    """A clause that a question needs beside the first, and whether what it answers is asked before."""

    document: Document
    asked_before: bool


def companion(
    understanding: Understanding, first: Document, found: Sequence[Document], searcher: Searcher
) -> Companion | None:
    """The clause beside the first that a question needs as well, None if most likely none.

    Args:
        understanding: the question.
        first: the clause that answers it.
        found: all that was found for it, best first.
        searcher: where to look further.
    """
    searched, some = _candidates(understanding, first, found, searcher)
    replaced = searcher.documents[first.metadata["document_id"]].listing["supersedes"]
    versions = _OF_VERSIONS.search(understanding.question) or len(set(understanding.hints.years)) > 1
    if replaced and not (versions or of_two(understanding)):
        some = [one for one in some if one[0].metadata["document_id"] not in replaced]
    if not some:
        return None
    document = _likeliest(first, [document for document, _ in some], _score(some))
    if document is None:
        return None
    if not searched and _OF_ANOTHER & objections(understanding, document, searcher).keys():
        return None
    own, of_first = _part_of(document, searched), _part_of(first, searched)
    return Companion(document, own is not None and of_first is not None and own < of_first)


def _likeliest(first: Document, candidates: Sequence[Document], score: FloatArray) -> Document | None:
    """The likeliest candidate that does not hold the first clause; behind one that does, less is needed of its items."""
    held, needed = "", NEEDED
    for i in np.argsort(-score, kind="stable"):
        document = candidates[i]
        if 1 / (1 + np.exp(-float(score[i]))) < needed:
            return None
        if _holds(document, first):
            held, needed = document.metadata["clause_id"], NEEDED_OF_ITEM
        elif not held or document.metadata["clause_id"].startswith(held) or score[i] >= _LOGIT_NEEDED:
            return document
    return None


def _holds(document: Document, other: Document) -> bool:
    """Whether a clause stands above another in one document, as far as their paths tell."""
    return bool(other.metadata["clause_id"].startswith(document.metadata["clause_id"]))


def with_candidates(
    understanding: Understanding, found: Sequence[Document], searcher: Searcher
) -> list[Document]:
    """What was found for a question, for one of two parts with the likeliest companions of the first among the first."""
    some = signals(understanding, found[0], found, searcher) if found else []
    if not some:
        return list(found)
    first = list(found[:_BEFORE_CANDIDATES])
    held = {document.id for document in first}
    likeliest = [some[i][0] for i in np.argsort(-_score(some), kind="stable")]
    new = [document for document in likeliest if document.id not in held][:_CANDIDATES]
    held |= {document.id for document in new}
    return [*first, *new, *(document for document in found if document.id not in held)][: len(found)]


def _score(some: Sequence[tuple[Document, dict[str, float]]]) -> FloatArray:
    names = some[0][1]
    return _model().score(
        {name: np.array([values[name] for _, values in some], dtype=np.float32) for name in names}
    )


def _part_of(document: Document, searched: Sequence[_Searched]) -> int | None:
    """The number of the part for which a clause was found nearest to the front, None if for none."""
    places = [
        (place, number)
        for number, one in enumerate(searched)
        for place, found in enumerate(one.hits)
        if found.id == document.id
    ]
    return min(places)[1] if places else None


@cache
def _model() -> RankingModel:
    return RankingModel.load(BUNDLED)


def judged_by_parts(understanding: Understanding, searcher: Searcher) -> Verdict | None:
    """The verdict on a question for two things that no clause answers whole: whether each part is answered alone."""
    if _KEYWORDS.match(understanding.hints.corrected):
        return None
    named = of_other_documents(programmes_named(understanding, searcher), searcher)
    parts = [part for part in parts_of(understanding, named) if part.asks]
    if not _TERMS_LEAST <= len(parts) <= _JUDGED or any(
        len(content_terms(part.text)) < PARTS_LEAST for part in parts
    ):
        return None
    firsts: list[Document] = []
    found: dict[str | None, Document] = {}
    for part in parts:
        hints = searcher.analyser.hints(part.text, understanding.question, "", ASIDE)
        alone = replace(understanding, question=part.text, search_text=part.text, hints=hints)
        verdict = judge(alone, Finder(searcher).found(hints), searcher)
        if verdict.likely < LIKELY or not verdict.documents:
            return None
        firsts.append(verdict.documents[0])
        found |= {d.id: d for d in verdict.documents if d.id not in found}
    first = {document.id: document for document in firsts}
    documents = [*first.values(), *(d for i, d in found.items() if i not in first)]
    return Verdict(documents, likely=LIKELY, found=documents)


def parts_of(understanding: Understanding, named: Sequence[str]) -> list[Part]:
    """The parts of a question, each with the programme that it is about where it names none.

    What asks in few words stands together with what is said just before it; of bare keywords the first says of what.
    """
    text = understanding.hints.corrected
    words = re.split(r"[\s+＋]+", text)
    if _KEYWORDS.match(text) and len(words) > _TERMS_LEAST:
        return [Part(f"{words[0]} {word}", True) for word in words[1:] if len(word) > 1]
    out: list[Part] = []
    subject = named[0] if named else ""
    before = ""
    for piece in PART.split(text):
        subject = next((name for name in named if name in fold(piece)), subject)
        asks = bool(EACH.search(piece))
        if asks and len(content_terms(piece)) < PARTS_LEAST:
            piece = before + piece  # 听说还能贷笔款，最高多少: what it is about stands just before
        before = "" if asks else piece
        if len(content_terms(piece)) >= _TERMS_LEAST:
            out.append(Part(piece if subject in fold(piece) else f"{subject}{piece}", asks))
    return out


def signals(
    understanding: Understanding, first: Document, found: Sequence[Document], searcher: Searcher
) -> list[tuple[Document, dict[str, float]]]:
    """Clauses that a question may need beside the first, with what tells whether it does, about -1…3 each.

    They are the best for its parts, the best in other documents where it compares or names several, and those found
    next to the first. [] where the question does not look as if it asked for two things.
    """
    return _candidates(understanding, first, found, searcher)[1]


def _candidates(
    understanding: Understanding, first: Document, found: Sequence[Document], searcher: Searcher
) -> tuple[list[_Searched], list[tuple[Document, dict[str, float]]]]:
    """What was searched for part by part, and the candidates with their signals."""
    named = of_other_documents(programmes_named(understanding, searcher), searcher)
    parts = parts_of(understanding, named)
    asking = sum(part.asks for part in parts)
    pairs = of_two(understanding)
    if not (asking > 1 or pairs or _JOINED.search(understanding.hints.corrected) or _OF_ALL.search(understanding.question)):  # fmt: skip
        return [], []
    whole = pairs or bool(_OF_ALL.search(understanding.question))
    searched = _searched(understanding, first, found, [p for p in parts if p.asks or whole], searcher)
    candidates = {d.id: d for s in searched for d in [*s.inside[:_OF_PART], *s.hits[:_OF_PART]]}
    if pairs or len(named) > 1 or understanding.hints.refers:
        for document_id in _other_documents(first, found, searcher):
            hits = Finder(searcher, _OF_DOCUMENT, Filters(document=document_id)).found(understanding.hints)
            candidates |= {d.id: d for d in hits[:1] if d.id not in candidates}
    candidates |= {d.id: d for d in found[1:_NEIGHBOURS] if d.id not in candidates}
    candidates.pop(first.id, None)
    candidates = {d.id: d for d in issued_by_then(understanding, list(candidates.values()), searcher)}
    compared = _Compared(understanding, first, found, named, asking, searcher)
    return searched, [
        (document, compared.of_whole(document) | compared.of_part(document, searched))
        for document in candidates.values()
    ]


def _searched(
    understanding: Understanding,
    first: Document,
    found: Sequence[Document],
    parts: Sequence[Part],
    searcher: Searcher,
) -> list[_Searched]:
    """What is found for each of some parts, of which there must be two."""
    if len(parts) < _TERMS_LEAST:
        return []
    parts = parts[-_MOST_PARTS:]
    hints = understanding.hints
    own = first.metadata["document_id"]
    follows = bool(hints.context) and hints.leaning == 1
    before = (hints.context, hints.reply, 1.0) if follows else (understanding.question, "", ASIDE)
    out = []
    for part in parts:
        read = searcher.analyser.hints(part.text, *before)
        if not follows:  # what the whole question found, which need not be searched for again
            read.found_before = [d.metadata["document_id"] for d in found[:_BEFORE]]
        hits = Finder(searcher, _SEARCHED).found(read)
        inside = [d for d in hits if d.metadata["document_id"] == own]
        if hits:
            out.append(_Searched(part, read, hits, inside, part is parts[-1]))
    return out


def _other_documents(first: Document, found: Sequence[Document], searcher: Searcher) -> list[str]:
    """The other versions of the first clause's document, and the next documents found."""
    own = first.metadata["document_id"]
    listing = searcher.documents[own].listing
    versions = [*listing["supersedes"], listing["superseded_by"]]
    next_found = dict.fromkeys(d.metadata["document_id"] for d in found[:_NEAR])
    others = [i for i in next_found if i != own][:_DOCUMENTS]
    return list(dict.fromkeys([*(v for v in versions if v in searcher.documents), *others]))


class _Compared:
    """Candidates held against the first clause of a question."""

    def __init__(
        self,
        understanding: Understanding,
        first: Document,
        found: Sequence[Document],
        named: Sequence[str],
        asking: int,
        searcher: Searcher,
    ) -> None:
        self._understanding, self._first, self._named, self._searcher = understanding, first, named, searcher
        self._rank = {d.id: i for i, d in enumerate(found)}
        self._score = {d.id: float(d.metadata["score"]) for d in found}
        self._best = float(found[0].metadata["score"])
        self._called = programmes_named(understanding, searcher)
        self._text = " ".join(_said(first))
        about = searcher.documents[first.metadata["document_id"]]
        self._around = present_terms(understanding, *clause_context(first, about), *_said(first))
        self._own = present_terms(understanding, *_said(first), _heading(first))
        self._gist, self._heading = _terms(_short(first)), _terms(_heading(first))
        hints = understanding.hints
        self._of_question = {
            "asking_parts": min(asking, 4) / 2,
            "length": min(len(understanding.question), 150) / 75,
            "of_two": float(of_two(understanding)),
            "compares": float("compare" in hints.kinds),
            "several_named": float(len(named) > 1),
            "two_years": float(len(hints.years) > 1),
            "first_document_named": float(first.metadata["parts"]["document"] > 0),
            "first_called": float(any(name in self._title(first) for name in named)),
        }

    def _title(self, document: Document) -> str:
        return self._searcher.called[document.metadata["document_id"]]

    def of_whole(self, document: Document) -> dict[str, float]:
        """What the whole question tells of a candidate."""
        first, metadata = self._first.metadata, document.metadata
        same = metadata["document_id"] == first["document_id"]
        above, own = first["clause"], metadata["clause"]
        about = self._searcher.documents[metadata["document_id"]]
        around = present_terms(self._understanding, *clause_context(document, about), *_said(document))
        itself = present_terms(self._understanding, *_said(document), _heading(document))
        covers, first_covers, both_cover = shares_covered(
            self._understanding, [around, self._around, around | self._around], self._searcher
        )
        _, first_says, both_say = shares_covered(
            self._understanding, [itself, self._own, itself | self._own], self._searcher
        )
        title = self._title(document)
        rank = self._rank.get(document.id, 20)
        return self._of_question | {
            "rank": 1 - min(rank, 20) / 20,
            "among_two": float(rank <= 1),
            "among_four": float(rank <= 3),
            "behind": min(self._best - self._score.get(document.id, self._best - 12), 12) / 4,
            "adds": both_cover - first_covers,
            "adds_itself": both_say - first_says,
            "first_covers": first_covers,
            "first_says": first_says,
            "covers": covers,
            "same_document": float(same),
            "below": float(same and own.startswith(above)),
            "above": float(same and above.startswith(own)),
            "beside": float(same and own.rstrip(_NUMBERING) == above.rstrip(_NUMBERING)),
            "alike": _overlap(_terms(_short(document)), self._gist),
            "headed_alike": _overlap(_terms(_heading(document)), self._heading),
            "document_named": float(metadata["parts"]["document"] > 0),
            "called": float(any(name in title for name in self._named)),
            "called_alone": float(
                any(name in title and name not in self._title(self._first) for name in self._called)
            ),
            "ask": float(metadata["parts"]["ask"]),
        }

    def of_part(self, document: Document, searched: Sequence[_Searched]) -> dict[str, float]:
        """What the part tells that a candidate answers best; all 0 where it is found for none."""
        best, of_best = None, (0, -np.inf)
        for one in searched:
            hits = one.beside(document)
            place = next((i for i, d in enumerate(hits[:_OF_PART]) if d.id == document.id), None)
            if place is None:
                continue
            scores = [float(d.metadata["score"]) for d in hits]
            others = [s for i, s in enumerate(scores) if i != place]
            lead = scores[place] - max(others) if others else 4.0
            if lead > of_best[1]:
                best, of_best = one, (place, lead)
        if best is None:
            return dict.fromkeys(_OF_PART_SIGNALS, 0.0)
        place, lead = of_best
        hits = best.beside(document)
        scores = [float(d.metadata["score"]) for d in hits]
        first = next((float(d.metadata["score"]) for d in best.hits if d.id == self._first.id), None)
        text = " ".join(_said(document))
        about = self._searcher.documents[document.metadata["document_id"]]
        understood = Understanding(best.part.text, best.part.text, best.hints, self._understanding.as_of)
        around = present_terms(understood, *clause_context(document, about), *_said(document))
        covered, by_first = shares_covered(understood, [around, self._around], self._searcher)
        figure = figure_wanted(best.part.text)
        kinds = best.hints.kinds[:1]
        of_others = {kind for other in searched if other is not best for kind in other.hints.kinds[:1]}
        values = (
            1.0,
            max(min(lead, 8), -4) / 4,
            2.0 if first is None else max(min(scores[place] - first, 10), -5) / 5,
            min(max(scores[place], -5), 25) / 10,
            covered,
            covered - by_first,
            float(figure is not None),
            float(bool(figure and figure.held.search(text))),
            float(bool(figure and figure.held.search(self._text))),
            float(best.part.asks),
            float(best.last),
            float(hits is best.inside),
            float(best.hits[0].id == document.id),
            min(len(content_terms(best.part.text)), 20) / 10,
            float(bool(kinds) and kinds[0] not in of_others),
            float(bool(set(kinds) & set(answered_kinds(text)))),
            float("validity" in kinds),
            float(any(other.hits[0].id == self._first.id for other in searched)),
        )
        return dict(zip(_OF_PART_SIGNALS, values, strict=True))


_OF_PART_SIGNALS = (
    "of_part", "part_lead", "part_ahead_of_first", "part_score", "part_covered", "part_gain", "part_wants_figure",
    "part_figure_held", "part_figure_told", "part_asks", "part_last", "part_inside", "part_best", "part_length", "part_of_other_kind",
    "part_kind_answered", "part_of_validity", "first_for_a_part",
)  # fmt: skip


def _said(document: Document) -> tuple[str, str]:
    return document.page_content, document.metadata["gist"]


def _short(document: Document) -> str:
    return str(document.metadata["gist"] or document.page_content[:200])


def _heading(document: Document) -> str:
    return str(document.metadata["breadcrumb"]).rsplit(" > ", 1)[-1]


def _terms(text: str) -> frozenset[str]:
    return frozenset(terms(text))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))
