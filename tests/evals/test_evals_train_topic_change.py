"""Training of the weights that tell a message that begins anew from a follow-up, on made-up signals."""

from __future__ import annotations

import random

from evals import network_training
from evals.train_topic_change import Example, held_back, report, train

SIZES = {"hidden": 2, "decay": 0.1, "epochs": 80, "members": 1}


def _examples() -> list[Example]:
    rng = random.Random(1)
    out = []
    for number in range(200):
        anew = number % 4 != 0
        length = rng.uniform(0.5, 1.0) if anew else rng.uniform(0.0, 0.5)
        out.append(Example({"length": length, "noise": rng.random()}, anew, f"message {number}"))
    return out


def test_what_tells_them_apart_is_learned_and_both_sorts_count_alike() -> None:
    examples = _examples()
    values = held_back(examples, SIZES)
    right = [(value >= 0.5) == example.anew for value, example in zip(values, examples, strict=True)]
    assert sum(right) / len(right) > 0.9
    model = train(examples, **SIZES)
    assert model.names == ["length", "noise"]
    assert network_training.RankingModel(model.to_dict()).names == model.names


def test_the_report_counts_each_sort() -> None:
    examples = _examples()
    table = report(examples, held_back(examples, SIZES))
    assert [*table.columns[0].cells] == ["follow-ups", "begin anew"]
    assert [*table.columns[1].cells] == ["50", "150"]
