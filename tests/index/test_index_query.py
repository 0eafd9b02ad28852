from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.query import QueryAnalyser, QueryHints, clean_question, content_terms, focus
from ingest.knowledge import load_vocabulary

ANALYSER = QueryAnalyser(load_vocabulary())


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("创新券办法还有效吗", "validity"),
        ("雏鹰计划什么时候开始施行", "validity"),
        ("新版和老版有什么区别", "compare"),
        ("申报要什么材料", "materials"),
        ("创新券怎么申请", "procedure"),
        ("这笔钱归谁管", "department"),
        ("多久能批下来", "deadline"),
        ("什么是雏鹰企业", "definition"),
        ("补助有哪些", "list"),
        ("2018年全市专利授权增长了没有", "statistic"),
        ("最高能补多少", "amount"),
        ("我能不能报雏鹰企业", "eligibility"),
        ("纸鸢", None),
        ("软件企业奖励", "amount"),  # who types no more than a grant's name
        ("大学生创业补贴？", "amount"),
        ("我们公司去年拿过补贴，今年想再报", None),
        ("雏鹰计划有什么好处", "list"),
        ("贷款下个月到期，想借周转金，最多能借多少", "amount"),  # what asks, before the story
        ("这个办法是不是到期了，最多给多少", "validity"),
        ("要交啥", "materials"),
        ("从头到尾要过哪几关", "procedure"),
        ("众创空间说的“创客”指的是哪些人", "definition"),
    ],
)
def test_kinds_of_question(question: str, kind: str | None) -> None:
    assert ANALYSER.hints(question).kind == kind


@pytest.mark.parametrize(
    ("question", "paths"),
    [
        ("第八条说什么", ["第八条"]),
        ("第8条说什么", ["第八条"]),
        ("第八条（一）", ["第八条（一）"]),
        ("第八条第（一）项", ["第八条（一）"]),
        ("第二十一条和第30条", ["第二十一条", "第三十条"]),
        ("第十条", ["第十条"]),
        ("八条建议", []),
    ],
)
def test_clause_numbers(question: str, paths: list[str]) -> None:
    found = ANALYSER.hints(question).clause_paths
    assert [path for path in found if path.startswith("第")] == paths
    # 第三条 may be meant for 三、 where a document has no articles
    assert [path for path in found if path.endswith("、")] == [
        f"{path[1:-1]}、" for path in paths if path.endswith("条")
    ]


def test_paragraph_of_a_clause() -> None:
    assert ANALYSER.hints("第八条第二款").paragraph == 2
    assert ANALYSER.hints("第八条").paragraph is None


@pytest.mark.parametrize(
    ("question", "numbers", "short"),
    [
        ("杭科资[2020]72号还有效吗", ["杭科资〔2020〕72号"], []),
        ("杭科资(2020) 72 号第八条", ["杭科资〔2020〕72号"], []),
        ("72号文讲什么", [], ["72"]),
        ("讲什么", [], []),
    ],
)
def test_document_numbers(question: str, numbers: list[str], short: list[str]) -> None:
    hints = ANALYSER.hints(question)
    assert (hints.doc_numbers, hints.short_numbers) == (numbers, short)


@pytest.mark.parametrize(
    ("question", "years"),
    [("2018年专利", ["2018"]), ("18年专利", ["2018"]), ("2020版和2018版", ["2020", "2018"]), ("杭科资〔2020〕72号", []),
     ("满20年的企业", []), ("培育3年", []), ("专利", [])],
)  # fmt: skip
def test_years(question: str, years: list[str]) -> None:
    assert ANALYSER.hints(question).years == years


@pytest.mark.parametrize("question", ["营收2000万元", "孵化器要1998平方米", "至少2000家企业"])
def test_amounts_are_no_years(question: str) -> None:
    assert ANALYSER.hints(question).years == []


def test_places() -> None:
    hints = ANALYSER.hints("余杭和宁波的孵化器奖励")
    assert (hints.places, hints.other_places) == (["余杭区"], ["宁波"])
    assert ANALYSER.hints("杭州市的奖励").places == []


def test_everyday_words_find_their_official_ones() -> None:
    targets = {e.target for e in ANALYSER.hints("高企补多少").expansions}
    assert "高新技术企业" in targets
    assert ANALYSER.hints("高新技术企业").expansions == [] or all(
        e.target not in "高新技术企业" for e in ANALYSER.hints("高新技术企业").expansions
    )


def test_latin_words_expand_only_as_whole_words() -> None:
    assert any(e.word == "vc" for e in ANALYSER.hints("VC 投资").expansions) == any(
        "vc" in [w.lower() for w in [*t.say, *t.en]] for t in load_vocabulary().terms
    )
    assert not any(e.word in ("ai", "ip") for e in ANALYSER.hints("said ship").expansions)


# --- what a conversation lends ------------------------------------------------------------------------------

ASKED = "2018年余杭区《杭州市科技创新券实施管理办法》企业最高补多少"


def _after(question: str, context: str = ASKED, leaning: float = 1.0) -> QueryHints:
    return ANALYSER.hints(question, context, "", leaning)


def test_what_is_left_unsaid_is_taken_from_the_question_before() -> None:
    hints = _after("那创客呢")
    assert (hints.kind, hints.kinds) == ("amount", ANALYSER.hints(ASKED).kinds)
    assert (hints.years, hints.places) == (["2018"], ["余杭区"])
    assert hints.titles == ["杭州市科技创新券实施管理办法"]
    assert _after("那第八条呢", "杭科资〔2020〕72号讲什么").doc_numbers == ["杭科资〔2020〕72号"]


def test_what_is_said_now_counts() -> None:
    hints = _after("那2020年萧山区怎么申请呢")
    assert (hints.kind, hints.years, hints.places) == ("procedure", ["2020"], ["萧山区"])
    assert "2018" not in hints.context and "余杭" not in hints.context
    assert "创新券" in hints.context
    other = _after("那杭科合〔2018〕8号呢", "杭科资〔2020〕72号讲什么")
    assert (other.doc_numbers, other.titles) == (["杭科合〔2018〕8号"], [])


def test_years_and_places_named_now_replace_those_of_the_answer_too() -> None:
    hints = ANALYSER.hints("那2020年西湖区呢", ASKED, "2018年余杭区最高20万元。")
    assert "2018" not in hints.reply and "余杭" not in hints.reply
    assert "20万元" in hints.reply


def test_a_question_that_stands_alone_inherits_nothing() -> None:
    hints = _after("孵化器要多大面积", leaning=0.4)
    assert (hints.years, hints.places, hints.titles) == ([], [], [])
    assert hints.kind == ANALYSER.hints("孵化器要多大面积").kind
    assert hints.context and hints.leaning == 0.4
    assert not any("创新券" in spellings for spellings in hints.topics)


# --- long stories -------------------------------------------------------------------------------------------

STORY = (
    "我们公司成立五年了，主要做纸鸢出口，去年搬到了余杭，员工三十来个人，老板人也不错，今年打算招两个博士，"
    "想建一个研发中心，能补多少钱？另外我女儿明年要上小学了，我妈身体不太好。"
)


def test_a_long_story_is_told_apart_from_its_question() -> None:
    asked = focus(STORY)
    assert "能补多少钱" in asked and "研发中心" in asked  # what is asked, and what about
    assert "女儿" not in asked and "员工" not in asked


@pytest.mark.parametrize(
    "text", ["", "创新券最高多少", "我做面馆，听说有补助，能补多少？", "做纸鸢的企业" * 20, "，" * 100]
)
def test_nothing_is_told_apart_in_a_short_text_or_one_that_asks_nothing(text: str) -> None:
    assert focus(text) == ""


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["能补多少", "，", "。", " ", "\n", "纸鸢", "我开了三年面馆", "吗", "?"]),
            st.text(max_size=12),
        ),
        max_size=30,
    )
)
def test_what_is_told_apart_comes_from_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    asked = focus(text)
    assert all(word in text for word in asked.split())
    assert len(asked) < len(text) or not text
    assert focus(clean_question(text)) is not None


def test_titles_in_book_marks() -> None:
    assert ANALYSER.hints("《杭州市纸鸢办法》还有效吗").titles == ["杭州市纸鸢办法"]


def test_cleaning_a_question() -> None:
    assert clean_question("<b>创新券</b>能领<img src=x onerror=alert(1)>多少") == "创新券 能领 多少"
    assert clean_question("研发<10万元>的") == "研发<10万元>的"
    assert clean_question("活动场次 18版 和21版") == "活动场次 2018年版 和2021年版"
    assert clean_question("科技创新劵，要哪些才料") == "科技创新券,要哪些材料"
    assert clean_question(" ２０万元\u200b，\n企业 and 个人\x07 ") == "20万元, 企业和个人"


def test_filler_words_carry_no_content() -> None:
    assert content_terms("请问一下我们公司能不能") == [] or "公司" not in content_terms(
        "请问一下我们公司能不能"
    )
    assert "创新" in content_terms("请问创新券最多能领多少钱？")


@given(st.text(max_size=200))
def test_any_text_can_be_read_for_hints(text: str) -> None:
    hints = ANALYSER.hints(text)
    assert hints.text == clean_question(text)
    assert clean_question(hints.text) == hints.text
    assert not any(ord(ch) < 32 for ch in hints.text)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("要求他们的收入每年平均涨百分之几", "amount"),
        ("到底是哪一天开始算数的", "validity"),
        ("指的是哪一类产业", "definition"),
        ("一半是让利性的，这个让利是个什么概念", "definition"),
        ("说的是怎么个投法", "definition"),
        ("隔壁市算外地吗，这个外地是怎么划的", "definition"),
        ("老外的市民卡平时能拿来干嘛", "definition"),
        ("材料在哪个系统里报", "materials"),
        ("平台券在哪个系统里报", "procedure"),
        ("日常事务是哪个办公室在管", "department"),
        ("产业规模定的是到哪一年", "deadline"),
        ("合格的分几档", "list"),
        ("六个亿能补几个钱", "amount"),
        ("申报条件是啥", "eligibility"),
        ("创客空间分哪三类来着", "list"),
        ("从交材料到发文要走哪几步", "materials"),
        ("认定要走哪几步", "procedure"),
        ("最晚几个月要分到企业手上", "deadline"),
    ],
)
def test_the_kind_of_a_question_in_everyday_words(question: str, kind: str) -> None:
    assert ANALYSER.hints(question).kind == kind
