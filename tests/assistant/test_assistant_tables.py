"""Questions to whole lists and to clauses by number, on made-up documents."""

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

## 2019年造船工坊名单

序号\t企业名称\t辖区
1\t杭州小木船有限公司\t高新区
2\t杭州大木船有限公司\t滨江区
3\t杭州独木舟有限公司\t桐庐县

## 2019年各区纸鸢制作及放飞情况统计表

区县名称\t制作量 大鸢\t制作量 小鸢\t制作量 合计\t放飞量 大鸢\t放飞量 小鸢\t放飞量 合计
滨江区\t11\t12\t23\t31\t32\t63
桐庐县\t14\t15\t29\t34\t35\t69

## 2019年木鸢作坊统计监测综合表

类别\t指标\t统计值
木鸢出口情况\t木鸢出口总额(亿元)\t478.6
木鸢出口情况\t木鸢出口总额占出口总额比重(%)\t13.87
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("lists")
    (folder / "yearbook.txt").write_text(YEARBOOK, encoding="utf-8")
    policy = (
        "杭州市测试局关于印发《杭州市纸鸢补助办法》的通知\n\n杭测〔2020〕7号\n\n杭州市纸鸢补助办法\n\n"
        "第一条 为了鼓励做纸鸢，制定本办法。\n\n第二条 做纸鸢的企业可以申报补助。\n\n放纸鸢的个人不能申报补助。\n\n"
        "第三条 本办法自2020年4月1日起施行。\n\n第四条 补助分两种：\n\n（一）大鸢补9元；\n\n（二）小鸢补3元。\n"
    )
    (folder / "kites.txt").write_text(policy, encoding="utf-8")
    home = Home(tmp_path_factory.mktemp("home"))
    build(home, [folder])
    return Assistant(home)


def test_a_listed_company_is_found_with_its_district(assistant: Assistant) -> None:
    answer = assistant.ask("杭州独木舟有限公司在2019年造船工坊名单里吗，哪个区的", DAY)
    assert "桐庐县" in answer.answer and answer.citations[0].clause == "表第3行"


def test_a_company_that_is_not_listed_is_said_not_to_be(assistant: Assistant) -> None:
    answer = assistant.ask("杭州纸船有限公司是2019年造船工坊名单里的吗", DAY)
    assert "没有杭州纸船有限公司" in answer.answer and answer.citations[0].clause == "表"


def test_no_part_of_a_question_is_taken_for_a_company(assistant: Assistant) -> None:
    answer = assistant.ask("小木船2019年上的造船工坊名单是哪家研究院，属哪个区？", DAY)
    assert "没有" not in answer.answer


def test_old_and_new_names_of_a_district_are_counted_together(assistant: Assistant) -> None:
    answer = assistant.ask("2019年造船工坊名单里滨江有多少家", DAY)
    assert "共3行" in answer.answer and "滨江区2家" in answer.answer


def test_a_list_of_another_year_is_not_counted(assistant: Assistant) -> None:
    assert "滨江区2家" not in assistant.ask("2023年造船工坊名单里滨江有多少家", DAY).answer


def test_a_clause_by_number_is_given_in_its_own_words(assistant: Assistant) -> None:
    answer = assistant.ask("杭测〔2020〕7号第二条说什么", DAY)
    assert "做纸鸢的企业可以申报补助" in answer.answer and "放纸鸢的个人不能申报补助" in answer.answer
    assert answer.citations[0].clause_id == "杭测〔2020〕7号#第二条"


def test_a_paragraph_of_a_clause_is_given_alone(assistant: Assistant) -> None:
    answer = assistant.ask("7号文第二条第二款说什么", DAY)
    assert "放纸鸢的个人不能申报补助" in answer.answer and "企业可以" not in answer.answer


def test_a_paragraph_that_does_not_exist_is_said_not_to(assistant: Assistant) -> None:
    assert "第三条只有1款" in assistant.ask("7号文第三条第四款", DAY).answer


def test_an_item_asked_for_as_a_paragraph_is_given_as_what_it_is(assistant: Assistant) -> None:
    answer = assistant.ask("7号文第四条第二款说什么", DAY)
    assert "第四条只有1款" in answer.answer and "小鸢补3元" in answer.answer
    assert answer.citations[0].clause_id == "杭测〔2020〕7号#第四条（二）"


def test_a_short_list_is_named_whole(assistant: Assistant) -> None:
    answer = assistant.ask("2019年造船工坊名单上有哪些企业", DAY)
    assert all(name in answer.answer for name in ("小木船", "大木船", "独木舟")) and "共3行" in answer.answer
    assert [c.clause for c in answer.citations] == ["表"]


def test_a_long_list_is_told_by_district(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.tables._WHOLE", 2)
    answer = assistant.ask("2019年造船工坊名单上有哪些企业", DAY)
    assert "共3行" in answer.answer and "桐庐县1家" in answer.answer and "独木舟" not in answer.answer


def test_those_of_a_district_are_named(assistant: Assistant) -> None:
    answer = assistant.ask("2019年造船工坊名单上桐庐的是哪几家", DAY)
    assert "独木舟" in answer.answer and "小木船" not in answer.answer


def test_a_table_of_figures_is_no_list(assistant: Assistant) -> None:
    assert "共2行：" not in assistant.ask("2019年各区纸鸢制作及放飞情况统计表有哪些", DAY).answer


def test_the_row_that_a_question_names_goes_before_its_neighbour(assistant: Assistant) -> None:
    answer = assistant.ask("木鸢出口总额 2019年统计监测表", DAY)
    assert "478.6" in answer.answer and answer.citations[0].clause == "表第1行"


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("2019年木鸢出口总额占全部出口总额的比重是多少", "13.87"),
        ("2019年木鸢出口占出口总额多少", "13.87"),
        ("2019年木鸢出口的总额是多少", "478.6"),
    ],
)
def test_a_share_is_not_told_for_a_sum_nor_a_sum_for_a_share(
    assistant: Assistant, question: str, figure: str
) -> None:
    assert figure in assistant.ask(question, DAY).answer


def test_of_a_long_row_the_columns_asked_about_are_told(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.composer.ROW_CELLS", 2)
    answer = assistant.ask("2019年桐庐县放飞的纸鸢一共多少", DAY)
    assert "69" in answer.answer and "29" not in answer.answer
