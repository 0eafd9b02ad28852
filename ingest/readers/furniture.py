"""Running headers, footers and page numbers: found by their repeating at one height, and removed."""

from __future__ import annotations

import re
from collections import defaultdict

from ingest.readers.layout import Page, Row, to_rows

_ZONE = 0.12  # of the page's height, at the top and at the bottom
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"^[-—–―‐·.\s]*(?:第\s*)?(\d{1,4})\s*(?:页)?(?:\s*[/／,，共]\s*共?\s*\d{1,4}\s*页?)?[-—–―‐·.\s]*$"
)
_DECORATED = re.compile(r"^(?:[-—–―‐·]\s*\d{1,4}\s*[-—–―‐·]|第\s*\d{1,4}\s*页.*)$")


def remove_furniture(pages: list[Page]) -> None:
    """Take out the rows near the edges that repeat over the pages, whether or not a page number counts in them."""
    candidates = [(i, row) for i, page in enumerate(pages) for row in _edge_rows(page)]
    seen: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for index, row in candidates:
        for key in _keys(row.text, index):
            seen[key].append((index, row.middle / pages[index].height))
    last = dict(candidates)  # the lowest row near an edge of each page
    needed = 2 if len(pages) <= 4 else 3
    doomed: list[tuple[int, Row]] = []
    for index, row in candidates:
        height = row.middle / pages[index].height
        for key in _keys(row.text, index):
            if len({i for i, y in seen[key] if abs(y - height) < 0.02}) >= needed:
                doomed.append((index, row))
                break
        else:
            number = _PAGE_NUMBER.match(row.text.strip())
            alone = number and (_DECORATED.match(row.text.strip()) or int(number.group(1)) == index + 1)
            if alone and height > 0.5 and row is last[index]:
                doomed.append((index, row))
    gone: dict[int, set[int]] = defaultdict(set)
    for index, row in doomed:
        gone[index] |= {id(span) for span in row.spans}
    for index, spans in gone.items():
        pages[index].spans = [s for s in pages[index].spans if id(s) not in spans]


def _edge_rows(page: Page) -> list[Row]:
    edge = [
        s
        for s in page.spans
        if s.table is None and (s.middle < _ZONE * page.height or s.middle > (1 - _ZONE) * page.height)
    ]
    return to_rows(edge)


def _keys(text: str, page: int) -> set[str]:
    """What a row has in common with its like on other pages: its words, with one number counted from the page's.

    A row of bare figures may be the last of a table; only a number that counts with the pages makes it a
    page number.
    """
    text = re.sub(r"\s+", "", text)
    keys = {text} if re.search(r"[^\W\d]", text) else set()
    for match in list(_NUMBER.finditer(text))[:3]:
        if len(match.group()) <= 6:
            keys.add(f"{text[: match.start()]}<{int(match.group()) - page}>{text[match.end() :]}")
    return keys
