from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.answers import answered_kinds
from index.passages import TOKEN_BUDGET, passages, split
from index.tokens import count_tokens, terms
from ingest.corpus import ingest_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("做纸鸢", ["做纸", "纸鸢"]),
        ("船", ["船"]),
        ("E类人才", ["e", "e类", "类人", "人才"]),
        ("R&D经费", ["r&d", "r&d经", "经费"]),
        ("２００万", ["200", "200万", "万"]),
        ("1.5%", ["1.5"]),
        ("", []),
        ("，。！\n\t", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@given(st.text())
def test_terms_do_not_depend_on_width_or_case(text: str) -> None:
    wide = "".join(chr(ord(ch) + 0xFEE0) if "!" <= ch <= "~" else ch for ch in text)
    assert terms(wide) == terms(text)


def test_tokens_are_counted_with_qwen_ranks() -> None:
    assert count_tokens("") == 0
    assert count_tokens("hello") == 1
    assert 1 <= count_tokens("补助") <= 2
    assert count_tokens("1234") == 4  # Qwen cuts numbers into digits


@given(st.lists(st.text(alphabet="纸鸢轻重ab ，；。！？\n", max_size=30)).map("".join), st.integers(4, 40))
def test_splitting_keeps_the_budget_the_order_and_every_word(text: str, budget: int) -> None:
    pieces = split(text, budget, len)
    assert all(len(piece) <= budget for piece in pieces)
    letters = [ch for ch in text if not ch.isspace()]
    assert [ch for piece in pieces for ch in piece if not ch.isspace()] == letters


@given(
    st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=600),
    st.integers(8, 64),
)
def test_splitting_keeps_the_budget_in_real_tokens(text: str, budget: int) -> None:
    pieces = split(text, budget)
    assert "".join(pieces) == text
    if len(text) * 2 > budget:
        assert all(count_tokens(piece) <= budget for piece in pieces)


def test_short_texts_stay_whole_and_sentences_are_not_torn() -> None:
    assert split("甲。乙。", 10, len) == ["甲。乙。"]
    assert split("甲甲。乙乙。丙丙。", 6, len) == ["甲甲。乙乙。", "丙丙。"]


def test_passages_of_a_policy(policy_text: str) -> None:
    (document,) = ingest_text(policy_text, "a.txt")
    document.document_id = "杭测〔2020〕7号"
    made = passages(document)
    texts = {(p.clause_id.split("#")[1], p.part): p.text for p in made}
    assert texts["第二条", 0].split("\n") == [
        "第二条 做纸鸢的企业应当符合以下条件：",
        "（一）在本市登记注册；",
        "（二）上一年做的纸鸢不少于30只。",
    ]
    assert ("第二条（一）", 0) in texts
    assert ("附件1", 0) not in texts  # a bare heading answers nothing
    context = next(p.context for p in made if p.clause_id.endswith("第二条（一）"))
    assert context.startswith("第一章 总则 第二条做纸鸢的企业")


def test_a_bare_heading_with_notes_keeps_its_passage(policy_text: str) -> None:
    (document,) = ingest_text(policy_text, "a.txt")
    assert any(p.clause_id.endswith("#附件1") for p in passages(document, keep={"附件1"}))


def test_a_long_clause_becomes_numbered_parts_within_the_budget() -> None:
    long = "".join(f"第{i}种船要用{i}根木头，还要刷{i}遍漆。" for i in range(200))
    (document,) = ingest_text(f"杭州市测试局关于支持造船的意见\n\n一、{long}", "a.txt")
    made = passages(document)
    assert len(made) > 3
    assert [p.part for p in made] == list(range(len(made)))
    assert "".join(p.text for p in made) == document.clauses[0].text
    assert all(count_tokens(p.text) <= TOKEN_BUDGET for p in made)


def test_passages_of_the_real_documents_keep_the_budget(assistant_corpus) -> None:
    searcher = assistant_corpus.searcher
    held = searcher.store.passages(range(len(searcher.generation.rows)))
    assert len(held) == len(searcher.generation.rows) > 4000
    for _, text in held.values():
        assert text.strip()
        assert len(text) * 2 <= TOKEN_BUDGET or count_tokens(text) <= TOKEN_BUDGET


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("自2020年4月1日起施行。", "validity"),
        ("最高20万元。", "amount"),
        ("纸鸢是指会飞的玩具。", "definition"),
        ("应当提交申请表。", "materials"),
        ("由市测试局负责。", "department"),
        ("企业应当符合条件。", "eligibility"),
        ("30日内审核。", "deadline"),
    ],
)
def test_kinds_of_question_that_a_text_can_answer(text: str, kind: str) -> None:
    assert kind in answered_kinds(text)
    assert kind not in answered_kinds("纸鸢飞得高。")
