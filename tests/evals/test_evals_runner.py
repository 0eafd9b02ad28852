import json
from pathlib import Path

from evals.runner import run
from index.home import Home


def test_the_declined_set_runs_on_the_knowledge_files_alone(knowledge_home: Home, tmp_path: Path) -> None:
    report = run(knowledge_home, (Path("declined"),), None, tmp_path)
    stored = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert len(stored["scores"]) == len(report.scores) >= 12
    assert stored["configuration"]["sets"] == ["declined"]
    assert stored["summary"]["declined_rightly"] >= 0.8


def test_the_whole_way_on_the_real_documents(corpus_home: Home, tmp_path: Path) -> None:
    """Not a quality gate: the figures only have to be far from those of a broken system."""
    summary = run(corpus_home, (), None, tmp_path).to_dict()["summary"]
    assert summary["questions"] >= 60
    assert summary["r@5"] >= 0.75
    assert summary["facts"] >= 0.5
    assert summary["declined_rightly"] >= 0.75
    assert summary["declined_wrongly"] <= 0.15
    assert summary["expired_flagged"] == 1.0
