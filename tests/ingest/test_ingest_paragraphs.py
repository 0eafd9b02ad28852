from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.lines import LineClass, classify
from ingest.paragraphs import is_full_title, is_title, is_title_tail, read_blocks

# A paragraph of our own with commas, figures and a cross-reference, between two others.
PARAGRAPH = (
    "对上一年做出纸鸢超过30只、并且符合第二条所列要求的企业，按照每只不超过200元的标准给予补助，"
    "同一家企业一年内得到的补助总额不超过20万元，补助的钱由市里和区里各出一半，区里可以再多给一些。"
)
BEFORE, AFTER = "第三条 纸鸢要轻，也要结实。", "第四条 每年三月评选。"


def _shape(text: str) -> list[tuple[LineClass, str, str]]:
    return [(b.cls, b.text, b.marker.label if b.marker else "") for b in read_blocks(text)]


def _breakable(text: str, at: int) -> bool:
    """Not at a sentence end, not inside a number, and no line begins that looks like a clause number."""
    left, right = text[at - 1], text[at]
    return (
        left not in "。！？；："
        and not (left.isascii() and right.isascii())
        and classify(text[at:])[0].marker is None
    )


BREAKS = [i for i in range(1, len(PARAGRAPH)) if _breakable(PARAGRAPH, i)]


@given(
    st.lists(st.sampled_from(BREAKS), max_size=4, unique=True),
    st.sampled_from(["\n", "\n\n", "\n\n\n", "\n---\n\n", "\n \n"]),
)
def test_a_break_in_mid_sentence_is_healed(places: list[int], gap: str) -> None:
    broken, last = "", 0
    for place in sorted(places):
        broken += PARAGRAPH[last:place] + gap
        last = place
    broken += PARAGRAPH[last:]
    whole = _shape(f"{BEFORE}\n\n{PARAGRAPH}\n\n{AFTER}\n")
    assert len(whole) == 3
    assert _shape(f"{BEFORE}\n\n{broken}\n\n{AFTER}\n") == whole


@given(st.sampled_from([i for i in range(27, len(PARAGRAPH)) if _breakable(PARAGRAPH, i)]))
def test_a_page_break_inside_a_numbered_clause_is_healed(place: int) -> None:
    broken = f"第五条 {PARAGRAPH[:place]}\n\n\n{PARAGRAPH[place:]}"
    assert _shape(broken) == _shape(f"第五条 {PARAGRAPH}")


@given(st.integers(0, 6))
def test_paragraphs_that_end_stay_apart(blank_lines: int) -> None:
    assert len(read_blocks("纸鸢要轻。" + "\n" * (blank_lines + 1) + "也要结实。")) == 2


def test_a_hard_break_and_an_entry_begin_anew() -> None:
    assert len(read_blocks("甲乙丙  \n丁戊己")) == 2
    assert len(read_blocks("甲乙丙\n【纸鸢大赛】 三月举行")) == 2


def test_a_bare_numbered_heading_keeps_to_itself() -> None:
    blocks = read_blocks("一、总体要求\n\n坚持慢慢做")
    assert [b.text for b in blocks] == ["一、总体要求", "坚持慢慢做"]


def test_table_rows_are_one_block_over_blank_lines() -> None:
    blocks = read_blocks("甲\t乙\n1\t2\n\n3\t4\n以上是表格。")
    assert [(b.cls, b.line_start, b.line_end) for b in blocks] == [
        (LineClass.TABLE, 1, 4),
        (LineClass.TEXT, 5, 5),
    ]


def test_a_title_in_book_marks_is_joined_over_lines() -> None:
    assert (
        read_blocks("根据《杭州市纸鸢\n\n补助办法》给予补助。")[0].text
        == "根据《杭州市纸鸢补助办法》给予补助。"
    )


def test_the_caption_above_a_photo_credit_is_left_out() -> None:
    assert [b.text for b in read_blocks("纸鸢大赛现场\n（张三 摄）\n比赛在三月举行。")] == [
        "比赛在三月举行。"
    ]


def test_titles() -> None:
    assert is_title("杭州市纸鸢补助办法") and is_title("关于做纸鸢的实施意见（试行）")
    assert not is_title("纸鸢要轻。") and not is_title("办法")
    assert is_full_title("杭州市测试局关于支持造船的实施意见")
    assert not is_full_title("关于支持造船的实施意见") and is_title_tail("关于支持造船的实施意见")


@given(st.text())
def test_blocks_keep_the_order_of_lines(text: str) -> None:
    numbers = [line.number for block in read_blocks(text) for line in block.lines]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_windows_line_ends_make_no_difference(ending: str) -> None:
    text = f"{BEFORE}\n\n{PARAGRAPH}\n"
    assert _shape(text.replace("\n", ending)) == _shape(text)
