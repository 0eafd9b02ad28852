"""The SQLite store of one generation: documents, clauses with their notes, programmes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest.errors import HangceError
from ingest.knowledge import ClauseNote
from ingest.model import Clause, Document, SourceSpan

_SCHEMA = """
CREATE TABLE documents (id TEXT PRIMARY KEY, position INTEGER, listing TEXT NOT NULL, names TEXT NOT NULL, verbatim INTEGER NOT NULL);
CREATE TABLE clauses (
    id TEXT PRIMARY KEY, document_id TEXT NOT NULL, position INTEGER NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL,
    heading TEXT NOT NULL, parent TEXT, breadcrumb TEXT NOT NULL, text TEXT NOT NULL,
    file TEXT NOT NULL, line_start INTEGER NOT NULL, line_end INTEGER NOT NULL, page INTEGER,
    char_start INTEGER, char_end INTEGER,
    gist TEXT NOT NULL, asks TEXT NOT NULL, kinds TEXT NOT NULL, cells TEXT NOT NULL, links TEXT NOT NULL);
CREATE INDEX clauses_by_place ON clauses (document_id, position);
CREATE INDEX clauses_by_parent ON clauses (document_id, parent);
CREATE TABLE passages (row INTEGER PRIMARY KEY, clause_id TEXT NOT NULL, part INTEGER NOT NULL, text TEXT NOT NULL, kinds TEXT NOT NULL);
CREATE TABLE asks (row INTEGER PRIMARY KEY, clause_id TEXT NOT NULL, ask TEXT NOT NULL);
CREATE TABLE programmes (id TEXT PRIMARY KEY, document_id TEXT NOT NULL, body TEXT NOT NULL);
"""


@dataclass(slots=True)
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
    links: list[tuple[str, str]] = field(default_factory=list)  # words that point elsewhere, id or ""


@dataclass(slots=True)
class StoredDocument:
    """A document's listing (the fields of `hangce documents`), its everyday names, and whether its words are at hand."""

    document_id: str
    listing: dict[str, Any]
    names: list[str] = field(default_factory=list)
    verbatim: bool = True

    @property
    def title(self) -> str:
        """The document's title."""
        return str(self.listing["title"])

    @property
    def number(self) -> str:
        """Its first document number, or ""."""
        return self.listing["doc_numbers"][0] if self.listing["doc_numbers"] else ""


class Store:
    """Reads (and, while building, writes) one `store.sqlite`. Safe for use from several threads when reading."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        uri = f"{path.resolve().as_uri()}?mode={'rwc' if create else 'ro'}"
        try:
            self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
            if create:
                self._db.executescript(_SCHEMA)
            self._db.execute("SELECT count(*) FROM documents").fetchone()
        except sqlite3.DatabaseError as error:
            raise HangceError(f"{path} is no readable store ({error}) — run `hangce build` again") from error
        self._hidden: frozenset[str] = frozenset()

    def without(self, clause_ids: Iterable[str]) -> Store:
        """The same store as if it did not hold some clauses."""
        view = copy(self)
        view._hidden = self._hidden | frozenset(clause_ids)
        return view

    def close(self) -> None:
        """Commit and close."""
        self._db.commit()
        self._db.close()

    # --- writing ---

    def add_document(self, position: int, document: Document) -> None:
        """Store a document's metadata."""
        self._db.execute(
            "INSERT INTO documents VALUES (?,?,?,?,?)",
            (
                document.document_id,
                position,
                _dump(document.to_listing()),
                _dump(document.names),
                int(document.verbatim),
            ),
        )

    def add_clause(
        self,
        document: Document,
        position: int,
        clause: Clause,
        note: ClauseNote | None,
        links: list[tuple[str, str]],
    ) -> None:
        """Store a clause with its notes."""
        self._db.execute(
            f"INSERT INTO clauses VALUES ({','.join('?' * 20)})",
            (
                document.clause_id(clause),
                document.document_id,
                position,
                clause.path,
                clause.kind,
                clause.heading,
                clause.parent,
                _dump(clause.breadcrumb),
                clause.text,
                clause.span.file,
                clause.span.line_start,
                clause.span.line_end,
                clause.span.page,
                clause.span.char_start,
                clause.span.char_end,
                note.gist if note else "",
                _dump(note.asks if note else []),
                _dump(note.kinds if note else []),
                _dump(clause.cells),
                _dump(links),
            ),
        )

    def add_programme(self, programme_id: str, document_id: str, body: dict[str, Any]) -> None:
        """Store a programme as data."""
        self._db.execute("INSERT INTO programmes VALUES (?,?,?)", (programme_id, document_id, _dump(body)))

    def add_passages(
        self, passages: Iterable[tuple[str, int, str, list[str]]], asks: Iterable[tuple[str, str]]
    ) -> None:
        """Store (clause id, part, text, kinds answered) of every passage and (clause id, question) of every ask, in index order."""
        self._db.executemany(
            "INSERT INTO passages VALUES (?,?,?,?,?)",
            ((i, *row[:3], _dump(row[3])) for i, row in enumerate(passages)),
        )
        self._db.executemany("INSERT INTO asks VALUES (?,?,?)", ((i, *row) for i, row in enumerate(asks)))

    # --- reading ---

    def passage_clauses(self) -> list[tuple[str, str, str, str]]:
        """(clause id, document id, kinds answered as JSON, breadcrumb and path) of every passage, in index order."""
        return self._db.execute(
            "SELECT p.clause_id, c.document_id, p.kinds, c.breadcrumb || c.path FROM passages p JOIN clauses c ON c.id = p.clause_id ORDER BY p.row"
        ).fetchall()

    def passage_text(self, row: int) -> str:
        """The text of one passage."""
        found = self._db.execute("SELECT text FROM passages WHERE row = ?", [row]).fetchone()
        return str(found[0]) if found else ""

    def ask_clauses(self) -> list[str]:
        """The clause id of every ask, in index order."""
        return [row[0] for row in self._db.execute("SELECT clause_id FROM asks ORDER BY row")]

    def ask(self, row: int) -> str:
        """The words of one ask."""
        found = self._db.execute("SELECT ask FROM asks WHERE row = ?", [row]).fetchone()
        return str(found[0]) if found else ""

    def documents(self) -> list[StoredDocument]:
        """All documents in the order of ingestion."""
        rows = self._db.execute("SELECT id, listing, names, verbatim FROM documents ORDER BY position")
        return [
            StoredDocument(i, json.loads(listing), json.loads(names), bool(v))
            for i, listing, names, v in rows
        ]

    def clause(self, clause_id: str) -> StoredClause | None:
        """One clause by its id."""
        return next(iter(self.clauses([clause_id])), None)

    def clauses(self, clause_ids: Iterable[str]) -> list[StoredClause]:
        """Clauses by id, in the order asked for; unknown ids are left out."""
        wanted = list(clause_ids)
        marks = ",".join("?" * len(wanted))
        found = {c.clause_id: c for c in self._read(f"WHERE id IN ({marks})", wanted)}
        return [found[i] for i in wanted if i in found]

    def children(self, clause: StoredClause) -> list[StoredClause]:
        """The clauses directly below, table rows left out."""
        return self._read(
            "WHERE document_id = ? AND parent = ? AND kind != 'row' ORDER BY position",
            [clause.document_id, clause.path],
        )

    def rows(self, table: StoredClause) -> list[StoredClause]:
        """The rows of a table."""
        return self._read(
            "WHERE document_id = ? AND parent = ? AND kind = 'row' ORDER BY position",
            [table.document_id, table.path],
        )

    def neighbours(self, clause: StoredClause, before: int = 2, after: int = 2) -> list[StoredClause]:
        """The clauses around one in its document, itself included."""
        return self._read(
            "WHERE document_id = ? AND position BETWEEN ? AND ? ORDER BY position",
            [clause.document_id, clause.position - before, clause.position + after],
        )

    def clauses_of(self, document_id: str) -> list[StoredClause]:
        """All clauses of a document in order."""
        return self._read("WHERE document_id = ? ORDER BY position", [document_id])

    def full_text(self, clause: StoredClause) -> str:
        """A clause's text with everything below it."""
        parts = [clause.text]
        for child in self.children(clause):
            parts.append(self.full_text(child))
        return "\n".join(parts)

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

    def programmes(self) -> list[tuple[str, dict[str, Any]]]:
        """(document id, programme) for every programme."""
        return [
            (d, json.loads(body))
            for d, body in self._db.execute("SELECT document_id, body FROM programmes ORDER BY id")
        ]

    def _read(self, where: str, values: list[Any]) -> list[StoredClause]:
        rows = self._db.execute(
            "SELECT id, document_id, position, path, kind, heading, parent, breadcrumb, text, file, line_start, line_end, page, char_start, char_end,"
            f" gist, asks, kinds, cells, links FROM clauses {where}",
            values,
        )
        return [
            StoredClause(
                r[0], r[1], r[2], r[3], r[4], r[5], r[6], json.loads(r[7]), r[8], SourceSpan(*r[9:15]),
                r[15], json.loads(r[16]), json.loads(r[17]), json.loads(r[18]), [(w, t) for w, t in json.loads(r[19])],
            )
            for r in rows if r[0] not in self._hidden
        ]  # fmt: skip


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
