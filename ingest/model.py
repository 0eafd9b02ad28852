"""What ingestion produces: documents, clauses and their places in the source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["national", "provincial", "municipal", "district"]
DocumentKind = Literal["policy", "plan", "yearbook", "table"]
ClauseKind = Literal["notice", "intro", "clause", "closing", "entry", "table", "row"]


@dataclass(frozen=True, slots=True)
class SourceSpan:
    """Where something stands.

    Lines are 1-based and inclusive. Characters count from 0 in the text as it was read, the end exclusive, so
    that `text[char_start:char_end]` is the printed passage. `page` is set for paged files only.
    """

    file: str
    line_start: int
    line_end: int
    page: int | None = None
    char_start: int | None = None
    char_end: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The span as the answer contract spells it: file, lines and page."""
        return {
            "file": self.file,
            "line_start": self.line_start,
            "line_end": self.line_end,
            "page": self.page,
        }


@dataclass(slots=True)
class Clause:
    """The smallest addressable unit of a document.

    `path` is canonical and unique in its document (`第八条（一）`, `三、4.`, `【名称】`). `text` is the clause's
    own text without that of its children, paragraphs separated by newlines.
    """

    path: str
    text: str
    span: SourceSpan
    kind: ClauseKind = "clause"
    heading: str = ""
    parent: str | None = None
    breadcrumb: tuple[str, ...] = ()
    cells: dict[str, str | float] = field(default_factory=dict)  # a table row by column, numbers as numbers


@dataclass(slots=True)
class Document:
    """One policy, plan, yearbook chapter or table with its metadata.

    Dates are ISO, `2023-12` where the day is unknown. `superseded_on` is the day from which the newer document
    holds; `superseded_evidence` is `repealed` (it says so) or `newer_version` (same programme, later issue).
    """

    document_id: str
    title: str
    span: SourceSpan
    doc_numbers: list[str] = field(default_factory=list)
    issuers: list[str] = field(default_factory=list)
    level: Level | None = None
    district: str | None = None
    kind: DocumentKind = "policy"
    names: list[str] = field(default_factory=list)
    issued: str | None = None
    effective: str | None = None
    expires: str | None = None
    repeals: list[str] = field(default_factory=list)
    supersedes: list[str] = field(default_factory=list)
    superseded_by: str | None = None
    superseded_on: str | None = None
    superseded_evidence: str | None = None
    duplicate_of: str | None = None
    clauses: list[Clause] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    front: list[tuple[int, int]] = field(
        default_factory=list
    )  # lines of title, numbers, signatures, headings
    verbatim: bool = True
    counted: tuple[int, int] | None = None  # articles and clauses, for a document held without its clauses

    @property
    def articles(self) -> int:
        """Number of top-level articles or sections, annexes left out."""
        if self.counted:
            return self.counted[0]
        return sum(
            1
            for c in self.clauses
            if c.parent is None and c.kind in ("clause", "entry") and not c.path.startswith("附件")
        )

    def clause_id(self, clause: Clause) -> str:
        """The stable id under which a clause is cited."""
        return f"{self.document_id}#{clause.path}"

    def to_listing(self) -> dict[str, Any]:
        """One entry of `hangce documents --json`."""
        span = self.span.to_dict()
        span.pop("page")
        return {
            "document_id": self.document_id,
            "title": self.title,
            "doc_numbers": self.doc_numbers,
            "issuers": self.issuers,
            "level": self.level,
            "district": self.district,
            "kind": self.kind,
            "issued": self.issued,
            "effective": self.effective,
            "expires": self.expires,
            "repeals": self.repeals,
            "superseded_by": self.superseded_by,
            "superseded_on": self.superseded_on,
            "superseded_evidence": self.superseded_evidence,
            "supersedes": self.supersedes,
            "duplicate_of": self.duplicate_of,
            "source": span,
            "articles": self.articles,
            "clauses": self.counted[1] if self.counted else len(self.clauses),
            "warnings": self.warnings,
        }
