"""Which backend an index is made for: how its segments are written, kept and opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from index.backend import Backend, SegmentTexts
from index.embedded import EmbeddedBackend, write_embedded
from index.generation import Generation
from index.segment import Segment
from ingest.errors import HangceError

EMBEDDED: dict[str, str] = {"kind": "embedded"}
BACKENDS = ("embedded", "milvus")


class Target(Protocol):
    """Where a build puts what is searched."""

    modules: tuple[str, ...]  # those of `index` whose output is kept there

    @property
    def name(self) -> str:
        """Changes when an index made for another target would not do."""
        ...

    @property
    def description(self) -> dict[str, str]:
        """What `open_backend` needs to know; kept in the manifest."""
        ...

    def facts(self, listing: Mapping[str, Any]) -> list[Any]:
        """What is kept of a document's metadata."""
        ...

    def prepare(self, dimensions: int) -> None:
        """Make ready for vectors of a width, before anything is asked or written."""
        ...

    def holds(self, segment: Segment) -> bool:
        """Whether a segment that was written once is still whole."""
        ...

    def write(
        self, folder: Path, texts: SegmentTexts, listings: Sequence[Mapping[str, Any]], beside: Sequence[Path]
    ) -> None:
        """Index a segment's texts.

        Args:
            folder: the segment's own.
            texts: what to index.
            listings: of its documents, in their order, as in `hangce documents`.
            beside: folders of the segments that the new one will stand beside.
        """
        ...

    def sweep(self, segments: Iterable[str]) -> None:
        """Forget all segments but these."""
        ...


class EmbeddedTarget:
    """The segments' own folders; they are checked and removed with the rest of the home."""

    modules: tuple[str, ...] = ("dense.py", "embedded.py")
    name = "embedded"

    @property
    def description(self) -> dict[str, str]:
        """See `Target`."""
        return dict(EMBEDDED)

    def facts(self, listing: Mapping[str, Any]) -> list[Any]:
        """Nothing: filters look at the catalogue."""
        return []

    def prepare(self, dimensions: int) -> None:
        """Nothing to do."""

    def holds(self, segment: Segment) -> bool:
        """Yes: the manifest's sizes have been checked."""
        return True

    def write(
        self, folder: Path, texts: SegmentTexts, listings: Sequence[Mapping[str, Any]], beside: Sequence[Path]
    ) -> None:
        """Write inverted lists and vectors."""
        write_embedded(folder, texts)

    def sweep(self, segments: Iterable[str]) -> None:
        """Nothing to do."""


def target_for(home: Path, kind: str | None, address: str, current: Mapping[str, Any]) -> Target:
    """The target of a build.

    Args:
        home: the home's folder.
        kind: `embedded` or `milvus`; None for what the home has now.
        address: of Milvus; "" for where the home's own is.
        current: the backend that the home's current manifest names.

    Raises:
        HangceError: there is no such backend, or Milvus is wanted and no usable address is given.
    """
    kind = kind or str(current["kind"])
    if kind not in BACKENDS:
        raise HangceError(f"there is no backend {kind!r} — choose one of {', '.join(BACKENDS)}")
    if kind == "embedded":
        return EmbeddedTarget()
    from index.milvus_target import MilvusTarget

    address = address or str(current.get("address", ""))
    if not address:
        raise HangceError("no address of Milvus — give --milvus ADDRESS or set HANGCE_MILVUS")
    return MilvusTarget(home, address, current)


def open_backend(generation: Generation) -> Backend:
    """The backend that a generation was made for.

    Raises:
        HangceError: this version knows no such backend, or it cannot be opened.
    """
    kind = generation.manifest.get("backend", EMBEDDED).get("kind")
    if kind == "embedded":
        return EmbeddedBackend(generation)
    if kind == "milvus":
        from index.milvus import MilvusBackend

        return MilvusBackend(generation)
    raise HangceError(f"the index was made for the backend {kind!r} — run `hangce build` again")


def discard(described: Mapping[str, Any]) -> None:
    """Remove what lies outside the home of an index that no generation names any more."""
    if described.get("kind") == "milvus":
        from index.milvus_target import discard

        discard(described)
