"""Messages that begin anew, and follow-ups that do not, over the bundled knowledge files."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.schema import Turn
from assistant.service import Assistant
from assistant.topic_change import understood

DAY = date(2026, 11, 23)
ABOUT_VOUCHERS = [
    Turn(role="user", content="创新券一年最多领多少"),
    Turn(role="assistant", content="企业使用创新券，一年最高10万元。"),
]


@pytest.mark.parametrize(
    "question",
    [
        "团队落在余杭区，评上领军型创新团队（不是青年那档），财政最多给多少",
        "另外问一下，我们园区想认定市级科技企业孵化器，孵化场地面积要多大才行",
        "上市公司从外地搬到杭州来，工商和税务都转好了，一次性奖励有多少万",
    ],
)
def test_a_question_on_something_else_is_answered_as_if_it_came_first(
    assistant_knowledge: Assistant, question: str
) -> None:
    alone, later = (assistant_knowledge.ask(question, DAY, turns) for turns in ([], ABOUT_VOUCHERS))
    assert later.answer == alone.answer and alone.citations


@pytest.mark.parametrize(
    "question",
    ["个人创客呢", "要交什么材料", "那我们在桐庐也是这个数吗", "要是一年花了八百万买服务，能抵多少"],
)
def test_a_follow_up_keeps_what_was_asked_before(assistant_knowledge: Assistant, question: str) -> None:
    assert understood(question, DAY, ABOUT_VOUCHERS, assistant_knowledge.searcher).hints.context


def test_facts_told_after_a_verdict_stay_with_it(assistant_knowledge: Assistant) -> None:
    history = [
        Turn(role="user", content="我们公司能评雏鹰企业吗，注册在萧山"),
        Turn(role="assistant", content="还不能判断是否符合“雏鹰企业”的条件。还要知道：成立年限。"),
    ]
    told = "公司2018年3月注册，职工三十五人，里面搞研发的有十二个，去年销售收入一千二百万，研发费用一百五十万"
    assert understood(told, DAY, history, assistant_knowledge.searcher).hints.context
