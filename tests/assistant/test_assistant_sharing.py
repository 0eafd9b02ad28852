"""Who pays how much of a benefit is told from the clause that sets the shares, and worked out where one sum is meant."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from assistant.service import Assistant
from assistant.sharing import asks_who_pays, shares_in

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("这笔钱市里和萧山怎么分着出", True),
        ("市财政出几成，剩下的是不是区里掏", True),
        ("是市里全出还是区里也得掏一半", True),
        ("市、区两级分担比例是多少", True),
        ("评上以后市里一般最多出多少钱", False),
        ("创新券一年能领多少", False),
    ],
)
def test_who_asks_how_it_is_shared(question: str, asks: bool) -> None:
    assert asks_who_pays(question) == asks


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("经费由两级财政承担：上城、滨江1:1，萧山、建德1:3。", [("50", "1:1"), ("25", "1:3")]),
        (
            "涉及上城区的，由市财政和当地财政各承担50%；涉及萧山区的，分别承担25%、75%",
            [("50", ""), ("25", "")],
        ),
        ("资助由市和区、县（市）财政各承担50%。", [("50", "")]),
        ("原则上按省扶持经费1:1配套，市和区两级财政共担", []),  # what is matched is another's money
        ("场地自有和租用的比例为1:3", []),
    ],
)
def test_shares_as_texts_set_them(
    assistant_knowledge: Assistant, text: str, shares: list[tuple[str, str]]
) -> None:
    found = shares_in(text, assistant_knowledge.searcher)
    assert [(share.of_city, share.ratio) for share in found] == [(Decimal(n), ratio) for n, ratio in shares]


@pytest.mark.parametrize(
    ("question", "said", "not_said"),
    [
        ("按2018年凤凰行动，桐庐的公司直接上市一次性奖励150万，当地要承担几成", ["112.5万元", "25%"], ""),
        ("余航区的企业，雏鹰计划的扶持钱市里跟区里按什么比例分担", ["1:3", "75%"], "按最高"),
        (
            "领军型创业团队在滨江，贷款贴息的钱市里出几成",
            ["50%"],
            "按最高2000万元",
        ),  # a loan is not what is paid
        ("雏鹰企业一次性给多少", ["20万元"], "市财政出"),
    ],
)
def test_the_share_of_the_city(
    assistant_knowledge: Assistant, question: str, said: list[str], not_said: str
) -> None:
    answer = assistant_knowledge.ask(question, DAY)
    assert answer.status == "answered" and answer.citations
    assert all(words in answer.answer for words in said)
    assert not not_said or not_said not in answer.answer
