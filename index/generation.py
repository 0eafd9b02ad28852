"""One generation of the index opened for reading: its documents, and its segments as one run of rows."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.answers import KINDS
from index.home import Home
from index.lexical import LexicalIndex
from index.postings import Postings
from index.segment import PHRASES, ROW, SOUNDS, WORDS, Segment
from index.sounds import Sounds
from index.store import Store
from index.vocabulary import TermCounts
from ingest.errors import HangceError


class Generation:
    """The current generation of a home.

    `rows` has the row metadata of all segments (dtype `index.segment.ROW`) with `document` counting through
    `documents` (-1 where the document has since moved to another segment or is gone), `clause` and `parent` through all
    segments, and `district` through `districts`.
    """

    def __init__(self, home: Home) -> None:
        self.folder = folder = home.current()
        self.manifest = home.manifest(folder)
        if not isinstance(self.manifest.get("summary"), dict) or not self.manifest.get("encoder"):
            raise HangceError(
                f"the index in {home.path} is damaged (incomplete manifest) — run `hangce build`"
            )
        self.segments = [Segment(home.segments / name) for name in self.manifest["segments"]]
        self.store = Store(folder, {s.name: (s.store, len(s.rows), len(s.ask_rows)) for s in self.segments})
        self.documents = {d.document_id: d for d in self.store.documents()}
        self.districts = list(dict.fromkeys(name for s in self.segments for name in s.districts))
        self.rows = self._joined()
        self.counts = TermCounts([s.folder / WORDS for s in self.segments], len(self.rows))
        self.sounds = Sounds(
            [s.folder / SOUNDS for s in self.segments],
            self.counts.frequency,
            lambda pair: self.counts.counts(pair)[1] > 0,  # written by people, in a title or a question
            self.counts.look_up,
        )

    @cached_property
    def phrases(self) -> LexicalIndex:
        """Which passages hold which phrases (`index.tokens.phrases`), notes included."""
        return LexicalIndex([Postings.load(s.folder / PHRASES) for s in self.segments])

    def _joined(self) -> NDArray[Any]:
        order = {(d.segment, d.document_id): i for i, d in enumerate(self.documents.values())}
        parts, clauses = [np.zeros(0, dtype=ROW)], 0
        for segment in self.segments:
            rows = segment.rows.copy()
            documents = np.array(
                [order.get((segment.name, i), -1) for i in segment.document_ids], dtype=np.int32
            )
            districts = np.array([*(self.districts.index(d) for d in segment.districts), -1], dtype=np.int16)
            if len(rows):
                rows["document"] = documents[rows["document"]]
                rows["clause"] += clauses
                rows["parent"][rows["parent"] >= 0] += clauses
                rows["district"] = districts[rows["district"]]
                clauses = int(rows["clause"].max()) + 1
            parts.append(rows)
        return np.concatenate(parts)

    @cached_property
    def positions(self) -> NDArray[np.float32]:
        """How far into its document a passage stands, 0 for the first and nearly 1 for the last."""
        out = np.zeros(len(self.rows), dtype=np.float32)
        documents = self.rows["document"]
        starts = np.flatnonzero(np.diff(documents, prepend=-2))
        for start, end in zip(starts, [*starts, len(documents)][1:], strict=True):
            out[start:end] = np.arange(end - start, dtype=np.float32) / max(end - start, 1)
        return out

    @cached_property
    def kind_bits(self) -> dict[str, int]:
        """Kind of question → its bit in the rows' `kinds`."""
        return {kind: 1 << i for i, kind in enumerate(KINDS)}
