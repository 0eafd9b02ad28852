"""Inverted lists of one text field of one segment: which texts hold a term, and how often.

Counts only, no scores: what a match is worth follows from all segments together (`index.lexical`), so that an index
to which documents were added piece by piece ranks exactly as one built at once. (Documents that were removed count in
the statistics until their segment is given up.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.errors import HangceError

_ARRAYS = ("keys", "starts", "rows", "counts", "lengths")


@lru_cache(maxsize=100_000)  # a question's terms are looked up in every field
def term_key(term: str) -> int:
    """A stable 64-bit key of a term; with a million terms two share one with odds of about 1 in 37 million."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")


class Postings:
    """Sorted inverted lists over `size` texts, as plain arrays that are memory-mapped when read.

    `keys` are sorted term keys, shape (terms,); the list of term i is `rows[starts[i]:starts[i + 1]]` in ascending
    order with `counts` beside it; `lengths` is the number of terms of each text, shape (size,).
    """

    def __init__(
        self,
        keys: NDArray[np.uint64],
        starts: NDArray[np.int64],
        rows: NDArray[np.int32],
        counts: NDArray[np.uint8],
        lengths: NDArray[np.uint16],
    ) -> None:
        self.keys, self.starts, self.rows, self.counts, self.lengths = keys, starts, rows, counts, lengths
        self.size = len(lengths)

    @classmethod
    def build(cls, texts: Iterable[list[str]]) -> Postings:
        """Invert texts given as lists of terms, in row order."""
        numbers: dict[str, int] = {}
        occurrences: list[NDArray[np.int32]] = []
        lengths: list[int] = []
        for words in texts:
            occurrences.append(
                np.fromiter((numbers.setdefault(w, len(numbers)) for w in words), np.int32, len(words))
            )
            lengths.append(len(words))
        size = np.array(lengths, dtype=np.int64)
        term = np.fromiter(chain.from_iterable(occurrences), np.int64, int(size.sum()))
        pairs = term * max(len(size), 1) + np.repeat(np.arange(len(size)), size)
        pairs, counts = np.unique(pairs, return_counts=True)
        term, rows = np.divmod(pairs, max(len(size), 1))
        keys = np.fromiter((term_key(w) for w in numbers), np.uint64, len(numbers))
        order = np.argsort(keys)
        width = np.bincount(term, minlength=len(numbers))
        first = np.concatenate(([0], np.cumsum(width)))
        # Lists are laid out in the order of their keys.
        starts = np.concatenate(([0], np.cumsum(width[order]))).astype(np.int64)
        picked = np.repeat(first[order] - starts[:-1], width[order]) + np.arange(len(pairs))
        return cls(
            keys[order],
            starts,
            rows[picked].astype(np.int32),
            np.minimum(counts[picked], 255).astype(np.uint8),
            np.minimum(size, 65535).astype(np.uint16),
        )

    def save(self, folder: Path) -> None:
        """Write the arrays as `.npy` files."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Postings:
        """Open what `save` wrote, memory-mapped.

        Raises:
            HangceError: the files are missing or no such arrays.
        """
        try:
            arrays = [np.load(folder / f"{n}.npy", mmap_mode="r", allow_pickle=False) for n in _ARRAYS]
            if len(arrays[1]) != len(arrays[0]) + 1 or len(arrays[2]) != len(arrays[3]):
                raise ValueError("arrays of different lengths")
        except (OSError, ValueError, EOFError) as error:
            raise HangceError(f"{folder} is no readable lexical index — run `hangce build` again") from error
        return cls(*(np.asarray(a) for a in arrays))

    def find(self, keys: NDArray[np.uint64]) -> list[tuple[NDArray[np.int32], NDArray[np.uint8]]]:
        """(rows, counts) of each of several terms by key, shape (n,), both empty for one that no text holds.

        Found together, and quickest with ascending keys: one term at a time took a fifth of a search.
        """
        none = self.rows[:0], self.counts[:0]
        if not len(self.keys):
            return [none] * len(keys)
        at = np.minimum(self.keys.searchsorted(keys), len(self.keys) - 1)
        known = self.keys[at] == keys
        bounds = zip(known.tolist(), self.starts[at].tolist(), self.starts[at + 1].tolist(), strict=True)
        return [(self.rows[s:e], self.counts[s:e]) if held else none for held, s, e in bounds]
