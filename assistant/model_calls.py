"""Calls of a chat model that end: within a budget of seconds, a limit of characters, and with retries that make sense."""

from __future__ import annotations

import contextvars
import email.utils
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage


_Read = TypeVar("_Read")
ATTEMPTS = 3
MOST_CHARACTERS = 12_000  # of one reply
FIRST_PAUSE = 0.5  # seconds; each further one is twice as long
_LOOK = 0.2  # seconds between looks at whether anybody still waits
_STOP: contextvars.ContextVar[threading.Event | None] = contextvars.ContextVar("stop", default=None)


class ModelFailed(Exception):
    """The model gave nothing that can be used; what the program can do without it takes its place."""


class Unusable(Exception):
    """A reply without anything that can be read; another attempt may do better."""


class Abandoned(Exception):
    """Nobody waits for the reply any more."""


@contextmanager
def while_waited_for(stop: threading.Event) -> Iterator[None]:
    """Within it, calls of a model end with `Abandoned` soon after `stop` is set, whatever the server does."""
    token = _STOP.set(stop)
    try:
        yield
    finally:
        _STOP.reset(token)


@dataclass(slots=True)
class Budget:
    """The seconds that all attempts at one reply may take together; nothing once nobody waits for it any more."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    _ends: float = field(init=False)
    _stop: threading.Event = field(init=False)

    def __post_init__(self) -> None:
        self._ends = self.clock() + self.seconds
        self._stop = _STOP.get() or threading.Event()

    @property
    def left(self) -> float:
        """Seconds that are left; negative when it is overdrawn."""
        return self._ends - self.clock()

    def check(self) -> None:
        """Whether to go on.

        Raises:
            Abandoned: nobody waits any more.
            TimeoutError: the seconds are spent.
        """
        if self._stop.is_set():
            raise Abandoned
        if self.left <= 0:
            raise TimeoutError("the model's budget is spent")

    def pause(self, seconds: float) -> None:
        """Wait between two attempts.

        Raises:
            Abandoned: nobody waits any more.
        """
        if self._stop.wait(seconds):
            raise Abandoned


def pieces(
    model: BaseChatModel, messages: Sequence[BaseMessage], budget: Budget, stream: bool = True
) -> Iterator[str]:
    """A reply in the pieces in which it comes; broken off at the budget's end or at `MOST_CHARACTERS`.

    The call runs in a thread of its own: a server that sends a byte now and then keeps a client waiting for ever,
    whatever the client's timeout.

    Raises:
        Abandoned: nobody waits any more.
        TimeoutError: the budget is spent.
        Exception: whatever the provider's package raises.
    """
    box: queue.Queue[str | BaseException | None] = queue.Queue()
    left = threading.Event()

    def call() -> None:
        try:
            if stream:
                for chunk in model.stream(list(messages)):
                    if left.is_set():
                        return
                    box.put(str(chunk.text))
            else:
                box.put(str(model.invoke(list(messages)).text))
            box.put(None)
        except BaseException as error:  # handed over to the thread that waits
            box.put(error)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(call,), daemon=True, name="hangce-model").start()
    characters = 0
    try:
        while characters < MOST_CHARACTERS:
            budget.check()
            try:
                item = box.get(timeout=min(max(budget.left, 0.0), _LOOK))
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            characters += len(item)
            yield item
    finally:
        left.set()


def pause_after(error: BaseException, attempt: int) -> float | None:
    """Seconds to wait before the next attempt, None if another would end the same way.

    Args:
        error: what the attempt ended with.
        attempt: its number, from 0.
    """
    backoff = FIRST_PAUSE * 2**attempt
    if isinstance(error, Unusable):
        return 0.0
    status = _status(error)
    if status is None:
        return None if isinstance(error, TypeError | AttributeError | NotImplementedError) else backoff
    if status in (408, 409, 429) or status >= 500:
        asked = _retry_after(error)
        return backoff if asked is None else asked
    return None


def refuses_streaming(error: BaseException) -> bool:
    """Whether a call may have failed because it asked for a stream: no chunk came, or the request was not taken."""
    return isinstance(error, ValueError) or _status(error) in (400, 405, 415, 422, 501)


def _status(error: BaseException) -> int | None:
    """The HTTP status that providers' packages hang on their errors, in one of two places."""
    for holder in (error, getattr(error, "response", None)):
        status: Any = getattr(holder, "status_code", None)
        if isinstance(status, int):
            return status
    return None


def _retry_after(error: BaseException) -> float | None:
    """Seconds of a `Retry-After` header, which gives seconds or a date (RFC 9110, section 10.2.3)."""
    headers = getattr(getattr(error, "response", None), "headers", None)
    value = headers.get("retry-after") if headers is not None else None
    if not value:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError):
        return None


def attempts(budget: Budget, attempt: Callable[[int], Iterator[Any]]) -> Iterator[Any]:
    """What an attempt gives, one thing at a time; the next attempt when one ends before it has given anything.

    Args:
        budget: for all of them.
        attempt: makes the attempt of a number; raises `Unusable` for a reply without anything in it.

    Raises:
        ModelFailed: no attempt gave anything.
    """
    for number in range(ATTEMPTS):
        given = False
        try:
            for thing in attempt(number):
                given = True
                yield thing
            return
        except (ModelFailed, Abandoned):
            raise
        except Exception as error:  # network, provider and parser errors alike
            pause = pause_after(error, number)
            last = number == ATTEMPTS - 1
            if given or last or pause is None or pause >= budget.left:
                raise ModelFailed(_named(error)) from error
        budget.pause(pause)


def read_reply(
    model: BaseChatModel, messages: Sequence[BaseMessage], budget: Budget, read: Callable[[str], _Read | None]
) -> _Read:
    """A reply as a whole, read into something; tried again while nothing can be read from it.

    Args:
        model: any chat model.
        messages: what it is asked.
        budget: for all attempts.
        read: makes something of the reply's text; None if it cannot.

    Raises:
        ModelFailed: no attempt gave anything.
    """

    def attempt(number: int) -> Iterator[_Read]:
        try:
            text = "".join(pieces(model, messages, budget, stream=number % 2 == 0))
        except Exception as error:
            if number == 0 and refuses_streaming(error):
                raise Unusable("the server does not stream") from error
            raise
        found = read(text)
        if found is None:
            raise Unusable("the reply cannot be read")
        yield found

    return next(iter(attempts(budget, attempt)))


def _named(error: BaseException) -> str:
    return (
        f"{type(error).__name__}: {error}"
        if isinstance(error, Unusable | TimeoutError)
        else type(error).__name__
    )
