"""Figures that stand in several cells of one table, on made-up tables."""

from datetime import date

import pytest

from assistant.service import Assistant
from index.build import build
from index.home import Home

DAY = date(2021, 1, 1)
YEARBOOK = """# 造物年鉴2020

# 1 概述

本市这一年造了不少东西，各家工坊都忙得很。

# 2 附 录

## 2019年各区纸鸢制作及放飞情况统计表

区县名称\t制作量 大鸢\t制作量 小鸢\t制作量 合计\t放飞量 大鸢\t放飞量 小鸢\t放飞量 合计
全市合计\t41\t42\t83\t71\t72\t143
滨江区\t11\t12\t23\t31\t32\t63
西湖区\t17\t12\t29\t21\t32\t53
余杭区\t5\t2\t7\t41\t12\t53
桐庐县\t14\t15\t29\t34\t35\t69
桐庐县\t14\t15\t29\t34\t35\t69

## 2020年各区木鸢任务分解表

序号\t指标名称\t杭州市目标\t滨江区\t西湖区\t余杭区
1\t木鸢出口占比重(%)\t5\t9.75\t4.5\t4.8
2\t新增木鸢作坊数(家)\t90\t29\t16\t38
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("figures")
    (folder / "yearbook.txt").write_text(YEARBOOK, encoding="utf-8")
    home = Home(tmp_path_factory.mktemp("home"))
    build(home, [folder])
    return Assistant(home)


def _said(assistant: Assistant, question: str) -> tuple[str, list[str]]:
    answer = assistant.ask(question, DAY)
    return answer.answer.replace(" ", ""), [c.clause[-4:] for c in answer.citations]


def test_two_districts_stand_side_by_side(assistant: Assistant) -> None:
    said, clauses = _said(assistant, "2019年纸鸢放飞量，滨江区和桐庐县哪个多，各是多少")
    assert "放飞量合计：滨江区63，桐庐县69，桐庐县更高" in said and clauses == ["表第2行", "表第5行"]


def test_what_is_alike_is_said_to_be(assistant: Assistant) -> None:
    assert "西湖区29，桐庐县29，一样" in _said(assistant, "2019年纸鸢制作量，西湖和桐庐哪个高")[0]


def test_a_kind_that_is_named_goes_before_the_sum(assistant: Assistant) -> None:
    assert "制作量大鸢：滨江区11，西湖区17" in _said(assistant, "2019年大鸢制作量 滨江区 西湖区 各多少")[0]


def test_the_most_and_the_least_with_all_that_are_alike_and_without_the_whole_city(
    assistant: Assistant,
) -> None:
    most, _ = _said(assistant, "2019年纸鸢制作量哪个区最多")
    assert "制作量合计最高的是西湖区29、桐庐县29，其次是滨江区23" in most and "83" not in most
    assert "放飞量大鸢最低的是西湖区21" in _said(assistant, "2019年大鸢放飞量最少的是哪个区")[0]


def test_districts_as_columns(assistant: Assistant) -> None:
    said, clauses = _said(assistant, "2020年新增木鸢作坊任务哪个区最重")
    assert "新增木鸢作坊数(家)最高的是余杭区38，其次是滨江区29" in said and clauses == ["表第2行"]


def test_two_indicators_of_one_district(assistant: Assistant) -> None:
    said, clauses = _said(assistant, "滨江区2020年新增木鸢作坊几家，木鸢出口比重是多少")
    assert "新增木鸢作坊数(家)29" in said and "木鸢出口占比重(%)9.75" in said
    assert clauses == ["表第2行", "表第1行"]


def test_another_year_is_not_told(assistant: Assistant) -> None:
    assert "29" not in _said(assistant, "2018年纸鸢制作量哪个区最多")[0]


def test_what_else_is_asked_of_the_first(assistant: Assistant) -> None:
    said, _ = _said(assistant, "2019年大鸢放飞量最多的是哪个区，它的小鸢制作量是多少")
    assert "放飞量大鸢最高的是余杭区41（制作量小鸢2），其次是桐庐县34" in said


def test_two_indicators_of_two_districts(assistant: Assistant) -> None:
    said, _ = _said(assistant, "2019年滨江和余杭的纸鸢制作量、放飞量各多少")
    assert "制作量合计：滨江区23，余杭区7" in said and "放飞量合计：滨江区63，余杭区53" in said


def test_the_first_of_all_and_the_one_that_is_named(assistant: Assistant) -> None:
    said, _ = _said(assistant, "2019年纸鸢放飞量哪个区最多，余杭区有多少")
    assert "放飞量合计最高的是桐庐县69，其次是滨江区63，余杭区53" in said
