"""Changes of the index from the pages, one at a time and beside the answering: taking in, taking out, going back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from index.home import Home
from index.uploads import Upload, settle
from ingest.errors import HangceError, InputError
from ui.answering import Answering
from ui.building import Build, build_apart
from ui.problems import Refused

Kind = Literal["take_in", "take_out", "go_back"]
Step = Literal["read", "cut", "index", "switch", "done"]
STEPS: tuple[Step, ...] = ("read", "cut", "index", "switch")
# What a builder says it does → the step and how far along its beginning is, in per cent. Measured on an addition to
# the five real files: reading and relating takes half of the time.
_STAGES: tuple[tuple[str, Step, int], ...] = (
    ("读取", "read", 4),
    ("切分条款", "cut", 50),
    ("计算向量", "index", 60),
    ("建立索引", "index", 70),
    ("完成", "switch", 90),
)
_LOG = logging.getLogger("hangce.uploads")


@dataclass(slots=True)
class Job:
    """A change that is under way, or the last one."""

    kind: Kind
    names: list[str]  # of files, or of a generation
    by: str
    began: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    step: Step = "read"
    percent: int = 0
    running: bool = True
    problem: HangceError | None = None
    seconds: float = 0.0
    documents: list[tuple[str, str]] = field(default_factory=list)  # id and title of what was taken in


class Rebuilding:
    """Makes new generations for the index that is served, and has it go over to them.

    Args:
        home: where the index lives.
        answering: what goes over.
        build: makes a generation.
    """

    def __init__(self, home: Home, answering: Answering, build: Build = build_apart) -> None:
        self.home = home
        self._make = build
        self.answering = answering
        self.job: Job | None = None
        self._lock = threading.Lock()

    def take_in(self, chosen: Sequence[Upload], by: str) -> None:
        """Begin a build with further uploads.

        Raises:
            Refused: another change is under way (409).
        """
        job = Job("take_in", [u.name for u in chosen], by)
        self._begin(job, lambda: self._build(job, [u.id for u in chosen], ()))

    def take_out(self, upload: Upload, by: str) -> None:
        """Begin a build without one upload.

        Raises:
            Refused: another change is under way (409).
        """
        job = Job("take_out", [upload.name], by)
        self._begin(job, lambda: self._build(job, (), [upload.id]))

    def go_back(self, generation: str, by: str) -> None:
        """Begin to answer from a generation that was kept.

        Raises:
            Refused: another change is under way (409).
        """
        job = Job("go_back", [generation], by, step="switch", percent=50)
        self._begin(job, lambda: self._switch(generation))

    def _begin(self, job: Job, work: Callable[[], None]) -> None:
        with self._lock:
            if self.job is not None and self.job.running:
                raise Refused(
                    409, "正在更新索引，请等它做完。The index is being changed; wait for it.", "busy"
                )
            self.job = job
        threading.Thread(target=self._do, args=(job, work), name="rebuilding", daemon=True).start()

    def _do(self, job: Job, work: Callable[[], None]) -> None:
        started = time.perf_counter()
        try:
            work()
            job.step, job.percent = "done", 100
        except HangceError as error:
            job.problem = error
        except OSError as error:
            _LOG.exception("the index could not be changed")
            job.problem = HangceError(f"cannot write to {self.home.path} ({error.strerror})")
        except Exception as error:
            _LOG.exception("the index could not be changed")
            job.problem = HangceError(f"internal error ({type(error).__name__})")
        job.seconds = time.perf_counter() - started
        job.running = False
        _LOG.info("the index was changed" if job.problem is None else "the index stays as it was")

    def _build(self, job: Job, adding: Sequence[str], leaving_out: Sequence[str]) -> None:
        before = self.home.current().name
        known = self.answering.assistant.searcher.manifest["summary"].get("files") or 0
        files, read = known + len(adding) + 1, 0

        def progress(stage: str, done: int, total: int) -> None:
            nonlocal read
            for words, step, percent in _STAGES:
                if stage.startswith(words):
                    read += step == "read"
                    share = min(1.0, read / files) * 40 if step == "read" else 0
                    if step == "cut" and total:
                        share = 10 * done / total
                    job.step, job.percent = step, max(job.percent, percent + int(share))

        built = self._make(self.home, adding, leaving_out, progress)
        if built.generation != before:
            self._follow(built.generation, before)
        unread = [p for p in built.problems if p.source in job.names]
        if unread:  # though it could be when it was handed in
            self._switch(before)
            raise InputError(unread[0].source, unread[0].problem, unread[0].remedy)
        if job.kind == "take_in":
            held = self.answering.assistant.searcher.documents.values()
            job.documents = [
                (d.document_id, d.title) for d in held if d.listing["source"]["file"] in job.names
            ]

    def _switch(self, generation: str) -> None:
        before = self.home.current().name
        with self.home.alone():
            self.home.switch(generation)
            settle(self.home)
        self._follow(generation, before)

    def _follow(self, generation: str, before: str) -> None:
        """Answer from a generation; if it cannot be opened, leave everything with the one before.

        Raises:
            HangceError: it cannot be opened.
        """
        self.answering.follow(self.home)
        if self.answering.assistant.searcher.generation.folder.name == generation:
            return
        with self.home.alone():
            self.home.switch(before)
            settle(self.home)
        raise HangceError(f"the generation {generation} cannot be opened — answers come from the one before")
