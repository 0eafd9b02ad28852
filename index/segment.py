"""A segment: some documents' clauses, passages and asks, written once and never changed.

A generation of the index is a list of segments. What was added since is a further, small segment; a document that
was changed or removed stays in its old segment and is no longer looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.answers import KINDS, answered_kinds
from index.backend import SegmentTexts
from index.encoder import Encoder
from index.passages import passages
from index.postings import Postings
from index.sounds import write_sounds
from index.store import SegmentStore
from index.tokens import phrases
from index.vocabulary import write_vocabulary
from ingest.clauses import INTRO, NOTICE
from ingest.errors import HangceError
from ingest.knowledge import ClauseNote
from ingest.model import Clause, Document

STORE, ROWS, ASK_ROWS, HEADER = "store.sqlite", "rows.npy", "ask_rows.npy", "segment.json"
WORDS, SOUNDS, PHRASES = "words", "sounds", "phrases"
EMBEDDED_CHARACTERS = 600  # of a passage with its headings; more only blurs its vector

# What ranking needs of a passage, by row.
ROW = np.dtype(
    [
        ("document", "<i4"),  # number in the segment
        ("clause", "<i4"),  # number in the segment
        ("parent", "<i4"),  # the number of the clause above, -1 where that has no passage
        ("length", "<u2"),  # characters of the passage
        ("kinds", "<u4"),  # bits of KINDS: questions that its words can answer
        ("flags", "<u1"),
        ("district", "<i2"),  # number in the header's list, -1 for none
    ]
)
OPENING, TABLE, TABLE_ROW, ENTRY, CONTAINER = 1, 2, 4, 8, 16


@dataclass(slots=True)
class Entry:
    """A document on its way into the index: what is known of it, and where its clauses come from.

    `programmes` has the names of the programmes that rest on a clause, by path. `fingerprint` changes with
    everything that the segment keeps of the document.
    """

    document: Document
    clauses: Callable[[], list[Clause]]
    fingerprint: str
    notes: dict[str, ClauseNote] = field(default_factory=dict)
    programmes: dict[str, list[str]] = field(default_factory=dict)


class Segment:
    """A segment opened for reading."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.name = folder, folder.name
        try:
            header = json.loads((folder / HEADER).read_text(encoding="utf-8"))
            self.document_ids: list[str] = header["documents"]
            self.districts: list[str] = header["districts"]
            self.rows: NDArray[Any] = np.load(folder / ROWS, allow_pickle=False)
            self.ask_rows: NDArray[np.int32] = np.load(folder / ASK_ROWS, mmap_mode="r", allow_pickle=False)
            if self.rows.dtype != ROW:
                raise ValueError("rows of another format")
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise HangceError(f"the segment {folder} is damaged — run `hangce build` again") from error

    @cached_property
    def store(self) -> SegmentStore:
        """Its clauses and texts."""
        return SegmentStore(self.folder / STORE)


def write_segment(
    folder: Path,
    entries: Sequence[Entry],
    districts: Sequence[str],
    encoder: Encoder,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> SegmentTexts:
    """Write documents' clauses, passages and row metadata; gives back what a backend is to index."""
    folder.mkdir(parents=True)
    store = SegmentStore(folder / STORE, create=True)
    writer = _Writer(store, list(districts))
    for number, entry in enumerate(entries):
        progress("切分条款", number, len(entries))
        writer.add(entry)
    store.close()
    np.save(folder / ROWS, np.array(writer.rows, dtype=ROW), allow_pickle=False)
    np.save(folder / ASK_ROWS, np.array(writer.ask_rows, dtype=np.int32), allow_pickle=False)
    header = {"documents": [e.document.document_id for e in entries], "districts": list(districts)}
    (folder / HEADER).write_text(json.dumps(header, ensure_ascii=False), encoding="utf-8")
    words = write_vocabulary(folder / WORDS, writer.bodies, [*writer.titles, *writer.asks])
    write_sounds(folder / SOUNDS, words)
    texts = (f"{body} {note}" for body, note in zip(writer.bodies, writer.notes, strict=True))
    Postings.build(map(phrases, texts)).save(folder / PHRASES)
    progress("计算向量", 0, 1)
    return SegmentTexts(
        document_ids=header["documents"],
        titles=writer.titles,
        document_of_row=np.array([r[0] for r in writer.rows], dtype=np.int64),
        bodies=writer.bodies,
        headings=writer.headings,
        notes=writer.notes,
        asks=writer.asks,
        ask_rows=np.array(writer.ask_rows, dtype=np.int64),
        vectors=encoder.encode(writer.embedded or [""])[: len(writer.embedded)],
        ask_vectors=encoder.encode(writer.asks or [""])[: len(writer.asks)],
    )


class _Writer:
    """Collects what the documents of a segment give."""

    def __init__(self, store: SegmentStore, districts: list[str]) -> None:
        self.store, self.districts = store, districts
        self.titles: list[str] = []
        self.rows: list[tuple[int, ...]] = []
        self.bodies: list[str] = []
        self.headings: list[str] = []
        self.notes: list[str] = []
        self.embedded: list[str] = []
        self.asks: list[str] = []
        self.ask_rows: list[int] = []
        self._clauses = 0

    def add(self, entry: Entry) -> None:
        document = entry.document
        whole = _whole(entry)
        number = len(self.titles)
        programmes = list(dict.fromkeys(n for names in entry.programmes.values() for n in names))
        self.titles.append(" ".join([document.title, *document.names, *document.doc_numbers, *programmes]))
        for order, clause in enumerate(whole.clauses):
            note = entry.notes.get(clause.path)
            if note and note.heading and not clause.heading:
                clause.heading = note.heading
            self.store.add_clause(whole, order, clause, note)
        if document.duplicate_of:  # a copy is found through its twin
            return
        by_path = {clause.path: clause for clause in whole.clauses}
        parents = {clause.parent for clause in whole.clauses if clause.kind != "row"}
        first_row: dict[str, int] = {}
        numbers: dict[str | None, int] = {}
        for piece in passages(whole, entry.notes):
            path = piece.clause_id.split("#", 1)[1]
            clause, note = by_path[path], entry.notes.get(path)
            if path not in first_row:
                first_row[path] = len(self.rows)
                numbers[path] = self._clauses
                self._clauses += 1
            row = len(self.rows)
            kinds = [*answered_kinds(piece.text), *(note.kinds if note else [])]
            self.rows.append(
                (
                    number,
                    numbers[path],
                    numbers.get(clause.parent, -1),
                    min(len(piece.text), 65535),
                    sum(1 << KINDS.index(kind) for kind in set(kinds)),
                    _flags(document, clause, parents),
                    self._district(document, f"{' '.join(clause.breadcrumb)} {path}"),
                )
            )
            self.store.add_passage(row, piece.clause_id, piece.part, piece.text)
            self.bodies.append(f"{piece.context} {piece.text}")
            self.headings.append(f"{piece.context} {path if clause.kind == 'entry' else ''}")
            self.notes.append(_note_text(note, entry.programmes.get(path, [])))
            self.embedded.append(f"{document.title} {piece.context} {piece.text}"[:EMBEDDED_CHARACTERS])
        for path, row in first_row.items():
            note = entry.notes.get(path)
            for ask in note.asks if note else []:
                self.store.add_ask(len(self.asks), f"{document.document_id}#{path}", ask)
                self.asks.append(ask)
                self.ask_rows.append(row)

    def _district(self, document: Document, context: str) -> int:
        """The district that a passage is about: its document's, or that of its section in a yearbook."""
        if document.district:
            return self.districts.index(document.district) if document.district in self.districts else -1
        if document.kind != "yearbook":
            return -1
        return next((i for i, name in enumerate(self.districts) if name in context), -1)


def _whole(entry: Entry) -> Document:
    """The document with its clauses."""
    return replace(entry.document, clauses=entry.clauses())


def _note_text(note: ClauseNote | None, programmes: Iterable[str]) -> str:
    return f"{note.heading} {note.gist} {' '.join(note.asks)} {' '.join(programmes)}" if note else ""


def _flags(document: Document, clause: Clause, parents: Container[str | None]) -> int:
    rules = document.kind in ("policy", "plan")
    # A cover notice or preamble repeats the title's words, and hardly ever answers anything.
    flags = OPENING if rules and clause.path in (NOTICE, INTRO) else 0
    flags |= {"table": TABLE, "row": TABLE_ROW, "entry": ENTRY}.get(clause.kind, 0)
    return flags | (CONTAINER if clause.path in parents else 0)
