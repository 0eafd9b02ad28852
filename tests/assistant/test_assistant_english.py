"""The English frame around answers."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.english import figures_in_english, is_english
from assistant.service import Assistant

DAY = date(2021, 6, 1)


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("按30%给，最高不超过20万元。", ["30%", "at most CNY 200,000"]),
        ("规模不低于300万元，占75%以上", ["at least CNY 3,000,000", "at least 75%"]),
        ("原则上最高50万元；另给5‰。", ["at most CNY 500,000 (in principle)", "5‰"]),
        ("给1.5亿元，其中2万美元", ["CNY 150,000,000", "USD 20,000"]),
        ("3名导师，12个月内", []),
    ],
)
def test_figures_keep_their_limits(text: str, figures: list[str]) -> None:
    assert figures_in_english(text) == figures


@given(st.integers(1, 10**9), st.sampled_from(["元", "万元", "亿元", "千元", "百元"]))
def test_no_amount_changes_on_the_way(number: int, unit: str) -> None:
    scale = {"元": 1, "万元": 10**4, "亿元": 10**8, "千元": 10**3, "百元": 100}[unit]
    (said,) = figures_in_english(f"补{number}{unit}")
    assert int(re.sub(r"\D", "", said)) == number * scale


@pytest.mark.parametrize(
    ("question", "english"),
    [("Is it valid?", True), ("R&D补助", False), ("123", False), ("", False), ("雏鹰", False)],
)
def test_english_is_told_from_chinese_with_letters(question: str, english: bool) -> None:
    assert is_english(question) is english


def test_a_question_in_english_is_answered_in_an_english_frame(assistant_knowledge: Assistant) -> None:
    answer = assistant_knowledge.ask("What is the maximum innovation voucher for a company per year?", DAY)
    assert answer.status == "answered"
    assert answer.citations[0].doc_number == "杭科合〔2018〕8号"
    head, _, chinese = answer.answer.partition("（Chinese）")
    assert "CNY 200,000" in head and "20万元" in chinese
    assert "states no end date" in head


def test_the_frame_says_what_has_expired(assistant_knowledge: Assistant) -> None:
    answer = assistant_knowledge.ask("Is the Young Eagle plan still valid?", date(2026, 11, 21))
    assert "expired on 31 December 2022" in answer.answer


@pytest.mark.parametrize(
    "question", ["What subsidy does Shanghai give to incubators?", "What is the weather in Hangzhou today?"]
)
def test_what_is_not_covered_is_declined_in_english_too(
    assistant_knowledge: Assistant, question: str
) -> None:
    answer = assistant_knowledge.ask(question, DAY)
    assert answer.status in ("not_covered", "out_of_scope")
    assert re.match(r"(?:The documents|This is outside|No clause)", answer.answer)
