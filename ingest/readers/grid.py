"""Tables with merged cells, spread out into tab-separated lines that `ingest.tables` understands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.errors import InputError
from ingest.readers.source import one_line

MAX_CELLS = 500_000
MAX_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell at its upper left place, with the rows and columns that it covers."""

    row: int
    column: int
    text: str
    rows: int = 1
    columns: int = 1


def table_lines(name: str, cells: Iterable[Cell]) -> tuple[list[str], list[str]]:
    """A table as (captions printed in its first rows, tab-separated rows).

    A merged cell's text is repeated in all it covers. In a header of two levels it is not repeated downwards:
    `ingest.tables` knows the second level by the blank cells in it.

    Raises:
        InputError: the table is absurdly large.
    """
    known = list(cells)
    height = max((c.row + c.rows for c in known), default=0)
    width = max((c.column + c.columns for c in known), default=0)
    covered = sum(c.rows * c.columns for c in known)
    if height * width > MAX_CELLS or covered > MAX_CELLS or width > MAX_COLUMNS:
        raise InputError(
            name, f"a table of {height} rows and {width} columns is too large", "split the table"
        )
    captions: list[str] = []
    by_row = {row: [c for c in known if c.row == row and one_line(c.text)] for row in range(min(height, 5))}
    first = 0
    while len(found := by_row.get(first, [])) == 1 and found[0].rows == 1 and found[0].columns >= width > 1:
        captions.append(one_line(found[0].text))
        first += 1
    two_levels = any(c.row == first and c.columns > 1 for c in known)
    grid = [[""] * width for _ in range(height)]
    for cell in known:
        text = one_line(cell.text)
        whole_row = cell.columns >= width > 1
        for r in range(cell.row, cell.row + cell.rows):
            if two_levels and cell.row == first and r > first:
                break
            for c in range(cell.column, cell.column + (1 if whole_row else cell.columns)):
                grid[r][c] = text
    return captions, rows_to_lines(grid[first:])


def rows_to_lines(rows: list[list[str]]) -> list[str]:
    """Rows as tab-separated lines without columns that are blank all the way down; a lone column keeps its tab."""
    width = max((len(r) for r in rows), default=0)
    used = [c for c in range(width) if any(len(r) > c and r[c] for r in rows)]
    if not used:
        return []
    lines = []
    for row in rows:
        cells = [row[c] if c < len(row) else "" for c in used]
        if any(cells):
            lines.append("\t".join(cells) + ("\t" if len(used) == 1 else ""))
    return lines
