"""What the parts of the evaluation share: where its things are, forms that are our own, and errors in two languages."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Form, Request

from evals.own import OwnSets
from evals.questions import DuplicateId, Question, bundled_sets, load_set
from evals.records import RUN, RunFolder
from evals.running import RunKeeper, RunRefused
from index.home import Home
from ingest.errors import HangceError
from ui.accounts import User
from ui.problems import Refused
from ui.server import Ground
from ui.sessions import cookies_of, role
from ui.wording import Lang, say

REPORT, DATA = "report.html", "report.json"
# The report draws its own pictures, and as a page of no origin reaches nothing else.
REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "sandbox allow-scripts; frame-ancestors 'none'"
)
RUN_NAME = re.compile(r"[\w][\w.\-]{0,99}")
_MOST_RUNS = 50
_STALE = (
    "这一页放得太久了，请回到上一页刷新后再试。This page has been open for too long; reload it and try again."
)
_LOG = logging.getLogger("hangce.web")
Evaluator = Annotated[User, Depends(role("evaluator"))]
Token = Annotated[str, Form(max_length=1000)]


class Work:
    """The evaluation of one home: its runs, its sets, and where imports wait to be confirmed."""

    def __init__(self, ground: Ground, home: Home) -> None:
        self.ground = ground
        self.home = home
        self.runs = home.path / "runs"
        self.imports = home.path / "evals" / "imports"
        self.sets = OwnSets(home.path)
        self.keeper = RunKeeper(home, lambda: ground.answering.assistant, lambda: ground.answering.busy)

    def token(self, request: Request) -> str:
        """What a form carries to show that we sent it to this browser."""
        return self.ground.sessions.form_token(request.state.visitor)

    def is_own(self, request: Request, token: str) -> bool:
        """Whether a form came from this browser, within a day."""
        sessions = self.ground.sessions
        return sessions.is_own_form(token, sessions.visitor(cookies_of(request.headers)))

    def check(self, request: Request, token: str) -> None:
        """Let only our own forms through.

        Raises:
            Refused: 403, it is another's or too old.
        """
        if not self.is_own(request, token):
            raise Refused(403, _STALE, "stale")

    def set_path(self, name: str) -> Path | None:
        """The file of a set, bundled or own; None if there is none of this name."""
        for path in bundled_sets():
            if path.stem == name:
                return path
        try:
            path = self.sets.path(name)
        except HangceError:
            return None
        return path if path.is_file() else None

    def listed_sets(self) -> list[SetFacts]:
        """Every set in a few words, the bundled ones first."""
        own = [self.sets.folder / f"{name}.yaml" for name in self.sets.names()]
        return [
            _facts_of(path, path.stat().st_mtime_ns, bundled)
            for bundled, paths in ((True, bundled_sets()), (False, own))
            for path in paths
        ]


@dataclass(frozen=True, slots=True)
class SetFacts:
    """A question set in a few words; `problem` if it cannot be read."""

    name: str
    bundled: bool
    description: str = ""
    questions: int = 0
    splits: tuple[tuple[str, int], ...] = ()
    problem: str = ""


@lru_cache(maxsize=256)
def _facts_of(path: Path, changed: int, bundled: bool) -> SetFacts:
    """`changed` is when the file was: a file that is the same is not read again."""
    try:
        loaded = load_set(path)
    except HangceError as error:
        return SetFacts(path.stem, bundled, problem=str(error))
    splits = [q.split for q in loaded.questions]
    counted = tuple((split, splits.count(split)) for split in sorted(set(splits)))
    return SetFacts(path.stem, bundled, loaded.description, len(splits), counted)


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was kept: its folder's name, when it was made, its headline, its configuration."""

    name: str
    made: datetime
    headline: str
    configuration: dict[str, Any]
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def what(self) -> tuple[str, str, str]:
        """Sets, split and number of questions."""
        sets = "、".join(Path(str(s)).stem for s in self.configuration.get("sets", []))
        return sets, str(self.configuration.get("split", "all")), str(self.configuration.get("questions", ""))


def runs_in(folder: Path) -> list[Run]:
    """The runs of a folder, the latest first; what is no run is left out."""
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not RUN_NAME.fullmatch(path.name) or not (path / REPORT).is_file():
            continue
        try:
            found.append(_run_at(path, (path / DATA).stat().st_mtime))
        except (OSError, ValueError, KeyError, TypeError):
            _LOG.exception("the run %s cannot be read", path.name)
    return sorted(found, key=lambda r: r.made, reverse=True)[:_MOST_RUNS]


@lru_cache(maxsize=4 * _MOST_RUNS)
def _run_at(path: Path, changed: float) -> Run:
    data = json.loads((path / DATA).read_text(encoding="utf-8"))
    made = datetime.fromtimestamp(changed, UTC)
    return Run(
        path.name, made, str(data["headline"]), dict(data["configuration"]), dict(data.get("summary", {}))
    )


def unfinished_in(folder: Path, going: str) -> list[tuple[str, int]]:
    """Runs that were stopped before their end, with the number of their questions; `going` is none of them."""
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name == going or not RUN_NAME.fullmatch(path.name) or (path / REPORT).is_file():
            continue
        if (path / RUN).is_file():
            try:
                found.append((path.name, int(RunFolder(path).configuration()["questions"])))
            except (HangceError, KeyError, TypeError, ValueError):
                continue
    return found[:_MOST_RUNS]


def headline(lang: Lang, chinese: str, summary: dict[str, Any]) -> str:
    """A run in a line: as its report says it in Chinese, or its main figures in English."""
    if lang == "zh" or not summary:
        return chinese
    named = {"r@1": "r_1", "r@5": "r_5"}
    figures = {
        named.get(key, key): "–" if (value := summary.get(key)) is None else f"{value:.2f}"
        for key in ("right", "r@1", "r@5", "facts", "citation_recall", "declined", "answered")
    }
    return say(lang, "run_line", questions=summary.get("questions", 0), **figures)


def told(lang: Lang, error: HangceError) -> str:
    """An error of the rooms below, in the reader's language where it is a usual one."""
    if isinstance(error, RunRefused):
        return say(lang, f"refused_{error.key}", **error.values)
    if isinstance(error, DuplicateId):
        return say(lang, "refused_same_id", id=error.id, first=error.other, other=error.source)
    return say(lang, "refused_other", problem=error)


def value_words(lang: Lang, value: str) -> str:
    """A kind, split, cause … in the reader's language; what has no name of its own as it is."""
    try:
        return say(lang, f"value_{value}")
    except KeyError:
        return value


def new_id(questions: list[Question]) -> str:
    """An id that a set does not have yet: the day and a number."""
    taken, day = {q.id for q in questions}, date.today().strftime("%y%m%d")
    return next(name for n in range(1, len(taken) + 2) if (name := f"own-{day}-{n}") not in taken)
