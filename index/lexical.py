"""BM25 over one field of all segments, with statistics of the whole."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.postings import Postings, term_key

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

K1, B = 1.2, 0.6
# Terms in more texts than this only tell the texts apart that rarer terms have found.
COMMON = 20_000


class LexicalIndex:
    """BM25 (Robertson and Zaragoza 2009) of one field; rows count through the segments in their order."""

    def __init__(self, parts: list[Postings]) -> None:
        self._parts = parts
        self._offsets = np.cumsum([0, *(p.size for p in parts)])
        self.size = int(self._offsets[-1])
        self._found: dict[str, list[tuple[NDArray[np.int32], NDArray[np.uint8]]]] = {}

    @cached_property
    def _norms(self) -> list[FloatArray]:
        """k₁ · (1 - b + b · length / mean length) of every text, per segment."""
        total = sum(float(p.lengths.sum(dtype=np.int64)) for p in self._parts)
        filled = sum(int(np.count_nonzero(p.lengths)) for p in self._parts)
        mean = max(total / max(filled, 1), 1.0)
        return [(K1 * (1 - B + B / mean * p.lengths.astype(np.float32))) for p in self._parts]

    def _lists(self, token: str) -> list[tuple[NDArray[np.int32], NDArray[np.uint8]]]:
        if token not in self._found:
            if len(self._found) > 50_000:  # a server that runs for months
                self._found.clear()
            key = term_key(token)
            self._found[token] = [p.find(key) for p in self._parts]
        return self._found[token]

    def frequency(self, token: str) -> int:
        """In how many texts a term stands."""
        return sum(len(rows) for rows, _ in self._lists(token))

    def knows(self, token: str) -> bool:
        """Whether any text has the token."""
        return any(len(rows) for rows, _ in self._lists(token))

    def idf(self, token: str) -> float:
        """Inverse document frequency, `ln(1 + (N - df + 0.5) / (df + 0.5))` (Robertson and Zaragoza 2009)."""
        count = self.frequency(token)
        return math.log(1 + (self.size - count + 0.5) / (count + 0.5))

    def bound(self, weights: Mapping[str, float]) -> float:
        """What a text would score in which every known term stands once and nothing else: the scale of scores."""
        return sum(w * self.idf(t) for t, w in weights.items() if self.knows(t))

    def scores(self, weights: Mapping[str, float], common: int | None = COMMON) -> FloatArray:
        """BM25 of every text for weighted terms, shape (size,).

        Args:
            weights: term → weight.
            common: leave terms out that stand in more texts than this; None to use them all.
        """
        out = np.zeros(self.size, dtype=np.float32)
        for token, weight in weights.items():
            if common is not None and self.frequency(token) > common:
                continue
            value = np.float32((K1 + 1) * weight * self.idf(token))
            for number, (rows, counts) in enumerate(self._lists(token)):
                if len(rows):
                    part = out[self._offsets[number] : self._offsets[number + 1]]
                    tf = counts.astype(np.float32)
                    part[rows] += value * tf / (tf + self._norms[number][rows])
        return out

    def scores_at(self, weights: Mapping[str, float], rows: IntArray) -> FloatArray:
        """BM25 of some texts, every term counted; `rows` ascending. Shape (len(rows),)."""
        out = np.zeros(len(rows), dtype=np.float32)
        bounds = np.searchsorted(rows, self._offsets)
        for token, weight in weights.items():
            value = np.float32((K1 + 1) * weight * self.idf(token))
            for number, (listed, counts) in enumerate(self._lists(token)):
                start, end = bounds[number], bounds[number + 1]
                if start == end or not len(listed):
                    continue
                wanted = rows[start:end] - self._offsets[number]
                at = np.minimum(np.searchsorted(listed, wanted), len(listed) - 1)
                hit = listed[at] == wanted
                tf = counts[at[hit]].astype(np.float32)
                out[start:end][hit] += value * tf / (tf + self._norms[number][wanted[hit]])
        return out

    def holds(self, tokens: Sequence[str], rows: IntArray) -> BoolArray:
        """Which of some texts hold which tokens; `rows` ascending. Shape (len(tokens), len(rows))."""
        out = np.zeros((len(tokens), len(rows)), dtype=bool)
        bounds = np.searchsorted(rows, self._offsets)
        for place, token in enumerate(tokens):
            for number, (listed, _) in enumerate(self._lists(token)):
                start, end = bounds[number], bounds[number + 1]
                if start < end and len(listed):
                    wanted = rows[start:end] - self._offsets[number]
                    at = np.minimum(np.searchsorted(listed, wanted), len(listed) - 1)
                    out[place, start:end] = listed[at] == wanted
        return out
