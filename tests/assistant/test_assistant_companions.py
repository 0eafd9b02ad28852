"""A second clause for questions that ask for two things."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from assistant.companions import _model, companion, judged_by_parts, parts_of, signals
from assistant.retriever import ClauseRetriever
from assistant.service import Assistant
from assistant.understanding import Understanding, understand

DAY = date(2026, 11, 20)


def _understood(assistant: Assistant, question: str) -> Understanding:
    return understand(question, DAY, [], assistant.searcher.analyser)


def test_the_weights_are_of_the_signals(assistant_knowledge: Assistant) -> None:
    understood = _understood(assistant_knowledge, "创新券企业一年最多领多少，没用完的什么时候作废")
    found = ClauseRetriever(searcher=assistant_knowledge.searcher).found(understood.hints)
    candidates = signals(understood, found[0], found, assistant_knowledge.searcher)
    assert candidates and all(document.id != found[0].id for document, _ in candidates)
    assert {tuple(values) for _, values in candidates} == {tuple(_model().names)}
    assert all(np.isfinite(list(values.values())).all() for _, values in candidates)


def test_a_question_for_one_thing_gets_one_clause(assistant_knowledge: Assistant) -> None:
    understood = _understood(assistant_knowledge, "企业一年最多能申领多少创新券")
    found = ClauseRetriever(searcher=assistant_knowledge.searcher).found(understood.hints)
    assert signals(understood, found[0], found, assistant_knowledge.searcher) == []
    assert companion(understood, found[0], found, assistant_knowledge.searcher) is None


def test_a_part_that_another_clause_answers_brings_it_along(assistant_knowledge: Assistant) -> None:
    question = "创新券企业一年最多申领多少，没用完的创新券什么时候作废"
    paths = {c.clause for c in assistant_knowledge.ask(question, DAY).citations}
    assert {"第六条", "第十二条"} <= paths


@pytest.mark.parametrize(
    ("question", "paths"),
    [
        ("创新券企业一年最多申领多少？没用完的创新券什么时候作废？", ["第六条", "第十二条"]),
        ("没用完的创新券什么时候作废？企业一年最多申领多少创新券？", ["第十二条", "第六条"]),
    ],
)
def test_answers_stand_in_the_order_of_the_parts(
    assistant_knowledge: Assistant, question: str, paths: list[str]
) -> None:
    assert [c.clause for c in assistant_knowledge.ask(question, DAY).citations] == paths


def test_clauses_of_two_documents_are_joined(assistant_knowledge: Assistant) -> None:
    question = "市级孵化器新认定省级奖多少？创新券企业一年最多领多少？"
    cited = {c.doc_number for c in assistant_knowledge.ask(question, DAY).citations}
    assert {"杭科高〔2020〕74号", "杭科合〔2018〕8号"} <= cited


def test_what_lacks_of_several_figures_is_added(assistant_knowledge: Assistant) -> None:
    question = "创新型产业用地的固定资产投资强度最低为每亩多少？土地最长可出让多少年？"
    answer = assistant_knowledge.ask(question, DAY)
    assert {c.doc_number for c in answer.citations} == {"杭政办〔2019〕2号"}
    assert "500万元" in answer.answer and "50年" in answer.answer


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("雏鹰企业 贴息比例 造假后果", ["雏鹰企业 贴息比例", "雏鹰企业 造假后果"]),
        ("创新券一年最多领多少，还有怎么兑现", ["创新券一年最多领多少"]),
        ("听说还能贷笔款，最高多少", ["听说还能贷笔款最高多少"]),
    ],
)
def test_parts_stand_with_what_they_are_about(
    assistant_knowledge: Assistant, question: str, parts: list[str]
) -> None:
    understood = _understood(assistant_knowledge, question)
    asking = [part.text for part in parts_of(understood, []) if part.asks]
    assert asking[: len(parts)] == parts


def test_parts_are_judged_alone_only_where_each_is_answered(assistant_knowledge: Assistant) -> None:
    searcher = assistant_knowledge.searcher
    both = _understood(
        assistant_knowledge, "雏鹰企业贷款贴息的比例是多少？市级众创空间考核优秀给多少运营资助？"
    )
    verdict = judged_by_parts(both, searcher)
    assert verdict is not None
    assert {"杭科高〔2020〕71号", "杭科高〔2021〕90号"} <= {
        d.metadata["document_id"] for d in verdict.documents[:2]
    }
    one = _understood(assistant_knowledge, "雏鹰企业贷款贴息的比例是多少？杭州地铁末班车是几点开出的？")
    assert judged_by_parts(one, searcher) is None


def test_what_is_found_for_two_parts_has_both_among_the_first(assistant_knowledge: Assistant) -> None:
    question = "市级孵化器新认定省级奖多少？创新券企业一年最多领多少？"
    found = assistant_knowledge.found(question, DAY)
    assert {"杭科高〔2020〕74号", "杭科合〔2018〕8号"} <= {c.document_id for c in found[:4]}
    assert len({c.clause_id for c in found}) == len(found) == 20


def test_what_is_found_for_one_part_is_what_the_search_finds(assistant_knowledge: Assistant) -> None:
    question = "企业一年最多能申领多少创新券"
    hits = assistant_knowledge.searcher.search(question, 20)
    assert [c.clause_id for c in assistant_knowledge.found(question, DAY)] == [
        h.clause.clause_id for h in hits
    ]
