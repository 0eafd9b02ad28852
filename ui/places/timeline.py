"""When documents hold, as bars on a scale of years: shares of the width, drawn by the page's styles."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

_MOST_YEARS = 40
_LABELS = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A document's term in per cent of the scale; `open` where it states no end, `cut` where it began before the scale."""

    left: float
    width: float
    open: bool
    cut: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """Years from `first` to before `last`."""

    first: int
    last: int

    def place(self, day: date) -> float:
        """Where a day lies, 0 to 100."""
        year = day.year + (day.timetuple().tm_yday - 1) / (366 if calendar.isleap(day.year) else 365)
        return round(min(100.0, max(0.0, 100 * (year - self.first) / (self.last - self.first))), 2)

    @property
    def labels(self) -> list[tuple[int, float]]:
        """Years to write on the scale, with their places."""
        step = max(1, -(-(self.last - self.first) // _LABELS))
        return [(year, self.place(date(year, 1, 1))) for year in range(self.first, self.last, step)]


def scale(listings: Iterable[Mapping[str, Any]], today: date) -> Scale:
    """The scale for some documents, today included."""
    days = [today]
    for listing in listings:
        days += [d for d in (_start(listing), _end(listing)) if d]
    last = min(max(d.year for d in days), today.year + _MOST_YEARS // 2) + 1
    return Scale(max(min(d.year for d in days), last - _MOST_YEARS), last)


def bar(listing: Mapping[str, Any], on: Scale) -> Bar | None:
    """A document's bar; None where it states no beginning."""
    start, end = _start(listing), _end(listing)
    if start is None:
        return None
    left = on.place(start)
    right = on.place(end) if end else 100.0
    return Bar(left, round(max(right - left, 0.8), 2), end is None, start.year < on.first)


def _start(listing: Mapping[str, Any]) -> date | None:
    return _day(listing.get("effective")) or _day(listing.get("issued"))


def _end(listing: Mapping[str, Any]) -> date | None:
    ends = [_day(listing.get(name), last=True) for name in ("expires", "superseded_on")]
    return min((end for end in ends if end), default=None)


def _day(text: str | None, last: bool = False) -> date | None:
    """A day, or the first or last day of a month or year."""
    parts = [int(part) for part in (text or "").split("-") if part.isdecimal()]
    if not parts:
        return None
    try:
        year, month = parts[0], parts[1] if len(parts) > 1 else (12 if last else 1)
        end = calendar.monthrange(year, month)[1] if last else 1
        return date(year, month, parts[2] if len(parts) > 2 else end)
    except ValueError:
        return None
