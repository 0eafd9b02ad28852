"""A question in, ranked clauses out: hints from the question, candidates from a backend, one ranking over them."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import numpy as np

from index.backend import Backend, Candidates, Filters, FloatArray, IntArray, Probe
from index.encoder import Encoder, load_encoder
from index.generation import Generation
from index.home import Home
from index.query import QueryAnalyser, QueryHints, content_terms, focus
from index.ranker import RankingModel
from index.ranking import FUSED_FROM, FUSED_FROM_ARRANGED, FUSED_OF, Ranker, fused_behind_the_first
from index.rerank import RERANKED, Reranker, configured_reranker
from index.store import StoredClause, StoredDocument
from index.targets import open_backend
from index.tokens import terms
from ingest.knowledge import load_vocabulary
from ingest.text import fold

__all__ = ["Filters", "Hit", "Searcher"]

POOL = 300  # candidates that are ranked, at least
_OF_EACH_SIDE = 2  # results of each side of a comparison that come first
_LOOKED_AT_FOR_REFERENCES = 5
_BEGINNING = 3  # clauses
_NEARLY = 3.0  # in units of the ranking's score
_EXPANSION_WEIGHT = 0.5
_BACKGROUND_WEIGHT = 0.5  # for what a long story says beside the question in it
_CORRECTION_WEIGHT = 0.8  # for words that were meant, beside those that were written
_CONTEXT_WEIGHT = 0.5  # for words of the question before
_REPLY_WEIGHT = 0.2  # for words of the answer before


@dataclass(slots=True)
class Hit:
    """One found clause. `parts` says what the score is made of, `copies` where the same clause stands once more."""

    rank: int
    score: float
    clause: StoredClause
    document: StoredDocument
    passage: str
    parts: dict[str, float] = field(default_factory=dict)
    ask: str = ""
    copies: list[StoredClause] = field(default_factory=list)


class Searcher:
    """Search over the current generation of a home."""

    def __init__(
        self,
        home: Home,
        encoder: Encoder | None = None,
        backend: Backend | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self.generation = Generation(home)
        self.manifest = self.generation.manifest
        self.store = self.generation.store
        self.documents = self.generation.documents
        self._encoder = encoder or load_encoder(self.manifest["encoder"])
        self.vocabulary = load_vocabulary()
        self.analyser = QueryAnalyser(self.vocabulary, self.generation.sounds)
        self.backend: Backend = backend or open_backend(self.generation)
        self._ranker = Ranker(self.generation)
        self._reranker = reranker or configured_reranker()
        self._copies: dict[str, list[str]] = {}
        for document in self.documents.values():
            if document.listing["duplicate_of"]:
                self._copies.setdefault(document.listing["duplicate_of"], []).append(document.document_id)
        self._hidden: frozenset[str] = frozenset()
        self._gone = np.zeros(0, dtype=np.int64)  # the numbers of the hidden clauses

    def without(self, clause_ids: Iterable[str]) -> Searcher:
        """The same searcher as if the index did not hold some clauses; word frequencies stay as they are."""
        view = copy(self)
        view._hidden = self._hidden | frozenset(clause_ids)
        view.store = self.store.without(view._hidden)
        view._gone = np.unique(self.generation.rows["clause"][self.generation.store.first_rows(view._hidden)])
        return view

    def ranked_by(self, model: RankingModel) -> Searcher:
        """The same searcher with other ranking weights."""
        view = copy(self)
        view._ranker = self._ranker.with_model(model)
        return view

    def search(
        self, question: str, k: int = 20, filters: Filters | None = None, hints: QueryHints | None = None
    ) -> list[Hit]:
        """The k best clauses for a question, best first; passages of one clause are one result.

        Args:
            question: any words; cleaned and read for hints unless `hints` is given.
            k: number of results, at least 1.
            filters: restrictions that every result meets.
            hints: from `analyser.hints`, when the caller has them already.
        """
        hints = hints or self.analyser.hints(question)
        if not hints.refers:
            return self._search(hints, k, filters)
        hits = self._with_cited(
            self._search(hints, max(k, FUSED_OF), filters, fused=False), hints, filters or Filters()
        )
        if k > FUSED_FROM_ARRANGED and hits:
            parts = {name: np.array([hit.parts[name] for hit in hits]) for name in hits[0].parts}
            score, places = np.array([hit.score for hit in hits]), np.arange(len(hits))
            hits = [hits[i] for i in fused_behind_the_first(places, score, parts, FUSED_FROM_ARRANGED)]
        return [replace(hit, rank=rank) for rank, hit in enumerate(hits[:k], start=1)]

    def _with_cited(self, hits: list[Hit], hints: QueryHints, filters: Filters) -> list[Hit]:
        """The results with the best of the document that one of the first cites, where hardly any of it is among the first."""
        first = hits[:_LOOKED_AT_FOR_REFERENCES]
        held = Counter(hit.document.document_id for hit in first)
        clauses = [hit.clause for hit in first]
        # What a document rests on is said at its beginning.
        clauses += self.store.clauses_of(first[0].document.document_id)[:_BEGINNING] if first else []
        for clause in clauses:
            for _, target in self.store.links(clause):
                cited = target.split("#", 1)[0]
                if not cited or held[cited] >= _OF_EACH_SIDE or not filters.meets(self.documents[cited]):
                    continue
                found = self._search(hints, _OF_EACH_SIDE, replace(filters, document=cited))
                new = {f.clause.clause_id for f in found}
                rest = [h for h in hits if h.clause.clause_id not in new]
                return [*rest[:_OF_EACH_SIDE], *found, *rest[_OF_EACH_SIDE:]]
        return hits

    def _search(self, hints: QueryHints, k: int, filters: Filters | None, fused: bool = True) -> list[Hit]:
        if not hints.text or not len(self.generation.rows):
            return []
        found, features = self.candidates(hints, k, filters)
        if not len(found.rows):
            return []
        score = self._ranker.score(features)
        depth = max(k, RERANKED) if self._reranker else k
        best = self._order(hints, found, features, score)
        first = FUSED_FROM_ARRANGED if "compare" in hints.kinds else FUSED_FROM
        if fused and depth > first:
            best = fused_behind_the_first(best, score, features, first)
        best = best[:depth]
        passages = self.store.passages(found.rows[best].tolist())
        shown = [(i, *passages[int(found.rows[i])]) for i in best.tolist()]
        if self._reranker:
            shown = self._reranked(self._reranker, hints.text, shown, features["clause"])
        shown = shown[:k]
        asks = self.store.asks([int(found.ask[i]) for i, _, _ in shown if found.ask[i] >= 0])
        at = np.array([i for i, _, _ in shown])
        parts = np.round(np.array([v[at] for v in features.values()], dtype=float).T, 4).tolist()
        copies = {c: self._ids_of_copies(c) for _, c, _ in shown}
        held = {
            c.clause_id: c
            for c in self.store.clauses([*copies, *(i for some in copies.values() for i in some)])
        }
        return [
            Hit(
                rank,
                round(float(score[i]), 4),
                held[clause_id],
                self.documents[held[clause_id].document_id],
                text,
                dict(zip(features, parts[rank - 1], strict=True)),
                asks[int(found.ask[i])][1] if found.ask[i] >= 0 and features["ask"][i] > 0 else "",
                [held[c] for c in copies[clause_id] if c in held],
            )
            for rank, (i, clause_id, text) in enumerate(shown, start=1)
        ]

    def candidates(
        self, hints: QueryHints, k: int = 20, filters: Filters | None = None
    ) -> tuple[Candidates, dict[str, FloatArray]]:
        """The passages that are ranked for a question, and their features, shape (n,) each."""
        named = self._ranker.named(hints)
        about = self.documents_of_the_talk(hints, filters)
        before = {d: hints.leaning / rank for rank, d in reversed([*enumerate(about, start=1)])}
        found = self.backend.candidates(self._probe(hints, named, k, filters))
        if self._hidden:
            found = found.at(np.flatnonzero(~np.isin(self.generation.rows["clause"][found.rows], self._gone)))
        return found, self._ranker.features(hints, named, before, found) if len(found.rows) else {}

    def documents_of_the_talk(self, hints: QueryHints, filters: Filters | None = None) -> list[str]:
        """Documents that the conversation was about, found with what was asked and said before, best first.

        Without filters they are kept in the hints, so that a second look for the same question is spared.
        """
        if hints.found_before is not None or not hints.context:
            return hints.found_before or []
        said = self.analyser.hints(f"{hints.context} {hints.reply}")
        found = [hit.document.document_id for hit in self.search(hints.context, 3, filters, said)]
        if filters is None:
            hints.found_before = found
        return found

    def _order(
        self, hints: QueryHints, found: Candidates, features: dict[str, FloatArray], score: FloatArray
    ) -> IntArray:
        """Places of the candidates, best first, one for each clause."""
        order = np.lexsort((found.rows, -score))
        clauses = self.generation.rows["clause"][found.rows[order]]
        _, first = np.unique(clauses, return_index=True)
        best = np.asarray(order[np.sort(first)])
        return self._both_sides(best, found.rows, score) if "compare" in hints.kinds else best

    def _reranked(
        self, reranker: Reranker, question: str, shown: list[tuple[int, str, str]], asked_for: FloatArray
    ) -> list[tuple[int, str, str]]:
        """The first results in the reranker's order; a clause asked for by its number stays in front."""
        first, rest = shown[:RERANKED], shown[RERANKED:]
        texts = [f"{self.documents[c.split('#', 1)[0]].title} {text}" for _, c, text in first]
        scores = reranker.scores(question, texts)
        order = sorted(range(len(first)), key=lambda i: (-asked_for[first[i][0]], -float(scores[i])))
        return [first[i] for i in order] + rest

    @functools.cached_property
    def called(self) -> dict[str, str]:
        """What each document is called, title and everyday names folded, by id."""
        return {i: fold(" ".join([d.title, *d.names])) for i, d in self.documents.items()}

    def rarity(self, token: str) -> float:
        """Inverse document frequency of an index term; highest for one that stands nowhere."""
        return self.generation.counts.rarity(token)

    def knows(self, token: str) -> bool:
        """Whether an index term stands in any clause or written question."""
        return self.generation.counts.frequency(token) > 0

    def has_phrase(self, phrase: str) -> bool:
        """Whether a phrase (`index.tokens.phrases`) stands in any clause or its notes."""
        return self.generation.phrases.knows(phrase)

    def _probe(self, hints: QueryHints, named: dict[int, float], k: int, filters: Filters | None) -> Probe:
        asking = focus(hints.text)
        weights = _weigh(hints, asking, terms)
        asked = _weigh(hints, asking, content_terms, 0.0)
        self.generation.counts.look_up([*weights, *asked])
        meant = " ".join([hints.corrected, *(e.target for e in hints.expansions if e.weight > 0.7)])
        allowed = None
        if filters is not None and filters != Filters():
            allowed = frozenset(i for i, d in self.documents.items() if filters.meets(d))
        return Probe(
            hints.text,
            weights,
            asked,
            self._vector(meant, hints.context, _CONTEXT_WEIGHT * hints.leaning),
            max(POOL, 3 * k + len(self._hidden)),
            allowed,
            self._ranker.pinned(hints, named),
            filters,
        )

    def _vector(self, text: str, context: str, weight: float) -> FloatArray:
        vectors = self._encoder.encode([text, context] if context else [text])
        if not context:
            return vectors[0]
        mixed = vectors[0] + weight * vectors[1]
        return np.asarray(mixed / max(float(np.linalg.norm(mixed)), 1e-9), dtype=np.float32)

    def _both_sides(self, best: IntArray, rows: IntArray, score: FloatArray) -> IntArray:
        """For a comparison, the first results in turn from the best document and from the one beside it.

        That is the other version of the best document, or else the next document that fits nearly as well.
        """
        documents = self.generation.rows["document"][rows[best]]
        held = list(self.documents.values())
        first = held[documents[0]]
        versions = {*first.listing["supersedes"], first.listing["superseded_by"]}
        others = [i for i in range(1, len(best)) if documents[i] != documents[0]]
        other = next((i for i in others if held[documents[i]].document_id in versions), None)
        if other is None and others and score[best[0]] - score[best[others[0]]] < _NEARLY:
            other = others[0]
        if other is None:
            return best
        sides = [np.flatnonzero(documents == documents[i])[:_OF_EACH_SIDE].tolist() for i in (0, other)]
        turn = [i for pair in zip_longest(*sides) for i in pair if i is not None]
        return np.concatenate([best[turn], np.delete(best, turn)])

    def _ids_of_copies(self, clause_id: str) -> list[str]:
        document_id, path = clause_id.split("#", 1)
        return [f"{copy}#{path}" for copy in self._copies.get(document_id, [])]


@functools.lru_cache(maxsize=10_000)
def _terms_of_official(words: str) -> tuple[str, ...]:
    """The terms of words from the vocabulary, which come up again and again."""
    return tuple(terms(words))


def _weigh(
    hints: QueryHints,
    asking: str,
    cut: Callable[[str], list[str]],
    expansions: float = _EXPANSION_WEIGHT,
) -> dict[str, float]:
    """The terms of a question with what each is worth; `asking` is its `focus`."""
    weights: dict[str, float] = {}
    for token in cut(hints.text):
        weights[token] = weights.get(token, 0.0) + (_BACKGROUND_WEIGHT if asking else 1.0)
    for token in cut(asking):
        weights[token] = max(weights.get(token, 0.0), 1.0)
    beside = (
        (hints.corrected, _CORRECTION_WEIGHT),
        (hints.context, _CONTEXT_WEIGHT * hints.leaning),
        (hints.reply, _REPLY_WEIGHT * hints.leaning),
    )
    for text, weight in beside:
        for token in cut(text) if text != hints.text else ():
            weights.setdefault(token, weight)
    for expansion in hints.expansions if expansions else ():
        for token in _terms_of_official(expansion.target):
            weights[token] = weights.get(token, 0.0) + expansions * expansion.weight
    return weights
