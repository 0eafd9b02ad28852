"""Learning the ranking weights, on made-up examples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import evals.train_ranker
from evals.train_ranker import FOLDS, WEIGHTS, Example, folds, recall, train
from index.ranker import RankingModel

CANDIDATES = 12
NAMES = ["body", "heading", "title", "notes", "dense", "telling", "noise"]
OPTIONS = {"hidden": 4, "decay": 0.01, "epochs": 60, "members": 2, "weights": WEIGHTS}


def _example(
    seed: int,
    right: Callable[[np.ndarray], int],
    group: str = "p",
    source: str = "ask",
    candidates: int = CANDIDATES,
) -> Example:
    features = np.random.default_rng(seed).random((candidates, len(NAMES))).astype(np.float32)
    units = np.zeros((1, candidates), dtype=bool)
    units[0, right(features)] = True
    return Example(features, np.arange(candidates), units, 1, group, source, "amount")


def _first(model: RankingModel, examples: list[Example]) -> float:
    return float(np.mean([recall(model, e)[0] for e in examples]))


def _telling(features: np.ndarray) -> int:
    return int(features[:, NAMES.index("telling")].argmax())


def _telling_and_body(features: np.ndarray) -> int:
    """The feature says yes only where words are shared: no single column tells."""
    return int(np.minimum(features[:, NAMES.index("telling")], features[:, 0]).argmax())


@pytest.fixture(autouse=True)
def _few_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evals.train_ranker, "LEARNED_FROM", CANDIDATES)


@pytest.mark.parametrize(("right", "share"), [(_telling, 0.8), (_telling_and_body, 0.5)])
def test_learned_weights_rank_the_right_candidate_first(
    right: Callable[[np.ndarray], int], share: float
) -> None:
    model = train([_example(n, right) for n in range(250)], NAMES, **OPTIONS)  # type: ignore[arg-type]
    unseen = [_example(n, right) for n in range(1000, 1060)]
    assert model.names == NAMES
    assert _first(model, unseen) > share > 0.35 > _first(_weighing("noise"), unseen)
    again = RankingModel(model.to_dict())  # as it is written and read
    assert _first(again, unseen) == pytest.approx(_first(model, unseen), abs=0.04)


def test_sources_count_by_their_weight() -> None:
    def other(features: np.ndarray) -> int:
        return int(features[:, NAMES.index("noise")].argmax())

    mixed = [_example(n, _telling, source="dev") for n in range(120)]
    mixed += [_example(n, other, source="row") for n in range(2000, 2120)]
    weights = {"dev": 1.0, "row": 0.001}
    model = train(mixed, NAMES, **OPTIONS | {"weights": weights})  # type: ignore[arg-type]
    unseen = [_example(n, _telling) for n in range(1000, 1060)]
    assert _first(model, unseen) > 0.7


def test_an_example_without_an_answer_among_its_candidates_is_no_hindrance() -> None:
    lost = _example(1, _telling)
    lost.units = np.zeros((0, CANDIDATES), dtype=bool)
    examples = [lost, *(_example(n, _telling) for n in range(2, 60))]
    assert np.isfinite(
        train(examples, NAMES, **OPTIONS).score(dict(zip(NAMES, lost.features.T, strict=True)))
    ).all()  # type: ignore[arg-type]
    assert recall(_weighing("telling"), lost) == (0, 0, 0, 0)


def _weighing(name: str) -> RankingModel:
    width = len(NAMES)
    return RankingModel(
        {
            "features": NAMES,
            "linear": [float(n == name) for n in NAMES],
            "hidden": [[0.0] * width],
            "bias": [0.0],
            "output": [0.0],
        }
    )


def test_recall_counts_what_is_needed_each_once() -> None:
    features = np.zeros((14, len(NAMES)), dtype=np.float32)
    features[:, 0] = np.arange(14, 0, -1)  # the order of the candidates
    clauses = np.array([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])  # the first two are one clause
    units = np.zeros((2, 14), dtype=bool)
    units[0, [0, 1]] = True
    units[1, 6] = True  # the sixth clause
    example = Example(features, clauses, units, 2, "p", "ask", "")
    assert recall(_weighing("body"), example) == (0.5, 0.5, 1.0, 1.0)
    example.needed = 4  # two more that no candidate bears
    assert recall(_weighing("body"), example) == (0.25, 0.25, 0.5, 1.0)
    units[0], units[1] = False, False
    units[0, 13] = True
    assert recall(_weighing("body"), example) == (0, 0, 0, 0)  # past the tenth


def test_a_fold_holds_whole_policies() -> None:
    examples = [_example(n, _telling, group=f"policy {n % 17}") for n in range(90)]
    place = folds([e.group for e in examples])
    assert set(place) == set(range(FOLDS))
    of_group: dict[str, set[int]] = {}
    for example, fold in zip(examples, place, strict=True):
        of_group.setdefault(example.group, set()).add(fold)
    assert all(len(found) == 1 for found in of_group.values())
    assert folds([e.group for e in examples]) == place  # the same every time
    sizes = np.bincount([min(found) for found in of_group.values()])
    assert sizes.max() - sizes.min() <= 1
