"""Boxes of text on a page put into reading order: columns, rows, paragraphs, tables without rules.

Coordinates run from the upper left corner, in any unit. Nothing here depends on the format: PDF and OCR
both come here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from ingest.readers.grid import rows_to_lines

_CELL_GAP = 1.5  # in heights of the text: what is further apart stands in different cells or columns


@dataclass(slots=True)
class Span:
    """Text on one line without wide gaps, or a table that has been read already."""

    x0: float
    top: float
    x1: float
    bottom: float
    text: str = ""
    table: list[str] | None = None

    @property
    def size(self) -> float:
        """Height of the box, a stand-in for the font size."""
        return max(self.bottom - self.top, 0.1)

    @property
    def middle(self) -> float:
        """Vertical centre."""
        return (self.top + self.bottom) / 2


@dataclass(slots=True)
class Page:
    """The spans of one page; `note` says why it has none where it should."""

    width: float
    height: float
    spans: list[Span] = field(default_factory=list)
    scanned: bool = False


@dataclass(slots=True)
class Row:
    """Spans on one line, from left to right."""

    spans: list[Span]

    @property
    def x0(self) -> float:
        """Left end."""
        return self.spans[0].x0

    @property
    def x1(self) -> float:
        """Right end."""
        return max(s.x1 for s in self.spans)

    @property
    def middle(self) -> float:
        """Vertical centre."""
        return median(s.middle for s in self.spans)

    @property
    def size(self) -> float:
        """Height of the text."""
        return median(s.size for s in self.spans)

    @property
    def text(self) -> str:
        """The spans joined; a visible gap becomes a space."""
        out = self.spans[0].text
        for left, right in pairwise(self.spans):
            out += (" " if right.x0 - left.x1 > 0.25 * min(left.size, right.size) else "") + right.text
        return out


def to_rows(spans: list[Span]) -> list[Row]:
    """Spans gathered into lines of print, from top to bottom."""
    rows: list[Row] = []
    middle = size = 0.0
    for span in sorted(spans, key=lambda s: (s.middle, s.x0)):
        same = rows and abs(span.middle - middle) < 0.5 * min(span.size, size)
        if same and span.table is None and rows[-1].spans[0].table is None:
            rows[-1].spans.append(span)
        else:
            rows.append(Row([span]))
            middle, size = span.middle, span.size
    for row in rows:
        row.spans.sort(key=lambda s: s.x0)
    return rows


def read_page(page: Page) -> list[list[str]]:
    """The page as blocks of physical lines in reading order: paragraphs and tables."""
    blocks: list[list[str]] = []
    for region in _regions(page.spans):
        blocks += _blocks(to_rows(region))
    return blocks


# --- columns -----------------------------------------------------------------------------------------------


def _regions(spans: list[Span]) -> list[list[Span]]:
    """Parts of the page to be read one after the other: one, or columns between full-width lines."""
    gutter = _gutter([s for s in spans if s.table is None])
    if gutter is None:
        return [spans] if spans else []
    across = sorted((s for s in spans if s.x0 < gutter < s.x1), key=lambda s: s.middle)
    regions: list[list[Span]] = []
    above = float("-inf")
    full: list[Span] = []
    for cut in [*across, None]:
        below = cut.middle if cut else float("inf")
        band = [s for s in spans if above <= s.middle < below and not s.x0 < gutter < s.x1]
        if band:
            regions += [
                r
                for r in (full, [s for s in band if s.x1 <= gutter], [s for s in band if s.x0 >= gutter])
                if r
            ]
            full = []
        if cut:
            full.append(cut)
        above = below
    return regions + ([full] if full else [])


def _gutter(spans: list[Span]) -> float | None:
    """Where the white strip between two columns of prose runs, or None."""
    if len(spans) < 8:
        return None
    left, right = min(s.x0 for s in spans), max(s.x1 for s in spans)
    size = median(s.size for s in spans)
    steps = [left + (right - left) * (0.3 + 0.4 * i / 100) for i in range(101)]
    crossings = [sum(1 for s in spans if s.x0 < x < s.x1) for x in steps]
    fewest = min(crossings)
    if fewest > 0.2 * len(spans):
        return None
    runs: list[list[float]] = [[]]
    for x, crossing in zip(steps, crossings, strict=True):
        if crossing == fewest:
            runs[-1].append(x)
        elif runs[-1]:
            runs.append([])
    strip = max(runs, key=len)
    gutter = (strip[0] + strip[-1]) / 2
    sides = [[s for s in spans if s.x1 <= gutter], [s for s in spans if s.x0 >= gutter]]
    if min(map(len, sides)) < 4 or strip[-1] - strip[0] < 0.5 * size:
        return None
    # Columns of prose are full from edge to edge; the columns of a table are not.
    for side in sides:
        width = max(s.x1 for s in side) - min(s.x0 for s in side)
        if median(s.x1 - s.x0 for s in side) < 0.6 * width or width < 8 * size:
            return None
    return gutter


# --- paragraphs --------------------------------------------------------------------------------------------


def _blocks(rows: list[Row]) -> list[list[str]]:
    if not rows:
        return []
    left, right = min(r.x0 for r in rows), max(r.x1 for r in rows)
    distances = [b.middle - a.middle for a, b in pairwise(rows) if b.middle - a.middle < 3 * b.size]
    usual = median(distances) if len(distances) > 2 else 2 * median(r.size for r in rows)
    blocks: list[list[str]] = []
    previous: Row | None = None
    position = 0
    while position < len(rows):
        row = rows[position]
        if row.spans[0].table is not None:
            blocks.append(row.spans[0].table)
            previous = None
            position += 1
            continue
        end, lines = _loose_table(rows, position)
        if lines:
            blocks.append(lines)
            previous, position = None, end
            continue
        if previous is None or _parted(previous, row, left, right, usual):
            blocks.append([])
        blocks[-1].append(row.text)
        previous = row
        position += 1
    return blocks


def _parted(above: Row, row: Row, left: float, right: float, usual: float) -> bool:
    """Whether a new paragraph begins with `row`."""
    size = row.size
    if row.middle - above.middle > 1.4 * usual or not 0.8 < size / above.size < 1.25:
        return True
    if _is_centred(above, left, right):
        return not _is_centred(row, left, right)
    if _is_centred(row, left, right):  # the second line of a title whose first one is full?
        return right - above.x1 > 2.2 * size or above.text.endswith(("。", "；", "："))
    if row.x0 - left > 1.2 * size and row.x0 - above.x0 > 0.8 * size:
        return True  # the first line of a paragraph is indented
    ends_in_letters = above.text[-1:].isascii()
    return right - above.x1 > 2.2 * size and not ends_in_letters  # the last line of a paragraph is short


def _is_centred(row: Row, left: float, right: float) -> bool:
    off = abs((row.x0 + row.x1) - (left + right)) / 2
    return off < row.size and row.x0 - left > 2.5 * row.size


# --- tables without rules ----------------------------------------------------------------------------------


def _loose_table(rows: list[Row], start: int) -> tuple[int, list[str]]:
    """Rows from `start` on whose pieces stand in columns, as (end, lines); no lines if it is no table."""
    end = start
    while end < len(rows) and len(_cells(rows[end])) > 1:
        if end > start and rows[end].middle - rows[end - 1].middle > 4 * rows[end].size:
            break
        end += 1
    block = rows[start:end]
    if len(block) < 3 and not (len(block) == 2 and all(len(_cells(r)) > 2 for r in block)):
        return start, []
    columns: list[list[float]] = []
    for x0, x1 in sorted((s.x0, s.x1) for row in block for s in _cells(row)):
        if columns and x0 <= columns[-1][1]:
            columns[-1][1] = max(columns[-1][1], x1)
        else:
            columns.append([x0, x1])
    grid: list[list[str]] = []
    for row in block:
        cells = [""] * len(columns)
        for span in _cells(row):
            column = next(i for i, (x0, x1) in enumerate(columns) if x0 <= span.x0 <= x1)
            if cells[column]:
                return start, []  # two pieces in one column: the pieces do not stand in columns
            cells[column] = span.text
        grid.append(cells)
    return (end, rows_to_lines(grid)) if len(columns) > 1 else (start, [])


def _cells(row: Row) -> list[Span]:
    """The pieces of a line that wide gaps part."""
    cells: list[Span] = []
    for span in row.spans:
        if (
            cells
            and span.table is None
            and span.x0 - cells[-1].x1 < _CELL_GAP * min(span.size, cells[-1].size)
        ):
            last = cells[-1]
            cells[-1] = Span(last.x0, last.top, span.x1, last.bottom, Row([last, span]).text)
        else:
            cells.append(span)
    return cells
