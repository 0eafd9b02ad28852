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
        ("两家众创空间的奖都拿的话，年度补助一起领，叠加的手续怎么走", False),  # of no clause found
        ("今年的创新券没用完，结转到明年要在系统里怎么操作", True),
        ("众创空间备案造假被取消了，明年重新申报走什么流程", True),
        ("众创空间备案造假被取消了，过五年重新申报走什么流程", False),  # the three years are over then
        ("一家公司同时去报市级孵化器和市级众创空间，批下来资金按哪个比例叠加", True),
        ("市级孵化器和市级众创空间两边最低面积各是多少", False),
        ("设备的法定检验拿创新券去抵，是检之前领券还是检完再领", True),
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
        assert answer.citations and answer.status == "not_covered"
