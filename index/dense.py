"""Vector search with FAISS by inner product, filters inside the search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from ingest.errors import HangceError

# Every vector is looked at, which is exact. Beyond this many they are kept as half floats, which halves memory, and is
# three times as fast: 100,000 vectors of 128 dimensions take about 1 ms. An inverted file was faster still, and lost a
# third of the best ten of evenly spread vectors.
WHOLE_UP_TO = 20_000
# From so many on, four bits of each dimension choose which half floats are looked at (product quantisation with one
# dimension to a part, scanned in registers: André, Kermarrec and Le Scouarnec 2015): .9975 of the best 300 in 200,000
# and all of the best 30, in a quarter of the time.
SCANNED_FROM = 50_000
_LOOKED_AT = 5  # vectors looked at for each that is wanted, and at least
_LOOKED_AT_LEAST = 500


class DenseIndex:
    """A FAISS index over unit vectors; row numbers are the ids."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.size = int(index.ntotal)
        self._whole = faiss.downcast_index(index.refine_index) if hasattr(index, "refine_index") else None

    @classmethod
    def build(cls, vectors: NDArray[np.float32], path: Path) -> DenseIndex:
        """Index unit vectors, shape (n, dimensions), and save them."""
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        count, width = vectors.shape
        if count <= WHOLE_UP_TO:
            index: Any = faiss.IndexFlatIP(width)
        else:
            half = faiss.ScalarQuantizer.QT_fp16
            index = faiss.IndexScalarQuantizer(width, half, faiss.METRIC_INNER_PRODUCT)
            if count >= SCANNED_FROM:
                scanned = faiss.IndexPQFastScan(width, width, 4, faiss.METRIC_INNER_PRODUCT)
                index = faiss.IndexRefine(scanned, index)
                index.train(vectors)
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
            k: number of rows.
            allowed: row numbers to search in; all if None.
            exact: look at every vector, as is done wherever only some rows are allowed.
        """
        k = min(k, self.size if allowed is None else len(allowed))
        if k == 0:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        index: Any = self._index
        parameters: Any = None
        if self._whole is not None and not exact and allowed is None:
            looked_at = max(_LOOKED_AT, _LOOKED_AT_LEAST / k)
            parameters = _parameters(faiss.IndexRefineSearchParameters, k_factor=looked_at)
        elif self._whole is not None:
            index = self._whole
        if allowed is not None:
            parameters = _parameters(faiss.SearchParameters, sel=_selector(allowed, self.size))
        scores, rows = index.search(vector[None, :].astype(np.float32), k, params=parameters)
        found = rows[0] >= 0
        return scores[0][found], rows[0][found]


def _parameters(kind: Any, **values: Any) -> Any:
    """Parameters of one search; the wrapper that takes them by name has no types."""
    return kind(**values)


def _selector(allowed: NDArray[np.int64], size: int) -> Any:
    """The allowed rows as a bitmap."""
    mask = np.zeros(size, dtype=bool)
    mask[allowed] = True
    bits = np.packbits(mask, bitorder="little")
    return faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
