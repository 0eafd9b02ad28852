"""Facts that a chat model proposes to the eligibility check: what the asker's own words bear out counts, nothing else."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from scripted_server import Reply, Script

from assistant.model_facts import Vocabulary, configured_proposer
from assistant.schema import Answer
from assistant.service import Assistant
from index.home import Home
from ingest.knowledge import load_facts

os.environ["NO_PROXY"] = "127.0.0.1"
DAY = date(2021, 6, 22)
FACTS = load_facts()
SALES = "全年进来的营业收入，会计说合起来差不多两千六百万"
QUESTION = (
    f"我们是滨江的科技公司，2018年3月注册，职工30人。账面上{SALES}。研发费用180万元单独建账。能评雏鹰企业吗？"
)
HONEST = {"fact": "sales_last_year", "value": 26_000_000, "words": SALES}


@pytest.fixture(autouse=True)
def nothing_is_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reading by likeness finds nothing, so that there is something left for a model to find."""
    monkeypatch.setattr("assistant.eligibility.alike.Alike.read", lambda *_: {})


@pytest.fixture
def model(script: Script) -> BaseChatModel:
    return init_chat_model("openai:test", base_url=script.url, api_key="x", timeout=5, max_retries=0)


@pytest.fixture
def ask(
    knowledge_home: Home, model: BaseChatModel, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    monkeypatch.setenv("HANGCE_MODEL_FACTS", "1")
    assistant = Assistant(knowledge_home, model)
    return lambda question=QUESTION: _read(assistant.ask(question, DAY))


def _read(answer: Answer) -> dict[str, Any]:
    assert answer.eligibility is not None, answer.answer
    return {f["fact"]: f for f in answer.eligibility["facts_read"]}


def proposes(script: Script, *items: dict[str, Any]) -> None:
    script.answer(Reply("\n".join(json.dumps(item, ensure_ascii=False) for item in items)))


def test_without_the_model_the_figure_is_not_read(assistant_knowledge: Assistant) -> None:
    assert "sales_last_year" not in _read(assistant_knowledge.ask(QUESTION, DAY))


def test_an_honest_proposal_joins_the_facts(script: Script, ask: Callable[..., dict[str, Any]]) -> None:
    proposes(script, HONEST)
    read = ask()
    assert read["sales_last_year"]["from"] == SALES
    value = read["sales_last_year"]["value"]  # 差不多: an interval, as our own parser reads it
    assert value["at_least"] < 26_000_000 < value["at_most"]
    assert read["employees"]["value"] == 30
    assert "差不多两千六百万" in script.requests[0]["messages"][1]["content"]


@pytest.mark.parametrize(
    "proposal",
    [
        HONEST | {"words": "营业收入差不多两千六百万"},
        HONEST | {"words": "去年营业收入5000万元", "value": 50_000_000},
        HONEST | {"value": 36_000_000},
        HONEST | {"value": 2600},
        HONEST | {"value": "两千六百万"},
        HONEST | {"fact": "total_assets"},
        HONEST | {"fact": "sales_of_last_year"},
        HONEST | {"fact": None},
        {"fact": "sales_last_year", "value": 1_800_000, "words": "研发费用180万元"},
        {"fact": "sales_last_year", "value": 30, "words": "职工30人"},
        {},
    ],
    ids=[
        "quote shortened", "quote invented", "figure changed", "scale changed", "no number", "another fact's name",
        "no fact's name", "no name", "another fact's words", "another unit", "nothing",
    ],
)  # fmt: skip
def test_what_the_words_do_not_bear_out_is_dropped(
    script: Script, ask: Callable[..., dict[str, Any]], proposal: dict[str, Any]
) -> None:
    proposes(script, proposal)
    read = ask()
    assert "sales_last_year" not in read and "total_assets" not in read
    assert read["rnd_spending_last_year"]["value"] == 1_800_000


def test_what_was_read_from_the_words_is_not_overridden(
    script: Script, ask: Callable[..., dict[str, Any]]
) -> None:
    proposes(
        script,
        {"fact": "employees", "value": 3, "words": "3月注册，职工30人"},
        {"fact": "employees", "value": 2018, "words": "2018年3月注册，职工30人"},
    )
    assert ask()["employees"]["value"] == 30


def test_what_is_only_asked_tells_nothing(script: Script, ask: Callable[..., dict[str, Any]]) -> None:
    asked = "营业收入要不要两千六百万才能评雏鹰企业吗？"
    proposes(
        script, {"fact": "sales_last_year", "value": 26_000_000, "words": "营业收入要不要两千六百万才能评"}
    )
    read = ask(f"我们是滨江的科技公司，2018年3月注册，职工30人，研发费用180万元单独建账。{asked}")
    assert "sales_last_year" not in read


@pytest.mark.parametrize(
    "reply",
    [
        Reply('{"fact": "sales_last_year", "value": 26000000, "words": '),
        Reply("对不起，我不清楚。"),
        Reply(""),
        Reply(status=401),
        Reply(status=500),
    ],
    ids=["broken", "no JSON", "empty", "refused", "server error"],
)
def test_a_model_that_fails_changes_nothing(
    script: Script, ask: Callable[..., dict[str, Any]], reply: Reply
) -> None:
    script.answer(reply)
    assert "sales_last_year" not in ask()


def test_a_slow_model_is_not_waited_for(
    script: Script, ask: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()  # reads the programmes
    monkeypatch.setenv("HANGCE_MODEL_BUDGET", "2")
    script.answer(Reply(json.dumps(HONEST, ensure_ascii=False), delay=8))
    started = time.monotonic()
    assert "sales_last_year" not in ask()
    assert time.monotonic() - started < 7


@pytest.mark.parametrize("setting", [None, "", "0", "no"])
def test_it_is_off_unless_it_is_set(
    script: Script,
    knowledge_home: Home,
    model: BaseChatModel,
    monkeypatch: pytest.MonkeyPatch,
    setting: str | None,
) -> None:
    monkeypatch.delenv("HANGCE_MODEL_FACTS", raising=False)
    if setting is not None:
        monkeypatch.setenv("HANGCE_MODEL_FACTS", setting)
    proposes(script, HONEST)
    assert "sales_last_year" not in _read(Assistant(knowledge_home, model).ask(QUESTION, DAY))
    assert not any("事实代号" in r["messages"][0]["content"] for r in script.requests)


def test_it_needs_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANGCE_MODEL_FACTS", "1")
    assert configured_proposer(None, DAY) is None


def test_a_fact_is_told_from_others_of_its_kind_by_its_words() -> None:
    names = Vocabulary(FACTS.values())
    assert names.speaks_of(FACTS["sales_last_year"], "去年的销售收入三千万")
    assert not names.speaks_of(FACTS["sales_last_year"], "资产总额三千万")
    assert not names.speaks_of(FACTS["sales_last_year"], "三千万")
