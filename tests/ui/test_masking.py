import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.masking import mask, masked

DIGITS = "0123456789"
WORDS = st.text(alphabet="我的电话是补助万元第条一二三（），。 abc\n", max_size=30)
GAPS = st.sampled_from(["", " ", "-", "\u3000", "\u200b", "－", "·"])
WIDE = str.maketrans(DIGITS, "０１２３４５６７８９")
CHINESE = str.maketrans(DIGITS, "零一二三四五六七八九")


@st.composite
def written(draw: st.DrawFn, digits: str) -> str:
    """A number as people write it: with gaps, full-width, in Chinese."""
    gap = draw(GAPS)
    every = draw(st.integers(3, 5))
    text = gap.join(digits[i : i + every] for i in range(0, len(digits), every))
    return text.translate(draw(st.sampled_from([{}, WIDE, CHINESE])))


MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True).flatmap(written)
IDENTITIES = st.from_regex(
    r"[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{4}", fullmatch=True
).flatmap(written)
CARDS = st.from_regex(r"62[0-9]{14,17}", fullmatch=True).flatmap(written)


@given(before=WORDS, number=st.one_of(MOBILES, IDENTITIES, CARDS), after=WORDS)
def test_no_number_survives_in_any_writing(before: str, number: str, after: str) -> None:
    said = mask(before + number + after)
    assert number not in said
    assert "〔" in said


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(alphabet="政策补助企业年万元，。%（）abc", max_size=60), st.integers(0, 10**9))
def test_amounts_and_words_stay(words: str, amount: int) -> None:
    text = f"{words}，补助{amount}元"
    assert mask(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "杭科资〔2020〕72号#第八条（一）",
        "2019-2020-2021-2022年",
        "2020年7月9日至2022-12-31",
        "从810万涨到1000万，增加190万元，占比12.5%",
        "12345热线",
        "一三五八条，二〇二〇年一月一日",
    ],
)
def test_what_is_nobodys_number_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("电话13800138000。", "电话〔电话〕。"),
        ("唯一138 0013 8000", "唯一〔电话〕"),
        ("+86 138-0013-8000", "〔电话〕"),
        ("0571-87702250", "〔电话〕"),
        ("33010619900101123X", "〔证件号〕"),
        ("330106900101123", "〔证件号〕"),
        ("wang.li@example.com", "〔邮箱〕"),
        ("ｗａｎｇ＠example．com", "〔邮箱〕"),
        ("执照330100000012345678901", "执照〔号码〕"),
    ],
)
def test_each_kind_is_said_to_be_what_it_was(text: str, said: str) -> None:
    assert mask(text) == said


def test_data_is_masked_at_every_depth_and_keys_stay() -> None:
    data = {"a": ["13800138000", {"b": ("13800138000", 5, None)}]}
    assert masked(data) == {"a": ["〔电话〕", {"b": ["〔电话〕", 5, None]}]}
    assert not re.search("[0-9]{11}", str(masked(data)))
