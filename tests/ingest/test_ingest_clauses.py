from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clauses import build_policy, heading_of
from ingest.lines import classify
from ingest.model import Clause
from ingest.paragraphs import read_blocks
from ingest.tables import parse_table
from ingest.yearbook import build_chapter, build_list


def clauses(text: str) -> list[Clause]:
    return build_policy(read_blocks(text), "a.txt").clauses


def paths(text: str) -> list[str]:
    return [c.path for c in clauses(text)]


def test_paths_name_the_whole_way_down() -> None:
    text = "一、总则。\n（一）小船。\n1. 木船。\n（1）新船。\n①红船。\n②蓝船。\n（二）大船。\n二、附则。\n"
    assert paths(text) == [
        "一、",
        "一、（一）",
        "一、（一）1.",
        "一、（一）1.（1）",
        "一、（一）1.（1）①",
        "一、（一）1.（1）②",
        "一、（二）",
        "二、",
    ]


def test_chapters_stand_in_the_breadcrumb_and_not_in_the_path() -> None:
    found = clauses("第一章 总则\n第一节 目的\n第一条 目的：玩。\n第二章 船\n第二条 船要好：\n（一）轻。\n")
    assert [(c.path, c.breadcrumb) for c in found] == [
        ("第一条", ("第一章 总则", "第一节 目的")),
        ("第二条", ("第二章 船",)),
        ("第二条（一）", ("第二章 船", "第二条船要好")),
    ]
    assert found[2].parent == "第二条"


def test_a_clause_keeps_its_own_paragraphs_and_not_those_of_its_items() -> None:
    first = clauses("第一条 船要好：\n（一）轻。\n（二）稳。\n第二条 船要新。\n还要红。\n")
    assert [c.text for c in first] == [
        "第一条 船要好：",
        "（一）轻。",
        "（二）稳。",
        "第二条 船要新。\n还要红。",
    ]


def test_spans_are_the_physical_lines() -> None:
    found = clauses("第一条 船要\n\n好，也要新。\n\n第二条 完。\n")
    assert [(c.span.line_start, c.span.line_end) for c in found] == [(1, 3), (5, 5)]
    assert {c.span.file for c in found} == {"a.txt"}


def test_unnumbered_closing_words_are_a_clause_of_their_own() -> None:
    found = clauses("一、措施\n多造船。\n本意见自2021年5月1日起施行。\n由测试局负责解释。\n")
    assert [c.path for c in found] == ["一、", "文末"]
    assert found[1].kind == "closing"
    assert found[1].text == "本意见自2021年5月1日起施行。\n由测试局负责解释。"


def test_closing_words_of_the_last_article_stay_with_it() -> None:
    assert paths("第一条 多造船。\n第二条 附则。\n本办法自2021年5月1日起施行。\n") == ["第一条", "第二条"]


def test_annexes_have_paths_of_their_own() -> None:
    found = clauses("一、造船。\n附件 1\n造船标准\n一、长。\n附件2 分工\n一、谁做。\n")
    assert [c.path for c in found] == ["一、", "附件1", "附件1一、", "附件2", "附件2一、"]
    assert [c.heading for c in found if c.path.startswith("附件") and c.parent is None] == [
        "造船标准",
        "分工",
    ]


def test_the_list_of_annexes_is_no_text_of_the_last_clause() -> None:
    assert paths("一、造船。\n附件：1. 标准\n2. 分工\n") == ["一、"]


def test_repeated_numbers_stay_unique_and_are_reported() -> None:
    tree = build_policy(read_blocks("一、甲。\n二、乙。\n二、丙。\n二、丁。\n"), "a.txt")
    assert [c.path for c in tree.clauses] == ["一、", "二、", "二、[2]", "二、[3]"]
    assert any("重复" in w for w in tree.warnings)


def test_a_gap_in_the_numbers_is_reported() -> None:
    assert any("不连续" in w for w in build_policy(read_blocks("一、甲。\n三、丙。\n"), "a.txt").warnings)
    assert not build_policy(read_blocks("一、甲。\n（一）子。\n二、乙。\n（二）丑。\n"), "a.txt").warnings


@given(
    st.lists(
        st.sampled_from(
            ["第一条 甲。", "第二条 乙。", "一、丙。", "二、丁。", "（一）戊。", "（二）己。", "1. 庚。", "（1）辛。", "①壬。",
             "附件1 表", "附件", "第一章 癸", "船要好。", "甲\t乙\n1\t2", "本办法自2021年5月1日起施行。", "杭州市财政局", "2021年1月1日"]
        ),
        max_size=14,
    )
)  # fmt: skip
def test_whatever_the_order_of_marks_paths_are_unique_and_parents_exist(lines: list[str]) -> None:
    found = clauses("\n\n".join(lines))
    names = [c.path for c in found]
    assert len(set(names)) == len(names)
    for clause in found:
        assert clause.text.strip() or clause.kind == "table"
        assert clause.parent is None or clause.parent in names
        assert clause.parent is None or clause.path.startswith(clause.parent)


@pytest.mark.parametrize(
    ("rest", "heading"),
    [("总体要求", "总体要求"), ("主要目标。到2022年，造船20条。", "主要目标"), ("造船补助：每条3万元。", "造船补助"),
     ("为了造船，制定本办法。", ""), ("", "")],
)  # fmt: skip
def test_headings(rest: str, heading: str) -> None:
    assert heading_of(rest) == heading


# --- tables -------------------------------------------------------------------------------------------------


def table(text: str) -> list[str]:
    parsed = parse_table(classify(text))
    return [parsed.describe(row) for row in parsed.rows]


def test_rows_carry_the_names_of_their_columns() -> None:
    assert table("序号\t名称\t数量\n1\t沙燕\t12\n2\t龙头\t7") == [
        "序号：1；名称：沙燕；数量：12",
        "序号：2；名称：龙头；数量：7",
    ]


def test_markdown_tables_read_alike() -> None:
    assert table("| 序号 | 名称 |\n|---|:-:|\n| 1 | 沙燕 |") == ["序号：1；名称：沙燕"]


def test_a_header_repeated_after_a_page_break_is_no_row() -> None:
    assert table("名称\t数量\n沙燕\t1\n名称\t数量\n龙头\t2") == ["名称：沙燕；数量：1", "名称：龙头；数量：2"]


def test_merged_cells_are_filled_down() -> None:
    assert table("类别\t名称\n软\t沙燕\n\t龙头") == ["类别：软；名称：沙燕", "类别：软；名称：龙头"]


def test_two_lines_of_header_are_joined() -> None:
    assert table("名称\t数量\t\n\t去年\t今年\n沙燕\t1\t2") == ["名称：沙燕；数量 去年：1；数量 今年：2"]


def test_a_table_without_header_keeps_all_its_rows() -> None:
    assert table("沙燕\t12\n龙头\t7") == ["沙燕；12", "龙头；7"]


def test_rows_of_uneven_width_lose_nothing() -> None:
    assert table("名称\t数量\n沙燕\t1\t红\n龙头") == ["名称：沙燕；数量：1；红", "名称：龙头"]


def test_a_table_in_a_policy_is_a_clause_with_rows() -> None:
    found = clauses("一、补助标准\n\n名称\t金额\n沙燕\t3元\n龙头\t5元\n")
    assert [(c.path, c.kind, c.parent) for c in found] == [
        ("一、", "clause", None),
        ("一、表1", "table", "一、"),
        ("一、表1第1行", "row", "一、表1"),
        ("一、表1第2行", "row", "一、表1"),
    ]
    assert found[3].text == "名称：龙头；金额：5元"
    assert found[3].span.line_start == 5


# --- yearbooks ----------------------------------------------------------------------------------------------


def test_a_caption_names_its_table() -> None:
    found = build_chapter(read_blocks("## 统计\n\n表1 各社数量\n名称\t数量\n东风社\t3\n"), "a.txt")
    assert [c.path for c in found] == ["【表1各社数量】", "【表1各社数量】第1行"]


def test_names_that_recur_in_a_chapter_stay_unique() -> None:
    text = "\n\n".join(["## 东", "【概况】 甲。", "【概况】 乙。", "## 西", "【概况】 丙。"])
    assert [c.path for c in build_chapter(read_blocks(text), "a.txt")] == [
        "东【概况】",
        "东【概况】[2]",
        "西【概况】",
    ]


def test_plain_lines_of_a_list_are_kept() -> None:
    found = build_list(read_blocks("东风社。\n西风社。\n"), "名单", "a.txt")
    assert [(c.path, c.text) for c in found] == [("名单", "东风社。\n西风社。")]
