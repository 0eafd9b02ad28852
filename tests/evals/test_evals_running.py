"""One run at a time on a server: begun, watched, stopped, taken up again, and refused with a reason."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.service import Assistant
from evals.own import OwnSets
from evals.questions import Question
from evals.records import ANSWERS
from evals.runner import Recorder, reported
from evals.running import RunKeeper, RunRefused
from index.home import Home
from ingest.errors import InputError

MINE = [Path("mine")]


@pytest.fixture
def home(small_home: Home, tmp_path: Path, make_question: Callable[..., Question]) -> Home:
    for part in ("index", "segments"):
        (tmp_path / part).symlink_to(small_home.path / part)
    asked = [make_question(id=f"k{n}", question=f"做纸鸢的企业最高补助多少{'呀' * n}") for n in range(8)]
    OwnSets(tmp_path).save("mine", asked)
    return Home(tmp_path)


@pytest.fixture
def keeper(home: Home, recorder: Recorder) -> Iterator[RunKeeper]:
    made = RunKeeper(home, lambda: recorder.assistant, lambda: False)
    yield made
    made.stop()
    assert made.wait(20)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Recorder.record

    def slowly(self: Recorder, question: Question) -> Any:
        time.sleep(0.2)
        return record(self, question)

    monkeypatch.setattr(Recorder, "record", slowly)


def refusal(keeper: RunKeeper, name: str = "other", sets: list[Path] = MINE, **what: Any) -> str:
    with pytest.raises(RunRefused) as refused:
        keeper.start(name, sets, what.get("split"), what.get("kinds", ()))
    return refused.value.key


def test_a_run_goes_into_the_folder_of_the_home(keeper: RunKeeper, home: Home) -> None:
    assert keeper.state() is None
    keeper.start("first", MINE, "dev", ["amount"])
    assert keeper.wait(60)
    state = keeper.state()
    assert state and (state.state, state.done, state.total, state.problem) == ("done", 8, 8, "")
    report = reported(home.path / "runs" / "first")
    assert len(report.scores) == 8 and report.configuration["kinds"] == ["amount"]
    assert {s.set_name for s in report.scores} == {"mine"}
    assert refusal(keeper, "first") == "taken"


def test_one_at_a_time_stopped_and_taken_up_again(keeper: RunKeeper, home: Home, slow: None) -> None:
    keeper.start("first", MINE, None, ())
    assert refusal(keeper) == "running"
    while keeper.state().done == 0:  # type: ignore[union-attr]
        time.sleep(0.02)
    keeper.stop()
    assert keeper.wait(20)
    state = keeper.state()
    assert state and state.state == "stopped" and 0 < state.done < 8
    answers = home.path / "runs" / "first" / ANSWERS
    assert len(answers.read_text(encoding="utf-8").splitlines()) == state.done
    with pytest.raises(InputError):
        reported(home.path / "runs" / "first")
    keeper.resume("first")
    with pytest.raises(RunRefused):
        keeper.resume("first")
    assert keeper.wait(60)
    assert keeper.state().state == "done"  # type: ignore[union-attr]
    assert len(answers.read_text(encoding="utf-8").splitlines()) == 8


def test_what_cannot_be_run_is_refused_with_a_reason(
    keeper: RunKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [refusal(keeper, name) for name in ("", "../up", ".hidden", "a b", "x" * 41)] == ["name"] * 5
    assert refusal(keeper, split="regression") == "none"
    assert refusal(keeper, kinds=["list"]) == "none"
    monkeypatch.setattr("evals.running.MOST_QUESTIONS", 3)
    assert refusal(keeper) == "many"
    with pytest.raises(InputError):
        keeper.start("x", [Path("nowhere")], None, ())
    with pytest.raises(InputError):
        keeper.resume("nowhere")
    assert keeper.state() is None


def test_a_run_that_fails_says_so_and_leaves_the_way_free(
    home: Home, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect() -> Assistant:
        raise RuntimeError("defect")

    keeper = RunKeeper(home, defect, lambda: False)
    keeper.start("first", MINE, None, ())
    assert keeper.wait(20)
    state = keeper.state()
    assert state and (state.state, state.problem) == ("failed", "")
    assert not (home.path / "runs" / "first").exists()


def test_a_run_gives_way_and_has_an_end(
    home: Home, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evals.running._GIVES_WAY", 0.1)
    monkeypatch.setattr("evals.running.LONGEST", 0.3)
    keeper = RunKeeper(home, lambda: recorder.assistant, lambda: True)
    keeper.start("first", MINE, None, ())
    assert keeper.wait(20)
    state = keeper.state()
    assert state and state.state == "stopped" and state.done < 8
