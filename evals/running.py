"""Runs that a server makes: one at a time, in a thread of its own, giving way to whoever asks, stopped and taken up."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from assistant.service import Assistant
from evals.questions import load_questions
from evals.records import RUN, RunFolder
from evals.runner import SCORING, named_sets, run
from index.home import Home
from ingest.errors import HangceError

MOST_QUESTIONS = 5000
LONGEST = 4 * 3600  # seconds; what is left can be taken up again
_GIVES_WAY = 2.0  # seconds at most, after each question
_NAME = re.compile(r"\w[\w.\-]{0,39}")
_LOG = logging.getLogger("hangce.evaluation")


class RunRefused(HangceError):
    """A run cannot be started: `running`, `name`, `taken`, `none` or `many` says why."""

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(f"the run cannot be started ({key})")


class _Stop(Exception):
    """The run is to end now."""


@dataclass(frozen=True, slots=True)
class RunState:
    """How far a run is, or what became of it; `problem` says why it failed."""

    name: str
    state: Literal["running", "stopping", "done", "stopped", "failed"]
    stage: Literal["answering", "scoring"] = "answering"
    done: int = 0
    total: int = 0
    problem: str = ""
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None

    @property
    def going(self) -> bool:
        """Whether it has not ended yet."""
        return self.state in ("running", "stopping")

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return (self.ended or time.monotonic()) - self.started


class RunKeeper:
    """Starts, watches and stops the runs of a home.

    Args:
        home: where the sets and the baseline are; a run goes to its folder `runs`.
        assistant: gives the assistant that is to be asked.
        busy: whether somebody waits for an answer; the run pauses for them.
    """

    def __init__(self, home: Home, assistant: Callable[[], Assistant], busy: Callable[[], bool]) -> None:
        self.folder = home.path / "runs"
        self._home = home
        self._assistant = assistant
        self._busy = busy
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._state: RunState | None = None
        self._thread: threading.Thread | None = None

    def state(self) -> RunState | None:
        """The run that is going or ended last since the server was started; None without one."""
        return self._state

    def start(self, name: str, sets: Sequence[Path], split: str | None, kinds: Sequence[str]) -> None:
        """Begin a run.

        Raises:
            RunRefused: one is running, the name cannot be used or is taken, or there are no or too many questions.
            HangceError: a set is unusable, or the folder cannot be written to.
        """
        if not _NAME.fullmatch(name):
            raise RunRefused("name")
        chosen = named_sets(sets, self._home)
        asked = len(load_questions(chosen, split, kinds))
        if not asked:
            raise RunRefused("none")
        if asked > MOST_QUESTIONS:
            raise RunRefused("many", questions=asked, most=MOST_QUESTIONS)
        with self._lock:
            self._must_be_idle()
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                (self.folder / name).mkdir()
            except FileExistsError:
                raise RunRefused("taken", name=name) from None
            except OSError as error:
                raise HangceError(f"cannot write to {self.folder} ({error.strerror})") from error
            self._begin(name, asked, chosen, split, kinds, resume=False)

    def resume(self, name: str) -> None:
        """Go on with a run that was stopped.

        Raises:
            RunRefused: another is running.
            InputError: there is no such run, or it was made with something else; of the latter its state tells.
        """
        configuration = RunFolder(self.folder / name).configuration()
        split, kinds = str(configuration["split"]), configuration.get("kinds", "all")
        sets = [Path(str(s)) for s in configuration["sets"]]
        with self._lock:
            self._must_be_idle()
            self._begin(
                name,
                int(configuration["questions"]),
                sets,
                None if split == "all" else split,
                [] if kinds == "all" else kinds,
                resume=True,
            )

    def stop(self) -> None:
        """Let the run end after the question that is being answered; what is answered is kept."""
        with self._lock:
            if self._state and self._state.going:
                self._stop.set()
                self._state = replace(self._state, state="stopping")

    def wait(self, seconds: float) -> bool:
        """Wait for the run to end; whether it has."""
        if self._thread is not None:
            self._thread.join(seconds)
            return not self._thread.is_alive()
        return True

    def _must_be_idle(self) -> None:
        if self._state and self._state.going:
            raise RunRefused("running", name=self._state.name)

    def _begin(
        self,
        name: str,
        total: int,
        sets: Sequence[Path],
        split: str | None,
        kinds: Sequence[str],
        *,
        resume: bool,
    ) -> None:
        self._stop = threading.Event()
        self._state = RunState(name, "running", total=total)
        # A daemon: the end of the server ends it, and what is answered by then is in its file.
        self._thread = threading.Thread(
            target=self._work, args=(name, tuple(sets), split, kinds, resume), name="evaluation", daemon=True
        )
        self._thread.start()

    def _work(
        self, name: str, sets: tuple[Path, ...], split: str | None, kinds: Sequence[str], resume: bool
    ) -> None:
        problem = ""
        state: Literal["done", "stopped", "failed"] = "failed"
        try:
            run(
                self._home,
                self.folder / name,
                sets,
                split,
                kinds,
                resume=resume,
                assistant=self._assistant(),
                progress=self._progress,
            )
            state = "done"
        except _Stop:
            state = "stopped"
        except HangceError as error:
            problem = str(error)
        except Exception:
            _LOG.exception("a run failed")
        if not (self.folder / name / RUN).exists():  # nothing was begun: the name is free again
            (self.folder / name).rmdir()
        with self._lock:
            assert self._state is not None
            self._state = replace(self._state, state=state, problem=problem, ended=time.monotonic())

    def _progress(self, stage: str, done: int, total: int) -> None:
        with self._lock:
            assert self._state is not None
            step: Literal["answering", "scoring"] = "scoring" if stage == SCORING else "answering"
            self._state = replace(self._state, stage=step, done=done, total=total)
            late = self._state.seconds > LONGEST
        if self._stop.is_set() or late:
            raise _Stop
        until = time.monotonic() + _GIVES_WAY
        while self._busy() and time.monotonic() < until:
            time.sleep(0.005)
