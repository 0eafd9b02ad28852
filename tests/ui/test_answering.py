import sys
from datetime import date
from pathlib import Path

import anyio
import pytest
from fastapi.testclient import TestClient

from assistant.service import Assistant
from index.build import build
from index.home import Home
from ui.answering import AT_ONCE, WAITING, Answering
from ui.observing import Metrics
from ui.problems import Refused
from ui.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from ground import bare_app

DAY = date(2021, 6, 1)


def answering(home: Home, **settings: object) -> Answering:
    return Answering(Assistant(home), Settings.model_validate(settings), Metrics())


@pytest.fixture
def home(tmp_path: Path, made_up_corpus: Path) -> Home:
    """A home with the two made-up policies and no knowledge files."""
    (tmp_path / "knowledge").mkdir()
    held = Home(tmp_path / "home")
    build(held, [made_up_corpus], knowledge=tmp_path / "knowledge")
    return held


def test_a_build_reaches_the_answers_without_a_restart(
    home: Home, made_up_corpus: Path, tmp_path: Path
) -> None:
    desk = answering(home)
    assert not desk.follow(home)
    (made_up_corpus / "boats.txt").unlink()
    build(home, [made_up_corpus], knowledge=tmp_path / "knowledge")
    assert len(desk.assistant.searcher.documents) == 2
    assert desk.follow(home)
    assert len(desk.assistant.searcher.documents) == 1
    assert b"hangce_documents 1.0" in desk.metrics.text()
    assert not desk.follow(home)


def test_an_index_that_cannot_be_used_leaves_the_old_one(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    desk = answering(home)
    before = desk.assistant
    home.pointer.write_text("nowhere", encoding="utf-8")
    assert not desk.follow(home) and not desk.follow(home)
    assert desk.assistant is before
    assert desk.answer("纸鸢企业最高补助多少", DAY, [], "page").citations
    assert len([r for r in caplog.records if "cannot be used" in r.message]) == 1  # said once, not every time


def test_a_closed_chat_is_refused_with_its_message(home: Home) -> None:
    with pytest.raises(Refused) as refused:
        answering(home, chat_closed="今天维护").answer("纸鸢", DAY, [], "page")
    assert (refused.value.status_code, refused.value.detail) == (503, "今天维护")


def test_so_many_work_at_once_and_too_many_waiting_are_refused(home: Home) -> None:
    desk = answering(home)
    at_once, most = 0, 0

    async def everyone() -> int:
        done = anyio.Event()
        refusals = 0

        async def one() -> None:
            nonlocal refusals
            try:
                await desk.run(work)
            except Refused:
                refusals += 1

        def work() -> None:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            anyio.from_thread.run(done.wait)
            at_once -= 1

        async with anyio.create_task_group() as tasks:
            for _ in range(WAITING + 5):
                tasks.start_soon(one)
            while refusals < 5 or at_once < AT_ONCE:
                await anyio.sleep(0.01)
            done.set()
        return refusals

    assert anyio.run(everyone) == 5
    assert most == AT_ONCE


def test_a_server_that_runs_looks_for_new_indexes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui import server

    monkeypatch.setattr(server, "_BETWEEN_LOOKS", 0.01)
    looked = []
    with TestClient(bare_app(home)) as client:
        ground = client.app.state.ground  # type: ignore[attr-defined]
        monkeypatch.setattr(ground.answering, "follow", looked.append)
        for _ in range(500):
            if looked:
                break
            client.get("/healthz")
    assert looked
