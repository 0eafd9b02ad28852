"""BM25 over one field of all segments, with statistics of the whole."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from index.postings import Postings, term_key

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Places = NDArray[np.int32]

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


class Matches(NamedTuple):
    """What weighted terms add to the scores of texts: a text stands once for each term that it holds."""

    rows: IntArray
    worths: NDArray[np.float64]

    def sums(self, size: int) -> FloatArray:
        """The score of every text, shape (size,)."""
        return np.bincount(self.rows, self.worths, size).astype(np.float32)

    def at(self, place: Places, count: int) -> FloatArray:
        """The scores of the texts that have a place, shape (count,); `place` is from `places`."""
        return np.bincount(place[self.rows], self.worths, count + 1)[:-1].astype(np.float32)


def places(rows: IntArray, size: int) -> Places:
    """Where each of `size` texts stands among `rows`; `len(rows)` for one that does not."""
    out = np.full(size, len(rows), dtype=np.int32)
    out[rows] = np.arange(len(rows), dtype=np.int32)
    return out


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
    def _norms(self) -> FloatArray:
        """k₁ · (1 - b + b · length / mean length) of every text."""
        lengths = np.concatenate([np.zeros(0, np.uint16), *(p.lengths for p in self._parts)])
        mean = max(float(lengths.sum(dtype=np.int64)) / max(int(np.count_nonzero(lengths)), 1), 1.0)
        return K1 * (1 - B + B / mean * lengths.astype(np.float32))

    def _term(self, token: str) -> _Term:
        return self._found.get(token) or self._look_up(token)

    def _terms(self, tokens: Collection[str]) -> list[_Term]:
        found = list(map(self._found.get, tokens))  # in one call: this runs for every term of every question
        if not all(found):
            self.look_up(token for token, term in zip(tokens, found, strict=True) if term is None)
            return [self._term(token) for token in tokens]
        return cast("list[_Term]", found)

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
        return sum(
            weight * term.idf
            for weight, term in zip(weights.values(), self._terms(weights), strict=True)
            if term.texts
        )

    def known(self, tokens: Collection[str]) -> list[bool]:
        """Which of several terms any text has."""
        return [term.texts > 0 for term in self._terms(tokens)]

    def matches(self, weights: Mapping[str, float], common: int | None = COMMON) -> Matches:
        """Which texts hold weighted terms, and what each adds to its score.

        Args:
            weights: term → weight.
            common: leave terms out that stand in more texts than this; None to use them all.
        """
        most = self.size if common is None else common
        held = {
            token: weight
            for (token, weight), term in zip(weights.items(), self._terms(weights), strict=True)
            if 0 < term.texts <= most
        }
        if not held:
            return Matches(np.zeros(0, np.int64), np.zeros(0))
        listed = self._lists(held)
        lengths = [len(rows) for rows, _ in listed]
        worths = np.concatenate([worth for _, worth in listed])
        return Matches(
            np.concatenate([rows for rows, _ in listed]),
            worths * np.repeat(np.array(list(held.values())), lengths),
        )

    def scores(self, weights: Mapping[str, float], common: int | None = COMMON) -> FloatArray:
        """BM25 of every text for weighted terms, shape (size,); arguments as for `matches`."""
        return self.matches(weights, common).sums(self.size)

    def _lists(self, tokens: Collection[str]) -> list[tuple[IntArray, FloatArray]]:
        """For each of several known terms the rows that hold it, and what it adds to each at weight 1."""
        if self._entries > _KEPT:
            self._worked_out.clear()
            self._entries = 0
        held = list(map(self._worked_out.get, tokens))
        new = list(dict.fromkeys(t for t, made in zip(tokens, held, strict=True) if made is None))
        if new:
            lists = dict(zip(new, self._work_out(self._terms(new)), strict=True))
            self._worked_out.update(lists)
            self._entries += sum(len(rows) for rows, _ in lists.values())
            held = [made or lists[token] for token, made in zip(tokens, held, strict=True)]
        return cast("list[tuple[IntArray, FloatArray]]", held)

    def _work_out(self, terms: Sequence[_Term]) -> list[tuple[IntArray, FloatArray]]:
        """The rows of terms through all segments, and what each adds to them at weight 1.

        In one sweep: there are as many lists as terms times segments, most of them short.
        """
        lists = [part for term in terms for part in term.lists]
        lengths = [len(rows) for rows, _ in lists]
        rows = np.concatenate([rows for rows, _ in lists]).astype(np.int64)
        rows += np.repeat(np.tile(self._offsets[:-1], len(terms)), lengths)
        often = np.concatenate([counts for _, counts in lists]).astype(np.float32)
        texts = [term.texts for term in terms]
        factors = np.repeat(np.array([(K1 + 1) * term.idf for term in terms], dtype=np.float32), texts)
        worth = factors * often / (often + self._norms[rows])
        ends = np.cumsum(texts).tolist()
        return [(rows[end - n : end], worth[end - n : end]) for n, end in zip(texts, ends, strict=True)]

    def scores_at(
        self, weights: Mapping[str, float], rows: IntArray, known: FloatArray | None = None
    ) -> FloatArray:
        """BM25 of some texts, every term counted; `rows` ascending. Shape (len(rows),).

        `known` are the sums of their `matches` for the same weights, to which only the terms that those lack are added.
        """
        if known is not None and self.size <= COMMON:
            return known
        out = np.zeros(len(rows)) if known is None else known.astype(np.float64)
        norms = self._norms[rows]
        for weight, term in zip(weights.values(), self._terms(weights), strict=True):
            if known is not None and term.texts <= COMMON:
                continue
            for number, places, at in self._at(term, rows):
                worth = _worth(term, term.lists[number][1][at], norms[places])
                out[places] += weight * worth.astype(np.float64)
        return out.astype(np.float32)

    def holds(
        self,
        tokens: Sequence[str],
        rows: IntArray,
        place: Places | None = None,
        beside: BoolArray | None = None,
    ) -> BoolArray:
        """Which of some texts hold which tokens; `rows` ascending. Shape (len(tokens), len(rows)).

        Args:
            tokens: terms.
            rows: the texts.
            place: `places(rows, size)`, when the caller has it already.
            beside: what is held otherwise, of the same shape: counts too.
        """
        out = np.zeros((len(tokens), len(rows) + 1), dtype=bool)
        if beside is not None:
            out[:, :-1] = beside
        place = places(rows, self.size) if place is None else place
        terms = self._terms(tokens)
        lines = [line for line, term in enumerate(terms) if 0 < term.texts <= COMMON]
        if lines:
            listed = [some for some, _ in self._lists([tokens[line] for line in lines])]
            out[np.repeat(lines, [len(some) for some in listed]), place[np.concatenate(listed)]] = True
        for line, term in enumerate(terms):
            if term.texts > COMMON:
                for _, found, _ in self._at(term, rows):
                    out[line, found] = True
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
