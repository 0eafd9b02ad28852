"""Tables as OCR leaves them: tab-separated lines or Markdown pipes, merged headers, rows cut by pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.lines import Line
from ingest.model import Clause, SourceSpan
from ingest.text import tidy

_HEADER_WORDS = re.compile(
    r"序号|名称|单位|指标|地区|类别|项目|企业|区县|年度|文号|姓名|所属|得分|排名|位次|内容|目标|金额|人数|领域|平台|重点"
)
_NUMERIC = re.compile(r"^[-+]?[\d,]+(?:\.\d+)?%?$|^-$")
ROWS_SHOWN_WHOLE = 40
_PLAIN_NUMBER = re.compile(r"^[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?$")
_TAGS = re.compile(r"</?[a-zA-Z][^<>]{0,40}>")


@dataclass(slots=True)
class Row:
    """One table row: its cells and the physical line it stands on."""

    cells: list[str]
    line: int


@dataclass(slots=True)
class Table:
    """Column headers (may be empty) and rows; cells merged over rows are filled down."""

    columns: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def typed(self, row: Row) -> dict[str, str | float]:
        """A row by column name (`列3` where there is none), plain numbers as numbers."""
        out: dict[str, str | float] = {}
        for i, cell in enumerate(row.cells):
            name = self.columns[i] if i < len(self.columns) and self.columns[i] else f"列{i + 1}"
            if cell:
                out[name] = float(cell.replace(",", "")) if _PLAIN_NUMBER.match(cell) else cell
        return out

    def describe(self, row: Row) -> str:
        """A row as text that stands alone: `指标：R&D经费 统计值：396.82`."""
        parts = []
        for i, cell in enumerate(row.cells):
            if not cell:
                continue
            name = self.columns[i] if i < len(self.columns) else ""
            parts.append(f"{name}：{cell}" if name and name != cell else cell)
        return "；".join(parts)


def table_clauses(
    table: Table, path: str, caption: str, span: SourceSpan, parent: str | None, crumbs: tuple[str, ...]
) -> list[Clause]:
    """A table as clauses: itself (caption, size, columns, and the rows of a short one) and each of its rows."""
    columns = "、".join(c for c in table.columns if c)
    summary = f"{caption}（共{len(table.rows)}行，列：{columns}）" if caption else f"列：{columns}"
    described = [table.describe(row) for row in table.rows]
    shown = described if len(described) <= ROWS_SHOWN_WHOLE else []
    out = [Clause(path, "\n".join([summary, *shown]), span, "table", caption, parent, crumbs)]
    row_crumbs = (*crumbs, caption) if caption else crumbs
    for number, (row, text) in enumerate(zip(table.rows, described, strict=True), start=1):
        place = SourceSpan(span.file, row.line, row.line)
        out.append(Clause(f"{path}第{number}行", text, place, "row", "", path, row_crumbs, table.typed(row)))
    return out


def parse_table(lines: list[Line], above: Table | None = None) -> Table:
    """Read the lines of one table block.

    Args:
        lines: the physical lines.
        above: the table before it under the same heading; one that goes on after an interruption without a
            header of its own, in as many columns, takes that header.

    The first row is the header when it is made of header words; a second row with an empty first cell and no
    plain numbers refines it (merged headers). A row that repeats the header after a page break is dropped.
    """
    rows = [Row(cells, line.number) for line in lines if (cells := _cells(line.raw))]
    if not rows:
        return Table()
    width = max(len(r.cells) for r in rows)
    for row in rows:
        row.cells += [""] * (width - len(row.cells))
    columns: list[str] = []
    if _is_header(rows[0].cells):
        columns, rows = _header(rows)
    elif above is not None and len(above.columns) == width:
        columns = above.columns
    table = Table(columns, [])
    last: Row | None = None
    for row in rows:
        if columns and row.cells == columns:
            continue
        if last is not None:
            _fill_down(last, row)
        table.rows.append(row)
        last = row
    return table


def _cells(raw: str) -> list[str]:
    text = re.sub(r"^\s*-\s+(?=\|)", "", raw).rstrip("\r\n ")
    if "\t" in text:
        cells = text.split("\t")
    else:
        cells = text.strip().strip("|").split("|")
        if all(re.fullmatch(r"\s*:?-*:?\s*", c) for c in cells):
            return []
    cells = [tidy(_TAGS.sub(" ", c)) for c in cells]
    return cells if any(cells) else []


def _is_header(cells: list[str]) -> bool:
    filled = [c for c in cells if c]
    return (
        bool(filled)
        and not any(_NUMERIC.match(c) for c in filled)
        and any(_HEADER_WORDS.search(c) for c in filled)
    )


def _header(rows: list[Row]) -> tuple[list[str], list[Row]]:
    top = rows[0].cells
    if len(rows) > 1 and not rows[1].cells[0] and not any(_NUMERIC.match(c) for c in rows[1].cells if c):
        spread: list[str] = []
        for cell in top:  # a merged cell's name holds for the empty cells to its right
            spread.append(cell or (spread[-1] if spread else ""))
        below = rows[1].cells
        columns = [
            f"{a} {b}".strip() if a != b and (a or i) else (a or b)
            for i, (a, b) in enumerate(zip(spread, below, strict=True))
        ]
        third = rows[2].cells if len(rows) > 2 else []
        if third and not third[0] and not any(_NUMERIC.match(c) for c in third if c):
            columns = [f"{a} {b}".strip() for a, b in zip(columns, third, strict=True)]
            return columns, rows[3:]
        return columns, rows[2:]
    return top, rows[1:]


def _fill_down(above: Row, row: Row) -> None:
    """A cell merged over several rows is printed once: its leading empty cells take the value above."""
    for i, cell in enumerate(row.cells):
        if cell:
            break
        row.cells[i] = above.cells[i]
