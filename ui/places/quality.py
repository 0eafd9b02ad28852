"""What was noted when the documents were read, for staff: doubts by document, and where each file's text went."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.build import QUALITY

_LOG = logging.getLogger("hangce.web")


@dataclass(frozen=True, slots=True)
class Quality:
    """One document's part of the report; `accounted` and `characters` are those of its whole file."""

    findings: list[str] = field(default_factory=list)
    orphans: list[tuple[int, str]] = field(default_factory=list)  # lines within it that went into no clause
    accounted: float | None = None
    characters: int = 0
    path: Path | None = None  # of its file


class Report:
    """The report of a generation.

    Raises:
        OSError, ValueError, KeyError, TypeError: it cannot be read.
    """

    def __init__(self, generation: Path) -> None:
        data = json.loads((generation / QUALITY).read_text(encoding="utf-8"))
        self._files: dict[str, Mapping[str, Any]] = {f["file"]: f for f in data["files"]}
        self._findings: dict[str, list[str]] = {d["document_id"]: d["findings"] for d in data["documents"]}

    def findings(self, document_id: str) -> int:
        """How many doubts there are about a document."""
        return len(self._findings.get(document_id, ()))

    def of(self, listing: Mapping[str, Any]) -> Quality:
        """What was noted about a document (a listing as in `hangce documents`)."""
        source = listing["source"]
        findings = self._findings.get(listing["document_id"], [])
        file = self._files.get(source["file"])
        if file is None:  # a knowledge file stands in for it
            return Quality(findings)
        orphans = [
            (o["line"], o["text"])
            for o in file["orphans"]
            if source["line_start"] <= o["line"] <= source["line_end"]
        ]
        path = Path(file["path"]) if file.get("path") else None
        return Quality(findings, orphans, file["accounted"], file["characters"], path)


@lru_cache(maxsize=2)
def _report(generation: Path) -> Report:
    return Report(generation)


def report_of(generation: Path) -> Report | None:
    """The report of a generation; None where it cannot be read."""
    try:
        return _report(generation)
    except (OSError, ValueError, KeyError, TypeError):
        _LOG.exception("the quality report cannot be read")
        return None
