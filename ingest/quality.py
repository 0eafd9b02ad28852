"""What staff should look at: text that belongs to no clause, gaps in numbering, lost dates, odd figures, conflicts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ingest.lines import Line, LineClass, MarkerKind, classify
from ingest.model import Document
from ingest.text import tidy

_FURNITURE = (
    LineClass.BODY,
    LineClass.DATE,
    LineClass.DOC_NUMBER,
    LineClass.ADDRESSEE,
    LineClass.AUTHOR,
    LineClass.ANNEX,
    LineClass.NOISE,
)
_ENDINGS = tuple("。；：！？”）)》]］;:.、，")
_SHARE = re.compile(r"(?<![\d.])(\d{3,}(?:\.\d+)?)\s*[%％]")
_SPLIT_NUMBER = re.compile(r"\d\s+\d|\d，\d{3}(?!\d)|[0-9][oOlI][0-9]")


@dataclass(slots=True)
class FileQuality:
    """Where the characters of a file ended up (non-blank ones), and the lines that belong to nothing."""

    file: str
    characters: int = 0
    in_clauses: int = 0
    front_matter: int = 0
    orphans: list[tuple[int, str]] = field(default_factory=list)

    @property
    def accounted(self) -> float:
        """Share of the characters that belong to a clause, a table row or the front matter."""
        lost = sum(_weight(text) for _, text in self.orphans)
        return 1.0 if not self.characters else 1 - lost / self.characters

    def to_dict(self) -> dict[str, Any]:
        """The accounting as data."""
        return {
            "file": self.file,
            "characters": self.characters,
            "in_clauses": self.in_clauses,
            "front_matter": self.front_matter,
            "accounted": round(self.accounted, 5),
            "orphans": [{"line": number, "text": text} for number, text in self.orphans],
        }


def account(text: str, file: str, documents: list[Document]) -> FileQuality:
    """Sort every written line of a file: in a clause, front matter (titles, headings, signatures, contents), or orphan.

    Lines before the first document are the file's front matter; inside a document, titles and headings are
    known by their class or because a clause or document carries them as its heading or title.
    """
    result = FileQuality(file)
    covered: set[int] = set()
    front: set[int] = set()
    for document in documents:
        for clause in document.clauses:
            covered.update(range(clause.span.line_start, clause.span.line_end + 1))
        front.update(n for start, end in document.front for n in range(start, end + 1))
    first = min((d.span.line_start for d in documents), default=1)
    for line in classify(text):
        weight = _weight(line.raw)
        result.characters += weight
        if line.number in covered:
            result.in_clauses += weight
        elif line.number < first or line.number in front or _is_furniture(line):
            result.front_matter += weight
        elif weight:
            result.orphans.append((line.number, tidy(line.raw)))
    return result


def _is_furniture(line: Line) -> bool:
    chapter = line.marker is not None and line.marker.kind in (MarkerKind.CHAPTER, MarkerKind.SECTION)
    return line.cls in _FURNITURE or line.heading > 0 or chapter


def _weight(text: str) -> int:
    return len(re.sub(r"\s", "", text))


def check(document: Document) -> list[str]:
    """What looks wrong in one document, each with the place to look at."""
    found = list(document.warnings)
    if document.kind in ("policy", "plan"):
        if not document.issued:
            found.append("没有读到成文日期")
        if not document.doc_numbers:
            found.append("没有读到文号")
        if document.effective and document.expires and document.expires < document.effective:
            found.append(f"有效期至{document.expires}早于施行日{document.effective}")
        if document.issued and document.effective and document.effective < document.issued:
            found.append(f"施行日{document.effective}早于成文日{document.issued}")
    for clause in document.clauses:
        where = f"{clause.path}（第{clause.span.line_start}行）"
        if clause.kind == "row":
            continue
        for share in _SHARE.findall(clause.text):
            if float(share) > 200:
                found.append(f"{where}有可疑的百分数{share}%")
        for match in _SPLIT_NUMBER.finditer(clause.text):
            found.append(f"{where}有可能断开或认错的数字“{match.group()}”")
        if clause.kind == "clause" and len(clause.text) > 60 and not clause.text.rstrip().endswith(_ENDINGS):
            found.append(f"{where}结尾没有标点，可能缺字")
    return list(dict.fromkeys(found))
