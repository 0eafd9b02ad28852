"""What a search backend takes and gives. Ranking (`index.ranking`) is the same over all of them.

A backend finds candidates: passages that share words or meaning with the question, with one score per field for
each. It holds no text to show and no metadata but what filters need; those lie in the store of each segment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.store import StoredDocument
from index.validity import status_on
from ingest.text import fold

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# Fields with words of a passage; `title` is that of its document with the names people use for it.
PASSAGE_FIELDS = ("body", "heading", "notes")
LEXICAL = (*PASSAGE_FIELDS, "title")


@dataclass(frozen=True, slots=True)
class Filters:
    """Restrict a search; applied before ranking, never after."""

    level: str | None = None
    district: str | None = None
    document: str | None = None
    kind: str | None = None
    in_force_on: date | None = None

    def meets(self, document: StoredDocument) -> bool:
        """Whether a document may be found."""
        listing = document.listing
        return (
            (self.level is None or listing["level"] == self.level)
            and (self.district is None or listing["district"] == self.district)
            and (self.kind is None or listing["kind"] == self.kind)
            and (
                self.document is None
                or self.document == document.document_id
                or self.document in listing["doc_numbers"]
                or fold(self.document) in fold(document.title)
            )
            and (
                self.in_force_on is None
                or status_on(listing, self.in_force_on) in ("in_force", "open_ended", "unknown")
            )
        )


@dataclass(frozen=True, slots=True)
class Probe:
    """A question as a backend sees it.

    `terms` are the question's index terms with the weight of each, expansions included; `asked` are its terms without
    the words that only make it a question; `vector` is its unit vector, shape (dimensions,). At least `depth`
    candidates come back, as far as there are any that share a word or lie near.
    """

    text: str
    terms: Mapping[str, float]
    asked: Mapping[str, float]
    vector: FloatArray
    depth: int = 300
    allowed: frozenset[str] | None = None  # document ids; None for all
    pinned: tuple[int, ...] = ()  # rows that are candidates whatever they share
    filters: Filters | None = (
        None  # what `allowed` was made of, for a backend that can ask for it in fewer words
    )


@dataclass(slots=True)
class Candidates:
    """Passages by row, ascending, with scores beside them, shape (n,) each.

    `fields` has one entry for each of `LEXICAL`, about 0…1, and `dense`, the cosine or 0 where it is not among the
    nearest; `cover`, the share of `Probe.asked`, weighted by rarity, that stands in the passage, its headings, title or
    notes, and `cover_plain`, the same without notes; `told_apart`, from `index.pools.told_apart`. `ask_words` and `ask_dense` are for the clause's best single ask
    what a field and `dense` are for the passage, `ask` its number or -1.
    """

    rows: IntArray
    fields: dict[str, FloatArray] = field(default_factory=dict)
    ask: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))

    def at(self, places: IntArray) -> Candidates:
        """Some of the candidates, by place."""
        fields = {name: values[places] for name, values in self.fields.items()}
        return Candidates(self.rows[places], fields, self.ask[places])


@dataclass(slots=True)
class SegmentTexts:
    """What a backend indexes of one segment; passages and asks in row order."""

    document_ids: list[str]
    titles: list[str]  # one for each document
    document_of_row: IntArray
    bodies: list[str]
    headings: list[str]
    notes: list[str]
    asks: list[str]
    ask_rows: IntArray  # the passage of each ask's clause
    vectors: FloatArray
    ask_vectors: FloatArray


class Backend(Protocol):
    """Finds candidates. Rows count through the segments in their order."""

    def candidates(self, probe: Probe) -> Candidates:
        """The passages worth ranking."""
        ...
