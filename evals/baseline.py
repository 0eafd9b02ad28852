"""The blessed baseline: the scores that later runs are held against, replaced only on purpose and with a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evals.metrics import METRICS, Score
from evals.records import write_atomically
from evals.report import Report
from ingest.errors import HangceError, InputError

FORMAT = 1
DEFAULT = Path(__file__).parent / "baselines" / "embedded.json"
SHORTEST_REASON = 10  # characters
# No words of answers, which quote the documents, nor what stands in the question sets already.
_KEPT = (
    "id", "split", "set_name", "fingerprint", "expected_status", "status", "expected_verdict", "verdict", "rank",
    "forbidden", "cited",
)  # fmt: skip
_IN_THE_SETS = ("kind", "style", "document", "cluster", "cause", "question")


def bless(report: Report, reason: str, path: Path = DEFAULT) -> dict[str, Any]:
    """Make a run the baseline. What it replaces, and why, is recorded in the file's history.

    Raises:
        InputError: no reason is given, or the run holds no questions.
        HangceError: the file cannot be written.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise InputError("--reason", "says too little", "say in a sentence why the numbers may change")
    if not report.scores:
        raise InputError("the run", "holds no scored question", "run it again")
    history: list[dict[str, Any]] = []
    if path.is_file():
        history = _read(path)["history"]
    entry = {
        "blessed": datetime.now(UTC).isoformat(timespec="seconds"),
        "reason": reason.strip(),
        "run": report.configuration,
        "headline": report.headline(),
    }
    head = json.dumps({"format": FORMAT, "history": [*history, entry]}, ensure_ascii=False, indent=1)
    # A line per question, so that a diff shows which have changed.
    lines = [f"  {json.dumps(_kept(score), ensure_ascii=False)}" for score in report.scores]
    text = head[:-2] + ',\n "scores": [\n' + ",\n".join(lines) + "\n ]\n}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    except OSError as error:
        raise HangceError(f"cannot write {path} ({error.strerror})") from error
    return entry


def load_baseline(path: Path = DEFAULT) -> Report:
    """The blessed scores with the configuration they were made with; only what `_KEPT` names is filled in.

    Raises:
        InputError: there is no baseline, or it cannot be read.
    """
    data = _read(path)
    try:
        scores = []
        for kept in data["scores"]:
            values = {name: kept["values"].get(name) for name in METRICS}
            scores.append(Score(**dict.fromkeys(_IN_THE_SETS, "") | kept | {"values": values}))
        return Report(scores, {**data["history"][-1]["run"], "baseline": data["history"][-1]["blessed"]})
    except (KeyError, TypeError, IndexError) as error:
        raise InputError(
            str(path), f"is no baseline ({error})", "make one with `hangce eval bless`"
        ) from error


def _kept(score: Score) -> dict[str, Any]:
    values = {name: value for name, value in score.values.items() if value is not None}
    return {name: getattr(score, name) for name in _KEPT} | {"values": values}


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            str(path), f"cannot be read as a baseline ({error})", "make one with `hangce eval bless`"
        ) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise InputError(str(path), "is no baseline of this version", "make one with `hangce eval bless`")
    return data
