"""The day that a question itself asks about, over the bundled knowledge files where an answer is needed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.asked_day import asked_day
from assistant.schema import Turn
from assistant.service import Assistant

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("2021年5月能评雏鹰吗", date(2021, 5, 31)),
        ("二零二一年五月我们公司还能不能报", date(2021, 5, 31)),
        ("2021-05-10可以申请吗", date(2021, 5, 10)),
        ("按2021年6月1日算，这个办法还有效吗", date(2021, 6, 1)),
        ("截至2020年底，这个办法有效吗", date(2020, 12, 31)),
        ("2022年初有没有资格", date(2022, 1, 1)),
        ("2021年5月雏鹰计划还有效吗", date(2021, 5, 31)),
        ("去年5月还能申请吗", date(2025, 5, 31)),
        ("2023年3月那时候这个政策还有效吗", date(2023, 3, 31)),
        ("Could we apply for the innovation voucher in May 2021?", date(2021, 5, 31)),
        ("As of 1 June 2021, is it still valid?", date(2021, 6, 1)),
    ],
)
def test_the_day_asked_about_is_read(question: str, day: date) -> None:
    assert asked_day(question, [], TODAY) == day


@pytest.mark.parametrize(
    "question",
    [
        "2018年4月成立的公司能评吗",
        "公司2021年5月在杭州注册，能评吗",
        "成立时间：2018年4月，能评吗",
        "我们是2018年4月，能评吗",
        "2018年4月的时候成立的，能评吗",
        "2021年5月提交的申请能补材料吗",
        "2019年5月的研发费可以算进去吗",
        "2021年能申请吗",
        "2021年5月以后还能申请吗",
        "2018年4月离职创业还能申请吗",
        "2021年13月能评吗",
        "雏鹰计划现在还能报吗",
    ],
)
def test_the_day_of_something_else_is_not_taken_for_it(question: str) -> None:
    assert asked_day(question, [], TODAY) is None


def test_the_day_is_kept_until_one_speaks_of_now() -> None:
    before = [
        Turn(role="user", content="2021年5月能评雏鹰吗"),
        Turn(role="assistant", content="有多少职工？"),
    ]
    assert asked_day("30人", before, TODAY) == date(2021, 5, 31)
    assert asked_day("那现在还能评吗", before, TODAY) is None
    assert asked_day("2022年6月还能评吗", before, TODAY) == date(2022, 6, 30)


@given(st.text(max_size=60))
def test_anything_can_be_typed(text: str) -> None:
    assert asked_day(text, [], TODAY) is None or "20" in text or "年" in text


def test_an_answer_is_given_for_the_day_asked_about(assistant_knowledge: Assistant) -> None:
    then = assistant_knowledge.ask("2021年5月雏鹰计划还有效吗", TODAY)
    now = assistant_knowledge.ask("雏鹰计划还有效吗", TODAY)
    assert then.as_of == "2021-05-31" and then.citations[0].validity.status == "in_force"
    assert any("2021年5月31日" in notice for notice in then.notices)
    assert now.as_of == TODAY.isoformat() and now.citations[0].validity.status == "expired"
    assert not any("您问的" in notice for notice in now.notices)
