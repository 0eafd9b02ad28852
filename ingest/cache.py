"""What was read from each file, kept by content, so that a build reads only what has changed."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from ingest.model import Clause, Document, SourceSpan
from ingest.overrides import override_path
from ingest.quality import FileQuality


class FileCache:
    """A folder with one JSON file per source file, named by the content that it was made from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._used: set[str] = set()

    @cached_property
    def _code(self) -> str:
        """Changes with the code that reads: what an older version read is read again."""
        digest = hashlib.sha256()
        for path in sorted(Path(__file__).parent.rglob("*.py")):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def key(self, path: Path) -> str:
        """Name of the entry for a file, made from its name, content and override."""
        digest = hashlib.sha256(f"{self._code} {path.name}".encode())
        try:
            for part in (path, override_path(path)):
                if part.is_file():
                    with part.open("rb") as handle:
                        digest.update(hashlib.file_digest(handle, "sha256").digest())
        except OSError as error:  # the reader will say what is wrong with it
            digest.update(str(error).encode())
        return digest.hexdigest()

    def load(self, key: str, file: str) -> tuple[list[Document], FileQuality] | None:
        """What was kept for a key, or None."""
        try:
            data = json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8"))
            kept = [_document(d) for d in data["documents"]], FileQuality(**data["quality"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        kept[1].orphans = [(number, text) for number, text in kept[1].orphans]
        self._used.add(key)
        return kept

    def save(self, key: str, documents: list[Document], quality: FileQuality) -> None:
        """Keep what was read."""
        self.folder.mkdir(parents=True, exist_ok=True)
        data = {"documents": [asdict(d) for d in documents], "quality": asdict(quality)}
        temporary = self.folder / f".{key}.{secrets.token_hex(4)}"
        temporary.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        temporary.replace(self.folder / f"{key}.json")
        self._used.add(key)

    def forget_unused(self) -> None:
        """Drop the entries of files that are gone or have changed."""
        for path in self.folder.glob("*.json"):
            if path.stem not in self._used:
                path.unlink(missing_ok=True)


def _document(data: dict[str, Any]) -> Document:
    known = {f.name for f in fields(Document)}
    data = {k: v for k, v in data.items() if k in known}
    data["span"] = SourceSpan(**data["span"])
    data["front"] = [(start, end) for start, end in data["front"]]
    data["clauses"] = [
        Clause(**{**c, "span": SourceSpan(**c["span"]), "breadcrumb": tuple(c["breadcrumb"])})
        for c in data["clauses"]
    ]
    return Document(**data)
