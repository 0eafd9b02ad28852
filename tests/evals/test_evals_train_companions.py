"""What the choice of a second clause is learned from."""

from __future__ import annotations

import numpy as np

from evals.train_companions import Example, held_back, report, train

OPTIONS = {"hidden": 2, "decay": 0.1, "epochs": 30, "members": 1}


def _examples() -> list[Example]:
    """Sixty questions of two candidates; those for two things need the one that adds."""
    out = []
    for number in range(60):
        two = number % 2
        out.append(
            Example(
                {"adds": float(two), "rank": 0.9},
                frozenset({1} if two else ()),
                bool(two),
                f"q{number}",
                1 + two,
                f"policy {number % 10}",
            )
        )
        out.append(
            Example(
                {"adds": 0.0, "rank": 0.1}, frozenset(), False, f"q{number}", 1 + two, f"policy {number % 10}"
            )
        )
    return out


def test_the_clause_that_adds_is_told_on_policies_not_seen() -> None:
    examples = _examples()
    values = held_back(examples, OPTIONS)
    adds = np.array([bool(e.adds) for e in examples])
    assert values[adds].min() > values[~adds].max()


def test_the_report_counts_questions() -> None:
    examples = _examples()
    values = np.array([float(bool(e.adds)) for e in examples], dtype=np.float32)
    table = report(examples, values)
    assert [column.header for column in table.columns][1:] == [
        "of 30 for two things",
        "beside the point, of 60",
    ]
    assert list(table.columns[1].cells) == ["30"] * 5
    assert list(table.columns[2].cells) == ["0"] * 5
    assert train(examples, OPTIONS).names == ["adds", "rank"]
