"""Premises that a clause rules out are put right before the answer."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.service import Assistant

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("question", "corrected"),
    [
        ("公司的创新券用不完，想转让给隔壁公司，转让手续去哪儿办", True),
        ("天使投资引导基金作为子基金普通合伙人的，责任限额应如何约定", True),
        ("创新券能转让吗", False),  # the clause is the answer
        ("创新券怎么申领", False),
        ("转让创新券有什么后果", False),
    ],
)
def test_what_a_clause_rules_out_is_not_taken_for_granted(
    assistant_knowledge: Assistant, question: str, corrected: bool
) -> None:
    answer = assistant_knowledge.ask(question, DAY)
    assert ("前提和条文不一致" in answer.answer) == corrected
    if corrected:
        assert answer.citations and "不得" in answer.answer
