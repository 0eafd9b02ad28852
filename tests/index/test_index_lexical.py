"""BM25 over the inverted lists of all segments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import index.lexical
from index.lexical import LexicalIndex
from index.postings import Postings
from index.tokens import terms

TEXTS = ["做纸鸢补助20万元", "造木船补助3万元", "", "，。", "纸鸢纸鸢纸鸢"]
WORDS = st.sampled_from("甲乙丙丁戊己庚辛")
CORPUS = st.lists(st.lists(WORDS, max_size=15), max_size=14)
WEIGHTS = st.dictionaries(WORDS | st.just("无"), st.floats(0.125, 4, width=16), max_size=6)


def _index(texts: list[list[str]], cuts: list[int] | None = None) -> LexicalIndex:
    places = [0, *sorted(min(c, len(texts)) for c in cuts or []), len(texts)]
    return LexicalIndex([Postings.build(texts[a:b]) for a, b in pairwise(places)])


def _idf(texts: list[list[str]], term: str) -> float:
    holding = sum(term in words for words in texts)
    return math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))


def _bm25(texts: list[list[str]], weights: Mapping[str, float]) -> list[float]:
    """The formula as it is printed, k₁ = 1.2 and b = .6; empty texts do not count for the mean length."""
    filled = [len(words) for words in texts if words]
    mean = sum(filled) / len(filled) if filled else 1.0
    return [
        sum(
            weight * _idf(texts, term) * words.count(term) * (1.2 + 1)
            / (words.count(term) + 1.2 * (1 - 0.6 + 0.6 * len(words) / mean))
            for term, weight in weights.items()
            if term in words
        )
        for words in texts
    ]  # fmt: skip


def _one(words: str) -> dict[str, float]:
    return dict.fromkeys(terms(words), 1.0)


@pytest.fixture(params=["built", "loaded"])
def lexical(request: pytest.FixtureRequest, tmp_path: Path) -> LexicalIndex:
    built = Postings.build(terms(text) for text in TEXTS)
    built.save(tmp_path / "x")
    return LexicalIndex([built if request.param == "built" else Postings.load(tmp_path / "x")])


def test_scores_rank_the_texts_that_share_words(lexical: LexicalIndex) -> None:
    scores = lexical.scores(_one("造木船"))
    assert scores.shape == (len(TEXTS),)
    assert int(scores.argmax()) == 1
    assert (scores > 0).sum() == 1
    assert np.flatnonzero(lexical.scores(_one("补助")) > 0).tolist() == [0, 1]


def test_scores_of_nothing_known_are_zero(lexical: LexicalIndex) -> None:
    assert not lexical.scores(_one("飞机")).any()
    assert not lexical.scores({}).any()


def test_rare_words_weigh_more(lexical: LexicalIndex) -> None:
    assert lexical.idf("飞机") > lexical.idf("木船") > lexical.idf("补助") > 0
    assert lexical.knows("木船") and not lexical.knows("飞机")
    assert [lexical.frequency(t) for t in ("补助", "木船", "飞机")] == [2, 1, 0]


@pytest.mark.parametrize("parts", [[], [[]], [[[]], [[], []]], [[], [["甲"]]]])
def test_an_index_almost_without_words(parts: list[list[list[str]]]) -> None:
    index = LexicalIndex([Postings.build(texts) for texts in parts])
    rows = np.arange(index.size)
    assert index.size == sum(map(len, parts))
    assert index.scores({"乙": 1.0}).tolist() == [0.0] * index.size
    assert index.scores_at({"乙": 1.0}, rows).tolist() == [0.0] * index.size


@given(CORPUS, WEIGHTS)
def test_scores_are_those_of_the_formula(texts: list[list[str]], weights: dict[str, float]) -> None:
    index = _index(texts)
    assert index.scores(weights) == pytest.approx(_bm25(texts, weights), rel=1e-5, abs=1e-6)
    for term in weights:
        assert index.idf(term) == pytest.approx(_idf(texts, term))


def test_a_weight_counts_in_proportion() -> None:
    texts = [["甲", "乙"], ["乙"], ["丙"]]
    once, twice = (_index(texts).scores({"乙": w}) for w in (1.0, 2.0))
    assert once.any() and np.allclose(2 * once, twice)


@given(CORPUS, WEIGHTS, st.lists(st.integers(0, 14), min_size=1, max_size=4))
def test_scores_do_not_depend_on_the_cut_into_segments(
    texts: list[list[str]], weights: dict[str, float], cuts: list[int]
) -> None:
    whole, cut = _index(texts), _index(texts, cuts)
    assert cut.size == whole.size
    assert cut.scores(weights).tolist() == whole.scores(weights).tolist()
    assert cut.bound(weights) == whole.bound(weights)
    rows = np.arange(len(texts))
    assert cut.scores_at(weights, rows).tolist() == whole.scores_at(weights, rows).tolist()


@given(CORPUS, WEIGHTS, st.sets(st.integers(0, 13)), st.lists(st.integers(0, 14), max_size=4))
def test_scores_of_some_rows_are_those_of_all(
    texts: list[list[str]], weights: dict[str, float], wanted: set[int], cuts: list[int]
) -> None:
    rows = np.array(sorted(r for r in wanted if r < len(texts)), dtype=np.int64)
    index = _index(texts, cuts)
    assert index.scores_at(weights, rows).tolist() == index.scores(weights)[rows].tolist()


@given(CORPUS, WEIGHTS, st.integers(0, 6))
def test_common_terms_only_count_among_what_rarer_ones_found(
    texts: list[list[str]], weights: dict[str, float], common: int
) -> None:
    index = _index(texts, [3, 7])
    rare = {t: w for t, w in weights.items() if sum(t in words for words in texts) <= common}
    assert index.scores(weights, common).tolist() == index.scores(rare, None).tolist()
    rows = np.arange(len(texts))
    assert index.scores_at(weights, rows).tolist() == index.scores(weights, None).tolist()


@given(CORPUS, WEIGHTS, st.sets(st.integers(0, 13)), st.integers(0, 6))
def test_scores_that_are_at_hand_are_taken_only_where_they_lack_no_term(
    texts: list[list[str]], weights: dict[str, float], wanted: set[int], common: int
) -> None:
    rows = np.array(sorted(r for r in wanted if r < len(texts)), dtype=np.int64)
    with patch.object(index.lexical, "COMMON", common):
        held = _index(texts, [4])
        known = held.scores(weights, common)[rows]
        assert held.scores_at(weights, rows, known).tolist() == held.scores_at(weights, rows).tolist()


@given(CORPUS, WEIGHTS)
def test_the_bound_is_the_scale_of_scores(texts: list[list[str]], weights: dict[str, float]) -> None:
    index = _index(texts)
    bound = index.bound(weights)
    known = sum(w * _idf(texts, t) for t, w in weights.items() if any(t in words for words in texts))
    assert bound == pytest.approx(known)
    assert (index.scores(weights) <= (1.2 + 1) * bound + 1e-5).all()  # of a term that stands ever so often


def test_a_text_of_mean_length_with_every_term_once_reaches_the_bound() -> None:
    index = _index([["甲", "乙"], ["乙", "丙"], ["丁", "戊"]])
    weights = {"甲": 1.0, "乙": 0.5, "无": 3.0}
    assert index.scores(weights)[0] == pytest.approx(index.bound(weights))


@given(
    CORPUS,
    st.lists(WORDS | st.just("无"), max_size=5),
    st.sets(st.integers(0, 13)),
    st.lists(st.integers(0, 14), max_size=4),
)
def test_which_texts_hold_which_terms(
    texts: list[list[str]], tokens: list[str], wanted: set[int], cuts: list[int]
) -> None:
    rows = np.array(sorted(r for r in wanted if r < len(texts)), dtype=np.int64)
    for common in (0, 3, 20_000):  # rare and common terms go different ways
        with patch.object(index.lexical, "COMMON", common):
            held = _index(texts, cuts).holds(tokens, rows)
        assert held.shape == (len(tokens), len(rows))
        assert held.tolist() == [[t in texts[r] for r in rows] for t in tokens]
