from __future__ import annotations

import pytest

from assistant.verify import unsupported

SOURCE = ["企业补助不超过增量的20%，单个企业最高200万元，全市取前200家。", "杭州市纸鸢办法 杭测〔2020〕7号"]


@pytest.mark.parametrize(
    "statement",
    [
        "单个企业最高200万元。",
        "单个企业最高2,000,000元。",
        "按不超过20％补助，上限200 万元。",
        "前200家企业可以拿到补助。",
        "依据杭测[2020]7号，最高200万元。",
        "企业可以拿补助。",
        "根据第八条（一），最高200万元[1]。",
    ],
)
def test_what_the_sources_say_is_let_through(statement: str) -> None:
    assert unsupported(statement, SOURCE) == ""


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("单个企业最高300万元。", "数字3000000元"),
        ("单个企业最高200元。", "数字200元"),
        ("按不超过30%补助。", "数字30%"),
        ("取前600家。", "数字600家"),
        ("2023年起最高200万元。", "2023"),
        ("依据杭测〔2021〕7号，最高200万元。", "文号杭测〔2021〕7号"),
        ("单个企业补助200万元。", "限定词"),
        ("每家给200万元，按20%补。", "限定词"),
    ],
)
def test_what_the_sources_do_not_say_is_held_back(statement: str, words: str) -> None:
    assert words in unsupported(statement, SOURCE)


def test_a_figure_that_is_free_in_some_source_needs_no_limit() -> None:
    assert unsupported("补助200万元。", [*SOURCE, "获奖企业补助200万元。"]) == ""


@pytest.mark.parametrize(
    "statement", ["单个企业最高三百万元。", "按不超过百分之三十补助。", "按不超过三成补助。"]
)
def test_figures_in_chinese_numerals_are_checked(statement: str) -> None:
    assert unsupported(statement, SOURCE)


def test_the_limit_of_a_share_must_not_be_lost() -> None:
    assert unsupported("按增量的20%补助。", SOURCE)
