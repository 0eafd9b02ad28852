"""Zip containers opened with care: Office files are zips, and so are zip bombs."""

from __future__ import annotations

import io
import zipfile

from ingest.errors import InputError

MAX_UNPACKED = 500 * 2**20
MAX_RATIO = 200
_RATIO_COUNTS_FROM = 10 * 2**20
_MAX_MEMBERS = 20_000


def check_zip(name: str, raw: bytes) -> list[str]:
    """Names of the members of a sound zip of reasonable size.

    `zipfile` never unpacks more of a member than its directory entry declares, so the declared sizes bind.

    Raises:
        InputError: it is broken, locked by a password, or unpacks to far more than any document holds.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(
            name, f"the file is broken or incomplete ({error})", "fetch or save it again"
        ) from error
    if len(members) > _MAX_MEMBERS or sum(m.file_size for m in members) > MAX_UNPACKED:
        raise InputError(
            name,
            f"unpacks to more than {MAX_UNPACKED // 2**20} MiB or {_MAX_MEMBERS} parts",
            "split the document, or remove pictures from it",
        )
    for member in members:
        if member.file_size > _RATIO_COUNTS_FROM and member.file_size > MAX_RATIO * max(
            member.compress_size, 1
        ):
            raise InputError(
                name,
                f"holds a part compressed more than {MAX_RATIO} times (a zip bomb?)",
                "save the document again with Word, WPS or LibreOffice",
            )
        if member.flag_bits & 1:
            raise InputError(name, "the file is locked by a password", "save it without a password")
    return [m.filename for m in members]
