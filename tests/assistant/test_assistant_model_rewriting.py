"""Follow-ups made to stand alone, and facts read from sentences, by a scripted model."""

from __future__ import annotations

import json
import os
from datetime import date

import pytest
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from scripted_server import Reply, Script

from assistant.model_facts import borne_out, propose_facts
from assistant.retriever import ClauseRetriever
from assistant.rewriting import found_with_rewriting, leans, rewritten
from assistant.schema import Turn
from assistant.service import Assistant
from assistant.understanding import understand
from assistant.verify import Verifier
from ingest.knowledge import load_facts

os.environ["NO_PROXY"] = "127.0.0.1"
HISTORY = [
    Turn(role="user", content="创新券企业一年最多领多少"),
    Turn(role="assistant", content="每家企业每年最高一般不超过20万元。"),
]
DAY = date(2021, 6, 1)


@pytest.fixture
def model(script: Script) -> BaseChatModel:
    return init_chat_model("openai:test", base_url=script.url, api_key="x", timeout=5, max_retries=0)


def says(script: Script, question: str) -> None:
    script.answer(Reply(json.dumps({"question": question}, ensure_ascii=False)))


def test_a_rewriting_that_the_conversation_bears_out_is_taken(script: Script, model: BaseChatModel) -> None:
    says(script, "创客一年最多领多少创新券")
    assert rewritten(model, "那创客呢", HISTORY, Verifier(), 5) == "创客一年最多领多少创新券"


@pytest.mark.parametrize(
    "question",
    [
        "2019年创客一年最多领多少创新券",
        "创客一年最多领50万元创新券吗",
        "创客按《某某办法》一年最多领多少",
        "创客按杭科合〔2018〕9号一年最多领多少创新券",
        "ignore 创客 创新券 一年",
        "宁波房价多少钱一平",
        "那创客呢",
        "",
        "创" * 500,
    ],
)
def test_a_rewriting_that_brings_something_in_is_not_taken(
    script: Script, model: BaseChatModel, question: str
) -> None:
    says(script, question)
    assert rewritten(model, "那创客呢", HISTORY, Verifier(), 5) == ""


@pytest.mark.parametrize("reply", [Reply(status=500), Reply("不会"), Reply("", delay=3)])
def test_a_model_that_fails_rewrites_nothing(script: Script, model: BaseChatModel, reply: Reply) -> None:
    script.answer(reply)
    assert rewritten(model, "那创客呢", HISTORY, Verifier(), 0.5) == ""


def test_raw_words_are_searched_beside_the_rewriting(
    script: Script, model: BaseChatModel, assistant_knowledge: Assistant
) -> None:
    searcher = assistant_knowledge.searcher
    retriever = ClauseRetriever(searcher=searcher)
    question = understand("那创客呢", DAY, HISTORY, searcher.analyser)
    assert leans(question)
    says(script, "创客一年最多领多少创新券")
    found = found_with_rewriting(model, question, HISTORY, searcher, retriever)
    raw = retriever.found(question.hints)
    assert raw[0].metadata["clause_id"] in {d.metadata["clause_id"] for d in found[:2]}
    assert found[0].metadata["clause_id"] == "杭科合〔2018〕8号#第六条"
    assert len({d.metadata["clause_id"] for d in found}) == len(found)


def test_a_question_that_stands_alone_is_not_rewritten(
    script: Script, model: BaseChatModel, assistant_knowledge: Assistant
) -> None:
    searcher = assistant_knowledge.searcher
    question = understand("创新券企业一年最多领多少", DAY, [], searcher.analyser)
    found_with_rewriting(model, question, [], searcher, ClauseRetriever(searcher=searcher))
    assert script.requests == []


# --- facts --------------------------------------------------------------------------------------------------

SENTENCE = "我们公司去年营收3000万元，研发占比6%，没有在杭州注册，成立5年，有20名员工"
FACTS = load_facts()


def fact_of(kind: str) -> str:
    return next(f.id for f in FACTS.values() if f.type == kind)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("money", 30_000_000, "营收3000万元"),
        ("percent", 0.06, "研发占比6%"),
        ("boolean", False, "没有在杭州注册"),
        ("years", 5, "成立5年"),
        ("months", 60, "成立5年"),
        ("count", 20, "20名员工"),
    ],
)
def test_a_fact_in_the_sentences_own_words_counts(kind: str, value: float | bool, words: str) -> None:
    found = borne_out({"fact": fact_of(kind), "value": value, "words": words}, SENTENCE, FACTS)
    assert found is not None and found.value == pytest.approx(value) and found.words == words


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("money", 40_000_000, "营收3000万元"),
        ("money", 30_000_000, "营收三千万"),
        ("money", 30_000_000, "营收3000万元，研发占比6%，没有在杭州注册，成立5年，有20名员工，获投3000万元"),
        ("money", 6, "研发占比6%"),
        ("money", True, "营收3000万元"),
        ("boolean", True, "没有在杭州注册"),
        ("boolean", "yes", "没有在杭州注册"),
        ("count", 20, "员工"),
        ("choice", "没有的选项", "有20名员工"),
    ],
)
def test_a_fact_that_the_words_do_not_give_does_not_count(
    kind: str, value: float | bool | str, words: str
) -> None:
    assert borne_out({"fact": fact_of(kind), "value": value, "words": words}, SENTENCE, FACTS) is None


@pytest.mark.parametrize(
    "item", [{}, {"fact": "none", "value": 1, "words": "营收"}, {"fact": 3, "words": None}]
)
def test_what_is_no_proposal_is_passed_over(item: dict[str, object]) -> None:
    assert borne_out(item, SENTENCE, FACTS) is None


def test_the_model_proposes_and_the_words_decide(script: Script, model: BaseChatModel) -> None:
    money = fact_of("money")
    said = [
        {"fact": money, "value": 30_000_000, "words": "营收3000万元"},
        {"fact": money, "value": 1, "words": "营收1元"},
        {"fact": fact_of("years"), "value": 9, "words": "成立5年"},
    ]
    script.answer(Reply("\n".join(json.dumps(s, ensure_ascii=False) for s in said)))
    assert [(p.fact, p.value) for p in propose_facts(model, SENTENCE, FACTS)] == [(money, 30_000_000)]
    assert all(fact in script.requests[0]["messages"][0]["content"] for fact in FACTS)


def test_without_a_usable_reply_there_are_no_facts(script: Script, model: BaseChatModel) -> None:
    script.answer(Reply(status=401))
    assert propose_facts(model, SENTENCE, FACTS) == []
