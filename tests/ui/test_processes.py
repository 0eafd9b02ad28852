"""Answers from processes beside the server: the same as its own, and it does without them when they fail."""

import asyncio
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

sys.path.insert(0, str(Path(__file__).parent))
from ground import bare_app
from made_up import BARE, COVER

from assistant.schema import Answer, Turn
from assistant.service import Assistant
from index.build import build
from index.home import Home
from ui import processes as module
from ui.answering import Answering
from ui.answering_apart import Apart
from ui.observing import Metrics
from ui.places.ask import AskPage
from ui.places.conversation import Conversation
from ui.processes import MOST, Processes, usual_count
from ui.server import Ground, attach
from ui.settings import Settings

DAY = date(2021, 6, 1)
KITES = "做纸鸢的企业最高补助多少"
QUESTIONS = (KITES, "宁波的孵化器奖励多少", "你好", "我们是纸鸢企业，能拿多少补助", "x" * 2001, "\ud83d")
SCRIPTED = """
import json, sys
print('{"ready": true}', flush=True)
for line in sys.stdin:
    print(%s, flush=True)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the two made-up policies and no knowledge files."""
    folder = tmp_path_factory.mktemp("apart")
    for name in ("knowledge", "corpus"):
        (folder / name).mkdir()
    (folder / "corpus" / "kites.txt").write_text(COVER, encoding="utf-8")
    (folder / "corpus" / "boats.txt").write_text(BARE, encoding="utf-8")
    held = Home(folder / "home")
    build(held, [folder / "corpus"], knowledge=folder / "knowledge")
    return held


def until(seen: Callable[[], Any]) -> None:
    """Wait for something that takes seconds."""
    for _ in range(1200):
        if seen():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about")


class Served:
    """A server that runs, two processes beside it."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.ground: Ground = client.app.state.ground  # type: ignore[attr-defined]
        self.answering = self.ground.answering
        assert self.answering.processes is not None
        self.processes = self.answering.processes

    def complete(self) -> None:
        """Wait until both processes are there."""
        until(lambda: len(self.processes.pids) == 2)

    def here(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Do something on the server's event loop."""
        assert self.client.portal is not None
        return self.client.portal.call(work)

    def ask(self, question: str, history: tuple[Turn, ...] = ()) -> Answer:
        found = self.here(lambda: self.answering.ask(question, DAY, history, "page"))
        assert isinstance(found, Answer)
        return found


@pytest.fixture(scope="module")
def running(home: Home) -> Iterator[Served]:
    with TestClient(bare_app(home, answering_processes=2, log_requests=False)) as client:
        yield Served(client)


@pytest.fixture
def served(running: Served) -> Served:
    running.complete()
    return running


@pytest.fixture
def not_here(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """A server that cannot answer itself."""

    def broken(*_: Any) -> None:
        raise AssertionError("answered by the server itself")

    monkeypatch.setattr(served.answering.assistant, "ask", broken)
    return served


def same(answer: Answer) -> dict[str, Any]:
    return answer.model_dump(mode="json", exclude={"timings_ms"})


# --- the same answers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_the_same_in_and_out_of_process(not_here: Served, home: Home, question: str) -> None:
    turns = (Turn(role="user", content=KITES), Turn(role="assistant", content="最高\ud83d30万元"))
    own = Answering(Assistant(home), Settings(), Metrics())
    for history in ((), turns):
        assert same(not_here.ask(question, history)) == same(own.answer(question, DAY, history, "page"))


def test_every_interface_asks_the_processes(not_here: Served) -> None:
    found = not_here.client.post("/api/ask", json={"question": KITES}).json()
    assert found["citations"]
    body = {"model": "hangce", "messages": [{"role": "user", "content": KITES}]}
    whole = not_here.client.post("/v1/chat/completions", json=body).json()
    assert whole["choices"][0]["message"]["citations"] == found["citations"]
    streamed = not_here.client.post("/v1/chat/completions", json={**body, "stream": True})
    assert streamed.text.endswith("data: [DONE]\n\n")
    text = not_here.client.get("/metrics").text
    assert 'through="api"} ' in text and 'through="chat"} ' in text
    assert "hangce_answering_processes 2.0" in text


def test_conversations_at_the_same_time_stay_apart(not_here: Served) -> None:
    page = AskPage(not_here.ground, "zh")
    asked = [[f"纸鸢企业{n}号最高补助多少", f"那{n}号造船的呢", f"{n}号宁波的呢"] for n in range(12)]

    async def talk(questions: list[str]) -> Conversation:
        held = Conversation()
        for question in questions:
            held = (await page.ask_at_once(question, "2021-06-01", held))[1]
        return held

    async def everybody() -> list[Conversation]:
        return await asyncio.gather(*map(talk, asked))

    for questions, held in zip(asked, not_here.here(everybody), strict=True):
        assert [r.question for r in held.rounds] == questions
        assert [r.answer and r.answer.question for r in held.rounds] == questions


def test_a_new_generation_is_answered_from_at_once(tmp_path: Path, home: Home) -> None:
    own = Home(shutil.copytree(home.path, tmp_path / "home"))
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "boats.txt").write_text(BARE, encoding="utf-8")
    with TestClient(bare_app(own, answering_processes=2, log_requests=False)) as client:
        served = Served(client)
        served.complete()
        assert served.ask(KITES).citations
        build(own, [tmp_path / "corpus"], knowledge=tmp_path / "knowledge")
        for _ in range(4):
            assert not served.ask(KITES).citations
        name = own.current().name
        assert served.answering.assistant.searcher.generation.folder.name == name  # which shows what is cited


# --- processes that fail ------------------------------------------------------------------------------------


def test_a_process_that_dies_takes_no_answer_with_it(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_SOON", 0.01)
    before = served.processes.pids
    for pid in before:
        os.kill(pid, signal.SIGSTOP)

    async def asked() -> list[Answer]:
        waiting = [
            asyncio.create_task(served.answering.ask(f"{KITES}{n}", DAY, [], "page")) for n in range(6)
        ]
        await asyncio.sleep(0.2)
        assert not any(task.done() for task in waiting)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        return await asyncio.gather(*waiting)

    with caplog.at_level(logging.WARNING):
        answers = served.here(asked)
    assert [a.question for a in answers] == [f"{KITES}{n}" for n in range(6)]
    assert all(a.citations for a in answers)
    assert any("another one will be started" in r.message for r in caplog.records)
    served.complete()
    assert not set(before) & set(served.processes.pids)


def test_one_that_died_while_it_waited_is_replaced(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SOON", 0.01)
    (one, *_) = before = served.processes.pids
    os.kill(one, signal.SIGKILL)
    for _ in range(4):
        assert served.ask(KITES).citations
    until(lambda: len(served.processes.pids) == 2 and one not in served.processes.pids)
    assert len(set(before) & set(served.processes.pids)) == 1


def test_who_leaves_costs_nobody_an_answer(not_here: Served) -> None:
    async def leaving() -> Answer:
        tasks = [
            asyncio.create_task(not_here.answering.ask(KITES + str(n), DAY, [], "page")) for n in range(8)
        ]
        await asyncio.sleep(0)
        for task in tasks[:-1]:
            task.cancel()
        return await tasks[-1]

    assert not_here.here(leaving).question == f"{KITES}7"
    assert not_here.ask(KITES).question == KITES
    assert not not_here.answering.busy


def test_without_an_index_there_are_no_processes_and_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_LATE", 0.01)

    async def tried() -> Any:
        processes = Processes(Home(tmp_path), 1)
        async with processes.running():
            while len(caplog.records) < 2:
                await asyncio.sleep(0.05)
            return await processes.ask(KITES, None, [])

    assert asyncio.run(tried()) is None


def test_where_none_can_be_started_the_server_goes_on(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def impossible(_: Home) -> Any:
        raise NotImplementedError

    monkeypatch.setattr(module, "_started", impossible)
    monkeypatch.setattr(module, "_LATE", 0.01)
    with TestClient(bare_app(home, answering_processes=1)) as client:
        assert client.post("/api/ask", json={"question": KITES}).json()["citations"]
        until(lambda: sum("ended, another one" in r.message for r in caplog.records) > 1)


def test_a_process_ends_with_its_input(home: Home) -> None:
    command = [sys.executable, "-m", "ui.answering_apart", str(home.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        assert json.loads(process.stdout.readline()) == {"ready": True}
        process.stdin.close()  # as it is when the server is killed
        assert process.wait(60) == 0


def test_the_processes_end_with_the_server(home: Home) -> None:
    with TestClient(bare_app(home, answering_processes=2)) as client:
        served = Served(client)
        until(lambda: served.processes.pids)
        pids = served.processes.pids
    assert served.processes.pids == []
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


# --- processes that say what they should not ----------------------------------------------------------------


def scripted(says: str) -> Callable[[Home], Any]:
    """In place of a process: one that says the same to every question; `says` is Python."""

    @asynccontextmanager
    async def started(_: Home) -> AsyncIterator[Process]:
        command = [sys.executable, "-c", SCRIPTED % says]
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=module._LONGEST
        )
        yield process
        process.kill()
        await process.wait()

    return started


def asked_of(home: Home, question: str = KITES) -> Answer:
    """The answer of a desk whose processes are scripted."""

    async def answer() -> Answer:
        processes = Processes(home, 1)
        desk = Answering(Assistant(home), Settings(), Metrics(), processes)
        async with processes.running():
            while not processes.pids:
                await asyncio.sleep(0.02)
            return await desk.ask(question, DAY, [], "page")

    return asyncio.run(answer())


@pytest.mark.parametrize(
    "says", ["""'{"failed": "KeyError"}'""", """'{"generation": "x"}'""", "'no json'", """'[1, {"a": 2}]'""", "''",
             """'{"generation": "x", "answer": {"id": 1}}'"""],
)  # fmt: skip
def test_what_is_no_answer_is_answered_here(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, says: str
) -> None:
    monkeypatch.setattr(module, "_started", scripted(says))
    assert asked_of(home).citations
    assert any("could not answer" in record.message for record in caplog.records)


def test_a_long_answer_comes_whole(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "长" * 400_000
    answer = Answer(id="a", question=KITES, status="answered", answer="长", as_of="2021-06-01")
    said = {"generation": home.current().name, "answer": answer.model_dump(mode="json")}
    says = f"json.dumps({said!r}).replace({'长'.encode('unicode_escape').decode()!r}, '长' * {len(long)})"
    monkeypatch.setattr(module, "_started", scripted(says))
    assert asked_of(home).answer == long


def test_a_line_that_cannot_be_read_is_told_by_its_kind(home: Home) -> None:
    apart = Apart(home)
    assert json.loads(apart.answer("no json")) == {"failed": "JSONDecodeError"}
    assert json.loads(apart.answer('{"question": "x"}')) == {"failed": "KeyError"}


def test_an_index_that_cannot_be_opened_leaves_the_old_one(tmp_path: Path, home: Home) -> None:
    own = Home(shutil.copytree(home.path, tmp_path / "home"))
    apart, asked = Apart(own), json.dumps({"question": KITES, "as_of": None, "history": []})
    name = own.current().name
    own.pointer.write_text("nowhere", encoding="utf-8")
    assert json.loads(apart.answer(asked))["generation"] == name
    own.pointer.unlink()
    assert json.loads(apart.answer(asked))["answer"]["citations"]


# --- how many -----------------------------------------------------------------------------------------------


def test_none_are_started_where_none_are_wanted_or_a_model_answers(home: Home) -> None:
    def processes(count: int | None, model: Any = None) -> Processes | None:
        settings = Settings(answering_processes=count)
        return attach(FastAPI(), home, Assistant(home, model), settings).answering.processes

    from langchain_core.language_models import FakeListChatModel

    assert processes(0) is None
    assert processes(3, FakeListChatModel(responses=["x"])) is None
    wanted = processes(3)
    assert wanted is not None and wanted.count == 3


@pytest.mark.parametrize(("cores", "count"), [(1, 0), (2, 2), (3, 3), (64, MOST)])
def test_there_are_as_many_as_cores_but_not_without_end(
    monkeypatch: pytest.MonkeyPatch, cores: int, count: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert usual_count() == count
