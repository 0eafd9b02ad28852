"""What all backends do alike: which passages are worth ranking, and on which scale fields are scored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

import numpy as np

from index.backend import BoolArray, Candidates, FloatArray, IntArray
from index.vocabulary import TermCounts

# First look, to choose what is ranked: what a passage's fields are worth beside each other.
FIRST = {"body": 1.0, "heading": 0.5, "notes": 1.0, "title": 0.5}
ASK_POOL = 100  # asks that a question is held against
ASKS_LOOKED_AT = 3 * ASK_POOL


class Field(Protocol):
    """Statistics of a text field."""

    def known(self, tokens: Collection[str]) -> list[bool]:
        """Which of several terms any text has."""
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
    share = total = 0.0
    described = zip(weights.values(), field.known(weights), counts.terms(weights), strict=True)
    for weight, known, (own, beside, rarity) in described:
        if known or own or beside:
            total += weight * rarity
            if known:
                share += weight * rarity
    return share / total if total else 0.0


def shares(asked: Mapping[str, float], counts: TermCounts) -> dict[str, float]:
    """How much each known term of what is asked is worth, by rarity; 1 in all."""
    described = zip(asked.items(), counts.terms(asked), strict=True)
    worth = {t: w * rarity for (t, w), (own, beside, rarity) in described if own or beside}
    total = sum(worth.values()) or 1.0
    return {t: w / total for t, w in worth.items()}


def told_apart(holds: BoolArray, worth: FloatArray, documents: IntArray) -> FloatArray:
    """How much of what is asked a passage has beyond the other candidates of its document, about 0…1.

    What every clause of a policy says tells none of them apart: terms weigh by their rarity among the candidates of
    the document, not in the whole index.

    Args:
        holds: which term stands in which passage, notes included, shape (terms, n).
        worth: of each term, shape (terms,), 1 in all.
        documents: of each passage, shape (n,).
    """
    _, place = np.unique(documents, return_inverse=True)
    size = np.bincount(place).astype(np.float32)
    held = holds.astype(np.float32)
    if not held.size:  # nothing asked is known, or nothing is a candidate
        return np.zeros(len(documents), dtype=np.float32)
    order = np.argsort(place, kind="stable")
    standing = np.add.reduceat(held[:, order], np.cumsum([0, *size[:-1]]).astype(np.int64), axis=1)
    rarity = np.log((size + 1) / (standing + 0.5)).clip(0).astype(np.float32)
    own = np.einsum("t,tn,tn->n", worth.astype(np.float32), held, rarity[:, place])
    return np.asarray(own / np.log(size[place] + 2), dtype=np.float32)


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
    order = np.argsort(words + dense, kind="stable")  # the most alike last, and so on top
    at = np.searchsorted(out.rows, rows[order])
    found = np.flatnonzero(at < size)
    found = found[out.rows[at[found]] == rows[order[found]]]
    place, number = at[found], order[found]
    out.ask[place] = asks[number]
    out.fields["ask_words"][place] = words[number]
    out.fields["ask_dense"][place] = dense[number]
