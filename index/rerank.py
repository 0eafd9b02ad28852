"""An optional second opinion on the first results: any cross-encoder by name or path."""

from __future__ import annotations

import os
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.errors import HangceError

VARIABLE = "HANGCE_RERANKER"
RERANKED = 30  # results that are judged anew; a transformer reads some dozens in a second on a CPU


class Reranker(Protocol):
    """Judges how well texts answer a question."""

    def scores(self, question: str, texts: list[str]) -> NDArray[np.float32]:
        """One score for each text, shape (len(texts),); higher is better."""
        ...


class CrossEncoderReranker:
    """A sentence-transformers `CrossEncoder` by hub name or path; torch is imported on first use."""

    def __init__(self, name: str) -> None:
        from sentence_transformers import CrossEncoder

        self.name = name
        try:
            self._model = CrossEncoder(name, num_labels=1)
        except Exception as error:  # the library raises many kinds, some of them bare
            raise HangceError(
                f"the reranker {name!r} cannot be loaded ({type(error).__name__}: {error}) — give the name or path of a"
                f" cross-encoder, or leave {VARIABLE} unset"
            ) from error

    def scores(self, question: str, texts: list[str]) -> NDArray[np.float32]:
        """See `Reranker`."""
        pairs = [(question, text) for text in texts]
        return np.asarray(self._model.predict(pairs, show_progress_bar=False), dtype=np.float32).reshape(-1)


def configured_reranker() -> Reranker | None:
    """The reranker of the environment variable `HANGCE_RERANKER`, or None."""
    name = os.environ.get(VARIABLE)
    return CrossEncoderReranker(name) if name else None
