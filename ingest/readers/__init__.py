"""Reading files: bytes in, physical lines of text out, or an `InputError` that says what is wrong.

`read_file` looks at the content (`kinds`) and calls the reader of that kind: `plain`, `pdf`, `docx`, `html`,
`sheets` or `ocr`. All write through `source.Writer`; tables with merged cells pass through `grid`; whatever
comes as boxes on a page (PDF, OCR) is put into reading order by `layout`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import cast

from ingest.errors import InputError
from ingest.readers.kinds import kind_of
from ingest.readers.plain import MAX_BYTES, decode, read_bytes, read_text
from ingest.readers.source import SourceText

__all__ = ["MAX_BYTES", "MAX_FILE_BYTES", "SourceText", "read_file", "read_text"]

MAX_FILE_BYTES = 200 * 1024 * 1024
_READERS = {"pdf": "pdf", "docx": "docx", "html": "html", "xlsx": "sheets", "csv": "sheets", "image": "ocr"}


def read_file(path: Path) -> SourceText:
    """The text of a document in any of the formats that are read.

    Raises:
        InputError: the file cannot be opened, is of another kind, locked, broken, too large or without text.
    """
    name = path.name
    raw = read_bytes(path, MAX_FILE_BYTES)
    kind = kind_of(name, path.suffix, raw)
    if kind == "text":
        return SourceText(decode(name, raw))
    try:
        # Loaded by name: who reads text files alone pays for no PDF or Office library.
        source = cast(
            SourceText, getattr(import_module(f"ingest.readers.{_READERS[kind]}"), f"read_{kind}")(path, raw)
        )
    except InputError:
        raise
    except Exception as error:  # a defect in somebody's file format library is a bad file, not a crash
        said = " ".join(str(error).split())[:120]
        raise InputError(
            name,
            f"could not be read as {kind} ({type(error).__name__}{': ' + said if said else ''})",
            "save it again with another program, or as .docx or .pdf",
        ) from error
    if not source.text.strip():
        raise InputError(name, "no text found", "check that the file holds text, not only pictures")
    return source
