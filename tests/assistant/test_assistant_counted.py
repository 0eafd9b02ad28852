"""Follow-ups that count: the second of what was listed, the next clause."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.counted import named_for_counted, next_counted
from assistant.retriever import ClauseRetriever
from assistant.schema import Turn
from assistant.service import Assistant
from assistant.understanding import understand

LISTED = "众创空间分三类：一是标准化，面向初创团队；二是专业化示范；三是国际化示范。"
LINES = "- 企业券给企业。 [1]\n- 创客券给创客。 [2]"


@pytest.mark.parametrize(
    ("text", "said", "meant"),
    [
        ("第二种给多少", LISTED, "专业化示范 给多少"),
        ("刚才说的第一类要什么条件", LISTED, "标准化,面向初创团队 要什么条件"),
        ("后一种怎么申请", LISTED, "国际化示范 怎么申请"),
        ("第二个最多领多少", LINES, "创客券给创客。 [2] 最多领多少"),
        ("第二种封顶多少", "补助分两类：专营机构（占比够）；别的分支机构。 [1]", "别的分支机构 封顶多少"),
        ("第四种给多少", LISTED, "第四种给多少"),  # there are three
        ("第二种给多少", "最高20万元。", "第二种给多少"),
        ("第三个月还能报吗", LISTED, "第三个月还能报吗"),
    ],
)
def test_the_item_stands_for_its_number(text: str, said: str, meant: str) -> None:
    assert named_for_counted(text, [Turn(role="assistant", content=said)]) == meant


def test_without_an_answer_before_nothing_is_counted() -> None:
    assert named_for_counted("第二种给多少", []) == "第二种给多少"


def test_the_next_clause_is_of_the_same_part(assistant_knowledge: Assistant) -> None:
    searcher = assistant_knowledge.searcher
    asked = "2020年孵化器办法第六条第二项说的孵化场地面积"
    understood = understand(asked, date(2021, 6, 1), [], searcher.analyser)
    found = ClauseRetriever(searcher=searcher).found(understood.hints)
    assert found[0].metadata["clause"] != "第六条（三）"
    first = next_counted("第三项呢", asked, found, searcher)[0]
    assert first.metadata["clause"] == "第六条（三）"


def test_without_a_number_before_the_order_stays(assistant_knowledge: Assistant) -> None:
    searcher = assistant_knowledge.searcher
    understood = understand("孵化器条件", date(2021, 6, 1), [], searcher.analyser)
    found = ClauseRetriever(searcher=searcher).found(understood.hints)
    assert next_counted("第三条呢", "孵化器条件", found, searcher) is found
