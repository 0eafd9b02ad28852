"""BM25 over one field of all segments, with statistics of the whole."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.postings import Postings, term_key

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

K1, B = 1.2, 0.6
# Terms in more texts than this only tell the texts apart that rarer terms have found.
COMMON = 20_000


class _Term(NamedTuple):
    """A term's list in each segment, in how many texts it stands in all, and its inverse document frequency."""

    lists: list[tuple[NDArray[np.int32], NDArray[np.uint8]]]
    texts: int
    idf: float


class LexicalIndex:
    """BM25 (Robertson and Zaragoza 2009) of one field; rows count through the segments in their order."""

    def __init__(self, parts: list[Postings]) -> None:
        self._parts = parts
        self._offsets = np.cumsum([0, *(p.size for p in parts)])
        self.size = int(self._offsets[-1])
        self._found: dict[str, _Term] = {}

    @cached_property
    def _norms(self) -> list[FloatArray]:
        """k₁ · (1 - b + b · length / mean length) of every text, per segment."""
        total = sum(float(p.lengths.sum(dtype=np.int64)) for p in self._parts)
        filled = sum(int(np.count_nonzero(p.lengths)) for p in self._parts)
        mean = max(total / max(filled, 1), 1.0)
        return [(K1 * (1 - B + B / mean * p.lengths.astype(np.float32))) for p in self._parts]

    def _term(self, token: str) -> _Term:
        return self._found.get(token) or self._look_up(token)

    def _look_up(self, token: str) -> _Term:
        if len(self._found) > 50_000:  # a server that runs for months
            self._found.clear()
        key = term_key(token)
        lists = [p.find(key) for p in self._parts]
        texts = sum(len(rows) for rows, _ in lists)
        idf = math.log(1 + (self.size - texts + 0.5) / (texts + 0.5))
        self._found[token] = _Term(lists, texts, idf)
        return self._found[token]

    def frequency(self, token: str) -> int:
        """In how many texts a term stands."""
        return self._term(token).texts

    def knows(self, token: str) -> bool:
        """Whether any text has the token."""
        return self._term(token).texts > 0

    def idf(self, token: str) -> float:
        """Inverse document frequency, `ln(1 + (N - df + 0.5) / (df + 0.5))` (Robertson and Zaragoza 2009)."""
        return self._term(token).idf

    def bound(self, weights: Mapping[str, float]) -> float:
        """What a text of mean length would score that holds every known term once: the scale of scores."""
        held, total = self._found, 0.0  # not through _term: this runs for every term of every question
        for token, weight in weights.items():
            term = held.get(token) or self._look_up(token)
            if term.texts:
                total += weight * term.idf
        return total

    def scores(self, weights: Mapping[str, float], common: int | None = COMMON) -> FloatArray:
        """BM25 of every text for weighted terms, shape (size,).

        Args:
            weights: term → weight.
            common: leave terms out that stand in more texts than this; None to use them all.
        """
        out = np.zeros(self.size, dtype=np.float32)
        for token, weight in weights.items():
            term = self._term(token)
            if not term.texts or (common is not None and term.texts > common):
                continue
            value = np.float32((K1 + 1) * weight * term.idf)
            for number, (rows, counts) in enumerate(term.lists):
                if len(rows):
                    tf = counts.astype(np.float32)
                    out[self._offsets[number] : self._offsets[number + 1]][rows] += (
                        value * tf / (tf + self._norms[number][rows])
                    )
        return out

    def scores_at(
        self, weights: Mapping[str, float], rows: IntArray, known: FloatArray | None = None
    ) -> FloatArray:
        """BM25 of some texts, every term counted; `rows` ascending. Shape (len(rows),).

        `known` are the `scores` for the same weights, to which only the terms that they lack are added.
        """
        out = np.zeros(len(rows), dtype=np.float32) if known is None else known[rows]
        if known is not None:
            if self.size <= COMMON:
                return out
            weights = {t: w for t, w in weights.items() if self._term(t).texts > COMMON}
        for token, weight in weights.items():
            term = self._term(token)
            value = np.float32((K1 + 1) * weight * term.idf)
            for number, places, at in self._at(term, rows):
                tf = term.lists[number][1][at].astype(np.float32)
                wanted = rows[places] - self._offsets[number]
                out[places] += value * tf / (tf + self._norms[number][wanted])
        return out

    def holds(self, tokens: Sequence[str], rows: IntArray) -> BoolArray:
        """Which of some texts hold which tokens; `rows` ascending. Shape (len(tokens), len(rows))."""
        out = np.zeros((len(tokens), len(rows) + 1), dtype=bool)
        place = np.full(self.size, len(rows), dtype=np.int32)  # the last column takes what is not asked for
        place[rows] = np.arange(len(rows), dtype=np.int32)
        for line, token in enumerate(tokens):
            term = self._term(token)
            if term.texts > COMMON:
                for _, places, _ in self._at(term, rows):
                    out[line, places] = True
            else:
                for number, (listed, _) in enumerate(term.lists):
                    out[line, place[self._offsets[number] : self._offsets[number + 1]][listed]] = True
        return out[:, :-1]

    def _at(self, term: _Term, rows: IntArray) -> Iterator[tuple[int, IntArray, IntArray]]:
        """(segment, places in `rows`, places in the term's list) of the texts among `rows` that hold a term."""
        if not term.texts:
            return
        bounds = rows.searchsorted(self._offsets)
        for number, (listed, _) in enumerate(term.lists):
            start, end = int(bounds[number]), int(bounds[number + 1])
            if start == end or not len(listed):
                continue
            wanted = (rows[start:end] - self._offsets[number]).astype(np.int32)
            if len(listed) < len(wanted):  # look the shorter up in the longer
                at = wanted.searchsorted(listed)
                at[at == len(wanted)] = 0
                hit = np.flatnonzero(wanted[at] == listed)
                yield number, at[hit] + start, hit
            else:
                at = listed.searchsorted(wanted)
                at[at == len(listed)] = 0
                hit = np.flatnonzero(listed[at] == wanted)
                yield number, hit + start, at[hit]
