"""What was indexed, to read back: the catalogue of documents, and every segment's clauses with their notes."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeVar

from ingest.errors import HangceError
from ingest.knowledge import ClauseNote
from ingest.model import Clause, Document, SourceSpan
from ingest.references import ReferenceResolver

_Key = TypeVar("_Key")
_Read = TypeVar("_Read")

CATALOGUE = "catalogue.json"
PLACES = "places.json"  # all that the next build needs to know, so that it need not read the catalogue

_SCHEMA = """
CREATE TABLE clauses (
    id TEXT PRIMARY KEY, document_id TEXT NOT NULL, position INTEGER NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL,
    heading TEXT NOT NULL, parent TEXT, text TEXT NOT NULL,
    file TEXT NOT NULL, line_start INTEGER NOT NULL, line_end INTEGER NOT NULL, page INTEGER,
    char_start INTEGER, char_end INTEGER,
    gist TEXT NOT NULL, lists TEXT NOT NULL);
CREATE INDEX clauses_by_place ON clauses (document_id, position);
CREATE INDEX clauses_by_parent ON clauses (document_id, parent);
CREATE TABLE passages (row INTEGER PRIMARY KEY, clause_id TEXT NOT NULL, part INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX passages_by_clause ON passages (clause_id);
CREATE TABLE asks (row INTEGER PRIMARY KEY, clause_id TEXT NOT NULL, ask TEXT NOT NULL);
"""
_COLUMNS = (
    "id, document_id, position, path, kind, heading, parent, text, file, line_start, line_end, page, char_start,"
    " char_end, gist, lists"
)
_KEPT = 5_000  # clauses, and as many texts, passages and asks
_MOST_VALUES = 30_000  # SQLite takes 32,766 in one statement


@dataclass(frozen=True, slots=True)
class StoredClause:
    """A clause as search and answers see it: its words, its place, and the notes that people wrote about it."""

    clause_id: str
    document_id: str
    position: int
    path: str
    kind: str
    heading: str
    parent: str | None
    breadcrumb: list[str]
    text: str
    span: SourceSpan
    gist: str
    asks: list[str]
    kinds: list[str]
    cells: dict[str, str | float] = field(default_factory=dict)


@dataclass(slots=True)
class StoredDocument:
    """A document's listing (the fields of `hangce documents`), its everyday names, and whether its words are at hand.

    `segment` says where the index keeps it.
    """

    document_id: str
    listing: dict[str, Any]
    names: list[str] = field(default_factory=list)
    verbatim: bool = True
    segment: str = ""

    @property
    def title(self) -> str:
        """The document's title."""
        return str(self.listing["title"])

    @property
    def number(self) -> str:
        """Its first document number, or ""."""
        return self.listing["doc_numbers"][0] if self.listing["doc_numbers"] else ""


class SegmentStore:
    """One segment's `store.sqlite`. Safe for use from several threads when reading."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        uri = f"{path.resolve().as_uri()}?mode={'rwc' if create else 'ro'}"
        try:
            self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
            if create:
                self._db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
            self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            raise HangceError(f"{path} is no readable store ({error}) — run `hangce build` again") from error

    def close(self) -> None:
        """Commit and close."""
        self._db.commit()
        self._db.close()

    # --- writing ---

    def add_clause(self, document: Document, position: int, clause: Clause, note: ClauseNote | None) -> None:
        """Store a clause with its notes."""
        self._db.execute(
            f"INSERT INTO clauses VALUES ({','.join('?' * 16)})",
            (
                document.clause_id(clause),
                document.document_id,
                position,
                clause.path,
                clause.kind,
                clause.heading,
                clause.parent,
                clause.text,
                clause.span.file,
                clause.span.line_start,
                clause.span.line_end,
                clause.span.page,
                clause.span.char_start,
                clause.span.char_end,
                note.gist if note else "",
                # As one: to read JSON four times takes twice as long.
                _dump(
                    [clause.breadcrumb, note.asks if note else [], note.kinds if note else [], clause.cells]
                ),
            ),
        )

    def add_passage(self, row: int, clause_id: str, part: int, text: str) -> None:
        """Store a passage under its row."""
        self._db.execute("INSERT INTO passages VALUES (?,?,?,?)", (row, clause_id, part, text))

    def add_ask(self, row: int, clause_id: str, ask: str) -> None:
        """Store a written question under its row."""
        self._db.execute("INSERT INTO asks VALUES (?,?,?)", (row, clause_id, ask))

    # --- reading ---

    def values(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rows of a query; `?*` in it stands for as many marks as there are values."""
        out: list[tuple[Any, ...]] = []
        for start in range(0, len(values), _MOST_VALUES):
            some = list(values[start : start + _MOST_VALUES])
            out += self._db.execute(sql.replace("?*", ",".join("?" * len(some))), some).fetchall()
        return out

    def read(self, where: str, values: Sequence[Any]) -> list[StoredClause]:
        """Clauses that meet a condition."""
        found = []
        for r in self.values(f"SELECT {_COLUMNS} FROM clauses WHERE {where}", values):
            breadcrumb, asks, kinds, cells = json.loads(r[15])
            span = SourceSpan(*r[8:14])
            found.append(StoredClause(*r[:7], breadcrumb, r[7], span, r[14], asks, kinds, cells))  # type: ignore[call-arg]
        return found


class Store:
    """All clauses of one generation, whichever segment holds them. Safe for use from several threads.

    Args:
        generation: folder with the catalogue.
        segments: the segments' stores by name, in the order of their rows, with the number of passages and of asks
            in each.
    """

    def __init__(self, generation: Path, segments: dict[str, tuple[SegmentStore, int, int]]) -> None:
        self._documents, self._programmes = read_catalogue(generation)
        self._stores = {name: store for name, (store, _, _) in segments.items()}
        self._names = list(segments)
        self._passage_starts = [0, *accumulate(passages for _, passages, _ in segments.values())]
        self._ask_starts = [0, *accumulate(asks for _, _, asks in segments.values())]
        self._segment_of = {d.document_id: d.segment for d in self._documents}
        self._hidden: frozenset[str] = frozenset()
        self._kept: dict[str, StoredClause] = {}
        self._kept_children: dict[str, list[StoredClause]] = {}
        self._kept_texts: dict[str, str] = {}
        self._kept_passages: dict[int, tuple[str, str]] = {}
        self._kept_asks: dict[int, tuple[str, str]] = {}

    def without(self, clause_ids: Iterable[str]) -> Store:
        """The same store as if it did not hold some clauses."""
        view = copy(self)
        view._hidden = self._hidden | frozenset(clause_ids)
        return view

    # --- documents ---

    def documents(self) -> list[StoredDocument]:
        """All documents in the order of ingestion."""
        return list(self._documents)

    def programmes(self) -> list[tuple[str, dict[str, Any]]]:
        """(document id, programme) for every programme."""
        return list(self._programmes)

    # --- clauses ---

    def clause(self, clause_id: str) -> StoredClause | None:
        """One clause by its id."""
        return next(iter(self.clauses([clause_id])), None)

    def clauses(self, clause_ids: Iterable[str]) -> list[StoredClause]:
        """Clauses by id, in the order asked for; unknown ids are left out."""
        wanted = list(clause_ids)
        found = {i: c for i in wanted if (c := self._kept.get(i)) is not None and i not in self._hidden}
        new = {
            c.clause_id: c
            for segment, ids in self._by_segment(i for i in wanted if i not in found)
            for c in self._stores[segment].read("id IN (?*)", ids)
        }
        _keep(self._kept, new)
        found |= new
        return [found[i] for i in wanted if i in found]

    def children(self, clause: StoredClause) -> list[StoredClause]:
        """The clauses directly below, table rows left out."""
        below = self._kept_children.get(clause.clause_id)
        if below is None:
            segment = self._segment_of.get(clause.document_id)
            where = "document_id = ? AND parent = ? AND kind != 'row' ORDER BY position"
            below = self._stores[segment].read(where, [clause.document_id, clause.path]) if segment else []
            _keep(self._kept_children, {clause.clause_id: below})
        return [c for c in below if c.clause_id not in self._hidden]

    def rows(self, table: StoredClause) -> list[StoredClause]:
        """The rows of a table."""
        return self._read(table.document_id, "parent = ? AND kind = 'row' ORDER BY position", [table.path])

    def neighbours(self, clause: StoredClause, before: int = 2, after: int = 2) -> list[StoredClause]:
        """The clauses around one in its document, itself included."""
        span = [clause.position - before, clause.position + after]
        return self._read(clause.document_id, "position BETWEEN ? AND ? ORDER BY position", span)

    def clauses_of(self, document_id: str) -> list[StoredClause]:
        """All clauses of a document in order."""
        return self._read(document_id, "TRUE ORDER BY position", [])

    def full_text(self, clause: StoredClause) -> str:
        """A clause's text with everything below it."""
        kept = None if self._hidden else self._kept_texts.get(clause.clause_id)
        if kept is None:
            kept = "\n".join([clause.text, *map(self.full_text, self.children(clause))])
            if not self._hidden:
                _keep(self._kept_texts, {clause.clause_id: kept})
        return kept

    def full_span(self, clause: StoredClause) -> SourceSpan:
        """The source lines of a clause with everything below it."""
        span = clause.span
        for child in self.children(clause):
            below = self.full_span(child)
            if below.line_start < span.line_start:
                span = replace(span, line_start=below.line_start, char_start=below.char_start)
            if below.line_end > span.line_end:
                span = replace(span, line_end=below.line_end, char_end=below.char_end)
        return span

    def links(self, clause: StoredClause) -> list[tuple[str, str]]:
        """Words of a clause that point elsewhere, and the id that each points to ("" where that is not at hand)."""
        found = self._resolver.find(clause.text, clause.document_id, clause.path)
        return [(reference.words, reference.target) for reference in found]

    @cached_property
    def _resolver(self) -> ReferenceResolver:
        current = [d for d in self._documents if not d.listing["duplicate_of"]]
        return ReferenceResolver(
            {number: d.document_id for d in current for number in d.listing["doc_numbers"]},
            {d.title: d.document_id for d in current},
            lambda clause_id: self.clause(clause_id) is not None,
        )

    def _read(self, document_id: str, where: str, values: list[Any]) -> list[StoredClause]:
        segment = self._segment_of.get(document_id)
        if segment is None:
            return []
        found = self._stores[segment].read(f"document_id = ? AND {where}", [document_id, *values])
        return [c for c in found if c.clause_id not in self._hidden]

    # --- what is indexed, by row ---

    def passages(self, rows: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Row → (clause id, text of the passage)."""
        sql = "SELECT row, clause_id, text FROM passages WHERE row IN (?*)"
        return self._by_row(self._kept_passages, sql, rows, self._passage_starts)

    def asks(self, numbers: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Number → (clause id, words of the ask)."""
        sql = "SELECT row, clause_id, ask FROM asks WHERE row IN (?*)"
        return self._by_row(self._kept_asks, sql, numbers, self._ask_starts)

    def first_rows(self, clause_ids: Iterable[str]) -> list[int]:
        """The rows of some clauses' first passages; clauses without one are left out."""
        sql = "SELECT row FROM passages WHERE part = 0 AND clause_id IN (?*)"
        return sorted(
            self._passage_starts[self._names.index(segment)] + row
            for segment, ids in self._by_segment(clause_ids)
            for (row,) in self._stores[segment].values(sql, ids)
        )

    def _by_segment(self, clause_ids: Iterable[str]) -> Iterable[tuple[str, list[str]]]:
        """The ids that are not hidden, by the segment of their document; those of unknown documents are left out."""
        out: dict[str, list[str]] = {}
        for clause_id in clause_ids:
            segment = self._segment_of.get(clause_id.split("#", 1)[0])
            if segment is not None and clause_id not in self._hidden:
                out.setdefault(segment, []).append(clause_id)
        return out.items()

    def _by_row(
        self, kept: dict[int, tuple[str, str]], sql: str, rows: Sequence[int], starts: list[int]
    ) -> dict[int, tuple[str, str]]:
        found = {row: texts for row in rows if (texts := kept.get(row)) is not None}
        by_segment: dict[int, list[int]] = {}
        for row in rows:
            if row not in found:
                by_segment.setdefault(bisect_right(starts, row) - 1, []).append(int(row))
        new = {
            starts[number] + row: (clause_id, text)
            for number, some in by_segment.items()
            for row, clause_id, text in self._stores[self._names[number]].values(
                sql, [row - starts[number] for row in some]
            )
        }
        _keep(kept, new)
        return found | new


def _keep(kept: dict[_Key, _Read], new: dict[_Key, _Read]) -> None:
    """Hold what was read for the next question, up to a few megabytes."""
    if len(kept) > _KEPT:
        kept.clear()
    kept.update(new)


def read_catalogue(generation: Path) -> tuple[list[StoredDocument], list[tuple[str, dict[str, Any]]]]:
    """The documents of a generation and its programmes, (document id, programme) each.

    Raises:
        HangceError: there is no usable catalogue.
    """
    path = generation / CATALOGUE
    try:
        catalogue = json.loads(path.read_text(encoding="utf-8"))
        documents = [StoredDocument(**d) for d in catalogue["documents"]]
        return documents, [(document_id, body) for document_id, body in catalogue["programmes"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HangceError(f"{path} is no readable catalogue ({error}) — run `hangce build` again") from error


def write_catalogue(
    generation: Path, documents: Sequence[StoredDocument], programmes: Sequence[tuple[str, dict[str, Any]]]
) -> None:
    """Write the catalogue of a generation that is being made."""
    # Not asdict, which copies every listing: with ten thousands of documents that takes longer than all the rest.
    names = [f.name for f in fields(StoredDocument)]
    data = {
        "documents": [{name: getattr(d, name) for name in names} for d in documents],
        "programmes": programmes,
    }
    (generation / CATALOGUE).write_text(_dump(data), encoding="utf-8")


def read_places(generation: Path) -> dict[str, tuple[str, str]]:
    """Document id → its segment, and the fingerprint of what it was made of.

    Raises:
        HangceError: the list is missing or damaged.
    """
    path = generation / PLACES
    try:
        return {key: (str(at), str(of)) for key, (at, of) in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise HangceError(f"{path} is not readable ({error}) — run `hangce build` again") from error


def write_places(generation: Path, places: Mapping[str, tuple[str, str]]) -> None:
    """Write what `read_places` reads."""
    (generation / PLACES).write_text(_dump(places), encoding="utf-8")


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
