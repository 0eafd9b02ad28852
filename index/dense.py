"""Vector search with FAISS by inner product, filters inside the search."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from ingest.errors import HangceError

# A flat index is exact, and at this size takes some 2 ms. Beyond, an inverted file looks at the nearest cells only.
FLAT_UP_TO = 20_000
_TRAINED_ON = 40  # vectors per cell; faiss asks for 39 at least
_CELLS_SEEN = 0.06  # share of the cells that a search looks at


class DenseIndex:
    """A FAISS index over unit vectors; row numbers are the ids."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.size = int(index.ntotal)

    @classmethod
    def build(cls, vectors: NDArray[np.float32], path: Path) -> DenseIndex:
        """Index unit vectors, shape (n, dimensions), and save them."""
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        count, width = vectors.shape
        if count <= FLAT_UP_TO:
            index: Any = faiss.IndexFlatIP(width)
        else:
            cells = int(2 * math.sqrt(count))
            index = faiss.IndexIVFScalarQuantizer(
                faiss.IndexFlatIP(width),
                width,
                cells,
                faiss.ScalarQuantizer.QT_8bit,
                faiss.METRIC_INNER_PRODUCT,
            )
            sample = np.random.default_rng(0).permutation(count)[: cells * _TRAINED_ON]
            index.train(vectors[np.sort(sample)])
            index.nprobe = max(8, int(cells * _CELLS_SEEN))
        index.add(vectors)
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
        self,
        vector: NDArray[np.float32],
        k: int,
        allowed: NDArray[np.int64] | None = None,
        *,
        exact: bool = False,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The k nearest rows (cosine, row) among the allowed ones; fewer where there are fewer.

        Args:
            vector: unit vector, shape (dimensions,).
            allowed: row numbers to search in; all if None.
            exact: look at every vector, also where the index need not.
        """
        k = min(k, self.size if allowed is None else len(allowed))
        if k == 0:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        selector = None if allowed is None else _selector(allowed, self.size)
        parameters: Any = None
        if isinstance(self._index, faiss.IndexIVF):
            # Few allowed rows may lie in cells far from the question.
            everything = exact or (allowed is not None and len(allowed) < 0.2 * self.size)
            cells = self._index.nlist if everything else self._index.nprobe
            parameters = faiss.SearchParametersIVF(sel=selector, nprobe=cells)  # type: ignore[call-arg]
        elif selector is not None:
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, rows = self._index.search(vector[None, :].astype(np.float32), k, params=parameters)
        found = rows[0] >= 0
        return scores[0][found], rows[0][found]


def _selector(allowed: NDArray[np.int64], size: int) -> Any:
    """The allowed rows as a bitmap."""
    mask = np.zeros(size, dtype=bool)
    mask[allowed] = True
    bits = np.packbits(mask, bitorder="little")
    return faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
