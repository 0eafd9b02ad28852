"""Run question sets against an index and write the report."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from assistant.service import Assistant
from evals.metrics import score
from evals.questions import load_questions
from evals.report import Report
from index.home import Home

Progress = Callable[[str, int, int], None]


def run(
    home: Home,
    sets: tuple[Path, ...] = (),
    split: str | None = None,
    out: Path | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Report:
    """Answer every question, score the answers, and write `report.md` and `report.json` to `out`.

    Raises:
        HangceError: a set or the index is unusable, or `out` cannot be written.
    """
    questions = load_questions(sets, split)
    assistant = Assistant.open(home)
    searcher = assistant.searcher
    scores = []
    for number, question in enumerate(questions):
        progress("作答", number, len(questions))
        hits = searcher.search(question.question)
        answer = assistant.ask(question.question, question.as_of, question.history)
        scores.append(score(question, answer, hits, searcher.store, searcher.documents))
    report = Report(
        scores,
        {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": _commit(),
            "index": assistant.generation,
            "encoder": searcher.manifest["encoder"],
            "documents": len(searcher.documents),
            "sets": sorted({q.set_name for q in questions}),
            "split": split or "all",
        },
    )
    if out is not None:
        report.write(out)
    return report


def _commit() -> str:
    """The commit that is checked out, with a mark for uncommitted changes; "" outside a checkout."""
    folder = Path(__file__).parents[1]
    try:
        command = ["git", "-C", str(folder), "describe", "--always", "--dirty"]
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
