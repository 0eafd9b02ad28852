"""Fitting of the small networks that say yes or no."""

from __future__ import annotations

import numpy as np

from evals.network_training import fit, probabilities
from evals.questions import KEPT_BACK, learned_from, load_questions
from index.ranker import RankingModel

OPTIONS = {"hidden": 8, "decay": 0.01, "epochs": 150, "members": 2}


def _examples() -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(7)
    x = dice.normal(size=(400, 3)).astype(np.float32)
    return x, (x[:, 0] * x[:, 1] > 0).astype(np.float32)  # no straight line tells these apart


def test_a_network_learns_what_no_line_tells_apart() -> None:
    x, right = _examples()
    model = fit(["a", "b", "c"], x, right, np.ones(400, dtype=np.float32), **OPTIONS)
    assert ((probabilities(model, x) > 0.5) == right).mean() > 0.85


def test_what_counts_nothing_is_not_learned_from() -> None:
    x, right = _examples()
    worth = (np.arange(400) < 200).astype(np.float32)
    some = fit(["a", "b", "c"], x, np.where(worth > 0, right, 1 - right), worth, **OPTIONS)
    assert ((probabilities(some, x) > 0.5) == right).mean() > 0.7


def test_the_same_examples_give_the_same_weights_also_after_writing() -> None:
    x, right = _examples()
    worth = np.ones(400, dtype=np.float32)
    one, other = (fit(["a", "b", "c"], x, right, worth, **OPTIONS) for _ in range(2))
    assert np.array_equal(probabilities(one, x), probabilities(other, x))
    again = RankingModel(one.to_dict())
    assert np.allclose(probabilities(again, x), probabilities(one, x), atol=1e-3)


def test_nothing_is_learned_from_the_sets_that_are_kept_back() -> None:
    names = {question.set_name for question in load_questions((), "dev")}
    assert names >= KEPT_BACK
    assert {question.set_name for question in learned_from()} == names - KEPT_BACK
    assert all(question.split == "dev" for question in learned_from())
