"""Which kind of file some bytes are: by content first, by the name's ending only where content does not tell."""

from __future__ import annotations

import re

from ingest.errors import InputError
from ingest.readers.plain import TEXT_SUFFIXES
from ingest.readers.zipped import check_zip

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")
_IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"}
_ARCHIVES = (
    b"\x1f\x8b",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\xfd7zXZ\x00",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
)
_ARCHIVE_SUFFIXES = {".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst"}
_HTML = re.compile(
    rb"^\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html[\s>])", re.I | re.S
)
_SUFFIXES = {".pdf": "pdf", ".docx": "docx", ".xlsx": "xlsx", ".xlsm": "xlsx", ".csv": "csv", ".tsv": "csv"} | {
    ".html": "html", ".htm": "html", ".xhtml": "html", ".shtml": "html"
}  # fmt: skip
_SAVE_AS_DOCUMENT = "open it in Word, WPS or LibreOffice and save it as .docx or .pdf (另存为 docx 或 pdf)"
_SAVE_AS_SHEET = "open it in Excel, WPS or LibreOffice and save it as .xlsx or .csv (另存为 xlsx 或 csv)"
_SAVE_AS_PDF = "open it in its program and save or print it as .pdf (另存为或打印为 pdf)"
_REMEDIES = {
    **dict.fromkeys((".doc", ".dot", ".wps", ".wpt", ".rtf", ".odt", ".docm", ".mht", ".mhtml"), _SAVE_AS_DOCUMENT),
    **dict.fromkeys((".xls", ".et", ".ett", ".xlsb", ".ods"), _SAVE_AS_SHEET),
    **dict.fromkeys((".ppt", ".pptx", ".dps", ".odp", ".ofd", ".caj", ".ceb", ".epub"), _SAVE_AS_PDF),
}  # fmt: skip


def kind_of(name: str, suffix: str, raw: bytes) -> str:
    """One of pdf, docx, xlsx, csv, html, image, text.

    Raises:
        InputError: nothing here reads such a file; the message says how to convert it.
    """
    suffix = suffix.lower()
    if name.startswith("~$"):
        raise InputError(name, "a lock file that an office program left behind", "remove it")
    kind = _by_content(name, suffix, raw)
    if kind:
        return kind
    if suffix in _REMEDIES:
        raise _refusal(name, suffix)
    if suffix in _ARCHIVE_SUFFIXES:
        raise _archive(name)
    if suffix in TEXT_SUFFIXES:
        return "text"
    if suffix in (".docx", ".xlsx", ".xlsm") or suffix in _IMAGE_SUFFIXES:
        raise InputError(name, f"this is no {suffix} file, or it is broken", "fetch or save it again")
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    raise InputError(
        name,
        f"files of type {suffix or '(none)'} are not read yet",
        "save it as .pdf, .docx, .html, .xlsx, .csv, .txt or .md",
    )


def _by_content(name: str, suffix: str, raw: bytes) -> str | None:
    head = raw[:4096]
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in head[:1024]):
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(name, suffix, raw)
    if head.startswith(_OLE):
        raise _ole(name, suffix, raw)
    if start.startswith(b"{\\rtf"):
        raise _refusal(name, ".rtf")
    if head.startswith(_IMAGES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "image"
    if head.startswith(b"BM") and suffix == ".bmp":
        return "image"
    if head.startswith(_ARCHIVES) or head[257:262] == b"ustar":
        raise _archive(name)
    # Old "Excel" and "Word" exports of web systems are web pages in disguise.
    return "html" if _HTML.match(start) else None


def _zip_kind(name: str, suffix: str, raw: bytes) -> str:
    members = check_zip(name, raw)
    if any(re.fullmatch(r"word/document\d*\.xml", m) for m in members):
        return "docx"
    if any(re.fullmatch(r"xl/workbook\d*\.xml", m) for m in members):
        return "xlsx"
    for sign, meant in (
        ("OFD.xml", ".ofd"),
        ("ppt/presentation.xml", ".pptx"),
        ("xl/workbook.bin", ".xlsb"),
        ("META-INF/container.xml", ".epub"),
        ("content.xml", suffix if suffix in (".ods", ".odp") else ".odt"),
    ):
        if sign in members:
            raise _refusal(name, meant)
    if suffix in (".docx", ".xlsx", ".xlsm"):
        raise InputError(name, f"this is no {suffix} file, or it is broken", "fetch or save it again")
    if suffix in _REMEDIES:
        raise _refusal(name, suffix)
    raise _archive(name)


def _ole(name: str, suffix: str, raw: bytes) -> InputError:
    if "EncryptedPackage".encode("utf-16-le") in raw:
        return InputError(name, "the file is locked by a password", "save it without a password")
    if suffix in _REMEDIES:
        return _refusal(name, suffix)
    if "Workbook".encode("utf-16-le") in raw:
        return _refusal(name, ".xls")
    return _refusal(name, ".ppt" if "PowerPoint Document".encode("utf-16-le") in raw else ".doc")


def _refusal(name: str, suffix: str) -> InputError:
    return InputError(name, f"files of type {suffix} are not read", _REMEDIES[suffix])


def _archive(name: str) -> InputError:
    return InputError(
        name, "archives are not opened", "unpack it and put the files themselves there (解压后放入)"
    )
