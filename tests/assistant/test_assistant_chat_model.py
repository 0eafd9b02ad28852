"""The optional chat model, through LangChain's own client, against a scripted server on this machine."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from langchain.chat_models import init_chat_model

from assistant.chat_model import configured_model
from assistant.schema import Answer
from assistant.service import Assistant
from index.home import Home
from ingest.errors import HangceError

os.environ["NO_PROXY"] = "127.0.0.1"  # a proxy of the developer has nothing to do with it
QUESTION, DAY = "创新券企业一年最多领多少", date(2021, 6, 1)
FALLBACK = "内置方式作答"


class Script:
    """What the server answers next, and what it was asked."""

    url = ""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.status = 200
        self.content = ""
        self.delay = 0.0
        self.requests: list[dict[str, Any]] = []

    def say(self, *statements: tuple[str, list[str]]) -> None:
        self.content = json.dumps(
            {"statements": [{"text": t, "clauses": c} for t, c in statements]}, ensure_ascii=False
        )


@pytest.fixture(scope="module")
def server() -> Iterator[Script]:
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            script.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(script.delay)
            message = {"role": "assistant", "content": script.content}
            body = {"id": "x", "object": "chat.completion", "created": 0, "model": "test",
                    "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}  # fmt: skip
            if script.status != 200:
                body = {"error": {"message": "scripted", "type": "x", "code": "x"}}
            data = json.dumps(body).encode()
            try:
                self.send_response(script.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client did not wait

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    script.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
    yield script
    http.shutdown()
    http.server_close()


@pytest.fixture
def script(server: Script) -> Script:
    server.reset()
    return server


@pytest.fixture(scope="module")
def with_model(server: Script, knowledge_home: Home) -> Assistant:
    model = init_chat_model("openai:test", base_url=server.url, api_key="x", timeout=5, max_retries=0)
    return Assistant(knowledge_home, model)


@pytest.fixture
def ask(with_model: Assistant) -> Callable[[], Answer]:
    return lambda: with_model.ask(QUESTION, DAY)


@pytest.fixture
def embedded(assistant_knowledge: Assistant) -> Answer:
    return assistant_knowledge.ask(QUESTION, DAY)


def _is_embedded(answer: Answer, embedded: Answer) -> bool:
    assert any(FALLBACK in notice for notice in answer.notices)
    assert answer.mode == "embedded"
    return (answer.status, answer.answer, answer.citations) == (
        embedded.status,
        embedded.answer,
        embedded.citations,
    )


def test_an_honest_answer_is_shown(script: Script, ask: Callable[[], Answer], embedded: Answer) -> None:
    script.say(("每家企业每年最高一般不超过20万元。", ["K1"]))
    answer = ask()
    assert (answer.status, answer.mode) == ("answered", "model")
    assert [s.text for s in answer.statements] == ["每家企业每年最高一般不超过20万元。"]
    assert answer.citations[0].clause_id == embedded.citations[0].clause_id == "杭科合〔2018〕8号#第六条"
    assert not any(FALLBACK in notice for notice in answer.notices)
    assert any("没有写明有效期" in notice for notice in answer.notices)


def test_the_model_is_shown_the_clauses_and_the_question(script: Script, ask: Callable[[], Answer]) -> None:
    script.say(("每家企业每年最高一般不超过20万元。", ["K1"]))
    ask()
    (request,) = script.requests
    system, human = (m["content"] for m in request["messages"])
    assert request["model"] == "test"
    assert QUESTION in human and "代号=K1" in human and "杭科合〔2018〕8号" in human
    assert QUESTION not in system


def test_fenced_json_is_read(script: Script, ask: Callable[[], Answer]) -> None:
    script.say(("每家企业每年最高一般不超过20万元。", ["K1"]))
    script.content = f"```json\n{script.content}\n```"
    assert ask().mode == "model"


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("每家企业每年最高一般不超过70万元。", ["K1"]),
        ("每家企业每年领20万元。", ["K1"]),
        ("每家企业每年最高一般不超过20万元。", ["K99"]),
        ("每家企业每年最高一般不超过20万元。", ["K1", "K99"]),
        ("依据杭科合〔2099〕8号，每家企业最高不超过20万元。", ["K1"]),
        ("每家企业每年最高一般不超过20万元。", []),
    ],
    ids=[
        "changed figure",
        "lost limit",
        "invented label",
        "one invented label",
        "foreign document",
        "no label",
    ],
)
def test_what_cannot_be_verified_gives_the_embedded_answer(
    script: Script, ask: Callable[[], Answer], embedded: Answer, text: str, labels: list[str]
) -> None:
    script.say((text, labels))
    assert _is_embedded(ask(), embedded)


def test_a_figure_from_another_sentence_of_the_clause_is_held_back(
    script: Script, ask: Callable[[], Answer], embedded: Answer
) -> None:
    script.say(("每家企业每年最高一般不超过50万元。", ["K1"]))
    assert _is_embedded(ask(), embedded)


def test_of_several_statements_only_the_verified_are_shown(script: Script, ask: Callable[[], Answer]) -> None:
    script.say(
        ("每家企业每年最高一般不超过20万元。", ["K1"]),
        ("另外每年再送70万元。", ["K1"]),
    )
    answer = ask()
    assert answer.mode == "model"
    assert [s.text for s in answer.statements] == ["每家企业每年最高一般不超过20万元。"]
    assert "70" not in answer.answer


@pytest.mark.parametrize(
    "content", ["", "不知道", "{", '{"statements": 1}', "[]", '{"statements": []}', '{"x": 1}']
)
def test_unusable_words_give_the_embedded_answer(
    script: Script, ask: Callable[[], Answer], embedded: Answer, content: str
) -> None:
    script.content = content
    assert _is_embedded(ask(), embedded)


@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
def test_errors_of_the_server_give_the_embedded_answer(
    script: Script, ask: Callable[[], Answer], embedded: Answer, status: int
) -> None:
    script.status = status
    assert _is_embedded(ask(), embedded)
    assert script.requests


def test_a_server_that_is_too_slow_gives_the_embedded_answer(
    script: Script, knowledge_home: Home, embedded: Answer
) -> None:
    script.say(("每家企业每年最高一般不超过20万元。", ["K1"]))
    script.delay = 1.0
    model = init_chat_model("openai:test", base_url=script.url, api_key="x", timeout=0.2, max_retries=0)
    assert _is_embedded(Assistant(knowledge_home, model).ask(QUESTION, DAY), embedded)


def test_no_server_at_all_gives_the_embedded_answer(knowledge_home: Home, embedded: Answer) -> None:
    model = init_chat_model(
        "openai:test", base_url="http://127.0.0.1:9/v1", api_key="x", timeout=2, max_retries=0
    )
    assert _is_embedded(Assistant(knowledge_home, model).ask(QUESTION, DAY), embedded)


def test_the_model_is_not_asked_what_is_declined_anyway(script: Script, with_model: Assistant) -> None:
    assert with_model.ask("宁波的孵化器奖励多少", DAY).status == "not_covered"
    assert script.requests == []


# --- settings -----------------------------------------------------------------------------------------------


def test_without_the_setting_there_is_no_model() -> None:
    assert configured_model() is None


def test_the_setting_reaches_the_endpoint(
    script: Script, knowledge_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANGCE_MODEL", "openai:test")
    monkeypatch.setenv("HANGCE_BASE_URL", script.url)
    monkeypatch.setenv("HANGCE_API_KEY", "x")
    script.say(("每家企业每年最高一般不超过20万元。", ["K1"]))
    assert Assistant.open(knowledge_home).ask(QUESTION, DAY).mode == "model"
    assert script.requests[0]["temperature"] == 0


@pytest.mark.parametrize("name", ["nonsense:x", "x", "openai:"])
def test_a_setting_that_gives_no_model_says_so(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("HANGCE_MODEL", name)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(HangceError, match="HANGCE_MODEL"):
        configured_model()


def test_a_timeout_that_is_no_number_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANGCE_MODEL", "openai:test")
    monkeypatch.setenv("HANGCE_MODEL_TIMEOUT", "bald")
    with pytest.raises(HangceError, match="HANGCE_MODEL_TIMEOUT"):
        configured_model()
