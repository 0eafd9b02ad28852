"""Scores summed up: a headline, tables by kind, split and set, and the worst cases."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals.metrics import DEPTHS, Score
from ingest.errors import HangceError


@dataclass(slots=True)
class Report:
    """The scores of one run with its configuration."""

    scores: list[Score]
    configuration: dict[str, Any]

    def headline(self) -> str:
        """One line."""
        s = summarise(self.scores)
        return (
            f"{s['questions']} 题：答对 {_share(s['right'])}；检索 R@1 {_share(s['r@1'])} R@5 {_share(s['r@5'])} R@10 {_share(s['r@10'])}；"
            f"要点 {_share(s['facts'])}；引用准确 {_share(s['citation_precision'])}，引到 {_share(s['citation_recall'])}；"
            f"该拒的拒了 {_share(s['declined_rightly'])}，误拒 {_share(s['declined_wrongly'])}；中位 {s['p50_ms']:.0f} 毫秒"
        )

    def to_dict(self) -> dict[str, Any]:
        """The whole report as data."""
        return {
            "configuration": self.configuration,
            "summary": summarise(self.scores),
            "by_kind": _grouped(self.scores, lambda s: s.kind),
            "by_split": _grouped(self.scores, lambda s: s.split),
            "by_set": _grouped(self.scores, lambda s: s.set_name),
            "scores": [asdict(s) | {"right": s.right} for s in self.scores],
        }

    def to_markdown(self) -> str:
        """The report for readers."""
        lines = ["# 评测报告", "", self.headline(), ""]
        lines += [f"- {key}：{value}" for key, value in self.configuration.items()]
        for title, key in (("按题型", "by_kind"), ("按划分", "by_split"), ("按题集", "by_set")):
            lines += ["", f"## {title}", "", *_table(self.to_dict()[key])]
        lines += ["", "## 答错的题", ""]
        wrong = sorted((s for s in self.scores if not s.right), key=_badness)
        for s in wrong:
            lines += [
                f"### {s.id}（{s.kind}，{s.split}）",
                "",
                f"- 问：{_inline(s.question)}",
                f"- 应：{s.expected_status} {'、'.join(s.gold)}；要点 {sum(s.facts)}/{len(s.facts)}；检索名次 {s.rank or '—'}",
                f"- 答：{s.status} {_inline(s.answer[:300])}",
                f"- 引：{'、'.join(s.cited) or '—'}"
                + (f"；不该出现：{'、'.join(s.forbidden)}" if s.forbidden else ""),
                "",
            ]
        return "\n".join(lines) + "\n"

    def write(self, folder: Path) -> None:
        """Write `report.md` and `report.json`."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in (
                ("report.md", self.to_markdown()),
                ("report.json", json.dumps(self.to_dict(), ensure_ascii=False, indent=1)),
            ):
                temporary = folder / f".{name}.part"
                temporary.write_text(text, encoding="utf-8")
                temporary.replace(folder / name)
        except OSError as error:
            raise HangceError(f"cannot write the report to {folder} ({error.strerror})") from error


def summarise(scores: list[Score]) -> dict[str, Any]:
    """Shares over a group of scores; None where nothing counts.

    `facts` is the share of single facts stated, `facts_all` of questions with all of them. Citation precision is
    over citations in answers to answerable questions, citation recall over answerable questions.
    """
    answerable = [s for s in scores if s.answerable]
    unanswerable = [s for s in scores if not s.answerable]
    facts = [f for s in answerable for f in s.facts]
    citations = sum(len(s.cited) for s in answerable)
    flagged = [s.expired_flagged for s in scores if s.expired_flagged is not None]
    times = [s.milliseconds for s in scores]
    summary: dict[str, Any] = {"questions": len(scores), "right": _mean([s.right for s in scores])}
    for depth in DEPTHS:
        summary[f"r@{depth}"] = _mean([s.rank is not None and s.rank <= depth for s in answerable])
    return summary | {
        "facts": _mean(facts),
        "facts_all": _mean([all(s.facts) for s in answerable if s.facts]),
        "forbidden": sum(len(s.forbidden) for s in scores),
        "citation_precision": sum(s.cited_right for s in answerable) / citations if citations else None,
        "citation_recall": _mean([bool(s.gold_cited) for s in answerable]),
        "declined_rightly": _mean([s.declined for s in unanswerable]),
        "cause_right": _mean([s.status == s.expected_status for s in unanswerable]),
        "declined_wrongly": _mean([s.declined for s in answerable]),
        "expired_flagged": _mean([bool(f) for f in flagged]),
        "median_length": statistics.median([s.answer_length for s in answerable]) if answerable else None,
        "p50_ms": statistics.median(times) if times else 0.0,
        "p95_ms": sorted(times)[int(len(times) * 0.95)] if times else 0.0,
    }


def _grouped(scores: list[Score], key: Callable[[Score], str]) -> dict[str, dict[str, Any]]:
    return {
        name: summarise([s for s in scores if key(s) == name]) for name in sorted({key(s) for s in scores})
    }


_COLUMNS = [
    ("题数", "questions"),
    ("答对", "right"),
    ("R@1", "r@1"),
    ("R@5", "r@5"),
    ("R@10", "r@10"),
    ("要点", "facts"),
    ("要点全", "facts_all"),
    ("引用准确", "citation_precision"),
    ("引到", "citation_recall"),
    ("该拒已拒", "declined_rightly"),
    ("拒因对", "cause_right"),
    ("误拒", "declined_wrongly"),
]


def _table(groups: dict[str, dict[str, Any]]) -> list[str]:
    lines = ["| | " + " | ".join(name for name, _ in _COLUMNS) + " |", "|---" * (len(_COLUMNS) + 1) + "|"]
    for group, summary in groups.items():
        cells = [str(summary[k]) if k == "questions" else _share(summary[k]) for _, k in _COLUMNS]
        lines.append(f"| {group} | " + " | ".join(cells) + " |")
    return lines


def _badness(score: Score) -> tuple[int, str]:
    """Worst first: a wrong figure, an answer that should have been declined, a wrong decline, the rest."""
    if score.forbidden:
        return 0, score.id
    if not score.answerable:
        return 1, score.id
    return (2 if score.declined else 3), score.id


def _mean(values: list[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def _inline(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|")
