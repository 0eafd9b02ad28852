"""Tables drawn with rules: from line segments on a page to the cells between them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

_NEAR = 3.0  # points: what is closer is one line, or touches
_SHORTEST = 8.0
_MOST_LINES = 1500
_MOST_CELLS = 20_000


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal or vertical line: its place on the one axis, its two ends on the other."""

    at: float
    start: float
    end: float

    def covers(self, point: float) -> bool:
        """Whether the line passes this point of its axis."""
        return self.start - _NEAR <= point <= self.end + _NEAR


@dataclass(slots=True)
class RuledTable:
    """Grid lines of a table, and which of the elementary cells belong together."""

    xs: list[float]
    ys: list[float]
    group: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the (merged) cell at a point, None outside."""
        if not (self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= y <= self.ys[-1]):
            return None
        row = min(bisect_right(self.ys, y), len(self.ys) - 1) - 1
        column = min(bisect_right(self.xs, x), len(self.xs) - 1) - 1
        return self.group[row, column]

    def extent(self) -> dict[tuple[int, int], tuple[int, int]]:
        """For every (merged) cell the number of rows and columns that it covers."""
        out: dict[tuple[int, int], tuple[int, int]] = {}
        for (row, column), (top, left) in self.group.items():
            rows, columns = out.get((top, left), (1, 1))
            out[top, left] = (max(rows, row - top + 1), max(columns, column - left + 1))
        return out


def find_tables(horizontal: list[Rule], vertical: list[Rule]) -> list[RuledTable]:
    """Every grid of at least two rows and two columns among the lines of a page."""
    across, down = _merge(horizontal), _merge(vertical)
    if not across or not down or len(across) > _MOST_LINES or len(down) > _MOST_LINES:
        return []
    parent = list(range(len(across) + len(down)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for j, v in enumerate(down):
        for i, h in enumerate(across):
            if h.covers(v.at) and v.covers(h.at):
                parent[root(i)] = root(len(across) + j)
    parts: dict[int, tuple[list[Rule], list[Rule]]] = defaultdict(lambda: ([], []))
    for i, h in enumerate(across):
        parts[root(i)][0].append(h)
    for j, v in enumerate(down):
        parts[root(len(across) + j)][1].append(v)
    tables = [_grid(*part) for part in parts.values()]
    return [t for t in tables if t is not None]


def _merge(rules: list[Rule]) -> list[Rule]:
    """Double lines, the two edges of a thin box and pieces in a row become one line."""
    merged: list[Rule] = []
    by_place: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda r: r.at):
        if by_place and rule.at - by_place[-1][0].at <= _NEAR:
            by_place[-1].append(rule)
        else:
            by_place.append([rule])
    for group in by_place:
        at = sum(r.at for r in group) / len(group)
        start = end = None
        for rule in sorted(group, key=lambda r: r.start):
            if start is None or end is None:
                start, end = rule.start, rule.end
            elif rule.start <= end + _NEAR:
                end = max(end, rule.end)
            else:
                merged.append(Rule(at, start, end))
                start, end = rule.start, rule.end
        if start is not None and end is not None:
            merged.append(Rule(at, start, end))
    return [r for r in merged if r.end - r.start >= _SHORTEST]


def _grid(across: list[Rule], down: list[Rule]) -> RuledTable | None:
    if not across or not down:
        return None
    # Tables are often open at the sides: the ends of the horizontal lines bound them.
    xs = _places([*(v.at for v in down), min(h.start for h in across), max(h.end for h in across)])
    ys = _places([*(h.at for h in across), min(v.start for v in down), max(v.end for v in down)])
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 2 or columns < 2 or rows * columns > _MOST_CELLS:
        return None
    table = RuledTable(xs, ys)
    for r in range(rows):
        for c in range(columns):
            table.group[r, c] = (r, c)
    for r in range(rows):
        middle = (ys[r] + ys[r + 1]) / 2
        for c in range(1, columns):
            if not any(abs(v.at - xs[c]) <= _NEAR and v.covers(middle) for v in down):
                _join(table, (r, c - 1), (r, c))
    for c in range(columns):
        middle = (xs[c] + xs[c + 1]) / 2
        for r in range(1, rows):
            if not any(abs(h.at - ys[r]) <= _NEAR and h.covers(middle) for h in across):
                _join(table, (r - 1, c), (r, c))
    for place in table.group:
        table.group[place] = _head(table, place)
    return table if len(set(table.group.values())) > 2 else None


def _places(values: list[float]) -> list[float]:
    out: list[float] = []
    for value in sorted(values):
        if not out or value - out[-1] > _NEAR:
            out.append(value)
    return out


def _head(table: RuledTable, place: tuple[int, int]) -> tuple[int, int]:
    while table.group[place] != place:
        place = table.group[place]
    return place


def _join(table: RuledTable, a: tuple[int, int], b: tuple[int, int]) -> None:
    first, second = sorted((_head(table, a), _head(table, b)))
    table.group[second] = first
