from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.query import QueryAnalyser, clean_question, content_terms
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
    assert ANALYSER.hints(question).clause_paths == paths


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


def test_titles_in_book_marks() -> None:
    assert ANALYSER.hints("《杭州市纸鸢办法》还有效吗").titles == ["杭州市纸鸢办法"]


def test_cleaning_a_question() -> None:
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
