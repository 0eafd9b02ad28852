"""Training of the scorer that reads question and clause side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from assistant.cross_scorer import CrossScorer, Passage
from assistant.service import Assistant
from evals import train_cross_scorer
from evals.train_cross_scorer import Asked, Material, gather, take_answers_out, train

GIST = "拿到证书补助5万元。每年三月申报。"
TEXT = "已取得证书的单位一次性补助5万元。申报在每年三月进行。"


class _Overlap:
    """Scores by the characters that question and clause share."""

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float]:
        return [float(len(set(question) & set(p.gist + p.text))) for p in passages]


def test_the_piece_that_answers_is_taken_out_of_gist_and_words() -> None:
    material = Material(
        {"甲#一": Passage("甲", GIST, TEXT), "甲#二": Passage("甲", "只有一句", "只有一句")},
        [
            Asked("补助多少万元", "甲#一", ["甲#二"]),
            Asked("每年几月申报", "甲#一", ["甲#二"]),
            Asked("什么", "甲#二", ["甲#一"]),
        ],
    )
    take_answers_out(material, _Overlap())  # type: ignore[arg-type]
    amount, month, only = (asked.without for asked in material.asked)
    assert amount == Passage("甲", "每年三月申报。", "申报在每年三月进行。")
    assert month == Passage("甲", "拿到证书补助5万元。", "已取得证书的单位一次性补助5万元。")
    assert only is None  # nothing would be left of it


def test_the_weights_give_with_numpy_what_the_network_gives() -> None:
    torch.manual_seed(3)
    reader = train_cross_scorer._Reader()
    network = train_cross_scorer._network(reader.vectors, 8).eval()
    question = "孵化器最高补助多少万元"
    passages = [
        Passage("孵化器办法 二、", GIST, TEXT),
        Passage("众创空间", "", "另一件事"),
        *(Passage("办法", "", "字" * n) for n in (1, 30, 400)),
    ]
    read = [reader.passage(p) for p in passages]
    with torch.no_grad():
        expected = network(
            train_cross_scorer._padded([reader.question(question)]),
            train_cross_scorer._padded([r[0] for r in read]),
            train_cross_scorer._padded([r[1] for r in read]),
        ).numpy()
    scores = CrossScorer(network.weights()).scores(question, passages)
    assert scores == pytest.approx(expected, abs=1e-4)


def test_training_learns_which_clause_says_it_and_gives_the_same_again() -> None:
    topics = ["补助多少", "谁来验收", "几月申报", "要什么材料", "面积多大", "注册在哪"]
    passages = {f"甲#{n}": Passage("甲", "", f"{t}写在这里") for n, t in enumerate(topics)}
    asked = [
        Asked(f"{before}{topic}", f"甲#{n}", [i for i in passages if i != f"甲#{n}"])
        for n, topic in enumerate(topics)
        for before in ("请问", "想问一下", "那个", "到底", "孵化器", "一般", "你们", "今年")
    ]
    weights, first = train(Material(passages, asked), 150, 16)
    assert first > 0.6  # by chance .2
    scorer = CrossScorer(weights)
    best = [int(np.argmax(scorer.scores(f"我想知道{t}", list(passages.values())))) for t in topics]
    assert sum(n == place for place, n in enumerate(best)) >= 5
    again, _ = train(Material(passages, asked), 150, 16)
    assert all(np.array_equal(weights[name], again[name]) for name in weights)


def test_the_clauses_held_against_an_ask_do_not_hold_its_own(assistant_knowledge: Assistant) -> None:
    searcher = assistant_knowledge.searcher
    some = list(searcher.documents)[:3]
    material = gather(searcher, some)
    assert {a.clause_id.split("#", 1)[0] for a in material.asked} == set(some)
    assert all(i in material.passages for a in material.asked for i in (a.clause_id, *a.others))
    for asked in material.asked:
        own = searcher.store.clause(asked.clause_id)
        assert own is not None and asked.question in own.asks
        for other_id in asked.others:
            other = searcher.store.clause(other_id)
            assert other is not None and other.clause_id != own.clause_id
            assert other.document_id != own.document_id or own.path not in (other.parent, other.path)
            assert other.document_id != own.document_id or other.path != own.parent
