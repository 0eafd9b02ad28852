"""Plain text and Markdown in the encodings that Chinese offices use."""

from __future__ import annotations

from pathlib import Path

from ingest.errors import InputError

TEXT_SUFFIXES = {".txt", ".md", ".markdown", ".text"}
MAX_BYTES = 64 * 1024 * 1024


def read_text(path: Path) -> str:
    """The text of a plain text or Markdown file in UTF-8 (with or without BOM), UTF-16 or GB18030.

    Raises:
        InputError: the file cannot be opened, is empty, too large, or is no text.
    """
    if path.suffix.lower() not in TEXT_SUFFIXES:
        raise InputError(
            path.name,
            f"files of type {path.suffix or '(none)'} are not read yet",
            "save it as .txt or .md in UTF-8",
        )
    return decode(path.name, read_bytes(path, MAX_BYTES))


def read_bytes(path: Path, limit: int) -> bytes:
    """The bytes of a regular file that is neither empty nor larger than `limit`.

    Raises:
        InputError: it is not such a file, or cannot be opened.
    """
    name = path.name
    try:
        if not path.is_file():
            raise InputError(
                name, "is no regular file (a broken link, a pipe or a device)", "put the file itself there"
            )
        if path.stat().st_size > limit:
            raise InputError(name, f"larger than {limit // 2**20} MiB", "split it into smaller files")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            name, f"cannot be read ({error.strerror or error})", "check its permissions"
        ) from error
    if not raw.strip():
        raise InputError(name, "the file is empty", "remove it or put the text in")
    return raw


def decode(name: str, raw: bytes) -> str:
    """Bytes as text.

    Raises:
        InputError: they are no text in one of the encodings.
    """
    if len(raw) > MAX_BYTES:
        raise InputError(name, f"larger than {MAX_BYTES // 2**20} MiB", "split it into smaller files")
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if utf16 else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _looks_like_text(text):
            return text
        break
    raise InputError(name, "this is not a text file (binary content)", "convert it to .txt in UTF-8")


def _looks_like_text(text: str) -> bool:
    """Binary files decode now and then; control characters and private-use letters give them away."""
    sample = text[:200_000]
    bad = sum(
        1
        for ch in sample
        if (ord(ch) < 32 and ch not in "\t\n\r\f\v") or 0xE000 <= ord(ch) <= 0xF8FF or ord(ch) == 0xFFFD
    )
    return bad <= len(sample) * 0.01
