"""The Milvus backend: candidates from a Milvus, in process or on a cluster, scored as the embedded backend scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from index.backend import LEXICAL, Candidates, FloatArray, IntArray, Probe
from index.field_counts import FieldCounts
from index.generation import Generation
from index.milvus_client import connect
from index.milvus_schema import (
    DENSE,
    MARK,
    MARKER,
    NOTED,
    PLAIN,
    WEIGHTS,
    WORDS,
    base_of,
    collections,
    condition,
    dimension,
    one_of,
    quoted,
)
from index.pools import ASK_POOL, ASKS_LOOKED_AT, FIRST, best_asks, scale, scores_of, shares, told_apart
from ingest.errors import HangceError

FIELDS = (*LEXICAL, "asks")
FIELD_COUNTS = "field_counts"
KEYS = "id"

_WORD_POOL = 30  # the best by words as jieba cuts them; nearly all share terms too, and so are there already
# Which of so many terms a passage holds is read from one sum of powers of two, exact in a 32-bit float.
_BITS = 20
_AT_ONCE = 4_000  # keys in one condition
_ROW = 0xFFFFFFFF


class MilvusBackend:
    """Candidates of one generation.

    A generation sees the rows of its own segments, and of those only documents that have not moved to another one
    since. That is a condition of every search, as filters are, so whatever else lies in the collections is not found.

    Raises:
        HangceError: Milvus does not answer, or does not hold the collections.
    """

    def __init__(self, generation: Generation) -> None:
        described = generation.manifest["backend"]
        segments = generation.segments
        self._document_ids = list(generation.documents)
        self._document_of_row = generation.rows["document"]
        self._counts = generation.counts
        self._fields = {
            name: FieldCounts([s.folder / FIELD_COUNTS / name for s in segments]) for name in FIELDS
        }
        self._starts = np.cumsum([0, *(len(s.rows) for s in segments)])
        self._ask_starts = np.cumsum([0, *(len(s.ask_rows) for s in segments)])
        self._ask_rows = np.concatenate(
            [np.zeros(0, np.int64), *(s.ask_rows + at for s, at in zip(segments, self._starts, strict=False))]
        )
        self._bases = np.array([base_of(s.name) for s in segments], dtype=np.int64)
        self._passages, self._asks = collections(str(described["prefix"]))
        self._live = _live(generation)
        self._milvus = connect(str(described["address"]), existing=True)
        if len(self._document_of_row):
            self._open()

    def _open(self) -> None:
        for name in (self._passages, self._asks):
            if not self._milvus.columns(name)[0]:
                raise HangceError(
                    f"Milvus at {self._milvus.address} holds no {name} — run `hangce build --backend milvus` again"
                )
            self._milvus.load(name)
            self._milvus.search(name, WEIGHTS, [{MARKER: MARK}], 1, self._live, first=True)

    def candidates(self, probe: Probe) -> Candidates:
        """See `Backend`. At most 16,384 candidates come from each source, as Milvus gives no more."""
        where = self._where(probe)
        if where is None:
            return _nothing()
        bounds = {name: scale(name, self._fields[name], probe.terms, self._counts) for name in LEXICAL}
        weighed = {name: self._weighed(name, probe.terms, bounds[name]) for name in LEXICAL}
        first = {d: FIRST[name] * w for name, query in weighed.items() for d, w in query.items()}
        pool, _ = self._best(self._passages, WEIGHTS, first, probe.depth, where)
        near, cosines = self._best(self._passages, DENSE, probe.vector, probe.depth, where)
        by_words, _ = self._best(self._passages, WORDS, probe.text, _WORD_POOL, where)
        asks, ask_words, ask_dense = self._asks_like(probe, where)
        pinned = self._seen(probe)
        out = Candidates(np.unique(np.concatenate([pool, near, by_words, self._ask_rows[asks], pinned])))
        share = shares(probe.asked, self._counts)
        queries = [
            *weighed.values(),
            {dimension(PLAIN, t): w for t, w in share.items()},
            {dimension(NOTED, t): w for t, w in share.items()},
        ]
        terms = list(share)
        parts = [terms[i : i + _BITS] for i in range(0, len(terms), _BITS)]
        queries += [
            {dimension(f, t): float(2**i) for i, t in enumerate(part) for f in (PLAIN, NOTED)}
            for part in parts
        ]
        scores = self._scores(self._passages, queries, out.rows, self._starts)
        sums = scores[len(LEXICAL) + 2 :]
        out.fields |= dict(zip(LEXICAL, scores, strict=False))
        out.fields["cover_plain"] = scores[len(LEXICAL)]
        out.fields["cover"] = scores[len(LEXICAL)] + scores[len(LEXICAL) + 1]
        holds = np.array(
            [(np.rint(sums[i // _BITS]).astype(np.int64) >> i % _BITS) & 1 for i in range(len(terms))],
            dtype=bool,
        ).reshape(len(terms), len(out.rows))
        worth = np.array(list(share.values()), dtype=np.float32)
        out.fields["told_apart"] = told_apart(holds, worth, self._document_of_row[out.rows])
        out.fields["dense"] = scores_of(out.rows, near, cosines)
        best_asks(out, self._ask_rows[asks], asks, ask_words, ask_dense)
        return out

    def _weighed(self, name: str, weights: Mapping[str, float], bound: float) -> dict[int, float]:
        """The question's half of BM25 for one field, so that a perfect match scores 1."""
        field = self._fields[name]
        return {dimension(name, t): w * field.idf(t) / bound for t, w in weights.items() if field.knows(t)}

    def _asks_like(self, probe: Probe, where: str) -> tuple[IntArray, FloatArray, FloatArray]:
        """The asks most like the question: numbers, shared words (0…1), cosine."""
        if not len(self._ask_rows):
            return np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.float32)
        query = self._weighed(
            "asks", probe.asked, scale("asks", self._fields["asks"], probe.asked, self._counts)
        )
        shared, words = self._best(self._asks, WEIGHTS, query, ASKS_LOOKED_AT, where)
        near, cosines = self._best(self._asks, DENSE, probe.vector, ASKS_LOOKED_AT, where)
        numbers = np.union1d(shared, near)
        likeness = scores_of(numbers, shared, words)
        if len(shared) == ASKS_LOOKED_AT:  # there are more that share words, and near ones may be among them
            likeness = self._scores(self._asks, [query], numbers, self._ask_starts)[0]
        likeness = np.minimum(likeness, 1.0)
        cosine = scores_of(numbers, near, cosines)
        best = np.sort(np.lexsort((numbers, -(likeness + cosine)))[:ASK_POOL])
        return numbers[best], likeness[best], cosine[best]

    # --- searching ---

    def _best(
        self, collection: str, column: str, query: dict[int, float] | FloatArray | str, depth: int, where: str
    ) -> tuple[IntArray, FloatArray]:
        """The rows that fit best, ascending, with their scores; none for a query that asks for nothing."""
        empty = not query.any() if isinstance(query, np.ndarray) else not query
        if empty:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        keys, scores = self._milvus.search(collection, column, [query], depth, where)[0]
        starts = self._ask_starts if collection == self._asks else self._starts
        rows = self._rows(keys, starts)
        if column != DENSE:
            rows, scores = rows[scores != 0], scores[scores != 0]
        order = np.argsort(rows)
        return rows[order], scores[order]

    def _scores(
        self, collection: str, queries: Sequence[dict[int, float]], rows: IntArray, starts: IntArray
    ) -> list[FloatArray]:
        """The score of every one of some rows for every query; `rows` ascending. Shape (len(rows),) each."""
        out = [np.zeros(len(rows), dtype=np.float32) for _ in queries]
        asked = [i for i, query in enumerate(queries) if query]
        for start in range(0, len(rows) if asked else 0, _AT_ONCE):
            keys = self._keys(rows[start : start + _AT_ONCE], starts)
            where = one_of(KEYS, keys.tolist())
            found = self._milvus.search(collection, WEIGHTS, [queries[i] for i in asked], len(keys), where)
            for i, (hits, scores) in zip(asked, found, strict=True):
                out[i][np.searchsorted(rows, self._rows(hits, starts))] = scores
        return out

    def _rows(self, keys: IntArray, starts: IntArray) -> IntArray:
        """Rows, or numbers of asks, from keys."""
        order = np.argsort(self._bases)
        segment = order[np.searchsorted(self._bases[order], keys & ~np.int64(_ROW))]
        return np.asarray(starts[segment] + (keys & _ROW))

    def _keys(self, rows: IntArray, starts: IntArray) -> IntArray:
        segment = np.searchsorted(starts, rows, side="right") - 1
        return np.asarray(self._bases[segment] + rows - starts[segment])

    # --- what may be found ---

    def _where(self, probe: Probe) -> str | None:
        """What may be found, as a condition; None for nothing at all.

        The scalars that filters ask for are as the documents' metadata of this generation: a document whose metadata
        has changed was indexed anew.
        """
        filters = probe.filters
        if probe.allowed is not None and not probe.allowed:
            return None
        if filters is not None and filters.document is None:
            asked = condition(filters)
        elif probe.allowed is not None:
            asked = one_of("document_id", sorted(probe.allowed))
        else:
            asked = ""
        return f"{self._live} and {asked}" if asked else self._live

    def _seen(self, probe: Probe) -> IntArray:
        """The pinned rows that may be found."""
        return np.array(
            [
                row
                for row in probe.pinned
                if (number := int(self._document_of_row[row])) >= 0
                and (probe.allowed is None or self._document_ids[number] in probe.allowed)
            ],
            dtype=np.int64,
        )


def _nothing() -> Candidates:
    names = (*LEXICAL, "cover", "cover_plain", "told_apart", "dense", "ask_words", "ask_dense")
    return Candidates(np.zeros(0, np.int64), {name: np.zeros(0, np.float32) for name in names})


def _live(generation: Generation) -> str:
    """That a row is of this generation, as a condition."""
    parts = [one_of("segment", [s.name for s in generation.segments])]
    for segment in generation.segments:
        of = {i for i, d in generation.documents.items() if d.segment == segment.name}
        gone = [i for i in segment.document_ids if i not in of]
        if gone:
            parts.append(f"not (segment == {quoted(segment.name)} and {one_of('document_id', gone)})")
    return " and ".join(parts)
