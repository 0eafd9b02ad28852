"""Softmax regression over the words of a question and the bundled encoder's vector, for what is learned about wording."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoder import BUNDLED as BUNDLED_ENCODER
from index.encoder import Encoder, load_encoder
from index.tokens import phrases, terms
from ingest.errors import HangceError

_LETTERS = 4  # runs of so many letters stand for words of other languages and of program code
FloatArray = NDArray[np.float32]
Words = Callable[[str], set[str]]


def words_of(text: str) -> set[str]:
    """What of a question's wording counts: terms, phrases, punctuation, and runs of letters."""
    plain = re.sub(r"\s+", "", text.lower())
    runs = {plain[i : i + _LETTERS] for i in range(len(plain) - _LETTERS + 1)}
    return {
        *terms(text),
        *phrases(text),
        *(c for c in plain if not c.isalnum()),
        *(r for r in runs if r.isascii()),
    }


class WordWeights:
    """How likely a text is of each of some classes; `evals.word_training` trains the weights.

    Args:
        words: those that count, in the order of the rows of `weights`; the encoder's dimensions follow them.
        weights: shape (len(words) + dimensions, classes).
        bias: shape (classes,).
        split: the words of a text.
    """

    def __init__(
        self, words: Sequence[str], weights: FloatArray, bias: FloatArray, split: Words = words_of
    ) -> None:
        self._places = {word: i for i, word in enumerate(words)}
        self._weights, self._bias, self._split = weights, bias, split
        if weights.shape[0] <= len(words) or weights.shape[1:] != bias.shape:
            raise ValueError("weights of different sizes")

    @classmethod
    def load(cls, path: Path, split: Words = words_of) -> WordWeights:
        """Read the weights.

        Raises:
            HangceError: the file is missing or damaged.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            weights, bias = (np.array(data[name], dtype=np.float32) for name in ("weights", "bias"))
            return cls(data["words"], weights, bias, split)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HangceError(f"{path} holds no usable weights ({error}) — install hangce again") from error

    def probabilities(self, texts: Sequence[str]) -> FloatArray:
        """How likely each text is of each class, shape (len(texts), classes)."""
        score = inputs(texts, self._places, self._split) @ self._weights + self._bias
        likely = np.exp(score - score.max(axis=1, keepdims=True))
        return np.asarray(likely / likely.sum(axis=1, keepdims=True), dtype=np.float32)


def inputs(texts: Sequence[str], places: dict[str, int], split: Words = words_of) -> FloatArray:
    """One row for each text: its known words, by the root of their number, and its vector."""
    out = np.zeros((len(texts), len(places)), dtype=np.float32)
    for row, text in enumerate(texts):
        said = split(text)
        known = [places[word] for word in said if word in places]
        out[row, known] = 1 / max(len(said), 1) ** 0.5
    return np.concatenate([out, _encoder().encode(list(texts))], axis=1)


def telling_words(texts: Sequence[str], telling: Sequence[bool], split: Words = words_of) -> list[str]:
    """Words that stand in two texts or more, and in one that is marked."""
    counts = Counter(word for text in texts for word in split(text))
    among = {word for text, is_so in zip(texts, telling, strict=True) if is_so for word in split(text)}
    return sorted(word for word in among if counts[word] > 1)


@cache
def _encoder() -> Encoder:
    return load_encoder(BUNDLED_ENCODER)
