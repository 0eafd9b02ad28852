from __future__ import annotations

import pytest

from ingest.corpus import ingest_text
from ingest.paragraphs import read_blocks
from ingest.segment import segment

NO_COVER = """关于全面提升划船水平的实施意见

为了让更多的人学会划船并且喜欢划船，提出如下意见。

一、学划船

每年办班10期。

二、爱划船

每年比赛2次。
"""
RED = """杭州市测试工作办公室文件

杭测领〔2024〕3号

杭州市测试工作办公室关于印发《杭州市放纸鸢2024年工作计划》的通知

各区、县（市）人民政府：

现将《杭州市放纸鸢2024年工作计划》印发给你们。

2024年3月4日

杭州市放纸鸢2024年工作计划

一、目标

到2024年，全市放纸鸢100只。

二、措施

（一）多放。全年都可以放纸鸢。
"""
YEARBOOK = """# 杭州纸鸢年鉴2031

编者的话，不属于任何一章。

# 1 概述

2030年，全市做纸鸢50只。

# 2 大事记

## 1月

8日 开工。

9—10日 放飞。

# 3 协会工作

## 东协会

【概况】 东协会有会员3人。

（张三 供稿）

【培训】 办班2期。

## 西协会

【概况】 西协会有会员5人。

# 4 政策

文号\t名称
杭测〔2030〕1号\t杭州市测试局关于支持做长尾纸鸢的若干意见

杭州市测试局关于支持做长尾纸鸢的若干意见

杭测〔2030〕1号

各有关单位：

一、长尾

每只纸鸢补助1000元。

二、附则

本意见自2030年2月1日起施行。

# 5 附录

## 2030年纸鸢企业名单

序号\t企业名称\t数量
1\t东风社\t20
2\t西风社\t30

## 2030年获奖情况

### 一等奖(1项)

沙燕

### 二等奖(1项)

龙头
"""


def test_a_compendium_is_cut_at_its_covers(policy_text: str, bare_policy_text: str) -> None:
    documents = ingest_text(f"{policy_text}\n{bare_policy_text}", "a.txt")
    assert [d.title for d in documents] == ["杭州市纸鸢补助办法", "杭州市测试局关于支持造船的实施意见"]
    first, second = documents
    assert first.span.line_end < second.span.line_start
    assert [c.path for c in first.clauses][-1] == "附件1表1第2行"
    assert [c.path for c in second.clauses][-1] == "文末"


def test_the_order_in_a_compendium_does_not_matter(policy_text: str, bare_policy_text: str) -> None:
    one, other = (
        {d.title: [(c.path, c.text) for c in d.clauses] for d in ingest_text(text, "a.txt")}
        for text in (f"{policy_text}\n{bare_policy_text}", f"{bare_policy_text}\n{policy_text}")
    )
    assert one == other


def test_an_attached_title_opens_no_document_of_its_own(policy_text: str) -> None:
    assert len(ingest_text(policy_text, "a.txt")) == 1


def test_a_policy_without_cover_begins_after_a_finished_one(bare_policy_text: str) -> None:
    documents = ingest_text(f"{bare_policy_text}\n{NO_COVER}", "a.txt")
    assert [d.title for d in documents] == [
        "杭州市测试局关于支持造船的实施意见",
        "关于全面提升划船水平的实施意见",
    ]
    assert [c.path for c in documents[1].clauses] == ["引言", "一、", "二、"]


def test_a_title_in_the_middle_of_an_unfinished_policy_begins_nothing() -> None:
    text = "杭州市测试局关于支持造船的实施意见\n\n一、依据\n\n关于造木船的若干办法\n\n二、措施\n\n每船补助3万元。\n"
    assert len(ingest_text(text, "a.txt")) == 1


def test_a_red_letterhead_stands_above_the_number() -> None:
    (document,) = ingest_text(RED, "a.txt")
    assert document.title == "杭州市放纸鸢2024年工作计划"
    assert document.doc_numbers == ["杭测领〔2024〕3号"]
    assert document.kind == "plan"
    assert document.issued == "2024-03-04"
    assert [c.path for c in document.clauses] == ["印发通知", "一、", "二、", "二、（一）"]


def test_a_yearbook_falls_into_chapters_policies_and_lists() -> None:
    documents = ingest_text(YEARBOOK, "a.txt")
    assert [(d.kind, d.title) for d in documents] == [
        ("yearbook", "杭州纸鸢年鉴2031·概述"),
        ("yearbook", "杭州纸鸢年鉴2031·大事记"),
        ("yearbook", "杭州纸鸢年鉴2031·协会工作"),
        ("yearbook", "杭州纸鸢年鉴2031·政策"),
        ("policy", "杭州市测试局关于支持做长尾纸鸢的若干意见"),
        ("table", "2030年纸鸢企业名单"),
        ("table", "2030年获奖情况"),
    ]


def test_yearbook_clauses_are_entries_events_and_rows() -> None:
    paths = {d.title.split("·")[-1]: [c.path for c in d.clauses] for d in ingest_text(YEARBOOK, "a.txt")}
    assert paths["概述"] == ["引言"]
    assert paths["大事记"] == ["1月8日", "1月9—10日"]
    assert paths["协会工作"] == ["东协会【概况】", "【培训】", "西协会【概况】"]
    assert paths["2030年纸鸢企业名单"] == ["表", "表第1行", "表第2行"]
    assert paths["2030年获奖情况"] == ["一等奖", "二等奖"]


def test_credits_of_authors_are_left_out_of_entries() -> None:
    assert not any("张三" in c.text for d in ingest_text(YEARBOOK, "a.txt") for c in d.clauses)


def test_a_table_of_contents_mends_a_broken_title() -> None:
    broken = YEARBOOK.replace("\n\n杭州市测试局关于支持做长尾纸鸢的若干意见\n", "\n\n支持做长尾\n", 1)
    policy = next(d for d in ingest_text(broken, "a.txt") if d.kind == "policy")
    assert policy.title == "杭州市测试局关于支持做长尾纸鸢的若干意见"
    assert any("目录表" in w for w in policy.warnings)


def test_the_front_matter_of_a_yearbook_belongs_to_no_document() -> None:
    found = segment(read_blocks(YEARBOOK))
    assert found.yearbook_title == "杭州纸鸢年鉴2031"
    assert "编者的话" in "".join(b.text for b in found.front_matter)


def test_a_plain_file_takes_its_title_from_its_first_line_or_its_name() -> None:
    titled = ingest_text(
        "# 纸鸢二三事\n\n好的纸鸢要轻，也要结实，还要好看，这样飞得才高，飞得才远，才有人看。\n", "notes.txt"
    )
    assert [d.title for d in titled] == ["纸鸢二三事"]
    assert [d.title for d in ingest_text("纸鸢要轻，" * 30, "notes.txt")] == ["notes"]


@pytest.mark.parametrize("text", ["纸鸢要轻。", "甲\t乙", "第一条 甲。", "# 标题"])
def test_one_line_is_enough_for_a_document(text: str) -> None:
    (document,) = ingest_text(text, "a.txt")
    assert document.clauses


def test_a_short_first_phrase_does_not_glue_a_paragraph_to_its_heading() -> None:
    clauses = ingest_text(
        "杭州市测试局关于支持造船的实施意见\n\n一、背景\n\n近年来，造船的人多了。\n", "a.txt"
    )[0].clauses
    assert (clauses[0].heading, clauses[0].text) == ("背景", "一、背景\n近年来，造船的人多了。")


def test_a_short_first_phrase_does_not_glue_a_paragraph_to_the_title() -> None:
    (document,) = ingest_text(
        "杭州市测试局关于支持造船的实施意见\n\n近年来，造船的人多了。\n\n一、造船。\n", "a.txt"
    )
    assert document.title == "杭州市测试局关于支持造船的实施意见"
