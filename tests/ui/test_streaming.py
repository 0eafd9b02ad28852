"""A chat model's answer on its way to programs and to the page: verified statements only, and no work for who has left."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from fastapi import FastAPI
from langchain.chat_models import init_chat_model

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "assistant"))
from ground import served
from scripted_server import Reply, Said, Script, lines, serving

from assistant.chat_model import BROKEN_OFF
from assistant.schema import Answer, SoFar
from assistant.service import Assistant
from index.home import Home
from ui.answering import Answering
from ui.observing import Metrics
from ui.places.ask import AskPage
from ui.places.conversation import Conversation
from ui.problems import Refused
from ui.render import link
from ui.server import attach
from ui.settings import Settings

QUESTION, DAY = "创新券企业一年最多领多少", "2021-06-01"
TRUE: Said = ("每家企业每年最高一般不超过20万元。", ["K1"])
CHANGED: Said = ("每家企业每年最高一般不超过70万元。", ["K1"])


@pytest.fixture(scope="module")
def server() -> Iterator[Script]:
    with serving() as script:
        yield script


@pytest.fixture
def script(server: Script, monkeypatch: pytest.MonkeyPatch) -> Script:
    monkeypatch.setattr("assistant.model_calls.FIRST_PAUSE", 0.01)
    server.reset()
    return server


@pytest.fixture(scope="module")
def assistant(web_home: Home, server: Script) -> Assistant:
    model = init_chat_model("openai:test", base_url=server.url, api_key="x", timeout=5, max_retries=0)
    return Assistant(web_home, model)


@pytest.fixture(scope="module")
def gist(assistant: Assistant) -> str:
    clause = assistant.searcher.store.clause("杭科合〔2018〕8号#第六条")
    assert clause is not None
    return clause.gist


@pytest.fixture(scope="module")
def address(web_home: Home, assistant: Assistant) -> Iterator[str]:
    app = FastAPI()
    attach(app, web_home, assistant, Settings(log_requests=False))
    with served(app) as there:
        yield f"{there}/v1"


@pytest.fixture(scope="module")
def client(address: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=address, api_key="none", max_retries=0, timeout=30)


def chunks(client: openai.OpenAI) -> Any:
    return client.chat.completions.create(
        model="hangce",
        messages=[{"role": "user", "content": QUESTION}],
        stream=True,
        stream_options={"include_usage": True},
        extra_body={"as_of": DAY},
    )


def said(chunk: Any) -> str:
    return chunk.choices[0].delta.content or "" if chunk.choices else ""


# --- to programs --------------------------------------------------------------------------------------------


def test_a_statement_arrives_while_the_model_still_writes(
    script: Script, client: openai.OpenAI, gist: str
) -> None:
    pause = " " * 200
    script.answer(Reply(lines(TRUE) + "\n" + pause + lines((gist, ["K1"])), drip=0.02))
    stream = iter(chunks(client))
    first = next(text for chunk in stream if (text := said(chunk)))
    assert TRUE[0] in first
    assert script.sent * script.replies[0].piece < len(lines(TRUE)) + len(pause)
    assert gist in "".join(map(said, stream))


def test_the_pieces_are_the_whole_text(script: Script, client: openai.OpenAI, gist: str) -> None:
    script.say(TRUE, (gist, ["K1"]))
    got = list(chunks(client))
    script.say(TRUE, (gist, ["K1"]))
    whole = client.chat.completions.create(
        model="hangce", messages=[{"role": "user", "content": QUESTION}], extra_body={"as_of": DAY}
    )
    assert "".join(map(said, got)) == whole.choices[0].message.content
    (end,) = [c.choices[0] for c in got if c.choices and c.choices[0].finish_reason]
    assert end.finish_reason == "stop"
    assert (end.delta.model_extra or {})["citations"] == (whole.choices[0].message.model_extra or {})[
        "citations"
    ]
    assert got[-1].usage == whole.usage


def test_a_changed_figure_is_in_no_byte_of_the_stream(script: Script, address: str) -> None:
    script.say(CHANGED, TRUE)
    body = {
        "model": "hangce", "stream": True, "as_of": DAY, "messages": [{"role": "user", "content": QUESTION}],
    }  # fmt: skip
    text = httpx.post(f"{address}/chat/completions", json=body, timeout=30).text
    assert "20万元" in text and text.endswith("data: [DONE]\n\n")
    assert "70万" not in text


def test_an_endless_reply_is_cut(script: Script, client: openai.OpenAI) -> None:
    script.answer(Reply(lines(TRUE, CHANGED) + "\n", endless=True))
    text = "".join(map(said, chunks(client)))
    assert text.count(TRUE[0]) == 1 and "70万" not in text
    assert script.left.wait(10)


def test_an_answer_broken_off_goes_on_after_what_was_sent(
    script: Script, client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANGCE_MODEL_BUDGET", "1.5")
    first = lines(TRUE) + "\n"
    script.answer(Reply(first + "天" * 4000, piece=len(first), drip=0.4))
    text = "".join(map(said, chunks(client)))
    assert text.startswith(TRUE[0])
    assert BROKEN_OFF in text and text.index(BROKEN_OFF) > text.index("[1]")


def test_who_goes_away_is_not_worked_for(script: Script, client: openai.OpenAI) -> None:
    script.answer(Reply(lines(TRUE) + "\n" + "天" * 5000, drip=0.05))
    stream = chunks(client)
    next(text for chunk in stream if (text := said(chunk)))
    stream.close()
    assert script.left.wait(10)


def test_who_goes_away_before_the_first_statement_is_not_worked_for(script: Script, address: str) -> None:
    script.answer(Reply("天", endless=True, drip=0.05))
    body = {"model": "hangce", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    with httpx.stream("POST", f"{address}/chat/completions", json=body, timeout=30) as response:
        assert ": still at work" in next(text for text in response.iter_text() if "work" in text)
    assert script.left.wait(10)


def test_a_defect_in_the_middle_is_an_error_the_client_knows(
    script: Script, client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.say(TRUE)
    monkeypatch.setattr("assistant.chain.notices", lambda *_: 1 / 0)
    got = ""
    with pytest.raises(openai.APIError, match="系统"):
        for chunk in chunks(client):
            got += said(chunk)
    assert TRUE[0] in got


def test_what_cannot_be_answered_is_refused_before_the_stream(script: Script, client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(
            model="hangce", messages=[{"role": "user", "content": "券" * 2001}], stream=True
        )


# --- to the page --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(web_home: Home, assistant: Assistant) -> AskPage:
    return AskPage(attach(FastAPI(), web_home, assistant, Settings()), "zh")


def test_the_page_shows_each_statement_and_then_the_answer(script: Script, page: AskPage, gist: str) -> None:
    script.say(TRUE, CHANGED, (gist, ["K1"]))
    steps = list(page.ask(QUESTION, DAY, Conversation()))
    shown = [step[0][-1]["content"] for step in steps if isinstance(step[0], list)]
    assert "20万元" in shown[0] and "正在写" in shown[0] and "hc-thumb" not in shown[0]
    assert 'class="hc-cite"' in shown[0]
    assert "正在写" not in shown[-1] and "hc-thumb" in shown[-1]
    assert not any("70万" in html for html in shown)
    assert all(
        step[2] == {"__type__": "update"} for step in steps[:-1]
    )  # the browser keeps whole answers alone
    assert not isinstance(steps[-1][1].answered[-1], SoFar)


def test_a_number_can_be_clicked_before_the_answer_is_whole(script: Script, page: AskPage) -> None:
    script.say(TRUE)
    begun = next(s[1] for s in page.ask(QUESTION, DAY, Conversation()) if s[1].answered)
    answer = begun.answered[0]
    assert isinstance(answer, SoFar)
    html = page.pick(f"1 {link(answer.id, 1, answer.citations[0].clause_id)}", begun)
    assert "&#91;1&#93;" in html and "<mark" in html


def test_a_defect_leaves_what_was_shown(
    script: Script, page: AskPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.say(TRUE)
    monkeypatch.setattr("assistant.chain.notices", lambda *_: 1 / 0)
    last = list(page.ask(QUESTION, DAY, Conversation()))[-1]
    html = last[0][-1]["content"]
    assert "20万元" in html and "系统出了问题" in html and "正在写" not in html


def test_leaving_the_page_ends_the_call(script: Script, page: AskPage) -> None:
    script.answer(Reply(lines(TRUE) + "\n" + "天" * 5000, drip=0.05))
    steps = page.ask(QUESTION, DAY, Conversation())
    next(step for step in steps if step[1] != {"__type__": "update"} and step[1].answered)
    steps.close()  # type: ignore[attr-defined]
    assert script.left.wait(10)


def test_what_is_in_the_works_is_counted_once(script: Script, web_home: Home, assistant: Assistant) -> None:
    desk = Answering(assistant, Settings(), Metrics())
    script.say(TRUE)
    got = list(desk.stream(QUESTION, None, [], "page"))
    assert isinstance(got[-1], Answer)
    assert b'mode="model",status="answered",through="page"} 1.0' in desk.metrics.text()


def test_without_news_there_is_a_beat(
    script: Script, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.answering._BEAT", 0.1)
    script.say(TRUE, delay=0.5)
    got = list(Answering(assistant, Settings(), Metrics()).stream(QUESTION, None, [], "page"))
    assert got[0] is None and isinstance(got[-1], Answer)


def test_a_closed_chat_is_told(assistant: Assistant) -> None:
    with pytest.raises(Refused, match="维护"):
        next(Answering(assistant, Settings(chat_closed="维护"), Metrics()).stream(QUESTION, None, [], "page"))
