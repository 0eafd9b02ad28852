"""The learned part of ranking: a small network over the features of a candidate, read with numpy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import HangceError

FloatArray = NDArray[np.float32]
BUNDLED_RANKER = Path(__file__).with_name("ranker.json")

_MULTIPLICATIONS = 200_000  # at once


class RankingModel:
    """score = linear · x + output · tanh(hidden · x + bias), x the features in the order of `names`.

    Trained by `evals.train_ranker`.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.names: list[str] = list(data["features"])
        self._linear = np.array(data["linear"], dtype=np.float32)
        self._hidden = np.array(data["hidden"], dtype=np.float32)
        self._bias = np.array(data["bias"], dtype=np.float32)
        self._output = np.array(data["output"], dtype=np.float32)
        width = len(self.names)
        units = len(self._bias)
        if (self._linear.shape, self._hidden.shape, self._output.shape) != (
            (width,),
            (units, width),
            (units,),
        ):
            raise ValueError("weights of different sizes")

    @classmethod
    def load(cls, path: Path = BUNDLED_RANKER) -> RankingModel:
        """Read the weights.

        Raises:
            HangceError: the file is missing or damaged.
        """
        try:
            return cls(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HangceError(f"{path} holds no ranking weights ({error}) — install hangce again") from error

    def to_dict(self) -> dict[str, Any]:
        """The weights, rounded to five digits."""

        def plain(values: FloatArray) -> Any:
            return np.round(values.astype(float), 5).tolist()

        return {
            "features": self.names,
            "linear": plain(self._linear),
            "hidden": plain(self._hidden),
            "bias": plain(self._bias),
            "output": plain(self._output),
        }

    def score(self, features: Mapping[str, FloatArray]) -> FloatArray:
        """One score for each candidate, shape (n,)."""
        x = np.array([features[name] for name in self.names], dtype=np.float32)
        # In pieces, because a BLAS that wakes its threads for so little takes longer than the sum itself.
        step = max(_MULTIPLICATIONS // self._hidden.size, 1)
        pieces = [self._hidden @ x[:, i : i + step] for i in range(0, x.shape[1], step)]
        inner = np.tanh(np.concatenate(pieces, axis=1) + self._bias[:, None])
        return np.asarray(self._linear @ x + self._output @ inner)
