"""How well one clause says what a question asks: the two read side by side, word by word.

Search tells which clause is the likeliest; all it has of a clause are sums over it. Here each word of the question looks
for what speaks of it in the clause, and what finds nothing counts against it: a decomposable attention model (Parikh et
al. 2016) over the bundled encoder's tokens, run with numpy. Trained by `evals.train_cross_scorer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.encoder import bundled
from ingest.errors import HangceError

FloatArray = NDArray[np.float32]
Tokens = NDArray[np.unsignedinteger[Any]]
BUNDLED = Path(__file__).with_name("cross_scorer.safetensors")
# Tokens that are read: the last of a question, where it asks; the last of the headings; the first of gist and clause.
QUESTION, HEADINGS, GIST, CLAUSE = 48, 40, 100, 200
# Characters of a token, twice the usual: what lies behind so many for each is not even cut.
_A_TOKEN = 4
_KEPT = 4096  # clauses whose tokens are kept: to cut them takes longer than to read them
_NAMES = (
    "vectors", "mix", "mix_bias", "segment", "sharpness", "compare_1", "compare_1_bias", "compare_2", "compare_2_bias", "weigh",
    "weigh_bias", "judge_1", "judge_1_bias", "judge_2", "judge_2_bias",
)  # fmt: skip


class Passage(NamedTuple):
    """A clause as it is read: its document's title and its headings, its gist ("" without one), its words."""

    headings: str
    gist: str
    text: str


class _Cut(NamedTuple):
    """A clause's tokens, and for each whether it is of the headings, the gist or the words (0, 1, 2)."""

    ids: Tokens
    segment: Tokens


class _Read(NamedTuple):
    """A clause's tokens in context, shape (tokens, units), and the same at length one, turned for multiplying."""

    tokens: FloatArray
    directions: FloatArray


class CrossScorer:
    """Scores clauses for a question; above 0 an answer is likelier than none."""

    def __init__(self, weights: Mapping[str, FloatArray]) -> None:
        """Take the weights by name; `vectors` has one row for each token of the bundled encoder."""
        if missing := [name for name in _NAMES if name not in weights]:
            raise ValueError(f"no weights for {', '.join(missing)}")
        self._weights = {name: np.asarray(weights[name], dtype=np.float32) for name in _NAMES}
        if len(self._weights["vectors"]) != len(bundled().table):
            raise ValueError("vectors for other tokens than the encoder's")
        self._kept: dict[Passage, _Cut] = {}
        units = self._weights["mix_bias"].shape[0]
        # What each token gives to the one behind it, itself and the one ahead, worked out once: shape (tokens, 3 units).
        thirds = np.split(self._weights["mix"], 3)
        self._mixed = self._weights["vectors"] @ np.concatenate(thirds, axis=1)
        first = self._weights["compare_1"]
        self._of_question, self._of_found, self._of_both, self._of_apart, self._of_likeness = np.split(
            first, [units, 2 * units, 3 * units, 4 * units]
        )

    @classmethod
    def load(cls, path: Path = BUNDLED) -> CrossScorer:
        """Read the weights.

        Raises:
            HangceError: the file is missing or damaged.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            return cls(load_file(path))
        except (OSError, ValueError, SafetensorError) as error:
            raise HangceError(f"{path} holds no weights ({error}) — install hangce again") from error

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float]:
        """One score for each clause; nothing asked or nothing said scores 0."""
        asked = self._in_context(np.array(bundled().token_ids([question])[0][-QUESTION:], dtype=np.uint16))
        if not len(asked):
            return [0.0] * len(passages)
        return [self._score(asked, self._read(*cut)) for cut in self._cut(passages)]

    def _cut(self, passages: Sequence[Passage]) -> list[_Cut]:
        cut = {p: self._kept.get(p) for p in passages}
        new = [p for p, known in cut.items() if known is None]
        found = dict(zip(new, tokens_of(new), strict=True)) if new else {}
        if len(self._kept) + len(found) > _KEPT:
            self._kept = {}
        self._kept.update(found)
        return [cut[p] or found[p] for p in passages]

    def _score(self, asked: FloatArray, clause: _Read) -> float:
        if not len(clause.tokens):
            return 0.0
        w = self._weights
        likeness = _directions(asked) @ clause.directions  # (question, clause)
        attention = np.exp((likeness - likeness.max(axis=1, keepdims=True)) * w["sharpness"])
        attention /= attention.sum(axis=1, keepdims=True)
        found = attention @ clause.tokens
        how_like = np.stack([likeness.max(axis=1), (likeness * attention).sum(axis=1)], axis=1)
        compared = (
            asked @ self._of_question
            + found @ self._of_found
            + (asked * found) @ self._of_both
            + np.abs(asked - found) @ self._of_apart
            + how_like @ self._of_likeness
            + w["compare_1_bias"]
        )
        compared = np.maximum(np.maximum(compared, 0) @ w["compare_2"] + w["compare_2_bias"], 0)
        weight = 1 / (1 + np.exp(-(asked @ w["weigh"] + w["weigh_bias"])))
        weighed = compared * weight
        told = np.concatenate([weighed.sum(axis=0) / (weight.sum() + 1e-3), weighed.max(axis=0)])
        told = np.maximum(told @ w["judge_1"] + w["judge_1_bias"], 0)
        return float((told @ w["judge_2"] + w["judge_2_bias"])[0])

    def _read(self, ids: Tokens, segment: Tokens) -> _Read:
        tokens = self._in_context(ids) + self._weights["segment"][segment]
        return _Read(tokens, np.ascontiguousarray(_directions(tokens).T))

    def _in_context(self, ids: Tokens) -> FloatArray:
        """Each token with the one before and the one after it, shape (tokens, units)."""
        behind, own, ahead = np.split(self._mixed[ids], 3, axis=1)
        out = own + self._weights["mix_bias"]
        out[1:] += behind[:-1]
        out[:-1] += ahead[1:]
        return np.asarray(out)


def tokens_of(passages: Sequence[Passage]) -> list[_Cut]:
    """The tokens of clauses, cut together, which is twice as fast."""
    texts = [part for p in passages for part in (p.headings, p.gist, p.text[: CLAUSE * _A_TOKEN])]
    cut = bundled().token_ids(texts)
    out = []
    for headings, gist, text in zip(cut[::3], cut[1::3], cut[2::3], strict=True):
        headings, gist = headings[-HEADINGS:], gist[:GIST]
        text = text[: CLAUSE - len(headings) - len(gist)]
        segment = np.repeat(np.arange(3, dtype=np.uint8), [len(headings), len(gist), len(text)])
        out.append(_Cut(np.array(headings + gist + text, dtype=np.uint16), segment))
    return out


def _directions(vectors: FloatArray) -> FloatArray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


@cache
def cross_scorer() -> CrossScorer:
    """The bundled one, read once."""
    return CrossScorer.load()
