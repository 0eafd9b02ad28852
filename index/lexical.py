"""BM25 over pre-cut terms, stored as plain arrays and memory-mapped when read."""

from __future__ import annotations

import math
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from index.tokens import terms
from ingest.errors import HangceError

_EMPTY = "\u0000"  # keeps the index well-formed when no text has any terms


class LexicalIndex:
    """BM25 (Lucene's variant) over one field of all passages."""

    def __init__(self, model: bm25s.BM25, size: int) -> None:
        self._model = model
        self.size = size
        self._vocabulary: dict[str, int] = model.vocab_dict
        self._peaks: dict[int, float] = {}

    @classmethod
    def build(cls, texts: list[str], folder: Path, *, k1: float = 1.2, b: float = 0.6) -> LexicalIndex:
        """Index texts in order and save the result under `folder`."""
        model = bm25s.BM25(k1=k1, b=b, method="lucene")
        corpus = [terms(text) or [_EMPTY] for text in texts] or [[_EMPTY]]
        model.index(corpus, show_progress=False)
        model.save(str(folder), show_progress=False)
        return cls(model, len(texts))

    @classmethod
    def load(cls, folder: Path, size: int) -> LexicalIndex:
        """Open an index saved by `build`.

        Raises:
            HangceError: its files are no index.
        """
        try:
            return cls(bm25s.BM25.load(str(folder), mmap=True, show_progress=False), size)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HangceError(f"{folder} is no readable lexical index — run `hangce build` again") from error

    def scores(self, tokens: list[str]) -> NDArray[np.float32]:
        """BM25 score of every text for the tokens; repeated tokens count repeatedly. Shape: (size,)."""
        known = [self._vocabulary[t] for t in tokens if t in self._vocabulary]
        if not known or not self.size:
            return np.zeros(self.size, dtype=np.float32)
        return np.asarray(self._model.get_scores_from_ids(known), dtype=np.float32)[: self.size]

    def knows(self, token: str) -> bool:
        """Whether any text has the token."""
        return token in self._vocabulary

    def bound(self, tokens: list[str]) -> float:
        """The sum of the highest score that each known token reaches anywhere: no text scores more."""
        return sum(self._peak(self._vocabulary[t]) for t in tokens if t in self._vocabulary)

    def _peak(self, token: int) -> float:
        if token not in self._peaks:
            start, end = self._model.scores["indptr"][token], self._model.scores["indptr"][token + 1]
            self._peaks[token] = float(self._model.scores["data"][start:end].max()) if end > start else 0.0
        return self._peaks[token]

    def idf(self, token: str) -> float:
        """Inverse document frequency, `ln(1 + (N - df + 0.5) / (df + 0.5))` (Robertson and Zaragoza 2009)."""
        row = self._vocabulary.get(token)
        count = (
            0
            if row is None
            else int(self._model.scores["indptr"][row + 1] - self._model.scores["indptr"][row])
        )
        return math.log(1 + (self.size - count + 0.5) / (count + 0.5))
