"""Documents handed in through the pages: kept, read apart one after another, and described for who decides on them."""

from __future__ import annotations

import json
import logging
import queue
import shutil
import threading
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from index.home import Home, write_whole
from index.uploads import State, Upload, discard, free_name, live, safe_name, state, store, uploads
from ingest.errors import HangceError, InputError
from ingest.model import Document, SourceSpan
from ingest.relations import link_versions
from ingest.text import fold
from ui.answering import Answering
from ui.reading import read_apart

MOST_FILES = 10  # at once
MOST_WAITING = 40
KINDS = (
    ".txt",
    ".md",
    ".docx",
    ".pdf",
    ".html",
    ".htm",
    ".xlsx",
    ".csv",
    ".png",
    ".jpg",
    ".jpeg",
    ".tif",
    ".tiff",
)
_READ = ".read.json"
_LOG = logging.getLogger("hangce.uploads")


@dataclass(frozen=True, slots=True)
class Notice:
    """How a document that waits stands to one that is there: a key of `ui.wording` and what goes into it."""

    key: str
    values: dict[str, str]


@dataclass(slots=True)
class Found:
    """One document of a file that waits."""

    listing: dict[str, Any]
    findings: list[str]
    first: list[tuple[str, str]]
    notices: list[Notice] = field(default_factory=list)


@dataclass(slots=True)
class Waiting:
    """A file that nobody has decided on yet, or that was taken out again, with what was read in it."""

    upload: Upload
    state: State
    reading: bool = False
    problem: InputError | None = None
    count: int = 0
    documents: list[Found] = field(default_factory=list)
    quality: dict[str, Any] = field(default_factory=dict)
    same_as: str = ""  # the name of another upload with the very same content


class Intake:
    """What was handed in to a home."""

    def __init__(self, home: Home, answering: Answering) -> None:
        self.home = home
        self.answering = answering
        self._lock = threading.Lock()
        self._queue: queue.Queue[Upload] = queue.Queue()
        self._reading: set[str] = set()
        self._reader: threading.Thread | None = None

    def receive(self, name: str, content: BinaryIO, by: str) -> Upload:
        """Keep a file and have it read.

        Args:
            name: as the browser gave it.
            content: the file from its beginning.
            by: who hands it in.

        Raises:
            HangceError: too many wait already, or the home cannot be written to.
        """
        with self._lock:
            there = uploads(self.home)
            taken = live(self.home)
            if sum(state(self.home, u, taken) == "waiting" for u in there) >= MOST_WAITING:
                raise HangceError("too many files are waiting already — take them in or remove them first")
            listings = [d.listing for d in self.answering.assistant.searcher.documents.values()]
            names = {u.name for u in there} | {str(listing["source"]["file"]) for listing in listings}
            upload = store(self.home, free_name(safe_name(name), names), content, by)
        self._have_read(upload)
        return upload

    def drop(self, upload_id: str) -> bool:
        """Remove a file that waits; whether there was one."""
        return discard(self.home, upload_id)

    def taken(self) -> list[Upload]:
        """What the current generation holds, the latest first."""
        ids = live(self.home)
        return [u for u in uploads(self.home) if u.id in ids]

    def busy(self) -> bool:
        """Whether something is being read."""
        return bool(self._reading)

    def waiting(self) -> list[Waiting]:
        """What is not in the current generation, the latest first. What was never read to the end is read again."""
        everything, ids = uploads(self.home), live(self.home)
        names: dict[str, list[str]] = {}
        for upload in everything:
            names.setdefault(upload.sha256, []).append(upload.name)
        out = []
        for upload in everything:
            if upload.id in ids:
                continue
            one = Waiting(upload, state(self.home, upload, ids))
            found = self._found(upload)
            if found is None:
                one.reading = True
                self._have_read(upload)
            elif problem := found.get("problem"):
                one.problem = InputError(problem["source"], problem["problem"], problem["remedy"])
            else:
                one.count, one.quality = int(found["count"]), found["quality"]
                one.documents = [
                    Found(d["listing"], d["findings"], d["first"], self._notices(d["listing"]))
                    for d in found["documents"]
                ]
                one.same_as = next((n for n in names[upload.sha256] if n != upload.name), "")
            out.append(one)
        return out

    def usable(self) -> set[str]:
        """The ids of what waits and can be taken in."""
        return {w.upload.id for w in self.waiting() if w.documents}

    def _found(self, upload: Upload) -> dict[str, Any] | None:
        try:
            found = json.loads((self.home.uploads / upload.id / _READ).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def _have_read(self, upload: Upload) -> None:
        with self._lock:
            if upload.id in self._reading:
                return
            self._reading.add(upload.id)
            self._queue.put(upload)
            if self._reader is None:
                self._reader = threading.Thread(target=self._read_on, name="uploads", daemon=True)
                self._reader.start()

    def _read_on(self) -> None:
        while True:
            upload = self._queue.get()
            try:
                folder = self.home.uploads / upload.id
                found = read_apart(upload.path(self.home), self.home.path / "cache")
                if folder.is_dir():  # nobody has removed it meanwhile
                    write_whole(folder / _READ, json.dumps(found, ensure_ascii=False))
                    if "problem" in found:  # it is of no use, and may be large
                        upload.path(self.home).unlink(missing_ok=True)
            except Exception:
                # Without an outcome it would be read again and again.
                _LOG.exception("an upload could not be read")
                shutil.rmtree(self.home.uploads / upload.id, ignore_errors=True)
            finally:
                with self._lock:
                    self._reading.discard(upload.id)

    def _notices(self, listing: dict[str, Any]) -> list[Notice]:
        """What taking a document in would mean for those that are there."""
        numbers, title = set(listing["doc_numbers"]), fold(listing["title"])
        out = []
        for other in self.answering.assistant.searcher.documents.values():
            there = other.listing
            if there.get("duplicate_of"):
                continue
            named = {"title": other.title, "number": other.number or "—"}
            if numbers & set(there["doc_numbers"]) or (not numbers and fold(other.title) == title):
                out.append(Notice("notice_copy" if other.verbatim else "notice_gist", named))
                continue
            old, new = _bare(there), _bare(listing)
            link_versions([old, new])
            if old.superseded_by:
                out.append(Notice("notice_replaces", {**named, "day": old.superseded_on or "—"}))
            elif new.superseded_by:
                out.append(Notice("notice_replaced", {**named, "day": new.superseded_on or "—"}))
        return out


def _bare(listing: dict[str, Any]) -> Document:
    """A document without its words, related to none."""
    source = listing["source"]
    span = SourceSpan(source["file"], source["line_start"], source["line_end"])
    told = (
        "title",
        "doc_numbers",
        "issuers",
        "level",
        "district",
        "kind",
        "issued",
        "effective",
        "expires",
        "repeals",
    )
    return Document(
        document_id=f"{source['file']}#{listing['document_id']}", span=span, **{k: listing[k] for k in told}
    )
