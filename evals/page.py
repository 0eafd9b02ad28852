"""The report as one HTML page that opens without a network: tables and cases by Jinja, plots by Plotly, all embedded."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evals import report as texts
from evals import summary
from evals.compare import SLICES, Change, Comparison
from evals.metrics import METRICS, Score
from evals.records import LeftOut

_TEMPLATES = Path(__file__).parent / "templates"
_INK, _MUTED, _GOOD, _BAD, _ACCENT = "#1f2933", "#7b8794", "#2f7d5b", "#b3261e", "#2b5d8a"
TIER_COLOURS = {
    "regression": _BAD,
    "soft": "#b7791f",
    "improved": _GOOD,
    "stable": _ACCENT,
    "insufficient data": _MUTED,
}
_HEAT_COLUMNS = [
    "right",
    "r@1",
    "r@5",
    "facts",
    "citation_recall",
    "citation_precision",
    "support_recall",
    "validity",
    "answered",
]
_CARDS = [
    "right",
    "r@1",
    "r@5",
    "facts",
    "citation_recall",
    "support_recall",
    "validity",
    "declined",
    "answered",
]


def run_page(report: texts.Report, comparison: Comparison | None = None) -> str:
    """The page of one run, under its verdict against the baseline where there is one."""
    scores = report.scores
    return (
        _environment()
        .get_template("run.html")
        .render(
            title="评测报告",
            verdict=texts.verdict_line(comparison) if comparison else "",
            colour=TIER_COLOURS[comparison.tier] if comparison else "",
            undeclined=sum(not s.answerable and not s.declined for s in scores),
            configuration=report.configuration,
            cards=[_card(scores, name) for name in _CARDS],
            total=summary.summarise(scores),
            wrongly_eligible=summary.wrongly_eligible(scores),
            verdicts=summary.verdict_matrix(scores),
            verdict_names=[*summary.VERDICTS, "none"],
            declining=summary.declining(scores),
            tables=[_heat_table(scores, name) for name in ("kind", "document", "style", "split", "set")],
            worst=[_case(s) for s in summary.worst(scores)],
            left_out=_left_out(report.left_out),
            plots=_run_plots(scores),
            plotly_js=_plotly_js(),
        )
    )


def comparison_page(comparison: Comparison) -> str:
    """The page of a comparison."""
    shown = [c for c in comparison.slices if c.lost or c.won or c.tier in ("regression", "soft")]
    return (
        _environment()
        .get_template("compare.html")
        .render(
            title="两次评测的比较",
            colour=TIER_COLOURS[comparison.tier],
            verdict=texts.verdict_line(comparison),
            before=comparison.before,
            after=comparison.after,
            whole=[_change(c, METRICS[c.metric].label) for c in comparison.whole],
            slices=[_change(c, texts.group_name(c)) for c in shown],
            dangers=[_flip(f.before, f.after) for f in comparison.new_dangers],
            lost=[_flip(f.before, f.after) for f in comparison.flips if f.lost],
            won=[_flip(f.before, f.after) for f in comparison.flips if not f.lost],
            unmatched=[
                (title, ids)
                for title, ids in (
                    ("只在前一次", comparison.only_before),
                    ("只在后一次", comparison.only_after),
                    ("题目改过，不比", comparison.edited),
                )
                if ids
            ],
            plots=_comparison_plots(comparison),
            plotly_js=_plotly_js(),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["share"] = texts.share
    environment.filters["heat"] = _heat
    environment.filters["label"] = texts.label
    return environment


@cache
def _plotly_js() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


# --- pieces of the run page --------------------------------------------------------------------------------


def _card(scores: list[Score], name: str) -> dict[str, Any]:
    metric = METRICS[name]
    counted = [s for s in scores if s.values.get(name) is not None]
    interval = summary.interval(counted, name) if metric.binary else None
    return {
        "label": metric.label,
        "meaning": metric.meaning,
        "value": summary.mean(counted, name),
        "interval": f"{interval.low:.2f}–{interval.high:.2f}" if interval else "",
        "count": len(counted),
    }


def _heat_table(scores: list[Score], name: str) -> dict[str, Any]:
    title, key = SLICES[name]
    groups = summary.grouped(scores, key)
    rows = [
        {
            "name": group,
            "questions": found["questions"],
            "interval": found["right_interval"],
            "cells": [found[c] for c in _HEAT_COLUMNS],
            "dangerous": found["dangerous"],
        }
        for group, found in groups.items()
    ]
    if name in ("kind", "document"):
        rows.sort(key=lambda row: row["cells"][0] if row["cells"][0] is not None else 2.0)
    return {
        "title": f"按{title}",
        "name": name,
        "columns": [METRICS[c].label for c in _HEAT_COLUMNS],
        "rows": rows,
    }


def _heat(value: float | None) -> str:
    """A background between red (0) and green (1), pale enough for dark text."""
    if value is None:
        return "transparent"
    return f"hsl({int(value * 130)} 55% {88 if value < 0.995 else 84}%)"


def _case(score: Score) -> dict[str, Any]:
    return {
        "score": score,
        "expected": texts.expected(score),
        "wrong": texts.what_is_wrong(score),
        "rank": score.rank or "—",
    }


def _left_out(left_out: list[LeftOut]) -> dict[str, Any] | None:
    if not left_out:
        return None
    counts = {
        name: sum(one.outcome == name for one in left_out) for name in ("declined", "elsewhere", "answered")
    }
    return {
        "counts": counts,
        "total": len(left_out),
        "cases": [one for one in left_out if one.outcome == "answered"][:10],
    }


def _run_plots(scores: list[Score]) -> dict[str, str]:
    import plotly.graph_objects as go

    kinds = summary.grouped(scores, lambda s: s.kind)
    order = sorted(kinds, key=lambda k: kinds[k]["right"] or 0.0)
    right = [kinds[k]["right"] for k in order]
    bars = go.Figure(
        go.Bar(
            x=right,
            y=[f"{texts.label(k)}（{kinds[k]['questions']}）" for k in order],
            orientation="h",
            marker_color=_ACCENT,
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [kinds[k]["right_interval"][1] - kinds[k]["right"] for k in order],
                "arrayminus": [kinds[k]["right"] - kinds[k]["right_interval"][0] for k in order],
                "color": _MUTED,
                "thickness": 1,
            },
        )
    )
    _style(bars, "按题型答对的份额（Wilson 95% 区间）", 430)
    bars.update_xaxes(range=[0, 1])
    ranks = [s.rank for s in scores if s.answerable]
    depth = list(range(1, 21))
    curve = go.Figure(
        go.Scatter(
            x=depth,
            y=[sum(r is not None and r <= k for r in ranks) / len(ranks) if ranks else 0 for k in depth],
            mode="lines+markers",
            line_color=_ACCENT,
        )
    )
    _style(curve, "依据齐全时检索到第几名", 430)
    curve.update_yaxes(range=[0, 1])
    curve.update_xaxes(dtick=2, title="名次")
    times = go.Figure(go.Histogram(x=[s.milliseconds for s in scores], nbinsx=40, marker_color=_ACCENT))
    _style(times, "作答用时（毫秒）", 300)
    return {"kinds": _div(bars), "curve": _div(curve), "times": _div(times)}


def _comparison_plots(comparison: Comparison) -> dict[str, str]:
    import plotly.graph_objects as go

    rows = [*reversed([c for c in comparison.slices if c.lost or c.won][:25]), *reversed(comparison.whole)]
    names = [texts.group_name(c) if "=" in c.group else f"总体 {METRICS[c.metric].label}" for c in rows]
    forest = go.Figure(
        go.Scatter(
            x=[c.difference for c in rows],
            y=names,
            mode="markers",
            marker={"size": 9, "color": [TIER_COLOURS[c.tier] for c in rows]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [max(c.interval.high - c.difference, 0) for c in rows],
                "arrayminus": [max(c.difference - c.interval.low, 0) for c in rows],
                "color": _MUTED,
                "thickness": 1,
            },
        )
    )
    _style(forest, "差值（后 − 前）与按文件聚类的自助法 95% 区间", 180 + 22 * len(rows))
    forest.add_vline(x=0, line_color=_INK, line_width=1)
    return {"forest": _div(forest)}


def _style(figure: Any, title: str, height: int) -> None:
    figure.update_layout(
        title={"text": title, "font": {"size": 14}},
        height=height,
        margin={"l": 10, "r": 16, "t": 44, "b": 36},
        template="plotly_white",
        font={
            "family": "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif",
            "color": _INK,
            "size": 12,
        },
        showlegend=False,
    )
    figure.update_yaxes(automargin=True)


def _div(figure: Any) -> str:
    return str(
        figure.to_html(
            full_html=False, include_plotlyjs=False, config={"displaylogo": False, "displayModeBar": False}
        )
    )


# --- pieces of the comparison page -------------------------------------------------------------------------


def _change(change: Change, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "change": change,
        "tier": texts.TIER_NAMES[change.tier],
        "colour": TIER_COLOURS[change.tier],
    }


def _flip(before: Score, after: Score) -> dict[str, Any]:
    return {
        "before": before,
        "after": after,
        "before_text": before.answer or texts.answer_text(before),
        "expected": texts.expected(after),
        "wrong": texts.what_is_wrong(after),
        "was_wrong": texts.what_is_wrong(before),
    }
