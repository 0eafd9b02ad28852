"""Two runs of the same questions compared: what changed, and whether it is a regression or noise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from evals.metrics import METRICS, Score
from evals.statistics import (
    FloatArray,
    Interval,
    difference_interval,
    holm,
    mcnemar_worse,
    smallest_p,
    worse_by_cluster,
)

Tier = Literal["regression", "soft", "improved", "stable", "insufficient data"]
# Chance that a run without any change is called so, over all tests together: half for the whole, half for the slices.
ALPHA = 0.05
SOFT_ALPHA = 0.1
MIN_PAIRS = 6  # with fewer, not even a slice that broke altogether could be told from chance
TIERS: tuple[Tier, ...] = ("regression", "soft", "insufficient data", "improved", "stable")
SLICES: dict[str, tuple[str, Callable[[Score], str]]] = {
    "kind": ("题型", lambda s: s.kind),
    "document": ("文件", lambda s: s.document),
    "cause": ("拒因", lambda s: s.cause),
    "split": ("划分", lambda s: s.split),
    "style": ("问法", lambda s: s.style),
    "set": ("题集", lambda s: s.set_name),
}


@dataclass
class Change:
    """One metric on one group of questions, before and after."""

    group: str  # "whole" or a slice such as "kind=amount"
    metric: str
    pairs: int
    before: float
    after: float
    lost: int
    won: int
    p: float  # that it got worse
    p_better: float
    differences: list[float] = field(repr=False)
    clusters: list[str] = field(repr=False)
    adjusted: float = 1.0
    tier: Tier = "stable"

    @property
    def difference(self) -> float:
        """After minus before."""
        return self.after - self.before

    @cached_property
    def interval(self) -> Interval:
        """The difference's 95 % bootstrap interval, clusters drawn whole."""
        return difference_interval(self.differences, self.clusters)


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that was right in one run and wrong in the other, or whose answer became dangerous."""

    before: Score
    after: Score

    @property
    def lost(self) -> bool:
        """Whether it was right before."""
        return self.before.right and not self.after.right


@dataclass(slots=True)
class Comparison:
    """What two runs have in common and where they differ."""

    before: dict[str, Any]
    after: dict[str, Any]
    pairs: int
    whole: list[Change]
    slices: list[Change]
    flips: list[Flip]
    new_dangers: list[Flip]
    only_before: list[str] = field(default_factory=list)
    only_after: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)

    @property
    def tier(self) -> Tier:
        """The verdict on the whole: the gravest of its metrics' and slices' tiers, short of slices too small to tell."""
        if self.pairs < MIN_PAIRS:
            return "insufficient data"
        found = {c.tier for c in self.whole} | {c.tier for c in self.slices if c.tier != "insufficient data"}
        if "regression" in found:
            return "regression"
        if "soft" in found or (self.new_dangers and self.deterministic):
            return "soft"
        return "improved" if any(c.tier == "improved" for c in self.whole) else "stable"

    @property
    def deterministic(self) -> bool:
        """Whether both runs would give the same answers again, so that every single change is real."""
        return bool(self.before.get("deterministic") and self.after.get("deterministic"))

    @property
    def regressions(self) -> list[Change]:
        """The groups and metrics that got worse beyond chance."""
        return [c for c in [*self.whole, *self.slices] if c.tier == "regression"]


def compare(
    before: Iterable[Score],
    after: Iterable[Score],
    before_run: dict[str, Any] | None = None,
    after_run: dict[str, Any] | None = None,
) -> Comparison:
    """Compare two runs question by question.

    Only questions that stand in both, unchanged, are compared; the others are listed. The whole is tested on every
    metric at half of `ALPHA`, the slices on `right` at the other half, each family corrected after Holm. Yes-or-no
    metrics are tested by McNemar's exact test and, over several documents, by the clustered sign-flip test as well:
    both have to speak. Graded metrics are tested by the clustered test alone.
    """
    first = {s.id: s for s in before}
    second = {s.id: s for s in after}
    common = [i for i in first if i in second]
    edited = [i for i in common if first[i].fingerprint != second[i].fingerprint]
    pairs = [(first[i], second[i]) for i in common if i not in set(edited)]
    whole = [c for name in METRICS if (c := _change("whole", name, pairs)) is not None]
    slices: list[Change] = []
    for slice_name, (_, key) in SLICES.items():
        groups: dict[str, list[tuple[Score, Score]]] = {}
        for pair in pairs:
            groups.setdefault(key(pair[1]), []).append(pair)  # a baseline does not know its groups
        if len(groups) > 1:
            slices += [
                c
                for value, members in sorted(groups.items())
                if value and (c := _change(f"{slice_name}={value}", "right", members)) is not None
            ]
    _judge(whole)
    _judge(slices)
    flips = [Flip(a, b) for a, b in pairs if a.right != b.right]
    dangers = [Flip(a, b) for a, b in pairs if set(b.dangerous) - set(a.dangerous)]
    return Comparison(
        before_run or {},
        after_run or {},
        len(pairs),
        whole,
        slices,
        sorted(flips, key=lambda f: (not f.lost, f.after.id)),
        dangers,
        [i for i in first if i not in second],
        [i for i in second if i not in first],
        edited,
    )


def _change(group: str, metric: str, pairs: list[tuple[Score, Score]]) -> Change | None:
    """One metric over the pairs in which it applies before and after."""
    counted = [
        (b, x, y)
        for a, b in pairs
        if (x := a.values.get(metric)) is not None and (y := b.values.get(metric)) is not None
    ]
    if not counted:
        return None
    differences = [y - x for _, x, y in counted]
    clusters = [b.cluster for b, _, _ in counted]
    lost, won = sum(d < 0 for d in differences), sum(d > 0 for d in differences)
    units = clusters if len(set(clusters)) > 1 else [b.id for b, _, _ in counted]
    clustered = units is clusters or not METRICS[metric].binary
    p, p_better = (
        _p_worse(sign * np.array(differences), units, METRICS[metric].binary, clustered) for sign in (1, -1)
    )
    return Change(
        group,
        metric,
        len(counted),
        sum(x for _, x, _ in counted) / len(counted),
        sum(y for _, _, y in counted) / len(counted),
        lost,
        won,
        p,
        p_better,
        differences,
        clusters,
    )


def _p_worse(differences: FloatArray, clusters: list[str], binary: bool, clustered: bool) -> float:
    """p-value that the differences lie below zero: the larger one of the tests that apply."""
    p = 0.0
    if binary:
        p = mcnemar_worse(int(np.sum(differences < 0)), int(np.sum(differences > 0)))
    if clustered and p <= SOFT_ALPHA:  # beyond that the second test cannot change the tier
        p = max(p, worse_by_cluster(differences.tolist(), clusters))
    return p


def _judge(changes: list[Change]) -> None:
    """Give every change of a family its corrected p-value and its tier."""
    floors = [smallest_p(c.lost + c.won) for c in changes]
    hard = holm([c.p for c in changes], floors, ALPHA / 2)
    soft = holm([c.p for c in changes], floors, SOFT_ALPHA / 2)
    better = holm([c.p_better for c in changes], floors, ALPHA / 2)
    for change, p_hard, p_soft, p_better in zip(changes, hard, soft, better, strict=True):
        change.adjusted = p_hard
        if change.pairs < MIN_PAIRS:
            change.tier = "insufficient data"
        elif p_hard <= ALPHA / 2:
            change.tier = "regression"
        elif p_soft <= SOFT_ALPHA / 2:
            change.tier = "soft"
        elif p_better <= ALPHA / 2:
            change.tier = "improved"
