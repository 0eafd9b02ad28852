"""Whether a question asks of one case, or for the rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.own_case import asks_of_one_case, wording

LIKELY = 0.5


@pytest.mark.parametrize(
    "question",
    [
        "我们公司去年在临平注册的，销售额四千万，雏鹰报得上吗",
        "我们孵化器里一共60家企业，申请过专利的有11家，够不够格",
        "来电人称公司今年刚评上省级研发中心，问市里的配套给不给",
    ],
)
def test_a_case_of_ones_own_is_told(question: str) -> None:
    assert asks_of_one_case(question) > LIKELY


@pytest.mark.parametrize(
    "question",
    [
        "雏鹰企业要什么条件",
        "我们公司想申请创新券，要准备什么材料，找谁办",
        "创新券的有效期是几年",
        "科技特派员一年要下乡多少天",
        "",
    ],
)
def test_the_rule_is_asked_for(question: str) -> None:
    assert asks_of_one_case(question) < LIKELY


def test_what_is_asked_by_a_question_word_is_no_verdict_unless_it_is_asked_whether_too() -> None:
    told = "我们是市级众创空间，去年考核良好，"
    assert asks_of_one_case(told + "运营资助给多少") == 0
    assert asks_of_one_case(told + "运营资助给不给，给多少") > 0


def test_the_ending_counts_once_more() -> None:
    words = wording("我们在余杭，去年卖了2000万，报得上吗？")
    assert any(word.startswith("<末>") for word in words) and "<数>" in words
    assert not any("余杭" in word for word in words if word.startswith("<末>"))


@given(st.text(max_size=80))
def test_anything_has_a_likelihood(text: str) -> None:
    assert 0 <= asks_of_one_case(text) <= 1


@pytest.mark.parametrize("comma", [",", "，"])
def test_what_asks_whether_is_seen_before_a_comma_of_either_width(comma: str) -> None:
    question = f"我们公司牵头的成果得了国家科技进步二等奖{comma}在杭州投产了{comma}能奖吗{comma}奖多少？"
    assert asks_of_one_case(question) > 0
