"""The documents of a corpus held without their clauses, so that memory grows with the largest file, not the corpus."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ingest.cache import FileCache
from ingest.corpus import read_folders
from ingest.errors import HangceError, InputError
from ingest.model import Clause, Document
from ingest.quality import FileQuality, check
from ingest.relations import relate


@dataclass(slots=True)
class Shelf:
    """What was read from all files. A document's clauses come back from the cache, one file at a time."""

    cache: FileCache
    documents: list[Document] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    files: int = 0
    read: int = 0  # files that were read anew, the others came from the cache
    _qualities: list[tuple[Path, FileQuality]] = field(default_factory=list)
    _findings: dict[int, list[str]] = field(default_factory=dict)
    _places: dict[int, tuple[str, str, int]] = field(default_factory=dict)  # id(document) → key, file, number
    _digests: dict[int, str] = field(default_factory=dict)
    _open: tuple[str, list[Document]] = ("", [])

    def fill(self, folders: Iterable[Path], progress: Callable[[str], None] = lambda _: None) -> None:
        """Read the folders and relate the documents to each other."""
        for result in read_folders(folders, progress, self.cache):
            self.files += 1
            self.read += not result.kept
            self.problems += [result.problem] if result.problem else []
            self._qualities += [(result.path, result.quality)] if result.quality else []
            for number, document in enumerate(result.documents):
                self._places[id(document)] = (result.key, result.path.name, number)
                self._findings[id(document)] = check(document)
                self._digests[id(document)] = _digest(document.clauses)
                document.counted = (document.articles, len(document.clauses))
                document.clauses = []
                self.documents.append(document)
        relate(self.documents, self.clauses)

    def clauses(self, document: Document) -> list[Clause]:
        """The clauses of a document; one that is not from a file holds its own.

        Raises:
            HangceError: the cache was changed from outside meanwhile.
        """
        if id(document) not in self._places:
            return document.clauses
        key, file, number = self._places[id(document)]
        if self._open[0] != key:
            kept = self.cache.load(key, file)
            if kept is None:
                raise HangceError(f"an entry of {self.cache.folder} is gone — run `hangce build` again")
            self._open = (key, kept[0])
        return self._open[1][number].clauses

    def digest(self, document: Document) -> str:
        """Changes with the words and places of a document's clauses."""
        return self._digests.get(id(document)) or _digest(document.clauses)

    def quality_report(self) -> dict[str, Any]:
        """The accounting of every file, and what looks wrong in every document, relations between them included."""
        return {
            "files": [{**quality.to_dict(), "path": str(path)} for path, quality in self._qualities],
            "documents": [
                {
                    "document_id": d.document_id,
                    "title": d.title,
                    "findings": list(dict.fromkeys([*self._findings[id(d)], *d.warnings])),
                }
                for d in self.documents
            ],
        }


def _digest(clauses: list[Clause]) -> str:
    return hashlib.sha256(json.dumps([asdict(c) for c in clauses], ensure_ascii=False).encode()).hexdigest()
