import socket
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.service import Assistant
from index.home import Home
from ingest.errors import HangceError
from ui import web


@pytest.fixture(scope="module")
def client(web_home: Home) -> Iterator[TestClient]:
    with TestClient(web.create_app(web_home)) as opened:
        yield opened


@pytest.fixture(scope="module")
def assistant(web_home: Home) -> Assistant:
    return Assistant.open(web_home)


def ask(
    assistant: Any, question: str, day: str = "2026-11-20", before: web.Conversation | None = None
) -> list[Any]:
    event = SimpleNamespace(_data=None)
    return list(web._asking(assistant)(question, day, before or web.Conversation(), event))


def test_healthz(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_the_page_loads_and_asks_browsers_to_stay_here(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert web.TITLE in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/docs", "/openapi.json", "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd", "/gradio_api/proxy=http://127.0.0.1/", "/gradio_api/run/ask", "/gradio_api/runs",
    ],
)  # fmt: skip
def test_what_the_page_does_not_use_is_closed(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404


def test_no_event_is_offered_to_other_programs(client: TestClient) -> None:
    dependencies = client.get("/config").json()["dependencies"]
    assert dependencies
    # The one that fills in today's date is Gradio's own and carries no name to call it by.
    assert all(d["api_visibility"] == "private" for d in dependencies if d["inputs"])


@pytest.mark.parametrize("sample", web.SAMPLES)
def test_every_sample_is_answered_by_the_bundled_files(assistant: Assistant, sample: str) -> None:
    answer = assistant.ask(sample, date(2026, 11, 20))
    assert answer.status == "answered"
    assert answer.citations


def test_the_question_shows_before_its_answer(assistant: Assistant) -> None:
    waiting, done = ask(assistant, " 创新券一年最多能领多少？ ")
    assert "正在查找" in waiting[0][-1]["content"]
    assert [m["role"] for m in done[0]] == ["user", "assistant"]
    assert "10万元" in done[0][-1]["content"]
    assert [t.role for t in done[2].turns] == ["user", "assistant"]


def test_a_conversation_stays_bounded_and_only_the_last_turns_are_read(assistant: Assistant) -> None:
    talk = web.Conversation()
    for _ in range(web.ROUNDS_KEPT + 5):
        talk = ask(assistant, "创新券一年最多能领多少？", before=talk)[-1][2]
    assert len(talk.shown) == 2 * web.ROUNDS_KEPT
    assert len(talk.turns) == web.TURNS_READ


def test_nothing_typed_does_nothing(assistant: Assistant) -> None:
    assert len(ask(assistant, "  \n ")) == 1


def test_a_bad_date_keeps_the_question(assistant: Assistant) -> None:
    (only,) = ask(assistant, "创新券一年最多能领多少？", "2026-13-40")
    assert "查询日期" in only[0][-1]["content"]
    assert not isinstance(only[1], str)


def test_a_question_that_is_too_long_gets_the_words_of_the_assistant(assistant: Assistant) -> None:
    question = "创" * 2001
    said = assistant.ask(question).answer
    shown = ask(assistant, question)[-1][0][-1]["content"]
    assert said[:10] in shown


def test_a_defect_shows_calm_words_only() -> None:
    class Broken:
        def ask(self, *_: Any) -> None:
            raise RuntimeError("secret detail")

    shown = ask(Broken(), "创新券")[-1][0][-1]["content"]
    assert "系统出了问题" in shown
    assert "secret" not in shown


def test_a_click_shows_the_clause_as_of_the_day_of_its_answer(assistant: Assistant) -> None:
    talk = ask(assistant, "雏鹰企业要什么条件？", "2021-06-01")[-1][2]
    answer = next(iter(talk.answers.values()))
    address = web.render.link(answer.id, 1, answer.citations[0].clause_id)
    html = web._picking(assistant)(f"7 {address}", talk)
    assert html.startswith('<div data-pick="7">')
    assert ">有效</span>" in html
    assert ">已失效</span>" in web._picking(assistant)(f"8 {address}", web.Conversation())


@pytest.mark.parametrize("value", ["", "x", "1 ", "1 #clause=a/1/nothing", "² #clause=a//b", "1 <script>"])
def test_a_click_on_nothing_says_so(assistant: Assistant, value: str) -> None:
    assert "没有找到" in web._picking(assistant)(value, web.Conversation())


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-20", date(2026, 11, 20)),
        (" 2026/1/2 ", date(2026, 1, 2)),
        ("2026年1月2日", date(2026, 1, 2)),
        ("２０２６－０１－０２", date(2026, 1, 2)),
        ("2026-02-30", None),
        ("0000-01-01", None),
        ("昨天", None),
    ],
)
def test_days_as_people_write_them(text: str, day: date | None) -> None:
    assert web.read_day(text) == day


def test_an_empty_day_is_today() -> None:
    assert web.read_day("") == date.today()


def test_a_port_in_use_is_named_with_the_way_out(web_home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(HangceError, match=r"in use.*--port"):
        web.serve(web_home, "127.0.0.1", taken.getsockname()[1])


def test_an_unknown_host_is_named(web_home: Home) -> None:
    with pytest.raises(HangceError, match="cannot listen"):
        web.serve(web_home, "no-such-host.invalid", 7860)
