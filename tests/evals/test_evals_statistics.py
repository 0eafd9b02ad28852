import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.statistics import difference_interval, holm, mcnemar_worse, smallest_p, wilson, worse_by_cluster


def test_wilson_by_hand() -> None:
    low, high = wilson(8, 10)  # Agresti & Coull's worked figures
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 20).low == 0.0


def test_mcnemar_is_the_binomial_on_the_flips() -> None:
    assert mcnemar_worse(0, 0) == 1.0
    assert mcnemar_worse(6, 0) == pytest.approx(1 / 64) == smallest_p(6)
    assert mcnemar_worse(0, 6) == 1.0
    assert mcnemar_worse(8, 2) == pytest.approx((45 + 10 + 1) / 1024)


def test_the_sign_flip_test_counts_clusters_not_questions() -> None:
    assert worse_by_cluster([-1.0] * 6, list("abcdef")) == pytest.approx(1 / 64)
    # Six questions of one document are one observation.
    assert worse_by_cluster([-1.0] * 6, ["a"] * 6) == pytest.approx(0.5)
    assert worse_by_cluster([0.0] * 6, list("abcdef")) == 1.0
    many = [-1.0] * 18 + [1.0] * 2
    assert worse_by_cluster(many, [str(i) for i in range(20)]) < 0.01
    assert worse_by_cluster([-d for d in many], [str(i) for i in range(20)]) > 0.99


def test_the_bootstrap_draws_whole_clusters() -> None:
    rng = np.random.default_rng(1)
    clusters = [str(i // 10) for i in range(200)]
    shifts = rng.choice([-1.0, 0.0, 1.0], size=20)
    together = [float(shifts[i // 10]) for i in range(200)]
    alone = rng.permutation(together).tolist()
    width = [b - a for a, b in (difference_interval(d, clusters) for d in (together, alone))]
    assert width[0] > 2 * width[1]
    low, high = difference_interval(together, clusters)
    assert low <= np.mean(together) <= high
    assert difference_interval([0.0, 0.0], ["a", "b"]) == (0.0, 0.0)
    assert difference_interval([1.0], ["a"]) == (-1.0, 1.0)
    only_one = difference_interval([-1.0, 0.0, -1.0, 0.0], ["a"] * 4)
    assert only_one.low < -0.5 < only_one.high


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005], [0.0] * 4, 0.05) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_tests_that_cannot_be_significant_do_not_hide_others() -> None:
    hopeless = [0.25] * 50  # two flips each
    p = [0.004, *hopeless]
    assert holm(p, [0.0] * 51, 0.05)[0] == pytest.approx(0.204)
    assert holm(p, [smallest_p(8), *hopeless], 0.05) == pytest.approx([0.004, *[1.0] * 50])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_never_lowers_a_p_value_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values, [0.0] * len(p_values), 0.05)
    assert all(0 <= p <= a <= 1 for p, a in zip(p_values, adjusted, strict=True))
    ranked = [a for _, a in sorted(zip(p_values, adjusted, strict=True))]
    assert ranked == sorted(ranked)
