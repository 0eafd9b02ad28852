"""Scores summed up over groups: means, intervals, the verdict matrix, causes of declining, times."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, get_args

from evals.metrics import METRICS, Score
from evals.questions import CAUSES, Verdict
from evals.statistics import Interval, wilson

VERDICTS: tuple[str, ...] = get_args(Verdict)
STATUSES = ("answered", "partial", "clarify", "not_covered", "out_of_scope", "refused", "error")


def mean(scores: Iterable[Score], metric: str) -> float | None:
    """Mean of a metric over the questions to which it applies; None where it applies to none."""
    values = [v for s in scores if (v := s.values.get(metric)) is not None]
    return sum(values) / len(values) if values else None


def interval(scores: Iterable[Score], metric: str) -> Interval | None:
    """Wilson's interval of a yes-or-no metric; None where it applies to no question."""
    values = [v for s in scores if (v := s.values.get(metric)) is not None]
    return wilson(int(sum(values)), len(values)) if values else None


def summarise(scores: list[Score]) -> dict[str, Any]:
    """All metrics over a group of questions, with lengths and times."""
    times = sorted(s.milliseconds for s in scores)
    lengths = sorted(len(s.answer) for s in scores if s.answerable and not s.declined)
    right = interval(scores, "right")
    return {
        "questions": len(scores),
        "right_interval": list(right) if right else None,
        **{name: mean(scores, name) for name in METRICS},
        "forbidden": sum(len(s.forbidden) for s in scores),
        "dangerous": sum(bool(s.dangerous) for s in scores),
        "median_length": percentile(lengths, 0.5),
        "p50_ms": percentile(times, 0.5),
        "p95_ms": percentile(times, 0.95),
        "p99_ms": percentile(times, 0.99),
    }


def percentile(ordered: list[float] | list[int], share: float) -> float:
    """The smallest value that at least this share of the ordered values do not exceed (nearest rank); 0 without any."""
    return float(ordered[max(math.ceil(share * len(ordered)), 1) - 1]) if ordered else 0.0


def grouped(scores: list[Score], key: Callable[[Score], str]) -> dict[str, dict[str, Any]]:
    """`summarise` by group, in the order of names; questions with an empty key are left out."""
    names = sorted({key(s) for s in scores} - {""})
    return {name: summarise([s for s in scores if key(s) == name]) for name in names}


def verdict_matrix(scores: list[Score]) -> dict[str, dict[str, int]]:
    """Expected verdict → verdict given ("none" where none was computed) → questions."""
    asked = [s for s in scores if s.expected_verdict]
    return {
        expected: {
            given: sum(s.expected_verdict == expected and (s.verdict or "none") == given for s in asked)
            for given in (*VERDICTS, "none")
        }
        for expected in VERDICTS
    }


def wrongly_eligible(scores: list[Score]) -> int:
    """The dangerous cell: told eligible, is not."""
    return sum(s.expected_verdict == "not_eligible" and s.verdict == "eligible" for s in scores)


def declining(scores: list[Score]) -> dict[str, dict[str, Any]]:
    """By cause: questions, share declined (recall), share with the right status; by status given: its precision.

    Precision of a status is the share of questions answered with it that had to be answered with it.
    """
    by_cause: dict[str, Any] = {
        cause: {
            "questions": len(members),
            "recall": mean(members, "declined"),
            "status_right": mean(members, "cause"),
        }
        for cause in CAUSES
        if (members := [s for s in scores if s.cause == cause])
    }
    declined = [s for s in scores if s.declined]
    precision: dict[str, dict[str, Any]] = {}
    for status in STATUSES:
        members = [s for s in declined if s.status == status]
        if members:
            right = sum(s.expected_status == status or s.values["cause"] == 1.0 for s in members)
            precision[status] = {"questions": len(members), "precision": right / len(members)}
    all_right = sum(not s.answerable for s in declined)
    return {
        "by_cause": by_cause,
        "by_status": precision,
        "total": {
            "questions": len(declined),
            "precision": all_right / len(declined) if declined else None,
            "recall": mean(scores, "declined"),
        },
    }


def worst(scores: list[Score], count: int = 10) -> list[Score]:
    """The gravest wrong answers: harmful ones first, then answers that should have been declined, then misses."""
    wrong = [s for s in scores if not s.right or s.dangerous]
    return sorted(wrong, key=_badness)[:count]


def _badness(score: Score) -> tuple[int, float, str]:
    if score.values.get("safe") == 0.0:
        grade = 0
    elif score.forbidden:
        grade = 1
    elif score.dangerous:
        grade = 2
    elif not score.answerable:
        grade = 3
    else:
        grade = 5 if score.declined else 4
    return grade, score.values.get("facts") or 0.0, score.id
