"""Questions from every side go to the assistant through here: closed or open, so many at once, counted, never logged."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TypeVar

import anyio
import anyio.to_thread

from assistant.model_calls import Abandoned, while_waited_for
from assistant.schema import Answer, SoFar, Turn
from assistant.service import Assistant
from index.home import Home
from ui.observing import Metrics
from ui.problems import Refused
from ui.processes import Processes
from ui.settings import Settings

AT_ONCE = 8
COMPUTING = 2  # more threads that compute only take the interpreter from each other
AT_ONCE_WITH_MODEL = 64  # they wait for the model's server, not for this machine
WAITING = 256
_BEAT = (
    1.0  # seconds without news after which a stream gives None, for its reader to see whether anybody listens
)
TURNS_READ = 6  # how far back a question may refer
_READ_OF_A_TURN = 8000  # characters
_LOG = logging.getLogger("hangce.answers")
_END = object()
T = TypeVar("T")


class Answering:
    """The assistant as the API, the tools and the pages share it.

    Args:
        assistant: answers, and shows clauses.
        settings: whether the chat is closed.
        metrics: count the answers.
        processes: answer while they are ready, in place of this process. Only for an assistant without a model.
    """

    def __init__(
        self,
        assistant: Assistant,
        settings: Settings,
        metrics: Metrics,
        processes: Processes | None = None,
    ) -> None:
        self.assistant = assistant
        self.settings = settings
        self.metrics = metrics
        self.processes = processes
        self._unusable = ""  # the name of a generation
        self._following = threading.Lock()
        self._waiting = 0
        self._asked = 0
        self._counting = threading.Lock()
        self._computing = threading.BoundedSemaphore(
            COMPUTING if assistant.model is None else AT_ONCE_WITH_MODEL
        )
        self._limiter: anyio.CapacityLimiter | None = None
        metrics.index(len(assistant.searcher.documents))

    @property
    def busy(self) -> bool:
        """Whether somebody waits for something just now."""
        return self._waiting > 0 or self._asked > 0

    @property
    def at_once(self) -> int:
        """How many questions are worked on at once."""
        return AT_ONCE if self.assistant.model is None else AT_ONCE_WITH_MODEL

    def follow(self, home: Home) -> bool:
        """Go over to the index that a build has published since; whether there was one that can be used.

        Questions that are being answered end on the index that they began with.
        """
        with self._following:  # who is slower must not bring back an older one
            return self._follow(home)

    def _follow(self, home: Home) -> bool:
        try:
            name = home.pointer.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return False
        if name in (self.assistant.searcher.generation.folder.name, self._unusable):
            return False
        try:
            self.assistant = Assistant(home, self.assistant.model)
        except Exception:
            self._unusable = name
            _LOG.exception("the new index cannot be used; answers come from the one before")
            return False
        self.metrics.index(len(self.assistant.searcher.documents))
        _LOG.info("answers come from a new index")
        return True

    async def ask(self, question: str, as_of: date | None, history: Sequence[Turn], through: str) -> Answer:
        """Answer a question; `through` says who asks, for the metrics.

        Raises:
            Refused: the chat is closed or too many wait (503), or there was a defect (500).
        """
        self._open()
        started = time.perf_counter()
        answer = await self._apart(question, as_of, history)
        if answer is None:
            return await self.run(self.answer, question, as_of, history, through)
        self.metrics.answer(answer, through, time.perf_counter() - started)
        return answer

    async def _apart(self, question: str, as_of: date | None, history: Sequence[Turn]) -> Answer | None:
        """The answer of another process; None if none can give it.

        Raises:
            Refused: too many wait already (503).
        """
        if self.processes is None:
            return None
        with self._in_line():
            found = await self.processes.ask(question, as_of, _read(history))
        if found is None:
            return None
        if found.generation != self.assistant.searcher.generation.folder.name:
            # What is cited must be there when it is clicked.
            await self.run(self.follow, self.processes.home)
        return found.answer

    def answer(self, question: str, as_of: date | None, history: Sequence[Turn], through: str) -> Answer:
        """The same for code that waits in a thread of its own.

        Raises:
            Refused: the chat is closed (503), or there was a defect (500).
        """
        self._open()
        started = time.perf_counter()
        with self._counting:
            self._asked += 1
        try:
            with self._computing:
                answer = self.assistant.ask(question, as_of, _read(history))
        except Exception as error:
            raise self._failure(question, error) from error
        finally:
            with self._counting:
                self._asked -= 1
        self.metrics.answer(answer, through, time.perf_counter() - started)
        return answer

    async def ask_streaming(
        self, question: str, as_of: date | None, history: Sequence[Turn], through: str
    ) -> AsyncGenerator[Answer | None, None]:
        """The same as it comes: see `stream`.

        Raises:
            Refused: the chat is closed or too many wait (503), or there was a defect (500).
        """
        if self.assistant.model is None:
            yield await self.ask(question, as_of, history, through)
            return
        answers = self.stream(question, as_of, history, through)
        try:
            while (answer := await self.run(next, answers, _END)) is not _END:
                assert answer is None or isinstance(answer, Answer)
                yield answer
        finally:
            answers.close()

    def stream(
        self, question: str, as_of: date | None, history: Sequence[Turn], through: str
    ) -> Generator[Answer | None, None, None]:
        """A `SoFar` with every statement of a chat model that was verified, then the whole answer.

        Closing it ends the work, and the model's call with it. None is given every second without news.

        Raises:
            Refused: the chat is closed (503), or there was a defect (500).
        """
        if self.assistant.model is None:
            yield self.answer(question, as_of, history, through)
            return
        self._open()
        started = time.perf_counter()
        box: queue.SimpleQueue[Answer | Exception | None] = queue.SimpleQueue()
        stop = threading.Event()

        def work() -> None:
            try:
                with while_waited_for(stop):
                    for answer in self.assistant.stream(question, as_of, _read(history)):
                        box.put(answer)
                box.put(None)
            except Abandoned:
                _LOG.info("nobody waited for an answer")
            except Exception as error:  # handed over to the thread that waits
                box.put(error)

        threading.Thread(target=work, daemon=True, name="hangce-stream").start()
        try:
            while True:
                try:
                    item = box.get(timeout=_BEAT)
                except queue.Empty:
                    yield None
                    continue
                if item is None:
                    return
                if isinstance(item, Exception):
                    raise self._failure(question, item) from item
                if not isinstance(item, SoFar):
                    self.metrics.answer(item, through, time.perf_counter() - started)
                yield item
        finally:
            stop.set()

    def _open(self) -> None:
        if self.settings.chat_closed:
            raise Refused(503, self.settings.chat_closed, "chat_closed")

    def _failure(self, question: str, error: Exception) -> Refused:
        """What is said of a defect; it is counted and logged."""
        self.metrics.failure()
        _LOG.error("no answer to a question", exc_info=error, extra={"characters": len(question)})
        return Refused(
            500,
            "这次没能查到答案，是系统出了问题。The system failed; please try again.",
            "internal_error",
        )

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Do something that computes, beside the event loop, a few at once.

        Raises:
            Refused: too many wait already (503).
        """
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self.at_once)
        with self._in_line():
            return await anyio.to_thread.run_sync(lambda: work(*arguments), limiter=self._limiter)

    @contextmanager
    def _in_line(self) -> Iterator[None]:
        if self._waiting >= WAITING:
            raise Refused(503, "正忙，请稍后再试。Busy, please try again.", "busy", {"Retry-After": "5"})
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


def _read(history: Sequence[Turn]) -> list[Turn]:
    """What is read back of a conversation."""
    return [_plain(turn) for turn in history[-TURNS_READ:]]


def _plain(turn: Turn) -> Turn:
    """A turn without halves of characters, as much of it as may matter."""
    return Turn(role=turn.role, content=turn.content[:_READ_OF_A_TURN].encode("utf-8", "replace").decode())
