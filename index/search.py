"""A question in, ranked clauses out: hints from the question, candidates from a backend, one ranking over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field

import numpy as np

from index.backend import Backend, Candidates, Filters, FloatArray, Probe
from index.encoder import Encoder, load_encoder
from index.generation import Generation
from index.home import Home
from index.query import QueryAnalyser, QueryHints, content_terms
from index.ranking import Ranker
from index.store import StoredClause, StoredDocument
from index.targets import open_backend
from index.tokens import terms
from ingest.knowledge import load_vocabulary

__all__ = ["Filters", "Hit", "Searcher"]

POOL = 300  # candidates that are ranked, at least
_EXPANSION_WEIGHT = 0.5
_CORRECTION_WEIGHT = 0.8  # for words that were meant, beside those that were written
_CONTEXT_WEIGHT = 0.5  # for words of the conversation before


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

    def __init__(self, home: Home, encoder: Encoder | None = None, backend: Backend | None = None) -> None:
        self.generation = Generation(home)
        self.manifest = self.generation.manifest
        self.store = self.generation.store
        self.documents = self.generation.documents
        self._encoder = encoder or load_encoder(self.manifest["encoder"])
        self.vocabulary = load_vocabulary()
        self.analyser = QueryAnalyser(self.vocabulary, self.generation.sounds)
        self.backend: Backend = backend or open_backend(self.generation)
        self._ranker = Ranker(self.generation)
        self._copies: dict[str, list[str]] = {}
        for document in self.documents.values():
            if document.listing["duplicate_of"]:
                self._copies.setdefault(document.listing["duplicate_of"], []).append(document.document_id)
        self._hidden: frozenset[str] = frozenset()

    def without(self, clause_ids: Iterable[str]) -> Searcher:
        """The same searcher as if the index did not hold some clauses; word frequencies stay as they are."""
        view = copy(self)
        view._hidden = self._hidden | frozenset(clause_ids)
        view.store = self.store.without(view._hidden)
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
        if not hints.text or not len(self.generation.rows):
            return []
        found, features = self.candidates(hints, k, filters)
        if not len(found.rows):
            return []
        score = self._ranker.score(features)
        order = np.lexsort((found.rows, -score))
        clauses = self.generation.rows["clause"][found.rows[order]]
        _, first = np.unique(clauses, return_index=True)
        best = order[np.sort(first)][: k + len(self._hidden)]
        passages = self.store.passages(found.rows[best].tolist())
        shown = [(i, *passages[int(found.rows[i])]) for i in best]
        shown = [(i, c, text) for i, c, text in shown if c not in self._hidden][:k]
        asks = self.store.asks([int(found.ask[i]) for i, _, _ in shown if found.ask[i] >= 0])
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
                {name: round(float(values[i]), 4) for name, values in features.items()},
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
        found = self.backend.candidates(self._probe(hints, named, k, filters))
        return found, self._ranker.features(hints, named, found) if len(found.rows) else {}

    def rarity(self, token: str) -> float:
        """Inverse document frequency of an index term; highest for one that stands nowhere."""
        return self.generation.counts.rarity(token)

    def knows(self, token: str) -> bool:
        """Whether an index term stands in any clause or written question."""
        return self.generation.counts.frequency(token) > 0

    def _probe(self, hints: QueryHints, named: dict[int, float], k: int, filters: Filters | None) -> Probe:
        weights = _weigh(hints, terms)
        asked = _weigh(hints, content_terms, 0.0)
        meant = " ".join([hints.corrected, *(e.target for e in hints.expansions if e.weight > 0.7)])
        allowed = None
        if filters is not None and filters != Filters():
            allowed = frozenset(i for i, d in self.documents.items() if filters.meets(d))
        return Probe(
            hints.text,
            weights,
            asked,
            self._vector(meant, hints.context),
            max(POOL, 3 * k + len(self._hidden)),
            allowed,
            self._ranker.pinned(hints, named),
            filters,
        )

    def _vector(self, text: str, context: str) -> FloatArray:
        vectors = self._encoder.encode([text, context] if context else [text])
        if not context:
            return vectors[0]
        mixed = vectors[0] + _CONTEXT_WEIGHT * vectors[1]
        return np.asarray(mixed / max(float(np.linalg.norm(mixed)), 1e-9), dtype=np.float32)

    def _ids_of_copies(self, clause_id: str) -> list[str]:
        document_id, path = clause_id.split("#", 1)
        return [f"{copy}#{path}" for copy in self._copies.get(document_id, [])]


def _weigh(
    hints: QueryHints, cut: Callable[[str], list[str]], expansions: float = _EXPANSION_WEIGHT
) -> dict[str, float]:
    """The terms of a question with what each is worth."""
    weights: dict[str, float] = {}
    for token in cut(hints.text):
        weights[token] = weights.get(token, 0.0) + 1.0
    for text, weight in ((hints.corrected, _CORRECTION_WEIGHT), (hints.context, _CONTEXT_WEIGHT)):
        for token in cut(text):
            weights.setdefault(token, weight)
    for expansion in hints.expansions if expansions else ():
        for token in cut(expansion.target):
            weights[token] = weights.get(token, 0.0) + expansions * expansion.weight
    return weights
