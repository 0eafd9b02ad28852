from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text import (
    CHINESE_NUMBERS,
    chinese_number,
    doc_numbers,
    figures,
    first_date,
    fold,
    is_doc_number_line,
    iso_date,
    tidy,
)


@pytest.mark.parametrize(
    "printed",
    ["杭测〔2020〕7号", "杭测[2020]7号", "杭测（2020）7号", "杭测(2020)7号", "杭测【2020】7号", "杭测〈2020〉7 号",
     "杭 测 〔 2020 〕 7 号", "杭测［2020］007号", "杭测〔2020] 7号"],
)  # fmt: skip
def test_document_numbers_are_normalised_whatever_the_brackets(printed: str) -> None:
    assert doc_numbers(printed) == ["杭测〔2020〕7号"]


def test_several_document_numbers_keep_their_order_and_do_not_repeat() -> None:
    text = "（杭测〔2020〕7号、浙试发〔2019〕12号），又见杭测[2020]7号"
    assert doc_numbers(text) == ["杭测〔2020〕7号", "浙试发〔2019〕12号"]


def test_words_before_a_document_number_are_no_part_of_it() -> None:
    assert doc_numbers("根据杭测〔2020〕7号") == ["杭测〔2020〕7号"]
    assert doc_numbers("按照市委〔2018〕7号") == ["市委〔2018〕7号"]


def test_other_words_before_a_document_number_are_no_part_of_it() -> None:
    assert doc_numbers("其中杭测〔2020〕7号") == ["杭测〔2020〕7号"]


@pytest.mark.parametrize(
    "text", ["", "2020年第7号", "〔2020〕7号", "杭测〔1820〕7号", "杭测〔2020〕号", "杭测〔2020〕7"]
)
def test_what_is_no_document_number(text: str) -> None:
    assert doc_numbers(text) == []


def test_lines_of_document_numbers_alone() -> None:
    assert is_doc_number_line("杭测〔2020〕7号  杭试〔2020〕8号")
    assert not is_doc_number_line("根据（杭测〔2020〕7号）")
    assert not is_doc_number_line("")


@given(st.integers(1, 299))
def test_chinese_numbers_name_each_value_once(n: int) -> None:
    spellings = [word for word, value in CHINESE_NUMBERS.items() if value == n and word != "两"]
    assert len(spellings) == 1
    assert chinese_number(spellings[0]) == chinese_number(str(n)) == n


@pytest.mark.parametrize(
    ("word", "value"), [("十", 10), ("十五", 15), ("二十", 20), ("九十九", 99), ("一百", 100), ("一百零三", 103),
                        ("一百一十", 110), ("一百一十五", 115), ("二百九十九", 299), ("两", 2)],
)  # fmt: skip
def test_chinese_numbers_by_hand(word: str, value: int) -> None:
    assert chinese_number(word) == value


@pytest.mark.parametrize("word", ["", "十十", "二2", "¹", "２", "百", "甲"])
def test_what_is_no_chinese_number(word: str) -> None:
    assert chinese_number(word) is None


@pytest.mark.parametrize(
    ("text", "iso"),
    [("自2020年8月9日起", "2020-08-09"), ("2020 年 8 月 9 日", "2020-08-09"), ("2023年12月", "2023-12"),
     ("2021年2月30日", None), ("2021年13月1日", None), ("没有日期", None), ("1899年1月1日", None)],
)  # fmt: skip
def test_dates(text: str, iso: str | None) -> None:
    assert first_date(text) == iso


@given(st.dates())
def test_iso_dates_of_real_days(day) -> None:
    assert iso_date(str(day.year), str(day.month), str(day.day)) == day.isoformat()


@pytest.mark.parametrize(
    ("one", "other"),
    [("200万元", "2,000,000 元"), ("200万元", "２００ 万元"), ("20%", "20 ％"), ("1.5亿元", "15000万元"), ("0.5", "0.50"),
     ("3千万元", "3000万元"), ("1万亿元", "10000亿元")],
)  # fmt: skip
def test_figures_written_differently_are_equal(one: str, other: str) -> None:
    assert figures(one) == figures(other) != set()


@pytest.mark.parametrize(
    ("one", "other"), [("20万元", "20元"), ("20%", "20‰"), ("20家", "20人"), ("2.0", "20")]
)
def test_figures_that_differ_stay_apart(one: str, other: str) -> None:
    assert not figures(one) & figures(other)


def test_figures_on_both_sides_of_a_chinese_comma_stay_apart() -> None:
    assert figures("分别给10，20，30家") >= {"30家", "10", "20"}


def test_tidy_removes_ocr_spaces_and_keeps_those_of_latin_words() -> None:
    assert tidy("自 2020 年 8 月\u200b3 日起，Young Eagle 计划\u0007") == "自2020年8月3日起，Young Eagle计划"


@given(st.text(alphabet="纸鸢，。％Ａa1- \u3000\t\u200b\x07"))
def test_tidy_and_fold_are_stable(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert fold(fold(text)) == fold(text)
    assert fold(tidy(text)).replace("\u200b", "") == re.sub("[\u200b\x07]", "", fold(text))
