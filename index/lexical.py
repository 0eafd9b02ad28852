"""BM25 over one field of all segments, with statistics of the whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
# Entries of inverted lists that are kept worked out, in each field: 12 bytes each.
_KEPT = 2_000_000


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
        self._worked_out: dict[str, tuple[IntArray, FloatArray]] = {}
        self._entries = 0

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
        self.look_up([token])
        found = self._found.get(token)
        return found if found is not None else self._look_up(token)  # another thread may have cleared it

    def look_up(self, tokens: Iterable[str]) -> None:
        """Have terms at hand that will be asked for: together they are found several times as fast as one by one."""
        if len(self._found) > 50_000:  # a server that runs for months
            self._found.clear()
        keys = {term_key(token): token for token in tokens if token not in self._found}
        if not keys:
            return
        wanted = np.array(sorted(keys), dtype=np.uint64)
        for key, *lists in zip(wanted.tolist(), *(part.find(wanted) for part in self._parts), strict=True):
            texts = sum(len(rows) for rows, _ in lists)
            idf = math.log(1 + (self.size - texts + 0.5) / (texts + 0.5))
            self._found[keys[key]] = _Term(lists, texts, idf)

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
        self.look_up(weights)
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
        rows, values, factors, lengths = [], [], [], []
        for token, weight in weights.items():
            term = self._term(token)
            if term.texts and (common is None or term.texts <= common):
                listed, worth = self._worked_out.get(token) or self._work_out(token, term)
                rows.append(listed)
                values.append(worth)
                factors.append(weight)
                lengths.append(len(listed))
        if not rows:
            return np.zeros(self.size, dtype=np.float32)
        # One sum over all lists: hundreds of small ones would take several times as long.
        worths = np.concatenate(values) * np.repeat(np.array(factors), lengths)
        return np.bincount(np.concatenate(rows), worths, self.size).astype(np.float32)

    def _work_out(self, token: str, term: _Term) -> tuple[IntArray, FloatArray]:
        """The rows of a term through all segments, and what it adds to each at weight 1."""
        rows = [listed + start for (listed, _), start in zip(term.lists, self._offsets, strict=False)]
        worth = [
            _worth(term, counts, norms[listed])
            for (listed, counts), norms in zip(term.lists, self._norms, strict=True)
        ]
        if self._entries > _KEPT:
            self._worked_out.clear()
            self._entries = 0
        self._entries += term.texts
        made = np.concatenate(rows), np.concatenate(worth)
        self._worked_out[token] = made
        return made

    def scores_at(
        self, weights: Mapping[str, float], rows: IntArray, known: FloatArray | None = None
    ) -> FloatArray:
        """BM25 of some texts, every term counted; `rows` ascending. Shape (len(rows),).

        `known` are the `scores` for the same weights, to which only the terms that they lack are added.
        """
        if known is not None and self.size <= COMMON:
            return known[rows]
        out = np.zeros(len(rows)) if known is None else known[rows].astype(np.float64)
        for token, weight in weights.items():
            term = self._term(token)
            if known is not None and term.texts <= COMMON:
                continue
            for number, places, at in self._at(term, rows):
                norms = self._norms[number][rows[places] - self._offsets[number]]
                out[places] += weight * _worth(term, term.lists[number][1][at], norms).astype(np.float64)
        return out.astype(np.float32)

    def holds(self, tokens: Sequence[str], rows: IntArray) -> BoolArray:
        """Which of some texts hold which tokens; `rows` ascending. Shape (len(tokens), len(rows))."""
        out = np.zeros((len(tokens), len(rows) + 1), dtype=bool)
        place = np.full(self.size, len(rows), dtype=np.int32)  # the last column takes what is not asked for
        place[rows] = np.arange(len(rows), dtype=np.int32)
        lines, listed = [], []
        for line, token in enumerate(tokens):
            term = self._term(token)
            if term.texts > COMMON:
                for _, places, _ in self._at(term, rows):
                    out[line, places] = True
            elif term.texts:
                lines.append(line)
                listed.append((self._worked_out.get(token) or self._work_out(token, term))[0])
        if lines:
            out[np.repeat(lines, [len(some) for some in listed]), place[np.concatenate(listed)]] = True
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


def _worth(term: _Term, counts: NDArray[np.uint8], norms: FloatArray) -> FloatArray:
    """What a term adds to the scores of texts at weight 1."""
    often = counts.astype(np.float32)
    return np.asarray(np.float32((K1 + 1) * term.idf) * often / (often + norms), dtype=np.float32)
