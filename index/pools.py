"""What all backends do alike: which passages are worth ranking, and on which scale fields are scored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from index.backend import Candidates, FloatArray, IntArray
from index.vocabulary import TermCounts

# First look, to choose what is ranked: what a passage's fields are worth beside each other.
FIRST = {"body": 1.0, "heading": 0.5, "notes": 1.0, "title": 0.5}
ASK_POOL = 100  # asks that a question is held against
ASKS_LOOKED_AT = 3 * ASK_POOL


class Field(Protocol):
    """Statistics of a text field."""

    def knows(self, token: str) -> bool:
        """Whether any text has the token."""
        ...

    def bound(self, weights: Mapping[str, float]) -> float:
        """What a text scores in which every known term stands once."""
        ...


def scale(name: str, field: Field, weights: Mapping[str, float], counts: TermCounts) -> float:
    """What a perfect match of a field scores.

    Notes and asks are written for some clauses only: there, what the question says beyond their vocabulary counts as
    not matched.
    """
    bound = field.bound(weights)
    if name in ("notes", "asks"):
        bound /= max(_share_known(field, weights, counts), 1e-6)
    return bound if bound > 0 else 1.0


def _share_known(field: Field, weights: Mapping[str, float], counts: TermCounts) -> float:
    """How much of a question, weighted by rarity, a field has words for at all."""
    known = {t: w * counts.rarity(t) for t, w in weights.items() if counts.frequency(t) or field.knows(t)}
    total = sum(known.values())
    return sum(v for t, v in known.items() if field.knows(t)) / total if total else 0.0


def shares(asked: Mapping[str, float], counts: TermCounts) -> dict[str, float]:
    """How much each known term of what is asked is worth, by rarity; 1 in all."""
    worth = {t: w * counts.rarity(t) for t, w in asked.items() if counts.frequency(t)}
    total = sum(worth.values()) or 1.0
    return {t: w / total for t, w in worth.items()}


def scores_of(rows: IntArray, found: IntArray, scores: FloatArray) -> FloatArray:
    """The scores of rows among those found, 0 for the others; `rows` and `found` ascending. Shape (len(rows),)."""
    out = np.zeros(len(rows), dtype=np.float32)
    at = np.searchsorted(rows, found)
    keep = at < len(rows)
    keep[keep] = rows[at[keep]] == found[keep]
    out[at[keep]] = np.maximum(scores[keep], 0)
    return out


def best_asks(out: Candidates, rows: IntArray, asks: IntArray, words: FloatArray, dense: FloatArray) -> None:
    """Enter, for each candidate, the most alike of its clause's asks.

    Args:
        out: completed.
        rows: the passage of each ask, shape (n,).
        asks: numbers of the asks, shape (n,).
        words: their shared words, about 0…1.
        dense: their cosines.
    """
    size = len(out.rows)
    out.ask = np.full(size, -1, dtype=np.int64)
    out.fields["ask_words"] = np.zeros(size, dtype=np.float32)
    out.fields["ask_dense"] = np.zeros(size, dtype=np.float32)
    at = np.searchsorted(out.rows, rows)
    for number in np.argsort(words + dense, kind="stable"):  # the most alike last, and so on top
        place = at[number]
        if place < size and out.rows[place] == rows[number]:
            out.ask[place] = asks[number]
            out.fields["ask_words"][place] = words[number]
            out.fields["ask_dense"][place] = dense[number]
