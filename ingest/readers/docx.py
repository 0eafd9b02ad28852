"""Word documents: paragraphs and tables in their order, automatic numbers written out."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.readers.grid import Cell, table_lines
from ingest.readers.numbering import Numbering
from ingest.readers.source import SourceText, Writer, one_line

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_HEADING = re.compile(r"^(?:heading|标题)\s*([1-9])$", re.I)
# What Word keeps but does not print, and the second copy that it keeps of text boxes for old readers.
_UNSEEN = {
    f"{_W}del",
    f"{_W}moveFrom",
    f"{_W}rPr",
    f"{_W}pPr",
    f"{_W}instrText",
    f"{_W}delText",
    f"{_MC}Fallback",
}
_CONTAINERS = {f"{_W}{n}" for n in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")}


def read_docx(path: Path, raw: bytes) -> SourceText:
    """The body of a Word document, without headers, footers, comments and deleted words."""
    import docx

    document = docx.Document(io.BytesIO(raw))
    numbering = next(
        (
            r.target_part.element
            for r in document.part.rels.values()
            if not r.is_external and r.reltype.endswith("/numbering")
        ),
        None,
    )
    styles = document.styles.element
    reader = _Reader(path.name, Numbering(numbering, styles), _headings(styles))
    reader.read(document.element.body)
    return reader.writer.finish()


def _headings(styles: Any) -> dict[str, int]:
    """Style id → depth of the heading that it marks."""
    found: dict[str, int] = {}
    for style in styles.iter(f"{_W}style"):
        name = style.find(f"{_W}name")
        label = name.get(f"{_W}val") or "" if name is not None else ""
        match = _HEADING.match(label)
        if match:
            found[style.get(f"{_W}styleId")] = int(match.group(1))
        elif label.lower() == "title":
            found[style.get(f"{_W}styleId")] = 1
    return found


class _Reader:
    def __init__(self, name: str, numbering: Numbering, headings: dict[str, int]) -> None:
        self.name = name
        self.numbering = numbering
        self.headings = headings
        self.writer = Writer()

    def read(self, parent: Any) -> None:
        for child in parent:
            if child.tag == f"{_W}p":
                self.paragraph(child)
            elif child.tag == f"{_W}tbl":
                self.table(child)
            elif child.tag in _CONTAINERS:
                self.read(child)

    def paragraph(self, paragraph: Any) -> None:
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        text = _text(paragraph)
        if text.strip():
            # Line breaks inside a paragraph part a title from its issuer, or one item from the next.
            lines = [one_line(t) for t in (self.numbering.label(paragraph) + text).split("\n")]
            depth = self.headings.get(style.get(f"{_W}val") or "") if style is not None else None
            if depth and len(lines) == 1:
                self.writer.heading(lines[0], depth)
            else:
                self.writer.lines(lines)
        for box in paragraph.iter(f"{_W}txbxContent"):
            if not any(a.tag in _UNSEEN for a in box.iterancestors()):
                self.read(box)

    def table(self, table: Any) -> None:
        cells: list[Cell] = []
        open_above: dict[int, int] = {}  # column → index of the cell that a vertical merge extends
        for row_number, row in enumerate(_children(table, "tr")):
            column = _attribute(row, f"{_W}trPr/{_W}gridBefore")
            for cell in _children(row, "tc"):
                span = max(1, _attribute(cell, f"{_W}tcPr/{_W}gridSpan"))
                merge = cell.find(f"{_W}tcPr/{_W}vMerge")
                if merge is not None and merge.get(f"{_W}val") != "restart" and column in open_above:
                    above = cells[open_above[column]]
                    cells[open_above[column]] = Cell(
                        above.row, column, above.text, row_number - above.row + 1, above.columns
                    )
                else:
                    cells.append(Cell(row_number, column, self.cell_text(cell), 1, span))
                    open_above.pop(column, None)
                    if merge is not None:
                        open_above[column] = len(cells) - 1
                column += span
        if cells and max(c.column + c.columns for c in cells) == 1:
            # A frame around text is no table.
            for cell in (c for row in _children(table, "tr") for c in _children(row, "tc")):
                self.read(cell)
            return
        captions, lines = table_lines(self.name, cells)
        for caption in captions:
            self.writer.paragraph(caption)
        self.writer.lines(lines)

    def cell_text(self, cell: Any) -> str:
        paragraphs = [self.numbering.label(p) + _text(p) for p in cell.iter(f"{_W}p")]
        return " ".join(p for p in paragraphs if p.strip())


def _children(parent: Any, name: str) -> Iterator[Any]:
    """Children of one name, also those inside content controls."""
    for child in parent:
        if child.tag == f"{_W}{name}":
            yield child
        elif child.tag in _CONTAINERS:
            yield from _children(child, name)


def _attribute(element: Any, where: str) -> int:
    found = element.find(where)
    value = found.get(f"{_W}val") or "" if found is not None else ""
    return min(int(value), 100_000) if re.fullmatch(r"\d{1,6}", value) else 0


def _text(paragraph: Any) -> str:
    """What a paragraph prints; text boxes anchored in it are read on their own."""
    out: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        node = stack.pop()
        tag = node.tag
        if tag in _UNSEEN or tag == f"{_W}txbxContent":
            continue
        if tag == f"{_W}t":
            out.append(node.text or "")
        elif tag in (f"{_W}br", f"{_W}cr"):
            out.append("\n" if node.get(f"{_W}type") in (None, "textWrapping") else " ")
        elif tag == f"{_W}tab":
            out.append(" ")
        elif tag == f"{_W}noBreakHyphen":
            out.append("-")
        elif isinstance(tag, str):
            stack.extend(reversed(node))
    return "".join(out)
