"""Vector search with FAISS: exact inner product, filters inside the search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from ingest.errors import HangceError


class DenseIndex:
    """A flat FAISS index; row numbers are the ids."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: NDArray[np.float32], path: Path) -> DenseIndex:
        """Index unit vectors, shape (n, dimensions), and save them."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        faiss.write_index(index, str(path))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Open a saved index."""
        try:
            return cls(faiss.read_index(str(path)))
        except RuntimeError as error:
            raise HangceError(f"{path} is no readable vector index — run `hangce build` again") from error

    def search(
        self, vector: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The k nearest rows (cosine, row) among the allowed ones; fewer where there are fewer.

        Args:
            vector: unit vector, shape (dimensions,).
            allowed: row numbers to search in; all if None.
        """
        k = min(k, self._index.ntotal if allowed is None else len(allowed))
        if k == 0:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(allowed))  # type: ignore[call-arg]
        scores, rows = self._index.search(vector[None, :].astype(np.float32), k, params=parameters)
        return scores[0], rows[0]
