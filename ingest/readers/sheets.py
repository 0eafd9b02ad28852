"""Spreadsheets: every sheet a heading and its rows."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from ingest.errors import InputError
from ingest.readers.grid import MAX_CELLS, MAX_COLUMNS, rows_to_lines
from ingest.readers.plain import decode
from ingest.readers.source import SourceText, Writer, one_line

_DEFAULT_NAME = re.compile(r"^(?:sheet|工作表|表)\s*\d*$", re.I)
_MAX_VISITED = 20_000_000  # blank cells cost time too, and a sheet may claim any number of them
_DELIMITERS = ",\t;"


def read_xlsx(path: Path, raw: bytes) -> SourceText:
    """An Excel workbook: displayed values, hidden sheets left out."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
    writer = Writer()
    warnings: list[str] = []
    try:
        sheets = [s for s in book.worksheets if s.sheet_state == "visible"]
        for sheet in sheets:
            name = sheet.title
            if _DEFAULT_NAME.match(name):  # says nothing: the caption or the file's name says more
                name = f"{path.stem} {name}" if len(sheets) > 1 else path.stem
            _write(writer, name, _rows(path.name, sheet), named=name == sheet.title)
        if len(sheets) < len(book.worksheets):
            warnings.append("隐藏的工作表未读入")
    finally:
        book.close()
    return writer.finish(warnings)


def _rows(name: str, sheet: Any) -> list[list[str]]:
    sheet.reset_dimensions()  # what a file says of its own size is often wrong
    rows: list[list[str]] = []
    visited = filled = 0
    for cells in sheet.iter_rows():
        visited += len(cells) + 1
        row = [_shown(cell) for cell in cells]
        while row and not row[-1]:
            row.pop()
        filled += len(row)
        if visited > _MAX_VISITED or filled > MAX_CELLS or len(row) > MAX_COLUMNS:
            raise _too_large(name, f"sheet {sheet.title}")
        if row:
            rows.append(row)
    return rows


def _shown(cell: Any) -> str:
    """A cell's value as the sheet displays it, as far as that changes its meaning."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        if "%" in str(cell.number_format):
            return f"{round(value * 100, 6):.15g}%"
        return f"{round(value, 10):.15g}" if isinstance(value, float) else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return one_line(str(value))


def _write(writer: Writer, heading: str, rows: list[list[str]], *, named: bool) -> None:
    """A heading, the captions above the table (rows of one cell), and the table."""
    if not rows:
        return
    captions = 0
    if max(map(len, rows)) > 1:
        while captions < len(rows) - 1 and len(rows[captions]) == 1:
            captions += 1
    shown = [row[0] for row in rows[:captions]]
    if shown and not named:
        heading = shown.pop(0)
    writer.heading(heading, 1)
    for caption in shown:
        writer.paragraph(caption)
    writer.lines(rows_to_lines(rows[captions:]))


def read_csv(path: Path, raw: bytes) -> SourceText:
    """Comma-, semicolon- or tab-separated values.

    Lines keep their numbers where no cell holds a line break, so a citation points into the file itself.
    """
    text = decode(path.name, raw)
    opening = text[:4096].split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=opening.count)
    filled = 0
    lines: list[str] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            row = [one_line(cell) for cell in cells]
            filled += len(row)
            if filled > MAX_CELLS * 4 or len(row) > MAX_COLUMNS:
                raise _too_large(path.name, "the table")
            used = [i for i, cell in enumerate(row) if cell]
            if not used:
                lines.append("")
            elif used == [0] and not any("\t" in line for line in lines) and len(row) > 1:
                lines.append(row[0])  # a caption above the table
            else:
                lines.append("\t".join(row) + ("\t" if len(row) == 1 else ""))
    except csv.Error as error:
        raise InputError(path.name, f"no valid CSV ({error})", "save it again as .csv or .xlsx") from error
    return SourceText("\n".join(lines))


def _too_large(name: str, what: str) -> InputError:
    return InputError(
        name, f"{what} is too large (more than {MAX_CELLS} cells or {MAX_COLUMNS} columns)", "split it"
    )
