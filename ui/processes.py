"""Processes beside the server that work answers out: Python computes on one core per process.

Each is `python -m ui.answering_apart` and answers one question at a time. While there is none, when the server starts or
after one has died, the server answers itself.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ValidationError

from assistant.schema import Answer, Turn
from index.home import Home

MOST = 4  # unless more are asked for
_LONGEST = 64 * 1024 * 1024  # bytes of an answer
_SOON, _LATE = 1.0, 60.0  # seconds until a process that ended is replaced; late if it never was ready
_LOG = logging.getLogger("hangce.processes")


def usual_count() -> int:
    """How many processes this machine has cores for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, cores) if cores > 1 else 0


class Reply(BaseModel):
    """What a process says: an answer and the generation of the index that it comes from, or what kind of defect it met."""

    answer: Answer | None = None
    generation: str = ""
    failed: str = "no answer"


class Processes:
    """Some processes that answer from the index of a home.

    Args:
        home: where the index lives.
        count: how many.
        tell: is told how many are alive whenever that changes.
        settle: seconds until they are started: what somebody waits for at the start comes first.
    """

    def __init__(
        self, home: Home, count: int, tell: Callable[[int], None] = lambda alive: None, settle: float = 0.0
    ) -> None:
        self.home = home
        self.count = count
        self._tell = tell
        self._settle = settle
        self._alive: set[Process] = set()
        self._asked: asyncio.Queue[tuple[bytes, asyncio.Future[bytes]]] = asyncio.Queue()

    @property
    def pids(self) -> list[int]:
        """Those that wait for a question or work on one."""
        return [process.pid for process in self._alive]

    async def ask(self, question: str, as_of: date | None, history: Sequence[Turn]) -> Reply | None:
        """A reply with an answer; None if no process can give one, so that it has to be worked out here."""
        if not self._alive:
            return None
        turns = [turn.model_dump() for turn in history]
        asked = {"question": question, "as_of": as_of and as_of.isoformat(), "history": turns}
        said: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked.put_nowait((json.dumps(asked).encode() + b"\n", said))
        line = await said
        if not line:
            return None
        reply = _read(line)
        if reply.answer is None:
            _LOG.warning("a process could not answer, the server does", extra={"event": reply.failed})
            return None
        return reply

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """To be held while questions are asked; the processes start in the background and end with it."""
        tasks = [asyncio.create_task(self._keep_one()) for _ in range(self.count)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_one(self) -> None:
        """One process after another, each until it dies."""
        await asyncio.sleep(self._settle)
        while True:
            lived = False
            try:
                async with _started(self.home) as process:
                    assert process.stdout is not None
                    lived = bool(await process.stdout.readline())
                    if lived:
                        await self._serve(process)
            except Exception:  # it could not be started, or wrote more than there can be
                _LOG.exception("a process for answers failed")
            pause = _SOON if lived else _LATE
            _LOG.warning("a process for answers ended, another one will be started", extra={"seconds": pause})
            await asyncio.sleep(pause)

    async def _serve(self, process: Process) -> None:
        """Hand questions to a process until it dies; the one that it dies of is given back."""
        self._alive.add(process)
        self._tell(len(self._alive))
        try:
            while True:
                asked, said = await self._asked.get()
                if said.done():  # who asked has left
                    continue
                line = b""
                try:
                    line = await _said(process, asked)
                finally:
                    if not said.done():
                        said.set_result(line)
                if not line:
                    return
        finally:
            self._alive.remove(process)
            self._tell(len(self._alive))
            if not self._alive:
                self._give_back()

    def _give_back(self) -> None:
        """Nobody is left to answer what waits."""
        while not self._asked.empty():
            _, said = self._asked.get_nowait()
            if not said.done():
                said.set_result(b"")


def _read(line: bytes) -> Reply:
    try:
        return Reply.model_validate_json(line)
    except ValidationError:
        return Reply(failed="unreadable")


async def _said(process: Process, asked: bytes) -> bytes:
    """What a process says to a question; b"" if it is dead."""
    assert process.stdin is not None and process.stdout is not None
    with suppress(ConnectionError):
        process.stdin.write(asked)
        await process.stdin.drain()
    line = await process.stdout.readline()
    return line if line.endswith(b"\n") else b""


@asynccontextmanager
async def _started(home: Home) -> AsyncIterator[Process]:
    """A process, which is killed at the end."""
    root = str(Path(__file__).parents[1])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ui.answering_apart",
        str(home.path.absolute()),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=os.environ | {"PYTHONPATH": path},
        limit=_LONGEST,
        start_new_session=True,  # Ctrl+C is meant for the server
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
