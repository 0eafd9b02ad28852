"""The embedded backend: inverted lists and FAISS vectors in the segments' own folders, read in process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.backend import (
    LEXICAL,
    PASSAGE_FIELDS,
    BoolArray,
    Candidates,
    FloatArray,
    IntArray,
    Probe,
    SegmentTexts,
)
from index.dense import DenseIndex
from index.generation import Generation
from index.lexical import COMMON, LexicalIndex, Matches, Places, places
from index.pools import ASK_POOL, ASKS_LOOKED_AT, FIRST, best_asks, scale, scores_of, shares, told_apart
from index.postings import Postings
from index.tokens import terms

VECTORS, ASK_VECTORS = "passages.faiss", "asks.faiss"
FIELDS = (*LEXICAL, "asks")
# Where common words are left out of the first look, so many passages are looked at again with them.
_LOOKED_AT_AGAIN = 3_000
# From so many passages on vectors are searched while words are: below, handing over takes longer than it saves.
_BESIDE_FROM = 100_000

# Every so manyth score tells roughly where the best begin.
_SAMPLED = 64

_Near = tuple[IntArray, FloatArray]


def write_embedded(folder: Path, texts: SegmentTexts) -> None:
    """Index a segment's texts in its folder."""
    fields = {"body": texts.bodies, "heading": texts.headings, "notes": texts.notes, "title": texts.titles}
    for name, some in [*fields.items(), ("asks", texts.asks)]:
        Postings.build(terms(text) for text in some).save(folder / name)
    DenseIndex.build(texts.vectors, folder / VECTORS)
    DenseIndex.build(texts.ask_vectors, folder / ASK_VECTORS)


class EmbeddedBackend:
    """Candidates from the segments' own indexes. `exact` scores every passage: the measure of the fast way."""

    def __init__(self, generation: Generation, *, exact: bool = False) -> None:
        segments = generation.segments
        self._counts = generation.counts
        self._exact = exact
        self._fields = {
            name: LexicalIndex([Postings.load(s.folder / name) for s in segments]) for name in FIELDS
        }
        self._vectors = [DenseIndex.load(s.folder / VECTORS) for s in segments]
        self._ask_vectors = [DenseIndex.load(s.folder / ASK_VECTORS) for s in segments]
        self._starts = np.cumsum([0, *(len(s.rows) for s in segments)])
        self._ask_starts = np.cumsum([0, *(len(s.ask_rows) for s in segments)])
        self._ask_rows = np.concatenate(
            [
                np.zeros(0, np.int64),
                *(s.ask_rows + start for s, start in zip(segments, self._starts, strict=False)),
            ]
        )
        titles = np.cumsum([0, *(len(s.document_ids) for s in segments)])
        self._title_of_row = np.concatenate(
            [
                np.zeros(0, np.int64),
                *(s.rows["document"] + start for s, start in zip(segments, titles, strict=False)),
            ]
        )
        self._document_of_row = generation.rows["document"]
        self._document_ids = list(generation.documents)
        self._live = self._document_of_row >= 0
        self._all_live = bool(self._live.all())
        self._beside = None
        if len(self._live) >= _BESIDE_FROM:
            self._beside = ThreadPoolExecutor(os.cpu_count(), "vectors")

    def candidates(self, probe: Probe) -> Candidates:
        """See `Backend`."""
        allowed = self._allowed(probe.allowed)
        near_passages = self._meanwhile(
            lambda: self._near(self._vectors, self._starts, probe.vector, probe.depth, allowed)
        )
        ask_allowed = None if allowed is None else allowed[self._ask_rows]
        near_asks = self._meanwhile(
            lambda: self._near(self._ask_vectors, self._ask_starts, probe.vector, ASKS_LOOKED_AT, ask_allowed)
        )
        common = None if self._exact else COMMON
        bounds = {name: scale(name, self._fields[name], probe.terms, self._counts) for name in LEXICAL}
        words = {name: self._fields[name].matches(probe.terms, common) for name in PASSAGE_FIELDS}
        titles = self._fields["title"].scores(probe.terms, common)
        # One sum over all fields' matches: arrays as long as the index are what a search in a million takes time over.
        first: NDArray[Any] = np.bincount(
            np.concatenate([found.rows for found in words.values()]),
            np.concatenate([found.worths * (FIRST[name] / bounds[name]) for name, found in words.items()]),
            len(self._title_of_row),
        )
        if titles.any():
            first += (titles * np.float32(FIRST["title"] / bounds["title"]))[self._title_of_row]
        if allowed is not None:
            first[~allowed] = -1
        asks, ask_words, ask_dense = self._asks(probe, ask_allowed, near_asks)
        near, near_scores = near_passages()
        whole = self._exact or len(first) <= COMMON
        best = _best(first, probe.depth if whole else max(probe.depth, _LOOKED_AT_AGAIN))
        beside = np.concatenate([near, self._ask_rows[asks], np.array(probe.pinned, dtype=np.int64)])
        if allowed is not None:
            beside = beside[allowed[beside]]
        pool = np.union1d(best, beside)
        place = places(pool, len(first))
        fields, numbers, back = self._scored(probe, pool, place, bounds, words, titles)
        if len(best) > probe.depth:
            again = sum(
                (np.float32(FIRST[name]) * values for name, values in fields.items()), np.zeros(len(pool))
            )
            among = np.searchsorted(pool, best)
            kept = np.union1d(among[_best(again[among], probe.depth)], np.searchsorted(pool, beside))
            fields = {name: values[kept] for name, values in fields.items()}
            numbers, back = np.unique(numbers[back[kept]], return_inverse=True)
            pool = pool[kept]
            place = places(pool, len(first))
        out = Candidates(pool, fields)
        self._cover(out, probe.asked, place, numbers, back)
        out.fields["dense"] = scores_of(pool, near, near_scores)
        best_asks(out, self._ask_rows[asks], asks, ask_words, ask_dense)
        return out

    def _scored(
        self,
        probe: Probe,
        rows: IntArray,
        place: Places,
        bounds: Mapping[str, float],
        words: Mapping[str, Matches],
        titles: FloatArray,
    ) -> tuple[dict[str, FloatArray], IntArray, IntArray]:
        """Every lexical field of some rows, common terms too; the titles' numbers and the place of each row's in them."""
        out = {
            name: self._complete(name, probe.terms, rows, found.at(place, len(rows)))
            / np.float32(bounds[name])
            for name, found in words.items()
        }
        numbers, back = np.unique(self._title_of_row[rows], return_inverse=True)
        of_titles = self._complete("title", probe.terms, numbers, titles[numbers])
        out["title"] = (of_titles / np.float32(bounds["title"]))[back]
        return out, numbers, back

    def _complete(
        self, name: str, weights: Mapping[str, float], rows: IntArray, known: FloatArray
    ) -> FloatArray:
        """The scores of some rows, to which the terms that stand in many texts are added."""
        return known if self._exact else self._fields[name].scores_at(weights, rows, known)

    def _cover(
        self, out: Candidates, asked: Mapping[str, float], place: Places, titles: IntArray, back: IntArray
    ) -> None:
        """How much of what is asked, weighted by rarity, stands in a passage or over it; and with its notes."""
        share = shares(asked, self._counts)
        known, worth = list(share), np.array(list(share.values()), dtype=np.float32)
        plain = self._fields["title"].holds(known, titles)[:, back]
        for name in ("body", "heading"):
            plain = self._fields[name].holds(known, out.rows, place, plain)
        noted = self._fields["notes"].holds(known, out.rows, place, plain)
        out.fields["told_apart"] = told_apart(noted, worth, self._document_of_row[out.rows])
        out.fields["cover"] = worth @ noted.astype(np.float32)
        out.fields["cover_plain"] = worth @ plain.astype(np.float32)

    def _allowed(self, document_ids: frozenset[str] | None) -> BoolArray | None:
        """Which rows may be found; None for all."""
        if document_ids is None:
            return None if self._all_live else self._live
        meets = np.array([d in document_ids for d in self._document_ids] + [False], dtype=bool)
        return np.asarray(meets[self._document_of_row])

    def _near(
        self,
        indexes: list[DenseIndex],
        starts: IntArray,
        vector: FloatArray,
        depth: int,
        allowed: BoolArray | None,
    ) -> _Near:
        """The nearest rows over all segments, ascending, with their cosines."""
        rows, scores = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
        for number, index in enumerate(indexes):
            start, end = starts[number], starts[number + 1]
            inside = None
            if allowed is not None:
                part = allowed[start:end]
                inside = None if part.all() else np.flatnonzero(part)
            found_scores, found = index.search(vector, depth, inside, exact=self._exact)
            rows.append(found + start)
            scores.append(found_scores)
        row, score = np.concatenate(rows), np.concatenate(scores)
        best = np.sort(np.lexsort((row, -score))[:depth])
        order = best[np.argsort(row[best])]
        return row[order], score[order]

    def _meanwhile(self, search: Callable[[], _Near]) -> Callable[[], _Near]:
        """A vector search that runs beside what follows where that is worth it; called for its result."""
        return self._beside.submit(search).result if self._beside else search

    def _asks(
        self, probe: Probe, allowed: BoolArray | None, nearest: Callable[[], _Near]
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """The asks most like the question: numbers, shared words (0…1), cosine."""
        index = self._fields["asks"]
        if not index.size:
            return np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.float32)
        bound = scale("asks", index, probe.asked, self._counts)
        scores = index.scores(probe.asked, None if self._exact else COMMON)
        words = scores.copy()
        if allowed is not None:
            words[~allowed] = -1
        near, near_scores = nearest()
        numbers = np.union1d(_best(words, ASKS_LOOKED_AT), near)
        if allowed is not None:
            numbers = numbers[allowed[numbers]]
        shared = np.minimum(
            self._complete("asks", probe.asked, numbers, scores[numbers]) / np.float32(bound), 1.0
        )
        cosine = scores_of(numbers, near, near_scores)
        best = np.sort(np.lexsort((numbers, -(shared + cosine)))[:ASK_POOL])
        return numbers[best], shared[best], cosine[best]


def _best(scores: NDArray[np.floating], depth: int) -> IntArray:
    """The rows with the highest scores above 0, at most `depth`, ascending; ties go to the earlier row."""
    found = np.flatnonzero(scores > _surely_below(scores, depth))
    if len(found) > depth:
        values = scores[found]
        limit = np.partition(values, len(values) - depth)[len(values) - depth]
        above = found[values > limit]
        found = np.sort(np.concatenate([above, found[values == limit][: depth - len(above)]]))
    return found


def _surely_below(scores: NDArray[np.floating], depth: int) -> float:
    """A limit that at least `depth` scores are above, or 0: spares a search in a million from ordering all of them."""
    some = scores[::_SAMPLED]
    wanted = 4 * depth // _SAMPLED
    if len(some) <= 2 * wanted:
        return 0.0
    limit = max(float(np.partition(some, len(some) - 1 - wanted)[len(some) - 1 - wanted]), 0.0)
    return limit if np.count_nonzero(scores > limit) >= depth else 0.0
