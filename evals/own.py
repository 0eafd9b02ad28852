"""What the evaluators of a home keep beside the package's: question sets of their own, and a baseline of their own.

`HOME/evals/sets/NAME.yaml` are the sets, `HOME/evals/baseline.json` is the baseline, which goes before the bundled one.
The package's own files are never written to from here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from evals.baseline import DEFAULT
from evals.questions import Question, QuestionSet, bundled_sets, load_set
from evals.sheets import write_yaml
from ingest.errors import HangceError, InputError

NAME = re.compile(r"\w[\w\-]{0,39}")


def sets_folder(home: Path) -> Path:
    """Where a home's own question sets are."""
    return home.resolve() / "evals" / "sets"


def own_baseline(home: Path) -> Path:
    """Where a home's own baseline is kept, whether there is one or not."""
    return home.resolve() / "evals" / "baseline.json"


def baseline_path(home: Path) -> Path:
    """The baseline that runs of a home are held against: its own, or else the bundled one."""
    own = own_baseline(home)
    return own if own.is_file() else DEFAULT


class OwnSets:
    """The question sets of a home, changed by one at a time, each file written whole or not at all."""

    def __init__(self, home: Path) -> None:
        self.folder = sets_folder(home)
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """The names of the sets."""
        return sorted(path.stem for path in self.folder.glob("*.yaml") if NAME.fullmatch(path.stem))

    def path(self, name: str) -> Path:
        """The file of a set, whether it exists or not.

        Raises:
            InputError: no set can have this name.
        """
        if not NAME.fullmatch(name):
            raise InputError(repr(name[:40]), "cannot be the name of a set", "use letters, digits, `-`, `_`")
        if name in {path.stem for path in bundled_sets()}:
            raise InputError(name, "is the name of a bundled set", "choose another")
        return self.folder / f"{name}.yaml"

    def load(self, name: str) -> QuestionSet | None:
        """A set; None if there is none of this name.

        Raises:
            InputError: it cannot be read, or no set can have this name.
        """
        path = self.path(name)
        return load_set(path) if path.is_file() else None

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold all sets still while one is read, changed and written."""
        with self._lock:
            yield

    def save(self, name: str, questions: list[Question], description: str = "") -> None:
        """Write a set; to be called while `changing` where it depends on what is there.

        Raises:
            HangceError: it would be empty, it cannot be written, or no set can have this name.
        """
        path = self.path(name)
        if not questions:
            raise InputError(name, "would be empty", "delete the set instead")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HangceError(f"cannot write to {self.folder} ({error.strerror})") from error
        write_yaml(QuestionSet(name=name, description=description, questions=questions), path)

    def update(self, name: str, change: Callable[[QuestionSet | None], list[Question] | None]) -> bool:
        """Change a set; the change sees it as it is now and gives its new questions, or None to leave it alone.

        Returns whether it was written.

        Raises:
            HangceError: as `load` and `save`.
        """
        with self.changing():
            before = self.load(name)
            questions = change(before)
            if questions is None:
                return False
            self.save(name, questions, before.description if before else "")
            return True

    def delete(self, name: str) -> bool:
        """Delete a set; whether there was one.

        Raises:
            HangceError: it cannot be deleted, or no set can have this name.
        """
        path = self.path(name)
        try:
            with self.changing():
                path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise HangceError(f"cannot delete {path} ({error.strerror})") from error
        return True
