"""What a reader hands over, and the sheet of paper on which readers write it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.lines import read_marker
from ingest.text import tidy

_BREAKS = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
_CONTROL = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffe\uffff]"
)


@dataclass(slots=True)
class SourceText:
    """A file's text in physical lines; `pages[i]` is the page (1-based) of line i + 1 of a paged file.

    `warnings` say what was left out, in the words that documents use for their blemishes.
    """

    text: str
    pages: list[int] | None = None
    warnings: list[str] = field(default_factory=list)


def one_line(text: str) -> str:
    """Text without line breaks, tabs and control characters; a full-width space stays a space.

    >>> one_line("a\\tb\\r\\n c")
    'a b c'
    """
    text = _CONTROL.sub("", _BREAKS.sub(" ", text)).strip()
    # Halves of a character pair cannot be written to a file later on.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Writer:
    """Collects lines, paragraphs, headings and tables, with the page they stand on."""

    def __init__(self, *, paged: bool = False) -> None:
        self.page = 1
        self._lines: list[str] = []
        self._pages: list[int] = []
        self._paged = paged

    def lines(self, lines: list[str]) -> None:
        """A block of physical lines, set off by a blank line."""
        lines = [line for line in lines if line.strip()]
        if not lines:
            return
        if self._lines:
            self._put("")
        for line in lines:
            self._put(line)

    def paragraph(self, text: str) -> None:
        """One paragraph on one line."""
        self.lines([one_line(text)])

    def heading(self, text: str, depth: int) -> None:
        """A heading; one with a clause number stays as it is, for the number says more than the depth."""
        text = one_line(text)
        if text and read_marker(tidy(text)) is None:
            text = f"{'#' * max(1, min(depth, 6))} {text}"
        self.lines([text])

    def finish(self, warnings: list[str] | None = None) -> SourceText:
        """All that was written."""
        pages = (self._pages or [1]) if self._paged else None
        return SourceText("\n".join(self._lines), pages, warnings or [])

    def _put(self, line: str) -> None:
        self._lines.append(line)
        self._pages.append(self.page)
