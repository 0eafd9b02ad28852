"""Question and clause read side by side: what the bundled weights tell, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from assistant.cross_scorer import CLAUSE, CrossScorer, Passage, cross_scorer
from ingest.errors import HangceError

# Made up, so that nothing of it was learned.
HEADINGS = "蜗牛信使培育办法 三、评审 > 评分"
SCORED = Passage(HEADINGS, "", "评审满分为100分，得分80分以上的入选。评审由五名专家进行。公示5个工作日。")
UNSCORED = Passage(HEADINGS, "", "评审由五名专家进行。公示5个工作日。")
ELSEWHERE = Passage("河道保洁办法 第四条", "", "河道保洁员每周清理一次水面，费用由街道承担。")
QUESTION = "蜗牛信使评审满分是多少分，多少分以上入选"


def test_a_clause_that_says_it_scores_above_one_that_does_not() -> None:
    says, lacks, elsewhere = cross_scorer().scores(QUESTION, [SCORED, UNSCORED, ELSEWHERE])
    assert says > lacks > elsewhere


def test_a_score_does_not_depend_on_the_other_clauses() -> None:
    scorer = cross_scorer()
    together = scorer.scores(QUESTION, [SCORED, UNSCORED, ELSEWHERE])
    assert [scorer.scores(QUESTION, [p])[0] for p in (SCORED, UNSCORED, ELSEWHERE)] == together


@pytest.mark.parametrize("question", ["", "，。", "？"])
def test_nothing_asked_scores_nothing(question: str) -> None:
    assert cross_scorer().scores(question, [SCORED, ELSEWHERE]) == [0.0, 0.0]


def test_nothing_said_scores_nothing() -> None:
    assert cross_scorer().scores(QUESTION, [Passage("", "", "")]) == [0.0]
    assert cross_scorer().scores(QUESTION, []) == []


@pytest.mark.parametrize("text", ["\x00", "😀" * 400, "a" * 5000, "第一条" * 3000])
def test_any_text_gives_a_finite_score(text: str) -> None:
    scorer = cross_scorer()
    assert np.isfinite(scorer.scores(text, [SCORED, Passage(text, text, text)])).all()


def test_what_stands_behind_the_part_that_is_read_changes_nothing() -> None:
    long = "孵化器每年评价一次。" * CLAUSE
    one, other = cross_scorer().scores(
        QUESTION, [Passage("办法", "", long), Passage("办法", "", long + SCORED.text)]
    )
    assert one == other


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    path = tmp_path / "scorer.safetensors"
    with pytest.raises(HangceError, match=r"scorer\.safetensors"):
        CrossScorer.load(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(HangceError, match=r"scorer\.safetensors"):
        CrossScorer.load(path)
    save_file({"mix": np.zeros((3, 2), dtype=np.float32)}, path)
    with pytest.raises(HangceError, match="mix_bias"):
        CrossScorer.load(path)
