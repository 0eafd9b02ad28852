"""PDF: characters with their boxes out of PDFium, put into order by `layout`; scanned pages go to `ocr`."""

from __future__ import annotations

import ctypes
import math
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.errors import InputError
from ingest.readers.furniture import remove_furniture
from ingest.readers.grid import Cell, table_lines
from ingest.readers.layout import Page, Span, read_page, to_rows
from ingest.readers.rules import Rule, RuledTable, find_tables
from ingest.readers.source import SourceText, Writer

MAX_PAGES = 5000
_MOST_CHARACTERS = 200_000  # on one page
_MOST_SEGMENTS = 20_000  # lines in a drawing; a page with more of them is a map, not a table
_MOST_PIXELS = 5000  # on the longer side of a page that is recognised
_FEW = 15  # characters: a picture with so few beside it is a scanned page with a stamp or number
_PDFIUM = threading.Lock()  # PDFium must not be entered by two threads at once

Turn = Callable[[float, float], tuple[float, float]]
Place = tuple[int, int, int]  # table, row, column


def read_pdf(path: Path, raw: bytes) -> SourceText:
    """The text of a PDF page by page, without running headers, footers and page numbers."""
    name = path.name
    with _PDFIUM:
        pages = _pages(name, raw)
    remove_furniture(pages)
    writer = Writer(paged=True)
    for number, page in enumerate(pages, start=1):
        writer.page = number
        for block in read_page(page):
            writer.lines(block)
    source = writer.finish()
    scanned = [n for n, page in enumerate(pages, start=1) if page.scanned]
    if scanned and not source.text.strip():
        raise InputError(
            name,
            "scanned pages without text, and no optical character recognition is installed",
            "pip install 'hangce[ocr]'",
        )
    if scanned:
        shown = "、".join(map(str, scanned[:10])) + ("等" if len(scanned) > 10 else "")
        source.warnings.append(f"第{shown}页是扫描图像，未能识别")
    return source


def _pages(name: str, raw: bytes) -> list[Page]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise InputError(name, "the PDF is locked by a password", "save it without a password") from error
        raise InputError(
            name, "the PDF is broken or incomplete", "fetch it again, or print it to a new PDF"
        ) from error
    try:
        count = len(document)
        if count > MAX_PAGES:
            raise InputError(name, f"{count} pages, more than {MAX_PAGES}", "split it into smaller files")
        if count == 0:
            raise InputError(name, "the PDF has no pages", "fetch it again, or print it to a new PDF")
        return [_page(name, document, index) for index in range(count)]
    finally:
        document.close()


def _page(name: str, document: Any, index: int) -> Page:
    import pypdfium2

    try:
        page = document[index]
    except pypdfium2.PdfiumError as error:
        raise InputError(
            name, f"page {index + 1} of the PDF is broken", "fetch it again, or print it to a new PDF"
        ) from error
    try:
        text = page.get_textpage()
        try:
            return _read(name, page, text)
        finally:
            text.close()
    finally:
        page.close()


def _read(name: str, page: Any, text: Any) -> Page:
    import pypdfium2.raw as pdfium

    characters = _characters(name, text)
    legible = [c for c in characters if _legible(c[0])]
    pictures = len(legible) < max(_FEW, 0.7 * len(characters)) and _has_pictures(page)
    if pictures or (characters and len(legible) < 0.7 * len(characters)):
        from ingest.readers.ocr import available, read_picture

        if available():
            # 200 dpi; a page may claim any size, the picture of it may not.
            bitmap = page.render(scale=min(200 / 72, _MOST_PIXELS / max(page.get_size())))
            try:
                return read_picture(bitmap.to_numpy())
            finally:
                bitmap.close()
    # The way most of the text runs is upright, whatever the page is said to be turned by.
    turns = Counter(c[5] for c in legible if c[0].strip())
    angle = turns.most_common(1)[0][0] if turns else 0
    left, bottom, right, top = page.get_bbox()
    turn = _turn(angle, left, bottom, right - left, top - bottom)
    width, height = (right - left, top - bottom) if angle in (None, 0, 180) else (top - bottom, right - left)
    upright = [(c[0], *_turned(turn, c)) for c in legible if c[5] == angle]
    tables = find_tables(*_rules(page, pdfium, turn))
    spans = _spans(upright, tables)
    found = Page(
        max(width, 1),
        max(height, 1),
        spans.pop(None, []),
        scanned=bool(pictures or (characters and not legible)),
    )
    for number, table in enumerate(tables):
        found.spans += _table_spans(name, number, table, spans)
    return found


def _legible(ch: str) -> bool:
    """Fonts without a map to Unicode give private-use letters and control characters."""
    return not (0xE000 <= ord(ch) <= 0xF8FF or ord(ch) in (0xFFFD, 0xFFFE, 0xFFFF) or ord(ch) < 32)


def _has_pictures(page: Any) -> bool:
    import pypdfium2.raw as pdfium

    return next(iter(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4)), None) is not None


Character = tuple[str, float, float, float, float, int | None]  # letter, left, bottom, right, top, angle


def _characters(name: str, text: Any) -> list[Character]:
    """Printed characters in the order of the file; the angle is None for those askew (watermarks)."""
    import pypdfium2.raw as pdfium

    count = text.count_chars()
    if count > _MOST_CHARACTERS:
        raise InputError(name, f"a page with {count} characters", "print it to a new PDF")
    handle = text.raw
    box = pdfium.FS_RECTF()
    reference = ctypes.byref(box)
    out: list[Character] = []
    pending = 0  # first half of a character beyond the basic plane
    for i in range(count):
        code = pdfium.FPDFText_GetUnicode(handle, i)
        if code in (0, 10, 13) or pdfium.FPDFText_IsGenerated(handle, i) == 1:
            continue
        if 0xD800 <= code < 0xDC00:
            pending = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((pending - 0xD800) << 10) + code - 0xDC00 if pending else 0xFFFD
        pending = 0
        if code > 0x10FFFF or not pdfium.FPDFText_GetLooseCharBox(handle, i, reference):
            continue
        degrees = math.degrees(pdfium.FPDFText_GetCharAngle(handle, i))
        quarter = round(degrees / 90)
        angle = quarter * 90 % 360 if abs(degrees - quarter * 90) < 5 else None
        low, high = sorted((box.bottom, box.top))
        out.append((chr(code), min(box.left, box.right), low, max(box.left, box.right), high, angle))
    return out


def _turn(angle: int | None, left: float, bottom: float, width: float, height: float) -> Turn:
    """From PDF coordinates to those of the upright page, counted from its upper left corner."""
    match angle:
        case 90:
            return lambda x, y: (height - (y - bottom), width - (x - left))
        case 180:
            return lambda x, y: (width - (x - left), y - bottom)
        case 270:
            return lambda x, y: (y - bottom, x - left)
        case _:
            return lambda x, y: (x - left, height - (y - bottom))


def _turned(turn: Turn, c: Character) -> tuple[float, float, float, float]:
    (xa, ya), (xb, yb) = turn(c[1], c[2]), turn(c[3], c[4])
    return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)


def _spans(
    characters: list[tuple[str, float, float, float, float]], tables: list[RuledTable]
) -> dict[Place | None, list[Span]]:
    """Characters joined to spans, by the table cell they stand in; a wide gap or a rule ends a span."""
    spans: dict[Place | None, list[Span]] = {}
    last: Span | None = None
    last_place: Place | None = None
    for ch, x0, top, x1, bottom in characters:
        if not ch.strip():
            continue  # the gap that a space leaves tells as much
        place = _place((x0 + x1) / 2, (top + bottom) / 2, tables)
        size = max(bottom - top, 0.1)
        if last is not None and place == last_place and _joins(last, x0, top, bottom, size):
            spaced = x0 - last.x1 > 0.22 * size
            last.text += (" " if spaced else "") + ch
            last.x1, last.top, last.bottom = max(last.x1, x1), min(last.top, top), max(last.bottom, bottom)
        else:
            last, last_place = Span(x0, top, x1, bottom, ch), place
            spans.setdefault(place, []).append(last)
    return spans


def _joins(last: Span, x0: float, top: float, bottom: float, size: float) -> bool:
    level = abs((top + bottom) / 2 - last.middle) < 0.4 * min(size, last.size)
    return level and -0.5 * size < x0 - last.x1 < 1.4 * size


def _place(x: float, y: float, tables: list[RuledTable]) -> Place | None:
    for number, table in enumerate(tables):
        cell = table.cell_at(x, y)
        if cell is not None:
            return number, *cell
    return None


def _table_spans(
    name: str, number: int, table: RuledTable, spans: dict[Place | None, list[Span]]
) -> list[Span]:
    """A ruled table as one span that carries its lines."""
    extent = table.extent()
    cells = [
        Cell(row, column, " ".join(r.text for r in to_rows(spans.get((number, row, column), []))), *covered)
        for (row, column), covered in extent.items()
    ]
    captions, lines = table_lines(name, cells)
    if not captions and not lines:
        return []
    out = [Span(table.xs[0], table.ys[0], table.xs[-1], table.ys[-1], table=lines)] if lines else []
    for i, caption in enumerate(captions):
        y = table.ys[0] - 1 + i / 10  # above its table
        out.insert(i, Span(table.xs[0], y, table.xs[-1], y + 0.1, table=[caption]))
    if len(out) > 1:
        # Their order is by their middles; the table's own is far below.
        out[-1].top = table.ys[0]
    return out


def _rules(page: Any, pdfium: Any, turn: Turn) -> tuple[list[Rule], list[Rule]]:
    """Horizontal and vertical line segments among the drawings of a page."""
    horizontal: list[Rule] = []
    vertical: list[Rule] = []
    seen = 0
    x, y = ctypes.c_float(), ctypes.c_float()
    for shape in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=1):
        matrix = shape.get_matrix()
        first = here = None
        count = pdfium.FPDFPath_CountSegments(shape.raw)
        seen += count
        if seen > _MOST_SEGMENTS:
            return [], []
        for i in range(count):
            segment = pdfium.FPDFPath_GetPathSegment(shape.raw, i)
            kind = pdfium.FPDFPathSegment_GetType(segment)
            if not pdfium.FPDFPathSegment_GetPoint(segment, x, y):
                continue
            there = turn(*matrix.on_point(x.value, y.value))
            ends = []
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                first = there
            elif kind == pdfium.FPDF_SEGMENT_LINETO and here is not None:
                ends.append((here, there))
            if pdfium.FPDFPathSegment_GetClose(segment) and first is not None:
                ends.append((there, first))
            for (xa, ya), (xb, yb) in ends:
                if abs(ya - yb) < 1 < abs(xa - xb):
                    horizontal.append(Rule((ya + yb) / 2, min(xa, xb), max(xa, xb)))
                elif abs(xa - xb) < 1 < abs(ya - yb):
                    vertical.append(Rule((xa + xb) / 2, min(ya, yb), max(ya, yb)))
            here = there
    return horizontal, vertical
