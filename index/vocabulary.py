"""The terms of the index and in how many texts each stands, whichever backend searches."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from index.postings import term_key
from index.tokens import terms
from ingest.errors import HangceError

KEYS, COUNTS = "keys.npy", "counts.npy"


def write_vocabulary(folder: Path, bodies: Iterable[str], others: Iterable[str]) -> list[str]:
    """Keep a segment's term counts: passages' own words, and titles and asks; gives back the terms."""
    own: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    for counter, texts in ((own, bodies), (beside, others)):
        for text in texts:
            counter.update(set(terms(text)))
    words = list(own.keys() | beside.keys())
    keys = np.fromiter((term_key(w) for w in words), np.uint64, len(words))
    order = np.argsort(keys)
    counts = np.array([(own[words[i]], beside[words[i]]) for i in order], dtype=np.int32).reshape(-1, 2)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / KEYS, keys[order], allow_pickle=False)
    np.save(folder / COUNTS, counts, allow_pickle=False)
    return words


class TermCounts:
    """Counts over all segments.

    Args:
        folders: one for each segment.
        size: number of passages in all of them.
    """

    def __init__(self, folders: Sequence[Path], size: int) -> None:
        self._size = size
        self._parts: list[tuple[NDArray[np.uint64], NDArray[np.int32]]] = []
        for folder in folders:
            try:
                arrays = [np.load(folder / n, mmap_mode="r", allow_pickle=False) for n in (KEYS, COUNTS)]
                self._parts.append((np.asarray(arrays[0]), np.asarray(arrays[1])))
            except (OSError, ValueError, EOFError) as error:
                raise HangceError(f"{folder} holds no readable counts — run `hangce build` again") from error
        self._found: dict[str, tuple[int, int, float]] = {}

    def _term(self, term: str) -> tuple[int, int, float]:
        return self._found.get(term) or self._look_up(term)

    def _look_up(self, term: str) -> tuple[int, int, float]:
        self.look_up([term])
        found = self._found.get(term)
        return found if found is not None else self._look_up(term)  # another thread may have cleared it

    def look_up(self, some: Iterable[str]) -> None:
        """Have terms at hand that will be asked for: together they are found several times as fast as one by one."""
        if len(self._found) > 100_000:  # a server that runs for months
            self._found.clear()
        wanted = [term for term in dict.fromkeys(some) if term not in self._found]
        if not wanted:
            return
        found = np.fromiter(map(term_key, wanted), np.uint64, len(wanted))
        totals = np.zeros((len(wanted), 2), dtype=np.int64)
        for keys, counts in self._parts:
            if len(keys):
                at = np.minimum(keys.searchsorted(found), len(keys) - 1)
                totals += counts[at] * (keys[at] == found)[:, None]
        for term, (own, beside) in zip(wanted, totals.tolist(), strict=True):
            rarity = math.log(1 + (self._size - own + 0.5) / (own + 0.5))
            self._found[term] = own, beside, rarity

    def terms(self, some: Collection[str]) -> list[tuple[int, int, float]]:
        """(passages, titles and asks, rarity) of several terms."""
        found = list(map(self._found.get, some))  # in one call: this runs for every term of every question
        if not all(found):
            self.look_up(some)
            return [self._term(term) for term in some]
        return cast("list[tuple[int, int, float]]", found)

    def counts(self, term: str) -> tuple[int, int]:
        """In how many passages a term stands, and in how many titles and asks."""
        own, beside, _ = self._term(term)
        return own, beside

    def frequency(self, term: str) -> int:
        """In how many passages, titles and asks a term stands."""
        own, beside, _ = self._term(term)
        return own + beside

    def rarity(self, term: str) -> float:
        """Inverse document frequency in the passages, `ln(1 + (N - df + 0.5) / (df + 0.5))` (Robertson and Zaragoza 2009)."""
        return self._term(term)[2]
