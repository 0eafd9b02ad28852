"""What scoring needs to know of a text field whose inverted lists lie elsewhere: its terms, and how long its texts are.

A backend that keeps the lists on a server keeps these counts in the segments' folders. So a question is weighed the
same way, and asks nobody for it, whichever backend searches.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.postings import term_key
from ingest.errors import HangceError

_ARRAYS = ("keys", "counts", "totals")
_LONGEST = 65535  # as in `index.postings`


def write_field_counts(folder: Path, texts: Iterable[list[str]]) -> None:
    """Keep in how many texts of a segment each term stands; texts are given as lists of terms."""
    counts: Counter[str] = Counter()
    size = filled = length = 0
    for words in texts:
        counts.update(set(words))
        size += 1
        filled += bool(words)
        length += min(len(words), _LONGEST)
    keys = np.fromiter((term_key(word) for word in counts), np.uint64, len(counts))
    order = np.argsort(keys)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "keys.npy", keys[order], allow_pickle=False)
    np.save(
        folder / "counts.npy", np.fromiter(counts.values(), np.int32, len(counts))[order], allow_pickle=False
    )
    np.save(folder / "totals.npy", np.array([size, filled, length], dtype=np.int64), allow_pickle=False)


class FieldCounts:
    """Counts of one field over some segments; answers as `index.lexical.LexicalIndex` does.

    Args:
        folders: what `write_field_counts` wrote, one for each segment.

    Raises:
        HangceError: a folder holds no such counts.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._parts: list[tuple[NDArray[np.uint64], NDArray[np.int32]]] = []
        totals = np.zeros(3, dtype=np.int64)
        for folder in folders:
            try:
                keys, counts, own = (
                    np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS
                )
                if len(keys) != len(counts) or own.shape != (3,):
                    raise ValueError("arrays of different lengths")
            except (OSError, ValueError, EOFError) as error:
                raise HangceError(f"{folder} holds no readable counts — run `hangce build` again") from error
            self._parts.append((keys, counts))
            totals += own
        self.size = int(totals[0])
        self.mean = max(int(totals[2]) / max(int(totals[1]), 1), 1.0)  # terms in a text that is not empty
        self._found: dict[str, int] = {}

    def frequency(self, token: str) -> int:
        """In how many texts a term stands."""
        if token not in self._found:
            if len(self._found) > 100_000:  # a server that runs for months
                self._found.clear()
            key = np.uint64(term_key(token))
            self._found[token] = sum(_count(keys, counts, key) for keys, counts in self._parts)
        return self._found[token]

    def knows(self, token: str) -> bool:
        """Whether any text has the token."""
        return self.frequency(token) > 0

    def known(self, tokens: Iterable[str]) -> list[bool]:
        """Which of several terms any text has."""
        return [self.knows(token) for token in tokens]

    def idf(self, token: str) -> float:
        """Inverse document frequency, `ln(1 + (N - df + 0.5) / (df + 0.5))` (Robertson and Zaragoza 2009)."""
        count = self.frequency(token)
        return math.log(1 + (self.size - count + 0.5) / (count + 0.5))

    def bound(self, weights: Mapping[str, float]) -> float:
        """What a text scores in which every known term stands once, at the mean length: the scale of scores."""
        return sum(w * self.idf(t) for t, w in weights.items() if self.knows(t))


def _count(keys: NDArray[np.uint64], counts: NDArray[np.int32], key: np.uint64) -> int:
    at = int(np.searchsorted(keys, key))
    return int(counts[at]) if at < len(keys) and keys[at] == key else 0
