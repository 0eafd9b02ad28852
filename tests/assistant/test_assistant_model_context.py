from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model_context import evidence_of, excerpt, fenced, pack
from assistant.retriever import ClauseRetriever
from assistant.service import Assistant
from assistant.understanding import Understanding, understand
from index.tokens import count_tokens

DAY = date(2021, 6, 1)


@pytest.fixture
def ready(assistant_knowledge: Assistant) -> Callable[[str], Understanding]:
    return lambda question: understand(question, DAY, [], assistant_knowledge.searcher.analyser)


def packed(assistant: Assistant, understanding: Understanding, budget: int) -> tuple[str, list[str]]:
    searcher = assistant.searcher
    found = ClauseRetriever(searcher=searcher).found(understanding.hints)
    context, shown = pack(found, understanding, searcher, budget)
    return context, [s.clause_id for s in shown]


@pytest.mark.parametrize("budget", [200, 600, 2000, 6000])
def test_the_context_stays_within_its_budget(
    assistant_knowledge: Assistant, ready: Callable[[str], Understanding], budget: int
) -> None:
    context, shown = packed(assistant_knowledge, ready("创新券企业一年最多领多少"), budget)
    assert shown
    if len(shown) > 1:
        assert count_tokens(context) <= budget * 1.1 + 20 * len(shown)


def test_more_room_shows_more_clauses(
    assistant_knowledge: Assistant, ready: Callable[[str], Understanding]
) -> None:
    question = ready("雏鹰企业有哪些扶持")
    few, many = (packed(assistant_knowledge, question, budget)[1] for budget in (400, 6000))
    assert len(few) < len(many)
    assert many[: len(few)] == few


def test_the_first_found_is_k1_and_documents_stand_together_in_order(
    assistant_knowledge: Assistant, ready: Callable[[str], Understanding]
) -> None:
    searcher = assistant_knowledge.searcher
    question = ready("2018年和2021年的众创空间认定条件有什么不同")
    found = ClauseRetriever(searcher=searcher).found(question.hints)
    context, shown = pack(found, question, searcher, 6000)
    assert shown[0].label == "K1" and shown[0].clause_id == found[0].metadata["clause_id"]
    order = sorted(shown, key=lambda s: context.index(f"代号={s.label}>"))
    documents = [s.clause_id.split("#")[0] for s in order]
    assert documents == sorted(documents, key=documents.index)
    assert len(set(documents)) > 1
    for document in set(documents):
        places = [searcher.store.clause(s.clause_id) for s in order if s.clause_id.startswith(f"{document}#")]
        positions = [c.position for c in places if c]
        assert positions == sorted(positions)


def test_validity_on_the_day_stands_at_each_clause(
    assistant_knowledge: Assistant, ready: Callable[[str], Understanding]
) -> None:
    question = ready("研发投入补助最高多少")
    question.as_of = date(2026, 11, 21)
    context, shown = packed(assistant_knowledge, question, 4000)
    assert context.count("效力：") == len(shown)
    assert "按2026年11月21日判断" in context and "已失效" in context


@given(
    st.lists(
        st.sampled_from(["纸鸢最高补助20万元。", "船补助3万元；", "其他另行规定。", "天" * 60 + "。"]),
        max_size=20,
    )
)
def test_a_cut_text_is_whole_sentences_in_order(parts: list[str]) -> None:
    text = "".join(parts)
    understanding = Understanding("纸鸢补助多少", "纸鸢补助多少", None, DAY)  # type: ignore[arg-type]
    cut = excerpt(text, understanding, lambda _: 1.0, 60)
    pieces = [p for p in cut.split("……") if p]
    assert all(p in text for p in pieces)
    assert all(p.endswith(("。", "；")) for p in pieces)
    if "纸鸢" in text:
        assert "纸鸢最高补助20万元。" in cut


@given(st.text())
def test_no_text_can_close_a_tag(text: str) -> None:
    assert "<" not in fenced(text) and ">" not in fenced(text)


def test_evidence_has_the_words_above_and_the_documents_data(assistant_knowledge: Assistant) -> None:
    searcher = assistant_knowledge.searcher
    clause = searcher.store.clause("杭科资〔2020〕72号#第八条（一）")
    assert clause is not None
    evidence = evidence_of(clause, DAY, searcher)
    above = searcher.store.clause("杭科资〔2020〕72号#第八条")
    assert above is not None and above.text in evidence.text
    assert evidence.doc_numbers == ("杭科资〔2020〕72号",)
    assert evidence.status == "in_force"
