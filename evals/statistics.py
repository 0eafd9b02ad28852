"""Paired statistics for two runs of the same questions, with questions clustered by document.

Nothing here knows about questions or answers: arrays in, numbers out. SciPy does the tests and intervals. Holm's
correction is written out: the library that has it runs the garbage collector on every call and weighs 65 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
RESAMPLES = 4000


class Interval(NamedTuple):
    """An interval with its ends."""

    low: float
    high: float


def wilson(right: int, total: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval for a share (Wilson 1927); (0, 1) where there is nothing to count."""
    from scipy.stats import binomtest

    if total == 0:
        return Interval(0.0, 1.0)
    found = binomtest(right, total).proportion_ci(confidence, method="wilson")
    return Interval(float(found.low), float(found.high))


def mcnemar_worse(lost: int, won: int) -> float:
    """Exact one-sided p-value that B is worse than A (McNemar 1947, exact by the binomial).

    Args:
        lost: pairs right in A and wrong in B.
        won: pairs wrong in A and right in B.
    """
    from scipy.stats import binomtest

    return float(binomtest(lost, lost + won, 0.5, alternative="greater").pvalue) if lost + won else 1.0


def smallest_p(discordant: int) -> float:
    """The smallest p-value that `mcnemar_worse` can give for so many discordant pairs."""
    return float(0.5**discordant)


def worse_by_cluster(differences: Sequence[float], clusters: Sequence[str], seed: int = 0) -> float:
    """One-sided p-value that the mean difference (B − A) is below zero, clusters being exchangeable between A and B.

    A sign-flip test: under the null hypothesis each cluster's sum of differences could as well have the other sign.
    Exact (all sign patterns) for up to 12 clusters that differ, by `RESAMPLES` random patterns above that.
    """
    sums = _cluster_sums(differences, clusters)[0]
    sums = sums[np.abs(sums) > 1e-12]
    if not len(sums):
        return 1.0
    observed = float(sums.sum())
    if len(sums) <= 12:
        patterns = np.array(np.meshgrid(*[[-1.0, 1.0]] * len(sums))).reshape(len(sums), -1).T
        return float(np.mean(patterns @ sums <= observed + 1e-9))
    patterns = np.random.default_rng(seed).choice([-1.0, 1.0], size=(RESAMPLES, len(sums)))
    return float((1 + np.sum(patterns @ sums <= observed + 1e-9)) / (1 + RESAMPLES))


def difference_interval(
    differences: Sequence[float], clusters: Sequence[str], confidence: float = 0.95, seed: int = 0
) -> Interval:
    """Bootstrap interval (percentile) of the mean difference, whole clusters drawn with replacement.

    With a single cluster there is nothing to resample by, and the questions themselves are drawn.
    """
    from scipy.stats import bootstrap

    values = np.asarray(differences, dtype=float)
    if len(values) == 0 or not np.any(values):
        return Interval(0.0, 0.0)
    sums, sizes = _cluster_sums(differences, clusters)
    if len(sums) < 2:
        sums, sizes = values, np.ones(len(values))
    if len(sums) < 2:
        return Interval(-1.0, 1.0)
    found = bootstrap(
        (sums, sizes),
        lambda s, n, axis=-1: s.sum(axis=axis) / n.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(found.low), float(found.high))


def holm(p_values: Sequence[float], smallest: Sequence[float], alpha: float) -> list[float]:
    """p-values adjusted after Holm (1979) over the tests that could be significant at all (Tarone 1990).

    A slice with two discordant pairs cannot give a small p-value whatever happens; counting it would only hide
    others. Its adjusted value is 1.

    Args:
        p_values: one per test.
        smallest: the smallest p-value that each test could have given; 0 where that is not known.
        alpha: the level that the adjusted values will be held against.
    """
    factor = 1
    while sum(s <= alpha / factor for s in smallest) > factor:
        factor += 1
    tested = np.array([i for i, s in enumerate(smallest) if s <= alpha / factor], dtype=int)
    adjusted = np.ones(len(p_values))
    if len(tested):
        order = tested[np.argsort(np.asarray(p_values)[tested], kind="stable")]
        steps = np.asarray(p_values)[order] * np.arange(len(order), 0, -1)
        adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in adjusted]


def _cluster_sums(values: Sequence[float], clusters: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Sum and size of every cluster, in order of first appearance."""
    order = {name: i for i, name in enumerate(dict.fromkeys(clusters))}
    sums, sizes = np.zeros(len(order)), np.zeros(len(order))
    for value, name in zip(values, clusters, strict=True):
        sums[order[name]] += value
        sizes[order[name]] += 1
    return sums, sizes
