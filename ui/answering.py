"""Questions from every side go to the assistant through here: closed or open, so many at once, counted, never logged."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

import anyio
import anyio.to_thread

from assistant.schema import Answer, Turn
from assistant.service import Assistant
from index.home import Home
from ui.observing import Metrics
from ui.problems import Refused
from ui.settings import Settings

AT_ONCE = 8
WAITING = 256
TURNS_READ = 6  # how far back a question may refer
_READ_OF_A_TURN = 8000  # characters
_LOG = logging.getLogger("hangce.answers")
T = TypeVar("T")


class Answering:
    """The assistant as the API, the tools and the pages share it."""

    def __init__(self, assistant: Assistant, settings: Settings, metrics: Metrics) -> None:
        self.assistant = assistant
        self.settings = settings
        self.metrics = metrics
        self._unusable = ""  # the name of a generation
        self._waiting = 0
        self._limiter: anyio.CapacityLimiter | None = None
        metrics.index(len(assistant.searcher.documents))

    def follow(self, home: Home) -> bool:
        """Go over to the index that a build has published since; whether there was one that can be used."""
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
        return await self.run(self.answer, question, as_of, history, through)

    def answer(self, question: str, as_of: date | None, history: Sequence[Turn], through: str) -> Answer:
        """The same for code that waits in a thread of its own.

        Raises:
            Refused: the chat is closed (503), or there was a defect (500).
        """
        if self.settings.chat_closed:
            raise Refused(503, self.settings.chat_closed, "chat_closed")
        started = time.perf_counter()
        try:
            answer = self.assistant.ask(question, as_of, [_plain(turn) for turn in history[-TURNS_READ:]])
        except Exception as error:
            self.metrics.failure()
            _LOG.exception("no answer to a question", extra={"characters": len(question)})
            raise Refused(
                500,
                "这次没能查到答案，是系统出了问题。The system failed; please try again.",
                "internal_error",
            ) from error
        self.metrics.answer(answer, through, time.perf_counter() - started)
        return answer

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Do something that computes, beside the event loop, a few at once.

        Raises:
            Refused: too many wait already (503).
        """
        if self._waiting >= WAITING:
            raise Refused(503, "正忙，请稍后再试。Busy, please try again.", "busy", {"Retry-After": "5"})
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(AT_ONCE)
        self._waiting += 1
        try:
            return await anyio.to_thread.run_sync(lambda: work(*arguments), limiter=self._limiter)
        finally:
            self._waiting -= 1


def _plain(turn: Turn) -> Turn:
    """A turn without halves of characters, as much of it as may matter."""
    return Turn(role=turn.role, content=turn.content[:_READ_OF_A_TURN].encode("utf-8", "replace").decode())
