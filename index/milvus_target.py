"""Writing an index into Milvus: a home's collections, a segment's rows, and cleaning up behind them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from index.backend import LEXICAL, SegmentTexts
from index.field_counts import FieldCounts, write_field_counts
from index.milvus import FIELD_COUNTS, FIELDS
from index.milvus_client import Milvus, checked_address, connect
from index.milvus_schema import (
    ASK_COLUMNS,
    DENSE,
    LONGEST_TEXT,
    MARK,
    MARKER,
    PASSAGE_COLUMNS,
    WEIGHTS,
    base_of,
    collections,
    one_of,
    passage_vector,
    quoted,
    scalars,
    weigh,
)
from index.segment import Segment
from index.tokens import terms
from ingest.errors import HangceError

_BATCH = 1_000  # rows of one request, some 10 MB


class MilvusTarget:
    """An index whose passages and asks are searched in a Milvus. See `index.targets.Target`.

    Every home has collections of its own, named by a prefix that its manifest keeps; a copy of the home elsewhere gets
    others when it is built, so neither takes rows from the other.
    """

    modules: tuple[str, ...] = ("field_counts.py", "lexical.py", "milvus_schema.py", "milvus_target.py")

    def __init__(self, home: Path, address: str, current: Mapping[str, Any]) -> None:
        self._address = checked_address(address)
        self._home = str(home.absolute())
        same = (current.get("address"), current.get("home")) == (self._address, self._home)
        self._prefix = str(current["prefix"]) if same and current.get("prefix") else _new_prefix()

    @property
    def name(self) -> str:
        """Changes when an index made for another target would not do."""
        return f"milvus {self._address}"

    @property
    def description(self) -> dict[str, str]:
        """What a reader needs to find the rows; credentials are not among it."""
        return {"kind": "milvus", "address": self._address, "prefix": self._prefix, "home": self._home}

    @property
    def _milvus(self) -> Milvus:
        return connect(self._address)

    def facts(self, listing: Mapping[str, Any]) -> list[Any]:
        """What the rows keep of a document's metadata: when that changes, it is indexed anew."""
        return list(scalars(listing).values())

    def prepare(self, dimensions: int) -> None:
        """Make the collections; new ones where those at hand were made for other columns or vectors."""
        names = dict(zip(collections(self._prefix), (PASSAGE_COLUMNS, ASK_COLUMNS), strict=True))
        found = {name: self._milvus.columns(name) for name in names}
        if any(
            columns and (columns, width) != (names[name], dimensions)
            for name, (columns, width) in found.items()
        ):
            self._prefix = _new_prefix()
            found = {}
        for name, wanted in zip(collections(self._prefix), names.values(), strict=True):
            if not found.get(name, (frozenset(), 0))[0]:
                self._milvus.create(name, wanted, dimensions)

    def holds(self, segment: Segment) -> bool:
        """Whether all rows of a segment are there."""
        where = f"segment == {quoted(segment.name)}"
        sizes = (len(segment.rows), len(segment.ask_rows))
        return all(
            bool(self._milvus.columns(name)[0]) and self._milvus.count(name, where) == size
            for name, size in zip(collections(self._prefix), sizes, strict=True)
        )

    def write(
        self, folder: Path, texts: SegmentTexts, listings: Sequence[Mapping[str, Any]], beside: Sequence[Path]
    ) -> None:
        """Index a segment's texts; see `index.targets.Target`."""
        titles = [terms(text) for text in texts.titles]
        fields = {
            name: [terms(text) for text in some]
            for name, some in (("body", texts.bodies), ("heading", texts.headings), ("notes", texts.notes))
        }
        asks = [terms(text) for text in texts.asks]
        for name, some in [*fields.items(), ("title", titles), ("asks", asks)]:
            write_field_counts(folder / FIELD_COUNTS / name, some)
        means = {
            name: FieldCounts([f / FIELD_COUNTS / name for f in (*beside, folder)]).mean for name in FIELDS
        }
        document = [
            {"segment": folder.name, "document_id": i, **scalars(listing)}
            for i, listing in zip(texts.document_ids, listings, strict=True)
        ]
        base = base_of(folder.name)
        passages, written_asks = collections(self._prefix)

        def passage(row: int) -> dict[str, Any]:
            number = int(texts.document_of_row[row])
            words = {name: titles[number] if name == "title" else fields[name][row] for name in LEXICAL}
            return document[number] | {
                "id": base + row,
                "text": texts.bodies[row][:LONGEST_TEXT],
                WEIGHTS: passage_vector(words, means),
                DENSE: texts.vectors[row],
            }

        def ask(number: int) -> dict[str, Any]:
            return document[int(texts.document_of_row[texts.ask_rows[number]])] | {
                "id": base + number,
                WEIGHTS: {MARKER: MARK} | weigh("asks", asks[number], means["asks"]),
                DENSE: texts.ask_vectors[number],
            }

        for name, size, make in ((passages, len(texts.bodies), passage), (written_asks, len(asks), ask)):
            for start in range(0, size, _BATCH):
                self._milvus.upsert(name, [make(i) for i in range(start, min(start + _BATCH, size))])
            if size:
                self._milvus.flush(name)

    def sweep(self, segments: Iterable[str]) -> None:
        """Delete the rows of all segments but these."""
        kept = sorted(segments)
        for name in collections(self._prefix):
            if self._milvus.columns(name)[0]:
                self._milvus.delete(name, f"not ({one_of('segment', kept)})" if kept else "id >= 0")


def discard(described: Mapping[str, Any]) -> None:
    """Drop the collections of an index that no generation names any more, if their Milvus answers."""
    try:
        milvus = connect(checked_address(str(described["address"])), existing=True)
        for name in collections(str(described["prefix"])):
            milvus.drop(name)
    except (HangceError, KeyError):  # they are in nobody's way
        return


def _new_prefix() -> str:
    return f"hangce_{secrets.token_hex(4)}"
