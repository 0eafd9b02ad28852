"""Sentence encoders: the bundled static one on numpy, or any sentence-transformers model by name or path."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.errors import HangceError

BUNDLED = "bundled"
BUNDLED_FOLDER = Path(__file__).parent / "encoder"
_FEW = 4  # texts for which waking threads takes longer than cutting them


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    name: str

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimensions)."""
        ...


class StaticEncoder:
    """A sentence-transformers `StaticEmbedding` read with numpy: starts in milliseconds, imports no torch.

    The folder holds `tokenizer.json` and `model.safetensors` as sentence-transformers saves them, so the same
    folder also opens with `SentenceTransformer(folder)`, and gives the same vectors.
    """

    def __init__(self, folder: Path, name: str = BUNDLED) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self.name = name
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._weights = load_file(str(folder / "model.safetensors"))["embedding.weight"].astype(np.float32)

    @property
    def table(self) -> NDArray[np.float32]:
        """The vectors of all tokens, shape (vocabulary, dimensions)."""
        return self._weights

    def token_ids(self, texts: list[str]) -> list[list[int]]:
        """The rows of `table` for the tokens of each text."""
        return [e.ids for e in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Mean of the token vectors, scaled to length one; a text without known tokens gives the zero vector."""
        out = np.zeros((len(texts), self._weights.shape[1]), dtype=np.float32)
        if len(texts) <= _FEW:
            ids = [self._tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
        else:
            ids = self.token_ids(texts)
        for row, rows in enumerate(ids):
            if rows:
                out[row] = self._weights[rows].mean(axis=0)
        return _unit(out)


class SentenceTransformerEncoder:
    """Any sentence-transformers model by hub name or path; torch is imported on first use."""

    def __init__(self, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        self.name = name
        try:
            self._model = SentenceTransformer(name)
        except Exception as error:  # the library raises many kinds, some of them bare
            raise HangceError(
                f"the encoder {name!r} cannot be loaded ({type(error).__name__}: {error}) — give the name or path of a"
                " sentence-transformers model, or leave HANGCE_ENCODER unset"
            ) from error

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors from the model."""
        vectors = self._model.encode(
            texts, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vectors, dtype=np.float32)


def load_encoder(name: str = BUNDLED) -> Encoder:
    """The encoder of that name: `bundled`, or a sentence-transformers model by hub name or path."""
    if name == BUNDLED:
        return bundled()
    if _is_static(Path(name)):
        return StaticEncoder(Path(name), name)
    return SentenceTransformerEncoder(name)


@cache
def bundled() -> StaticEncoder:
    """The bundled encoder, read once for all that use it, whichever encoder the search uses."""
    return StaticEncoder(BUNDLED_FOLDER)


def _is_static(folder: Path) -> bool:
    """Whether a folder holds a static model and nothing else, so that numpy suffices."""
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        return [str(m["type"]).rsplit(".", 1)[-1] for m in modules] == ["StaticEmbedding"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
