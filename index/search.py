"""A question in, ranked clauses out: lexical fields, written questions, vectors and structure in one score."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.build import ASK_VECTORS, FIELDS, STORE, VECTORS
from index.dense import DenseIndex
from index.encoder import Encoder, load_encoder
from index.home import Home
from index.lexical import LexicalIndex
from index.query import QueryAnalyser, QueryHints, content_terms
from index.store import Store, StoredClause, StoredDocument
from index.tokens import terms
from index.validity import status_on
from ingest.clauses import INTRO, NOTICE
from ingest.errors import HangceError
from ingest.knowledge import load_vocabulary
from ingest.text import fold

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32]

# Weights of the parts of the score. Each part is scaled to about 0…1 before. Notes, opening and ASK_WORDS_NEEDED were
# chosen on the dev questions.
WEIGHTS = {
    "body": 1.0,
    "title": 0.35,
    "notes": 0.8,
    "dense": 0.35,
    "ask": 1.0,
    "kind": 0.12,
    "opening": -0.3,
    "document": 0.6,
    "clause": 1.2,
    "year": 0.15,
    "place": 0.15,
    "version": 0.12,
}
ASK_THRESHOLD = 0.45  # an ask that shares less than this with the question says nothing about its clause
ASK_WORDS_NEEDED = 0.1
_DENSE_DEPTH = 300


@dataclass(frozen=True, slots=True)
class Filters:
    """Restrict a search; applied before ranking, never after."""

    level: str | None = None
    district: str | None = None
    document: str | None = None
    kind: str | None = None
    in_force_on: date | None = None


@dataclass(slots=True)
class Hit:
    """One found clause. `parts` says what the score is made of."""

    rank: int
    score: float
    clause: StoredClause
    document: StoredDocument
    passage: str
    parts: dict[str, float] = field(default_factory=dict)
    ask: str = ""


class Searcher:
    """Search over the current generation of a home."""

    def __init__(self, home: Home, encoder: Encoder | None = None) -> None:
        folder = home.current()
        self.manifest = home.manifest(folder)
        if not isinstance(self.manifest.get("summary"), dict) or not self.manifest.get("encoder"):
            raise HangceError(
                f"the index in {home.path} is damaged (incomplete manifest) — run `hangce build`"
            )
        self.store = Store(folder / STORE)
        self.documents = {d.document_id: d for d in self.store.documents()}
        rows = self.store.passage_clauses()
        self._clause_of_row = [row[0] for row in rows]
        order = {document_id: i for i, document_id in enumerate(self.documents)}
        self._document_of_row = np.array([order[row[1]] for row in rows], dtype=np.int64)
        self._listings = [d.listing for d in self.documents.values()]
        self._answers = _answer_rows([row[2] for row in rows])
        self._contexts = [row[3] for row in rows]
        # A cover notice or preamble repeats the title's words, and hardly ever answers anything.
        rules = np.array([listing["kind"] in ("policy", "plan") for listing in self._listings])
        opening = [clause_id.endswith((f"#{NOTICE}", f"#{INTRO}")) for clause_id in self._clause_of_row]
        self._opening = np.array(opening, dtype=np.float32) * rules[self._document_of_row]
        first_row: dict[str, int] = {}
        for i, clause_id in enumerate(self._clause_of_row):
            first_row.setdefault(clause_id, i)
        self._ask_clause = self.store.ask_clauses()
        self._ask_row = np.array([first_row[c] for c in self._ask_clause], dtype=np.int64)
        sizes = {name: len(rows) for name in FIELDS} | {"asks": len(self._ask_clause)}
        self._fields = {name: LexicalIndex.load(folder / name, sizes[name]) for name in FIELDS}
        self._vectors = DenseIndex.load(folder / VECTORS)
        self._ask_vectors = DenseIndex.load(folder / ASK_VECTORS)
        self._encoder = encoder or load_encoder(self.manifest["encoder"])
        self.vocabulary = load_vocabulary()
        self.analyser = QueryAnalyser(self.vocabulary, list(self.documents.values()))
        self._years = [_years_of(listing) for listing in self._listings]
        self._recency = np.array([_recency(listing) for listing in self._listings], dtype=np.float32)
        self._district_rows = self._rows_by_district()
        self._shown = np.ones(len(rows), dtype=bool)

    def without(self, clause_ids: Iterable[str]) -> Searcher:
        """The same searcher as if the index did not hold some clauses; word frequencies stay as they are."""
        view = copy(self)
        hidden = set(clause_ids)
        view.store = self.store.without(hidden)
        view._shown = self._shown & np.array([c not in hidden for c in self._clause_of_row], dtype=bool)
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
        if not hints.text or not self._clause_of_row:
            return []
        parts, best_ask = self._parts(hints)
        allowed = self._allowed(filters)
        score = np.zeros(len(self._clause_of_row), dtype=np.float32)
        for name, values in parts.items():
            score += WEIGHTS[name] * values
        score[~allowed] = -np.inf
        return self._hits(score, parts, best_ask, k)

    def rarity(self, token: str) -> float:
        """Inverse document frequency of an index term; highest for one that stands nowhere."""
        return self._fields["body"].idf(token)

    def knows(self, token: str) -> bool:
        """Whether an index term stands in any clause or written question."""
        return any(self._fields[name].knows(token) for name in ("body", "title", "asks"))

    # --- parts of the score ---

    def _parts(self, hints: QueryHints) -> tuple[dict[str, FloatArray], dict[int, int]]:
        tokens = terms(hints.text)
        extra = [(terms(e.target), e.weight) for e in hints.expansions]
        parts = {name: self._lexical(name, tokens, extra) for name in ("body", "title", "notes")}
        vector = self._encoder.encode(
            [hints.text + " " + " ".join(e.target for e in hints.expansions if e.weight > 0.7)]
        )[0]
        parts["dense"] = self._dense(vector)
        parts["ask"], best_ask = self._asks(content_terms(hints.text), vector)
        parts["kind"] = self._kind(hints)
        parts["opening"] = self._opening
        parts["document"], named = self._document(hints)
        parts["clause"] = self._clause(hints, named)
        parts["year"] = self._year(hints)
        parts["place"] = self._place(hints)
        parts["version"] = self._version(hints)
        return parts, best_ask

    def _lexical(self, name: str, tokens: list[str], extra: list[tuple[list[str], float]]) -> FloatArray:
        """BM25 of a field with expansions at half weight, scaled by the best score that a text could reach."""
        index = self._fields[name]
        score = index.scores(tokens)
        for expansion, weight in extra:
            score = score + 0.5 * weight * index.scores(expansion)
        bound = index.bound(tokens) + sum(0.5 * w * index.bound(e) for e, w in extra)
        if name in ("notes", "asks"):
            # Written for some clauses only: what the question says beyond their vocabulary counts as not matched.
            bound /= max(self._share_known(index, tokens), 1e-6)
        return np.asarray(score / bound if bound > 0 else score, dtype=np.float32)

    def _share_known(self, index: LexicalIndex, tokens: list[str]) -> float:
        """How much of a question, weighted by rarity, a field has words for at all."""
        weights = {t: self.rarity(t) for t in tokens if self.knows(t)}
        total = sum(weights.values())
        return sum(w for t, w in weights.items() if index.knows(t)) / total if total else 0.0

    def _dense(self, vector: FloatArray) -> FloatArray:
        scores, rows = self._vectors.search(vector, _DENSE_DEPTH)
        out = np.zeros(len(self._clause_of_row), dtype=np.float32)
        valid = rows >= 0
        out[rows[valid]] = np.maximum(scores[valid], 0)
        return out

    def _asks(self, tokens: list[str], vector: FloatArray) -> tuple[FloatArray, dict[int, int]]:
        """Likeness to the best single ask of each clause, above the threshold."""
        out = np.zeros(len(self._clause_of_row), dtype=np.float32)
        best: dict[int, int] = {}
        if not len(self._ask_row):
            return out, best
        words = np.minimum(self._lexical("asks", tokens, []), 1.0)
        likeness = 0.55 * words
        scores, rows = self._ask_vectors.search(vector, min(_DENSE_DEPTH, len(self._ask_row)))
        likeness[rows] += 0.45 * np.maximum(scores, 0)
        # Without shared words an ask is about another programme, however alike the two questions are built.
        likeness[words < ASK_WORDS_NEEDED] = 0
        for number in np.argsort(-likeness)[:50]:
            row = int(self._ask_row[number])
            value = (float(likeness[number]) - ASK_THRESHOLD) / (1 - ASK_THRESHOLD)
            if value > out[row]:
                out[row] = value
                best[row] = int(number)
        return out, best

    def _kind(self, hints: QueryHints) -> FloatArray:
        """Clauses whose words can answer the kind of question: figures for an amount, closing words for validity.

        Figures of a past year stand in yearbooks and tables, rules in policies.
        """
        out = np.zeros(len(self._clause_of_row), dtype=np.float32)
        for kind in hints.kinds[:2]:
            if kind in self._answers:
                out = np.maximum(out, self._answers[kind])
        if hints.kinds:
            wanted = ("yearbook", "table") if "statistic" in hints.kinds else ("policy", "plan")
            fitting = np.array([listing["kind"] in wanted for listing in self._listings])
            out = out + fitting[self._document_of_row]
        return out

    def _document(self, hints: QueryHints) -> tuple[FloatArray, BoolArray]:
        """Documents named by number, by 《title》, or by an everyday name."""
        strength = np.zeros(len(self._listings), dtype=np.float32)
        folded = fold(hints.text)
        for i, document in enumerate(self.documents.values()):
            listing = document.listing
            numbers = listing["doc_numbers"]
            if any(n in hints.doc_numbers for n in numbers):
                strength[i] = 1.0
            elif any(n.endswith(f"〕{short}号") for n in numbers for short in hints.short_numbers) or any(
                fold(t) in fold(document.title) for t in hints.titles
            ):
                strength[i] = 0.8
            elif any(fold(name) in folded for name in document.names):
                strength[i] = 0.25
        named = strength >= 0.8
        return strength[self._document_of_row], named[self._document_of_row]

    def _clause(self, hints: QueryHints, named: BoolArray) -> FloatArray:
        out = np.zeros(len(self._clause_of_row), dtype=np.float32)
        if not hints.clause_paths:
            return out
        weight = 1.0 if named.any() else 0.4
        for row, clause_id in enumerate(self._clause_of_row):
            path = clause_id.split("#", 1)[1]
            if path in hints.clause_paths and (named[row] or not named.any()):
                out[row] = weight
        return out

    def _rows_by_district(self) -> dict[str, NDArray[np.int64]]:
        """District → passages that stand in a section or document about it."""
        districts = [p.name for p in self.vocabulary.places if p.kind == "district" and p.name != "杭州市"]
        found: dict[str, list[int]] = {}
        for row, context in enumerate(self._contexts):
            about = self._listings[self._document_of_row[row]]
            if about["district"]:
                found.setdefault(about["district"], []).append(row)
            elif about["kind"] == "yearbook":
                place = next((d for d in districts if d in context), None)
                if place:
                    found.setdefault(place, []).append(row)
        return {district: np.array(rows) for district, rows in found.items()}

    def _year(self, hints: QueryHints) -> FloatArray:
        """Documents of the year that the question names."""
        if not hints.years or hints.kind == "compare":
            return np.zeros(len(self._clause_of_row), dtype=np.float32)
        match = np.array([bool(years & set(hints.years)) for years in self._years], dtype=np.float32)
        return match[self._document_of_row]

    def _place(self, hints: QueryHints) -> FloatArray:
        """Passages about a district: wanted when the question names it, unwanted when it speaks of the whole city."""
        out = np.zeros(len(self._clause_of_row), dtype=np.float32)
        for district, rows in self._district_rows.items():
            out[rows] = 1.0 if district in hints.places else -1.0
        return out

    def _version(self, hints: QueryHints) -> FloatArray:
        """Of look-alike documents the newer one, unless the question names a year or compares."""
        if hints.years or hints.doc_numbers or "compare" in hints.kinds:
            return np.zeros(len(self._clause_of_row), dtype=np.float32)
        return self._recency[self._document_of_row]

    # --- filters and results ---

    def _allowed(self, filters: Filters | None) -> BoolArray:
        if filters is None:
            return self._shown
        allowed = np.array([_meets(document, filters) for document in self.documents.values()], dtype=bool)
        return np.asarray(allowed[self._document_of_row] & self._shown)

    def _hits(
        self, score: FloatArray, parts: dict[str, FloatArray], best_ask: dict[int, int], k: int
    ) -> list[Hit]:
        best_row: dict[str, int] = {}
        for row in np.argsort(-score, kind="stable")[: max(k * 6, 60)]:
            if not np.isfinite(score[row]):
                break
            best_row.setdefault(self._clause_of_row[row], int(row))
            if len(best_row) == k:
                break
        clauses = {c.clause_id: c for c in self.store.clauses(best_row)}
        hits = []
        for rank, (clause_id, row) in enumerate(best_row.items(), start=1):
            clause = clauses[clause_id]
            hits.append(
                Hit(
                    rank,
                    round(float(score[row]), 4),
                    clause,
                    self.documents[clause.document_id],
                    self.store.passage_text(row),
                    {name: round(float(values[row]), 4) for name, values in parts.items()},
                    self.store.ask(best_ask[row]) if row in best_ask else "",
                )
            )
        return hits


def _answer_rows(kinds: list[str]) -> dict[str, FloatArray]:
    """Kind of question → 1 for every passage that can answer it."""
    out: dict[str, FloatArray] = {}
    for row, encoded in enumerate(kinds):
        for kind in json.loads(encoded):
            out.setdefault(kind, np.zeros(len(kinds), dtype=np.float32))[row] = 1.0
    return out


def _recency(listing: dict[str, Any]) -> float:
    """0 for 2016 and before, 1 for 2026; a replaced document counts as the oldest."""
    if listing["superseded_by"] or listing["kind"] not in ("policy", "plan"):
        return 0.0
    year = (listing["effective"] or listing["issued"] or "2016")[:4]
    return min(max((int(year) - 2016) / 10, 0.0), 1.0)


def _years_of(listing: dict[str, Any]) -> set[str]:
    """The years that a document is about; a yearbook tells of the year before the one in its name."""
    texts = [listing["title"], *listing["doc_numbers"], listing["issued"] or "", listing["effective"] or ""]
    years = {year for text in texts for year in re.findall(r"(?:19|20)\d\d", text)}
    if listing["kind"] == "yearbook":
        years |= {str(int(year) - 1) for year in years}
    return years


def _meets(document: StoredDocument, filters: Filters) -> bool:
    listing = document.listing
    return (
        (filters.level is None or listing["level"] == filters.level)
        and (filters.district is None or listing["district"] == filters.district)
        and (filters.kind is None or listing["kind"] == filters.kind)
        and (
            filters.document is None
            or filters.document == document.document_id
            or filters.document in listing["doc_numbers"]
            or fold(filters.document) in fold(document.title)
        )
        and (
            filters.in_force_on is None
            or status_on(listing, filters.in_force_on) in ("in_force", "open_ended", "unknown")
        )
    )
