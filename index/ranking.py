"""How well each candidate fits the question: words, meaning and structure as features, weighted into one score."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np

from index.backend import BoolArray, Candidates, FloatArray, IntArray
from index.generation import Generation
from index.query import QueryHints, content_phrases
from index.ranker import RankingModel
from index.segment import CONTAINER, OPENING, TABLE, TABLE_ROW
from ingest.text import fold

_CEILING = re.compile(r"最[多高]|上限|封顶|顶格")

# First estimate of how well a passage fits, on which features about its surroundings rest.
BASE = {"body": 1.0, "heading": 0.2, "notes": 0.8, "title": 0.35, "dense": 0.5, "ask": 1.0}
# A clause asked for by its number comes first, and the clauses of a document asked for by its number before others.
# The model is not told of either: hardly any question that it learns from names one.
# And what is asked in the very words of a written question is answered by its clause.
# Without a year or number in the question the version that replaced another is meant.
# "At most how much" is answered by a clause that sets a ceiling.
# Asks weigh more where there are any: half of what the model learned from was asked of policies without.
RULES = {"clause": 100.0, "numbered": 30.0, "as_written": 6.0, "ask": 2.0, "old": -3.0, "ceiling": 3.0}
ONLY_RULES = ("clause", "numbered", "as_written", "old", "ceiling")  # features that the model is not given
ASK_THRESHOLD = 0.45  # an ask that shares less than this with the question says nothing about its clause
ASK_WORDS_NEEDED = 0.1
AS_WRITTEN = 0.8  # shared words from which an ask is compared with the question letter by letter
# What one signal alone finds is not lost to a reader who looks at ten: behind the first, the model's order is fused
# with those of single signals. Sizes chosen on the development questions.
FUSED_FROM, FUSED_OF = 3, 60  # places
FUSED_FROM_ARRANGED = (
    8  # where the two sides of a comparison, or what the first one cites, were put among the first
)
_FUSED_SIGNALS = ("body", "notes", "dense", "ask_words", "ask_dense", "cover")
_FUSED_MODEL, _FUSED_CONSTANT, _FUSED_DIGITS = 3.0, 5, 4
# What a question of a kind wants in its clause, beside the words for the kind.
_EARLY = 0.25  # definitions stand in the first quarter of a document


class Ranker:
    """Features and score of candidates from one generation."""

    def __init__(self, generation: Generation) -> None:
        self._rows = generation.rows
        self._store = generation.store
        self._kind_bits = generation.kind_bits
        self._districts = generation.districts
        self._documents = list(generation.documents.values())
        self._place_of = {d.document_id: i for i, d in enumerate(self._documents)}
        listings = [d.listing for d in self._documents]
        self._rules = np.array([listing["kind"] in ("policy", "plan") for listing in listings], dtype=bool)
        self._years = [_years_of(listing) for listing in listings]
        self._recency = np.array([_recency(listing) for listing in listings], dtype=np.float32)
        self._titles = [fold(d.title) for d in self._documents]
        self._by_number: dict[str, list[int]] = {}
        self._by_name: dict[str, list[int]] = {}
        for i, document in enumerate(self._documents):
            for number in document.listing["doc_numbers"]:
                self._by_number.setdefault(number, []).append(i)
            for name in document.names:
                self._by_name.setdefault(fold(name), []).append(i)
        self._model = RankingModel.load()
        self._positions = generation.positions
        self._phrases = generation.phrases
        self._old = np.array(
            [float(bool(listing["superseded_by"])) for listing in listings] + [0], dtype=np.float32
        )
        self._yearbook = np.array(
            [float(listing["kind"] in ("yearbook", "table")) for listing in listings] + [0], dtype=np.float32
        )
        self._name_lengths: dict[str, list[int]] = {}  # first two letters of a name → lengths of such names
        for name in self._by_name:
            self._name_lengths.setdefault(name[:2], []).append(len(name))

    def with_model(self, model: RankingModel) -> Ranker:
        """The same ranker with other weights."""
        other = copy(self)
        other._model = model
        return other

    def named(self, hints: QueryHints) -> dict[int, float]:
        """Documents that the question names, by place in the catalogue: 1 by number, .8 by title, .25 by everyday name."""
        found: dict[int, float] = {}
        folded = fold(hints.text)
        for start in range(len(folded) - 1):
            for length in self._name_lengths.get(folded[start : start + 2], ()):
                found |= dict.fromkeys(self._by_name.get(folded[start : start + length], ()), 0.25)
        for title in map(fold, hints.titles):
            found |= {i: 0.8 for i, own in enumerate(self._titles) if title in own}
        for short in hints.short_numbers:
            suffix = f"〕{short}号"
            found |= {i: 0.8 for n, places in self._by_number.items() if n.endswith(suffix) for i in places}
        for number in hints.doc_numbers:
            found |= dict.fromkeys(self._by_number.get(number, ()), 1.0)
        return found

    def pinned(self, hints: QueryHints, named: dict[int, float]) -> tuple[int, ...]:
        """Rows of clauses asked for by document and number."""
        documents = [self._documents[i].document_id for i, strength in named.items() if strength >= 0.8]
        return tuple(self._store.first_rows(f"{d}#{path}" for d in documents for path in hints.clause_paths))

    def features(
        self, hints: QueryHints, named: dict[int, float], before: dict[str, float], found: Candidates
    ) -> dict[str, FloatArray]:
        """All features, shape (n,) each, about -1…1.

        Args:
            hints: the question.
            named: documents that it names, from `named`.
            before: documents that the conversation was about, by id, the first 1.
            found: what is to be ranked.
        """
        rows = self._rows[found.rows]
        documents = rows["document"]
        flags = rows["flags"]
        out = {
            name: found.fields[name]
            for name in ("body", "heading", "title", "notes", "dense", "cover", "cover_plain")
        }
        out |= {name: found.fields[name] for name in ("ask_words", "ask_dense")}
        out["ask"] = _ask(found)
        out["phrases"] = self._phrases_shared(hints, found.rows)
        out["as_written"] = self._as_written(hints, found)
        strength = np.zeros(len(self._documents) + 1, dtype=np.float32)
        strength[list(named)] = list(named.values())
        out["document"] = strength[documents]
        out["numbered"] = (strength[documents] == 1).astype(np.float32)
        talked = np.zeros(len(self._documents) + 1, dtype=np.float32)
        talked[[self._place_of[i] for i in before]] = list(before.values())
        out["before"] = talked[documents]
        out["clause"] = self._clause(hints, found.rows, strength[documents] >= 0.8)
        out["year"] = self._year(hints, documents)
        out["place"] = self._place(hints, rows["district"])
        out["version"] = self._version(hints, documents)
        out["old"] = self._old[documents] * (
            not (hints.years or hints.doc_numbers or "compare" in hints.kinds)
        )
        base = np.zeros(len(rows), dtype=np.float32)
        for name, weight in BASE.items():
            base += np.float32(weight) * out[name]
        out["told_apart"] = found.fields["told_apart"]
        out |= self._surroundings(base, rows)
        asked = np.float32(0.5) * (out["ask_words"] + out["ask_dense"])
        out["ask_behind"] = asked.max() - asked
        out["ask_behind_own"] = _best_beside(asked, documents) - asked
        for name in ("dense", "body", "phrases"):
            out[f"{name}_behind"] = out[name].max() - out[name]
        out["told_apart_behind"] = _best_beside(out["told_apart"], documents) - out["told_apart"]
        out |= self._kinds(hints, rows, self._positions[found.rows])
        for name, flag in (
            ("opening", OPENING),
            ("container", CONTAINER),
            ("row", TABLE_ROW),
            ("table", TABLE),
        ):
            out[name] = ((flags & flag) > 0).astype(np.float32)
        out["row_looked_up"] = out["row"] * np.float32(not {"list", "compare"} & set(hints.kinds))
        out["table_listed"] = out["table"] * np.float32("list" in hints.kinds)
        yearbook = self._yearbook[documents]
        out["yearbook"] = yearbook
        out["yearbook_named"] = yearbook * np.float32("年鉴" in hints.text)
        out["length"] = (np.log1p(rows["length"].astype(np.float32)) / 7).astype(np.float32)
        return out

    def _phrases_shared(self, hints: QueryHints, rows: IntArray) -> FloatArray:
        """How much of the question's wording, weighted by rarity, a passage or its notes repeat."""
        asked = content_phrases(hints.corrected or hints.text)
        known = [p for p, held in zip(asked, self._phrases.known(asked), strict=True) if held]
        if not known:
            return np.zeros(len(rows), dtype=np.float32)
        worth = np.array([self._phrases.idf(p) for p in known], dtype=np.float32)
        return np.asarray(worth @ self._phrases.holds(known, rows) / worth.sum(), dtype=np.float32)

    def _as_written(self, hints: QueryHints, found: Candidates) -> FloatArray:
        """Whether the question is the clause's ask, letter by letter."""
        out = np.zeros(len(found.rows), dtype=np.float32)
        near = np.flatnonzero((found.fields["ask_words"] > AS_WRITTEN) & (found.ask >= 0))
        if len(near):
            asks = self._store.asks(found.ask[near].tolist())
            asked = fold(hints.text)
            out[near] = [fold(asks[int(found.ask[i])][1]) == asked for i in near]
        return out

    def _surroundings(self, base: FloatArray, rows: Any) -> dict[str, FloatArray]:
        """How well the document, the clause above and the clauses below fit, beside the passage itself."""
        best = _best_beside(base, rows["document"])
        clauses, own = np.unique(rows["clause"], return_inverse=True)
        of_clause = np.zeros(len(clauses) + 1, dtype=np.float32)
        np.maximum.at(of_clause, own, base)
        at = np.minimum(np.searchsorted(clauses, rows["parent"]), len(clauses) - 1)
        above = np.where(clauses[at] == rows["parent"], at, len(clauses))
        below = np.zeros(len(clauses) + 1, dtype=np.float32)
        np.maximum.at(below, above, base)
        below[-1] = 0
        # Rows of one table and items of one list differ in little; what tells them apart is what they have beyond it.
        _, family = np.unique(
            np.where(rows["parent"] < 0, -2 - rows["document"], rows["parent"]), return_inverse=True
        )
        mean = np.bincount(family, base) / np.bincount(family)
        return {
            "beyond_siblings": (base - mean[family]).astype(np.float32),
            "document_best": best,
            "behind_best": best - base,
            "above": of_clause[above],
            "below": below[own],
            "below_better": np.maximum(below[own] - base, 0),
            "above_better": np.maximum(of_clause[above] - base, 0),
        }

    def _kinds(self, hints: QueryHints, rows: Any, positions: FloatArray) -> dict[str, FloatArray]:
        """Clauses whose words can answer the kind of question: figures for an amount, closing words for validity.

        Figures of a past year stand in yearbooks and tables, rules in policies.
        """
        bits = [self._kind_bits.get(kind, 0) for kind in hints.kinds[:2]] + [0, 0]
        match = [((rows["kinds"] & bit) > 0).astype(np.float32) for bit in bits[:2]]
        rules = self._rules[rows["document"]]
        ceiling = self._kind_bits["ceiling"] * bool(_CEILING.search(hints.text))
        wanted = rules != ("statistic" in hints.kinds) if hints.kinds else np.zeros(len(rows), dtype=bool)
        return {
            "ceiling": ((rows["kinds"] & ceiling) > 0).astype(np.float32),
            "kind": match[0],
            "second_kind": match[1],
            "right_source": wanted.astype(np.float32),
            "validity": match[0] * np.float32(hints.kind == "validity"),
            "definition": match[0] * (positions < _EARLY) * np.float32(hints.kind == "definition"),
            "procedure": match[0] * np.float32(hints.kind in ("procedure", "materials", "deadline")),
            "department": match[0] * np.float32(hints.kind == "department"),
            "amount": match[0] * np.float32(hints.kind == "amount"),
        }

    def score(self, features: dict[str, FloatArray]) -> FloatArray:
        """One score for each candidate: what the model has learned, and what holds without learning."""
        score = self._model.score(features)
        for name, worth in RULES.items():
            score += np.float32(worth) * features[name]
        return score

    def _clause(self, hints: QueryHints, rows: IntArray, named: BoolArray) -> FloatArray:
        out = np.zeros(len(rows), dtype=np.float32)
        if not hints.clause_paths:
            return out
        paths = {
            row: clause_id.split("#", 1)[1]
            for row, (clause_id, _) in self._store.passages(rows.tolist()).items()
        }
        match = np.array([paths[row] in hints.clause_paths for row in rows.tolist()], dtype=bool)
        if named.any():
            out[match & named] = 1.0
        else:
            out[match] = 0.03  # which document is meant, the rest must tell
        return out

    def _year(self, hints: QueryHints, documents: IntArray) -> FloatArray:
        """Documents of the year that the question names."""
        if not hints.years or hints.kind == "compare":
            return np.zeros(len(documents), dtype=np.float32)
        wanted = set(hints.years)
        return np.array([bool(self._years[i] & wanted) for i in documents], dtype=np.float32)

    def _place(self, hints: QueryHints, districts: IntArray) -> FloatArray:
        """Passages about a district: wanted when the question names it, unwanted when it speaks of the whole city."""
        named = [self._districts.index(p) for p in hints.places if p in self._districts]
        return np.where(districts < 0, 0, np.where(np.isin(districts, named), 1, -1)).astype(np.float32)

    def _version(self, hints: QueryHints, documents: IntArray) -> FloatArray:
        """Of look-alike documents the newer one, unless the question names a year or compares."""
        if hints.years or hints.doc_numbers or "compare" in hints.kinds:
            return np.zeros(len(documents), dtype=np.float32)
        return self._recency[documents]


def fused_behind_the_first(
    best: IntArray, score: FloatArray, features: dict[str, FloatArray], first: int = FUSED_FROM
) -> IntArray:
    """Ranked candidates, the places behind the first in the order of a reciprocal rank fusion.

    Fused are the ranking's score and single signals, as in Cormack, Clarke and Büttcher, "Reciprocal rank fusion
    outperforms Condorcet and individual rank learning methods", SIGIR 2009.

    Args:
        best: places of the candidates, best first, shape (m,).
        score: of all candidates, shape (n,).
        features: of all candidates, shape (n,) each.
        first: how many places stay as they are.
    """
    looked_at = best[:FUSED_OF]
    fused = _FUSED_MODEL / (_FUSED_CONSTANT + _behind(score[looked_at]))
    for name in _FUSED_SIGNALS:
        fused += 1 / (_FUSED_CONSTANT + _behind(features[name][looked_at]))
    rest = looked_at[first:][np.argsort(-fused[first:], kind="stable")]
    return np.concatenate([best[:first], rest, best[FUSED_OF:]])


def _behind(values: FloatArray) -> IntArray:
    """For each value how many are greater; those that differ in the last bits alone are equal."""
    descending = -np.round(values, _FUSED_DIGITS)
    return np.searchsorted(np.sort(descending), descending)


def _best_beside(values: FloatArray, documents: IntArray) -> FloatArray:
    """For each candidate the highest value among those of its document, at least 0; shape (n,)."""
    best = np.zeros(int(documents.max()) + 2, dtype=np.float32)
    np.maximum.at(best, documents, values)
    return best[documents]


def _ask(found: Candidates) -> FloatArray:
    """Likeness to the best single ask of the clause, above the threshold."""
    words = found.fields["ask_words"]
    likeness = 0.55 * words + 0.45 * found.fields["ask_dense"]
    # Without shared words an ask is about another programme, however alike the two questions are built.
    likeness[words < ASK_WORDS_NEEDED] = 0
    return np.maximum((likeness - ASK_THRESHOLD) / (1 - ASK_THRESHOLD), 0).astype(np.float32)


def _recency(listing: dict[str, Any]) -> float:
    """0 for 2016 and before, 1 for 2026; a replaced document counts as the oldest."""
    if listing["superseded_by"] or listing["kind"] not in ("policy", "plan"):
        return 0.0
    year = (listing["effective"] or listing["issued"] or "2016")[:4]
    return min(max((int(year) - 2016) / 10, 0.0), 1.0)


def _years_of(listing: dict[str, Any]) -> set[str]:
    """The years that a document is about; a yearbook tells of the year before the one in its name."""
    texts: Sequence[str] = [
        listing["title"], *listing["doc_numbers"], listing["issued"] or "", listing["effective"] or ""
    ]  # fmt: skip
    years = {year for text in texts for year in re.findall(r"(?:19|20)\d\d", text)}
    if listing["kind"] == "yearbook":
        years |= {str(int(year) - 1) for year in years}
    return years
