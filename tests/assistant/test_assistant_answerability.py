"""Whether there is an answer: the signals, the learned weights, and what they decide."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from assistant.answerability import answerable, signals, unknown_number, unknown_title
from assistant.evidence import judge
from assistant.retriever import ClauseRetriever
from assistant.schema import Turn
from assistant.service import Assistant
from assistant.understanding import understand

DAY = date(2026, 11, 20)
PLAIN = [
    "创新券最多领多少",
    "雏鹰企业要什么条件",
    "孵化器怎么申请认定",
    "杭科合〔2018〕8号还有效吗",
    "规上企业研发补助最高多少",
]


def _signals(assistant: Assistant, question: str, history: list[Turn] | None = None) -> dict[str, float]:
    searcher = assistant.searcher
    understood = understand(question, DAY, history or [], searcher.analyser)
    return signals(understood, ClauseRetriever(searcher=searcher).found(understood.hints), searcher)


@pytest.mark.parametrize("question", [*PLAIN, "今天天气怎么样", "量子券 2031年 宁波"])
def test_signals_are_finite_numbers_of_moderate_size(assistant_knowledge: Assistant, question: str) -> None:
    values = np.array(list(_signals(assistant_knowledge, question).values()))
    assert np.isfinite(values).all() and np.abs(values).max() <= 20


def test_the_same_signals_for_every_question(assistant_knowledge: Assistant) -> None:
    names = [list(_signals(assistant_knowledge, q)) for q in (*PLAIN, "今天天气怎么样")]
    assert all(n == names[0] for n in names)


@pytest.mark.parametrize(
    ("question", "neither"),
    [
        ("创新券一年最多领多少", 0),
        ("创新券的总额是按含税价算还是按不含税价算", 1),
        ("企业一年最多申领的创新券是十万元还是二十万元", 0),
        ("创新券是市里发还是区里发", 0),
        ("创新券我们还是没弄明白，一年最多领多少", 0),
    ],
)
def test_which_of_two_ways_it_is_must_be_in_the_clause(
    assistant_knowledge: Assistant, question: str, neither: int
) -> None:
    assert _signals(assistant_knowledge, question)["neither_way"] == neither


@pytest.mark.parametrize("question", PLAIN)
def test_plain_questions_have_an_answer(assistant_knowledge: Assistant, question: str) -> None:
    assert answerable(_signals(assistant_knowledge, question)) > 0.4


@pytest.mark.parametrize(
    "question",
    [
        "今天天气怎么样",
        "苏州的创新券最多领多少",
        "请问红烧肉怎么做",
        "麒麟券一张抵多少钱",
        "香蕉 月亮 袜子 会飞",
    ],
)
def test_strange_questions_have_none(assistant_knowledge: Assistant, question: str) -> None:
    assert answerable(_signals(assistant_knowledge, question)) < 0.3
    assert assistant_knowledge.ask(question, DAY).status != "answered"


def test_without_the_clause_an_answer_is_less_likely(assistant_knowledge: Assistant) -> None:
    question = "企业一年最多能申领多少创新券"
    before = answerable(_signals(assistant_knowledge, question))
    blind = assistant_knowledge.without(["杭科合〔2018〕8号#第六条"])
    assert answerable(_signals(blind, question)) < before


def test_titles_and_numbers_that_no_document_has(assistant_knowledge: Assistant) -> None:
    searcher = assistant_knowledge.searcher

    def read(question: str) -> tuple[str, str]:
        understood = understand(question, DAY, [], searcher.analyser)
        return unknown_title(understood, searcher), unknown_number(understood, searcher)

    assert read("《杭州市鲲鹏量子园区管理办法》什么时候施行") == ("《杭州市鲲鹏量子园区管理办法》", "")
    assert read("杭测字〔2031〕999号说了什么") == ("", "杭测字〔2031〕999号")
    assert read("《杭州市科技创新券实施管理办法》（杭科合〔2018〕8号）还有效吗") == ("", "")


@pytest.mark.parametrize(
    ("question", "cause"),
    [
        ("苏州的创新券最多领多少", "place"),
        ("请问红烧肉怎么做", "off_topic"),
        ("创新券经办人的手机号是多少", "detail"),
        ("杭测字〔2031〕999号政策补助多少", "name"),
    ],
)
def test_why_there_is_none(assistant_knowledge: Assistant, question: str, cause: str) -> None:
    searcher = assistant_knowledge.searcher
    understood = understand(question, DAY, [], searcher.analyser)
    verdict = judge(understood, ClauseRetriever(searcher=searcher).found(understood.hints), searcher)
    assert (verdict.documents, verdict.cause) == ([], cause)


def test_nothing_found_is_nothing_to_answer_with(assistant_knowledge: Assistant) -> None:
    understood = understand("创新券", DAY, [], assistant_knowledge.searcher.analyser)
    assert judge(understood, [], assistant_knowledge.searcher).cause == "thin"


def test_a_clause_that_its_document_does_not_have_is_said_to_be_none(assistant: Assistant) -> None:
    answer = assistant.ask("杭科高〔2020〕71号第九十九条", DAY)
    assert (answer.status, answer.citations) == ("not_covered", [])
    assert "杭科高〔2020〕71号第九十九条" in answer.answer


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("What is the maximum innovation voucher for a company per year?", "杭科合〔2018〕8号"),
        ("众创空间2018版和2021版有什么不同", "杭科高〔2021〕90号"),
    ],
)
def test_questions_whose_own_words_stand_nowhere(assistant: Assistant, question: str, number: str) -> None:
    answer = assistant.ask(question, DAY)
    assert answer.status == "answered"
    assert number in {c.doc_number for c in answer.citations}


@pytest.mark.parametrize("question", ["How do I bake bread?", "What is the weather in Hangzhou today?"])
def test_english_about_anything_else(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question, DAY).citations == []


@pytest.fixture(params=["knowledge", "corpus"])
def assistant(request: pytest.FixtureRequest) -> Assistant:
    return request.getfixturevalue(f"assistant_{request.param}")


def test_the_year_in_a_yearbooks_name_is_not_that_of_its_figures(assistant_corpus: Assistant) -> None:
    assert assistant_corpus.ask("滨江区2020年发明专利授权量是多少件", DAY).status == "not_covered"
    assert assistant_corpus.ask("中国制造2025意见里传统产业怎么改造", DAY).status == "answered"
