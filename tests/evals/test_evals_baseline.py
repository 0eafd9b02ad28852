import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.baseline import DEFAULT, bless, load_baseline
from evals.compare import compare
from evals.metrics import Score
from evals.questions import load_questions
from evals.report import Report
from ingest.errors import InputError

REASON = "the first one, to begin with"


@pytest.fixture
def report(make_score: Callable[..., Score]) -> Report:
    scores = [make_score(i, i % 2, answer="文件里的原话", cited=["杭测〔2020〕7号#一、"]) for i in range(10)]
    return Report(scores, {"commit": "abc", "deterministic": True})


def test_a_baseline_is_blessed_with_a_reason_and_remembers_the_one_before(
    report: Report, tmp_path: Path
) -> None:
    path = tmp_path / "b" / "baseline.json"
    bless(report, REASON, path)
    bless(report, "knowledge files for all policies were added", path)
    history = json.loads(path.read_text(encoding="utf-8"))["history"]
    assert [h["reason"] for h in history] == [REASON, "knowledge files for all policies were added"]
    assert history[0]["run"]["commit"] == "abc" and "10 题" in history[0]["headline"]


def test_a_baseline_compares_like_the_run_it_was_made_of_without_its_words(
    report: Report, tmp_path: Path
) -> None:
    path = tmp_path / "baseline.json"
    bless(report, REASON, path)
    assert "原话" not in path.read_text(encoding="utf-8")
    loaded = load_baseline(path)
    assert [(s.id, s.values, s.cited) for s in loaded.scores] == [
        (s.id, s.values, s.cited) for s in report.scores
    ]
    assert compare(loaded.scores, report.scores).tier == "stable"


@pytest.mark.parametrize("reason", ["", "  ok  "])
def test_a_baseline_needs_a_reason(report: Report, tmp_path: Path, reason: str) -> None:
    with pytest.raises(InputError, match="reason"):
        bless(report, reason, tmp_path / "b.json")
    assert not (tmp_path / "b.json").exists()


def test_an_empty_run_or_a_broken_file_is_refused(report: Report, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no scored question"):
        bless(Report([], {}), REASON, tmp_path / "b.json")
    for text in (
        "{",
        "[]",
        '{"format": 1, "history": [], "scores": []}',
        '{"format": 1, "history": [{"run": {}}], "scores": [{}]}',
    ):
        (tmp_path / "b.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"b\.json"):
            load_baseline(tmp_path / "b.json")


def test_the_bundled_baseline_fits_the_bundled_questions() -> None:
    baseline = load_baseline(DEFAULT)
    questions = {q.id: q.fingerprint for q in load_questions()}
    assert {s.id: s.fingerprint for s in baseline.scores} == questions
