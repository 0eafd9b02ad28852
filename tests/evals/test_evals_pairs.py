"""Pairs of questions in like words, of which the clause answers one."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from assistant.service import Assistant
from evals.pairs import Pair, clause_of, measure, pairs


def test_pairs_are_two_questions_each_on_a_clause_of_the_knowledge_files(
    assistant_knowledge: Assistant,
) -> None:
    assert len(pairs()) > 500
    assert [p.said for p in pairs() if clause_of(p, assistant_knowledge.searcher) is None] == []
    questions = [q for p in pairs() for q in (p.said, p.lacking)]
    assert len(set(questions)) == len(questions)


def test_a_pair_has_both_questions() -> None:
    with pytest.raises(ValidationError):
        Pair(doc="甲", at="一、", said="问")  # type: ignore[call-arg]


def test_what_is_answered_cited_and_declined_is_counted_by_kind(assistant_knowledge: Assistant) -> None:
    plain = Pair(
        doc="杭科合〔2018〕8号",
        at="第六条",
        said="创新券一家企业一年最多领多少",
        lacking="创新券的客服电话是多少",
    )
    ways = Pair(
        doc="杭科合〔2018〕8号",
        at="第六条",
        said="创新券一家企业一年最多领十万还是二十万",
        lacking="苏州的创新券领多少",
    )
    nowhere = Pair(doc="没有这个文件", at="一、", said="问", lacking="答")
    told = measure(assistant_knowledge, [plain, ways, nowhere])
    assert told["all"].answered == [True, True] and told["all"].cited == [True, True]
    assert told["all"].declined == [True, True]
    assert len(told["which of two"].answered) == 1 and told["which of two"].declined == []


def test_most_of_what_clauses_say_is_answered_from_them(assistant_knowledge: Assistant) -> None:
    told = measure(assistant_knowledge, pairs()[::20])["all"]
    assert sum(told.answered) > 0.75 * len(told.answered)
    assert sum(told.cited) > 0.65 * len(told.cited)
    assert sum(told.declined) > 0.3 * len(told.declined)
