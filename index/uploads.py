"""Documents that were handed in through the pages: kept in the home, part of every build, taken out without loss.

Each lies in a folder of its own below `HOME/uploads`, under a name that no two share. A generation names those that
are in it; so going back to a generation goes back to its documents, and a build that fails takes nothing in.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal

from index.home import Home, write_whole
from ingest.corpus import is_left_out
from ingest.errors import HangceError

State = Literal["waiting", "taken", "withdrawn"]
WAITING_DAYS = 7  # what nobody decides on goes
LONGEST_NAME = 50  # characters; of four bytes each they fit with endings into the 255 of a file system
_ABOUT, _TAKEN, _WITHDRAWN = ".upload.json", ".taken", ".withdrawn"
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")
_PIECE = 1 << 20
_FORBIDDEN = re.compile(r'[<>:"|?*\\/#%\x00-\x1f\x7f]')


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was handed in: its id, the name it is kept under, its size, who handed it in and when (UTC)."""

    id: str
    name: str
    size: int
    sha256: str
    by: str
    at: str

    def path(self, home: Home) -> Path:
        """Where the file lies."""
        return home.uploads / self.id / self.name


def safe_name(given: str) -> str:
    """A file name made of what somebody's browser said: no folders, no marks that a reader would not see.

    >>> safe_name("C:\\\\temp\\\\../办法.txt")
    '办法.txt'
    """
    name = unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode())
    name = re.split(r"[\\/]", name)[-1]
    # Cc, Cf: control characters and those that turn the direction of writing; Cs, Co, Cn: no characters at all.
    name = "".join(
        c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    name = re.sub(r"\s+", " ", _FORBIDDEN.sub("", name)).strip(" .~$")
    stem, _, suffix = name.rpartition(".")
    if not re.fullmatch(r"[0-9A-Za-z]{1,10}", suffix):
        stem, suffix = name, ""
    stem = stem[:LONGEST_NAME].strip(" .") or "未命名"
    name = f"{stem}.{suffix}" if suffix else stem
    # Names that a build passes over would be taken in and never seen again.
    return f"上传-{stem.replace('.', '-')}.{suffix}".rstrip(".") if is_left_out(name) else name


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or with a number where a file of that name is there already."""
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    number, free = 2, name
    while free in taken:
        free, number = f"{stem}（{number}）{dot}{suffix}", number + 1
    return free


def store(home: Home, name: str, content: BinaryIO, by: str) -> Upload:
    """Keep a file, whole or not at all; it waits until somebody takes it in.

    Args:
        home: where.
        name: a name as `safe_name` and `free_name` give.
        content: the file from its beginning.
        by: who hands it in.

    Raises:
        HangceError: the home cannot be written to.
    """
    now = datetime.now(UTC)
    key = (
        f"{now:%Y%m%d-%H%M%S}-{now.microsecond:05x}{secrets.randbelow(0x1000):03x}"  # in the order of arrival
    )
    part = home.uploads / f".{key}"
    digest, size = hashlib.sha256(), 0
    try:
        part.mkdir(parents=True)
        with (part / name).open("wb") as handle:
            while piece := content.read(_PIECE):
                handle.write(piece)
                digest.update(piece)
                size += len(piece)
        upload = Upload(key, name, size, digest.hexdigest(), by, now.isoformat(timespec="seconds"))
        write_whole(part / _ABOUT, json.dumps(asdict(upload), ensure_ascii=False))
        part.rename(home.uploads / key)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise HangceError(
            f"cannot keep {name} in {home.uploads} ({error.strerror}) — free space or mend the permissions"
        ) from error
    return upload


def uploads(home: Home) -> list[Upload]:
    """All that are kept, the latest first; what cannot be read is left out."""
    found = []
    for folder in home.uploads.iterdir() if home.uploads.is_dir() else ():
        try:
            upload = Upload(**json.loads((folder / _ABOUT).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            continue
        if upload.id == folder.name and _ID.fullmatch(upload.id):
            found.append(upload)
    return sorted(found, key=lambda u: u.id, reverse=True)


def live(home: Home) -> list[str]:
    """The ids of those that the current generation holds.

    Where there is no generation that says so (the index was removed or damaged), those that were in the last one.
    """
    named = _current(home).get("uploads")
    known = [u.id for u in reversed(uploads(home))]
    if isinstance(named, list):
        return [i for i in named if i in known]
    return [i for i in known if (home.uploads / i / _TAKEN).exists()]


def state(home: Home, upload: Upload, taken: Collection[str]) -> State:
    """Where an upload stands; `taken` are the `live` ones."""
    if upload.id in taken:
        return "taken"
    return "withdrawn" if (home.uploads / upload.id / _WITHDRAWN).exists() else "waiting"


def discard(home: Home, upload_id: str) -> bool:
    """Remove one that waits; whether there was one."""
    found = next((u for u in uploads(home) if u.id == upload_id), None)
    if found is None or upload_id in live(home) or state(home, found, ()) != "waiting":
        return False
    shutil.rmtree(home.uploads / upload_id, ignore_errors=True)
    return True


def settle(home: Home) -> None:
    """After a change of generation: note which are in it, and drop what no generation holds any more."""
    taken = set(live(home))
    held = {i for g in home.kept() for i in home.note(g).get("uploads") or []}
    for upload in uploads(home):
        folder = home.uploads / upload.id
        if upload.id in taken:
            (folder / _TAKEN).touch()
            (folder / _WITHDRAWN).unlink(missing_ok=True)
        elif (folder / _TAKEN).exists() or upload.id in held:
            (folder / _WITHDRAWN).touch()
            (folder / _TAKEN).unlink(missing_ok=True)
        gone = (folder / _WITHDRAWN).exists() and upload.id not in held
        if gone or (state(home, upload, taken) == "waiting" and _age(folder) > WAITING_DAYS):
            shutil.rmtree(folder, ignore_errors=True)
    for part in home.uploads.glob(".*") if home.uploads.is_dir() else ():
        if _age(part) > 1:  # whoever sent it has gone
            shutil.rmtree(part, ignore_errors=True)


def _age(folder: Path) -> float:
    """Days since something was put there."""
    return (time.time() - folder.stat().st_mtime) / 86_400


def _current(home: Home) -> dict[str, Any]:
    try:
        name = home.pointer.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return {}
    return home.note(home.generations / name) if name and "/" not in name else {}
