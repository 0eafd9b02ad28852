"""A further clause for a question that asks for two things: where to look for it, what tells of it, the weights learned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from langchain_core.documents import Document

from assistant.answerability import clause_context, present_terms, shares_covered
from assistant.finding import Finder
from assistant.objections import figure_wanted
from assistant.sides import EACH, PART, PARTS_LEAST, of_other_documents, of_two, programmes_named
from assistant.understanding import ASIDE, Understanding
from index.answers import answered_kinds
from index.query import QueryHints, content_terms
from index.ranker import RankingModel
from index.search import Filters, Searcher
from index.tokens import terms
from ingest.text import fold

BUNDLED = Path(__file__).with_name("companions.json")
# So likely a further clause must be, chosen on questions that the weights had not seen (`evals.train_companions`).
NEEDED = 0.4
_MOST_PARTS, _TERMS_LEAST = 6, 2
_NEIGHBOURS, _NEAR, _OF_PART, _DOCUMENTS = 6, 10, 2, 3
_SEARCHED, _OF_DOCUMENT = 10, 4  # clauses, for a part of a question and in another document
_KEYWORDS = re.compile(r"^[^，,。；;？?！!：:]+$")
_JOINED = re.compile(r"和|跟|与|及|、|还有|另外|又|再|/|;|；")
_OF_ALL = re.compile(r"加起来|一共|合计|总共|两步|两项|前后|都")
_NUMBERING = "0123456789一二三四五六七八九十（）.、"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a question, as it is searched for, and whether it asks something."""

    text: str
    asks: bool


@dataclass(frozen=True, slots=True)
class _Searched:
    """A part with what was found for it; `last` of the parts, `first_for_another` if the first clause is another's best."""

    part: Part
    hints: QueryHints
    hits: list[Document]
    last: bool


def companion(
    understanding: Understanding, first: Document, found: Sequence[Document], searcher: Searcher
) -> Document | None:
    """The clause beside the first that a question needs as well, None if most likely none.

    Args:
        understanding: the question.
        first: the clause that answers it.
        found: all that was found for it, best first.
        searcher: where to look further.
    """
    some = signals(understanding, first, found, searcher)
    if not some:
        return None
    names = some[0][1]
    score = _model().score(
        {name: np.array([values[name] for _, values in some], dtype=np.float32) for name in names}
    )
    best = int(np.argmax(score))
    return some[best][0] if 1 / (1 + np.exp(-float(score[best]))) >= NEEDED else None


@cache
def _model() -> RankingModel:
    return RankingModel.load(BUNDLED)


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
    named = of_other_documents(programmes_named(understanding, searcher), searcher)
    parts = parts_of(understanding, named)
    asking = sum(part.asks for part in parts)
    pairs = of_two(understanding)
    if not (asking > 1 or pairs or _JOINED.search(understanding.hints.corrected) or _OF_ALL.search(understanding.question)):  # fmt: skip
        return []
    whole = pairs or bool(_OF_ALL.search(understanding.question))
    searched = _searched(understanding, first, [p for p in parts if p.asks or whole], named, searcher)
    candidates = {d.id: d for s in searched for d in s.hits[:_OF_PART]}
    if pairs or len(named) > 1 or understanding.hints.refers:
        for document_id in _other_documents(first, found, searcher):
            hits = Finder(searcher, _OF_DOCUMENT, Filters(document=document_id)).found(understanding.hints)
            candidates |= {d.id: d for d in hits[:1] if d.id not in candidates}
    candidates |= {d.id: d for d in found[1:_NEIGHBOURS] if d.id not in candidates}
    candidates.pop(first.id, None)
    compared = _Compared(understanding, first, found, named, asking, searcher)
    return [
        (document, compared.of_whole(document) | compared.of_part(document, searched))
        for document in candidates.values()
    ]


def _searched(
    understanding: Understanding,
    first: Document,
    parts: Sequence[Part],
    named: Sequence[str],
    searcher: Searcher,
) -> list[_Searched]:
    """What is found for each of some parts, of which there must be two, in the document of the first clause.

    Another document may answer where the question refers to one, or names one for each part.
    """
    if len(parts) < _TERMS_LEAST:
        return []
    parts = parts[-_MOST_PARTS:]
    hints = understanding.hints
    anywhere = hints.refers or len(named) > 1
    filters = None if anywhere else Filters(document=first.metadata["document_id"])
    out = []
    for part in parts:
        before = (
            (hints.context, hints.reply, hints.leaning)
            if hints.context and hints.leaning == 1
            else (understanding.question, "", ASIDE)
        )
        read = searcher.analyser.hints(part.text, *before)
        hits = Finder(searcher, _SEARCHED, filters).found(read)
        if hits:
            out.append(_Searched(part, read, hits, part is parts[-1]))
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
        self._text = _said(first)
        about = searcher.documents[first.metadata["document_id"]]
        self._around = present_terms(understanding, f"{clause_context(first, about)} {self._text}")
        self._own = present_terms(understanding, f"{self._text} {_heading(first)}")
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
        text = _said(document)
        around = present_terms(self._understanding, f"{clause_context(document, about)} {text}")
        itself = present_terms(self._understanding, f"{text} {_heading(document)}")
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
            place = next((i for i, d in enumerate(one.hits[:_OF_PART]) if d.id == document.id), None)
            if place is None:
                continue
            scores = [float(d.metadata["score"]) for d in one.hits]
            others = [s for i, s in enumerate(scores) if i != place]
            lead = scores[place] - max(others) if others else 4.0
            if lead > of_best[1]:
                best, of_best = one, (place, lead)
        if best is None:
            return dict.fromkeys(_OF_PART_SIGNALS, 0.0)
        place, lead = of_best
        scores = [float(d.metadata["score"]) for d in best.hits]
        first = next((s for s, d in zip(scores, best.hits, strict=True) if d.id == self._first.id), None)
        text = _said(document)
        about = self._searcher.documents[document.metadata["document_id"]]
        understood = Understanding(best.part.text, best.part.text, best.hints, self._understanding.as_of)
        around = present_terms(understood, f"{clause_context(document, about)} {text}")
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
            min(len(content_terms(best.part.text)), 20) / 10,
            float(bool(kinds) and kinds[0] not in of_others),
            float(bool(set(kinds) & set(answered_kinds(text)))),
            float("validity" in kinds),
            float(any(other.hits[0].id == self._first.id for other in searched)),
        )
        return dict(zip(_OF_PART_SIGNALS, values, strict=True))


_OF_PART_SIGNALS = (
    "of_part", "part_lead", "part_ahead_of_first", "part_score", "part_covered", "part_gain", "part_wants_figure",
    "part_figure_held", "part_figure_told", "part_asks", "part_last", "part_length", "part_of_other_kind",
    "part_kind_answered", "part_of_validity", "first_for_a_part",
)  # fmt: skip


def _said(document: Document) -> str:
    return f"{document.page_content} {document.metadata['gist']}"


def _short(document: Document) -> str:
    return str(document.metadata["gist"] or document.page_content[:200])


def _heading(document: Document) -> str:
    return str(document.metadata["breadcrumb"]).rsplit(" > ", 1)[-1]


def _terms(text: str) -> frozenset[str]:
    return frozenset(terms(text))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))
