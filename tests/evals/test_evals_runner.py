"""Answers are kept as they come, so that a run can be taken up again and scored again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.service import Assistant
from evals.questions import Question
from evals.records import ANSWERS, RUN, RunFolder
from evals.runner import Recorder, load_report, rescore, run, scored
from index.home import Home
from ingest.errors import HangceError, InputError

FILES = ["answers.jsonl", "junit.xml", "report.html", "report.json", "report.md", "run.json"]


@pytest.fixture
def question_set(tmp_path: Path, make_question: Callable[..., Question]) -> Path:
    questions = [
        make_question(),
        make_question(
            id="k2", question="放纸鸢的个人每年最高补助多少", facts=[["3万元"]], forbidden=[],
            gold={"any_of": [{"doc": "杭测〔2020〕7号", "clause": "一、（二）", "file": "kites.txt", "lines": [9, 9]}]},
        ),
        make_question(
            id="k3", question="孩子发烧吃什么药", kind="unanswerable", status="out_of_scope", cause="out_of_scope",
            gold={}, facts=[], forbidden=[], validity=None,
        ),
    ]  # fmt: skip
    path = tmp_path / "kites.yaml"
    data = {"name": "kites", "questions": [q.model_dump(mode="json") for q in questions]}
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the questions that were put to the assistant."""
    ids: list[str] = []
    record = Recorder.record

    def noting(self: Recorder, question: Question) -> Any:
        ids.append(question.id)
        return record(self, question)

    monkeypatch.setattr(Recorder, "record", noting)
    return ids


def test_a_run_keeps_answers_configuration_and_reports(
    small_home: Home, question_set: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    seen: list[tuple[int, int]] = []
    report = run(
        small_home,
        out,
        (question_set,),
        jobs=2,
        progress=lambda stage, done, total: seen.append((done, total)),
    )
    assert sorted(p.name for p in out.iterdir()) == FILES
    assert seen[0] == (0, 3) and seen[-1] == (3, 3)
    assert [s.id for s in report.scores] == ["k1", "k2", "k3"] and all(s.right for s in report.scores)
    configuration = json.loads((out / RUN).read_text(encoding="utf-8"))
    assert (
        configuration["deterministic"]
        and configuration["index"]
        and configuration["sets"] == [str(question_set)]
    )
    assert configuration["questions"] == 3 and "commit" in configuration
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "3 题：答对 1.00" in text


def test_a_stopped_run_goes_on_where_it_was(
    small_home: Home, question_set: Path, tmp_path: Path, asked: list[str]
) -> None:
    out = tmp_path / "run"
    whole = run(small_home, out, (question_set,))
    lines = (out / ANSWERS).read_text(encoding="utf-8").splitlines()
    (out / ANSWERS).write_text(f"{lines[0]}\n{lines[1][:200]}", encoding="utf-8")  # stopped in mid-line
    asked.clear()
    again = run(small_home, out, (question_set,), resume=True)
    assert len(asked) == 2 and lines[0].startswith('{"question_id": "k')
    assert [s.values for s in again.scores] == [s.values for s in whole.scores]
    asked.clear()
    run(small_home, out, (question_set,))
    assert len(asked) == 3


def test_a_run_is_not_mixed_with_another(small_home: Home, question_set: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(small_home, out, (question_set,))
    with pytest.raises(InputError, match="another split"):
        run(small_home, out, (question_set,), "dev", resume=True)


def test_scoring_again_needs_no_index_and_follows_the_sets(
    small_home: Home, question_set: Path, tmp_path: Path, asked: list[str]
) -> None:
    out = tmp_path / "run"
    run(small_home, out, (question_set,))
    asked.clear()
    text = question_set.read_text(encoding="utf-8")
    question_set.write_text(
        text.replace("20万元", "21万元").replace("放纸鸢的个人每年", "放纸鸢的人每年"), encoding="utf-8"
    )
    again = rescore(out)
    assert not asked
    assert {s.id: s.right for s in again.scores} == {"k1": False, "k3": True}  # k2 was asked in other words
    assert load_report(out).headline() == again.headline()


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [(RUN, "[]", "another version"), (RUN, "{", "holds no run"), (ANSWERS, "{}\n{}\n", "line 1")],
)
def test_a_damaged_run_is_named(
    small_home: Home, question_set: Path, tmp_path: Path, name: str, content: str, complaint: str
) -> None:
    out = tmp_path / "run"
    run(small_home, out, (question_set,))
    (out / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=complaint):
        scored(out)


def test_a_run_without_its_questions_is_refused(small_home: Home, question_set: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(small_home, out, (question_set,))
    question_set.write_text(
        question_set.read_text(encoding="utf-8").replace("id: k", "id: z"), encoding="utf-8"
    )
    with pytest.raises(InputError, match="none of its questions"):
        rescore(out)
    with pytest.raises(InputError, match="holds no run"):
        scored(tmp_path / "nowhere")


def test_records_come_back_as_they_were_kept(
    recorder: Recorder, make_question: Callable[..., Question], tmp_path: Path
) -> None:
    record = recorder.record(make_question())
    folder = RunFolder(tmp_path)
    folder.begin({})
    folder.append([record])
    assert folder.records() == {"k1": record}
    assert record.gold_chars == [[record.clauses["杭测〔2020〕7号#一、（一）"].chars]]


def test_a_follow_up_is_searched_in_the_light_of_its_history(
    recorder: Recorder, make_question: Callable[..., Question]
) -> None:
    talk = [
        {"role": "user", "content": "做纸鸢的企业最高补助多少"},
        {"role": "assistant", "content": "20万元。"},
    ]
    followed = recorder.record(make_question(question="那个人呢", history=talk, kind="followup"))
    assert any("一、（二）" in i for i in followed.found[:3])


def test_the_declined_set_runs_on_the_knowledge_files_alone(knowledge_home: Home, tmp_path: Path) -> None:
    report = run(knowledge_home, tmp_path, (Path("declined"),))
    assert len(report.scores) >= 100
    assert sum(s.declined for s in report.scores) >= 0.6 * len(report.scores)


def test_the_whole_way_on_the_real_documents(
    assistant_corpus: Assistant, corpus_home: Home, tmp_path: Path
) -> None:
    """No gate on quality, which is the baseline's: the figures only have to be far from those of a broken system."""
    report = run(corpus_home, tmp_path, split="dev")
    found = report.to_dict()["summary"]
    assert found["questions"] >= 250
    assert (
        found["r@5"] >= 0.75
        and found["facts"] >= 0.5
        and found["declined"] >= 0.6
        and found["answered"] >= 0.7
    )
    assert found["validity"] >= 0.95


def test_a_judge_without_a_model_is_refused_before_the_work(
    small_home: Home, question_set: Path, tmp_path: Path, asked: list[str]
) -> None:
    with pytest.raises(HangceError, match="HANGCE_MODEL"):
        run(small_home, tmp_path / "run", (question_set,), judged=True)
    assert not asked and not (tmp_path / "run").exists()
