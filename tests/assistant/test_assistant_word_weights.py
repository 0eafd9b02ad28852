"""Weights over the words of a question."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.refusals import BUNDLED, CLASSES
from assistant.word_weights import WordWeights, inputs, telling_words, words_of
from ingest.errors import HangceError


def test_probabilities_are_some() -> None:
    likely = WordWeights.load(BUNDLED).probabilities(["创新券", "", "abc 123", "\U0001f600"])
    assert likely.shape == (4, len(CLASSES))
    assert np.allclose(likely.sum(axis=1), 1, atol=1e-5) and (likely >= 0).all()


def test_words_that_tell_stand_twice_and_once_where_refused() -> None:
    assert telling_words(["造假", "造假", "奖励", "奖励"], [True, False, False, False]) == ["造假"]
    assert telling_words(["造假"], [True]) == []
    assert "。" in words_of("好。") and "{ab}"[:4] in words_of("{AB}")


def test_inputs_have_a_row_for_each_text() -> None:
    rows = inputs(["造假", "别的"], {"造假": 0})
    assert rows.shape[0] == 2 and rows[0, 0] > 0 == rows[1, 0]


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"words": ["a"], "weights": [[1, 2]], "bias": [1]}', '{"words": 3}']
)
def test_damaged_weights_say_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(HangceError, match="install hangce again"):
        WordWeights.load(path)


def test_weights_are_read_as_they_are_written(tmp_path: Path) -> None:
    size = inputs([""], {"甲": 0}).shape[1]
    data = {"words": ["甲"], "weights": np.eye(size, 3).tolist(), "bias": [0.0, 0.0, 0.0]}
    path = tmp_path / "x.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with_word, without = WordWeights.load(path).probabilities(["甲", "乙"])
    assert with_word[0] > without[0]
