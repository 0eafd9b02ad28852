from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.lines import LineClass, MarkerKind, annex_label, classify, read_marker, repair_words


@pytest.mark.parametrize(
    ("text", "kind", "number", "label", "rest"),
    [
        ("第三章 监督", MarkerKind.CHAPTER, 3, "第三章", "监督"),
        ("第二节 申报", MarkerKind.SECTION, 2, "第二节", "申报"),
        ("第十二条 企业应当", MarkerKind.ARTICLE, 12, "第十二条", "企业应当"),
        ("第8条 企业", MarkerKind.ARTICLE, 8, "第8条", "企业"),
        ("第一类：小船", MarkerKind.CATEGORY, 1, "第一类", "小船"),
        ("二十一、附则", MarkerKind.HAN, 21, "二十一、", "附则"),
        ("（四）补助", MarkerKind.HAN_PAREN, 4, "（四）", "补助"),
        ("(四)补助", MarkerKind.HAN_PAREN, 4, "（四）", "补助"),
        ("( 四 ) 补助", MarkerKind.HAN_PAREN, 4, "（四）", "补助"),
        ("3．登记", MarkerKind.ARABIC, 3, "3.", "登记"),
        ("3、登记", MarkerKind.ARABIC, 3, "3.", "登记"),
        ("（3）登记", MarkerKind.ARABIC_PAREN, 3, "（3）", "登记"),
        ("⑤登记", MarkerKind.CIRCLED, 5, "⑤", "登记"),
    ],
)
def test_markers_of_every_kind(text: str, kind: MarkerKind, number: int, label: str, rest: str) -> None:
    found = read_marker(text)
    assert found is not None
    marker, behind = found
    assert (marker.kind, marker.number, marker.label, behind) == (kind, number, label, rest)


@pytest.mark.parametrize(
    "text",
    [
        "第八条规定的企业",
        "第八条所列条件",
        "第八条、第九条",
        "第八条和第九条",
        "第八条至第十条",
        "第八条第二款",
        "第八条中的企业",
    ],
)
def test_cross_references_are_no_markers(text: str) -> None:
    assert read_marker(text) is None
    assert classify(text)[0].cls is LineClass.TEXT


@pytest.mark.parametrize("text", ["（一）、（二）项规定的企业", "（一）项所列的企业", "一、二、三类企业均可"])
def test_references_to_items_are_no_markers(text: str) -> None:
    assert read_marker(text) is None


@pytest.mark.parametrize(
    "text", ["3.5亿元", "12、13日", "2020年", "一只纸鸢", "第一批企业", "十分好", "(纸鸢)", "第百条", "第条"]
)
def test_plain_text_has_no_marker(text: str) -> None:
    assert read_marker(text) is None


def test_a_space_behind_the_number_makes_it_an_article() -> None:
    line = classify("第八条 所有企业都可以申请。")[0]
    assert line.marker is not None
    assert line.marker.label == "第八条"
    assert line.text == "第八条 所有企业都可以申请。"


def test_spaces_inside_an_article_number_do_not_matter() -> None:
    line = classify("第 八 条 本办法")[0]
    assert line.cls is LineClass.MARKER
    assert line.marker is not None
    assert line.marker.label == "第八条"


@pytest.mark.parametrize(
    ("raw", "cls"),
    [
        ("", LineClass.BLANK),
        ("  \u3000 ", LineClass.BLANK),
        ("---", LineClass.NOISE),
        ("——————", LineClass.NOISE),
        ("（此件公开发布）", LineClass.NOISE),
        ("抄送：各有关单位", LineClass.NOISE),
        ("![图](a.png)", LineClass.NOISE),
        ("SCIENCE AND TECHNOLOGY", LineClass.NOISE),
        ("甲\t乙", LineClass.TABLE),
        ("| 甲 | 乙 |", LineClass.TABLE),
        ("- | 甲 | 乙 |", LineClass.TABLE),
        ("杭测〔2020〕7号", LineClass.DOC_NUMBER),
        ("2020年3月1日", LineClass.DATE),
        ("2020 年 3 月 1 日印发", LineClass.DATE),
        ("杭 州 市 测 试 局", LineClass.BODY),
        ("杭州市财政局 杭州市统计局", LineClass.BODY),
        ("市科技局", LineClass.BODY),
        ("各区、县（市）人民政府，市政府各部门：", LineClass.ADDRESSEE),
        ("（张三 供稿）", LineClass.AUTHOR),
        ("附件 2 分工表", LineClass.ANNEX),
        ("附 件", LineClass.ANNEX),
        ("## 一般的标题", LineClass.TEXT),
        ("纸鸢要做得轻。", LineClass.TEXT),
    ],
)
def test_line_classes(raw: str, cls: LineClass) -> None:
    assert classify(raw)[0].cls is cls


def test_an_addressee_is_no_list_of_conditions() -> None:
    assert classify("各有关单位须符合以下条件：")[0].cls is LineClass.TEXT


def test_heading_bold_list_dash_and_hard_break_are_noted() -> None:
    heading, bold, dashed, broken = classify("### 标题\n**粗体**\n- 1. 第一项\n行末  ")
    assert (heading.heading, heading.text) == (3, "标题")
    assert (bold.bold, bold.text) == (True, "粗体")
    assert dashed.marker is not None and dashed.marker.label == "1."
    assert broken.hard_break and not heading.hard_break


def test_annex_labels() -> None:
    assert annex_label("附件 1 分工表") == ("附件1", "分工表")
    assert annex_label("附件二") == ("附件二", "")
    assert annex_label("附件的格式见网站") is None


def test_words_that_ocr_translated_come_back() -> None:
    assert repair_words("企业 and 个人的 angel 投资") == "企业和个人的天使投资"
    assert repair_words("园区 with 高校“结对”，为企业 provide 场地") == "园区与高校“结对”，为企业提供场地"
    assert repair_words("学校的 anderen 课") == "学校的 anderen 课"
    assert repair_words("R and D") == "R and D"


@given(st.text())
def test_every_physical_line_is_classified_and_numbered(text: str) -> None:
    lines = classify(text)
    assert [line.number for line in lines] == list(range(1, text.count("\n") + 2))
    for line in lines:
        assert (line.cls is LineClass.MARKER) == (line.marker is not None)


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Breaks off what would otherwise run for minutes; generous, so no measure of speed."""

    def give_up(*_: object) -> None:
        raise TimeoutError

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers here")
def test_a_line_of_many_names_that_is_no_signature_does_not_hang() -> None:
    with _at_most(1.5):
        assert classify("杭州市财政局" * 12 + "等")[0].cls is LineClass.TEXT
