"""What a reader sees of a run: page, Markdown, JSON, JUnit."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evals.compare import compare
from evals.metrics import METRICS, Score
from evals.report import Report, what_is_wrong
from evals.summary import declining, percentile, verdict_matrix, worst, wrongly_eligible

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture
def report(make_score: Callable[..., Score]) -> Report:
    plain = dict.fromkeys(METRICS)
    scores = [make_score(i, i % 4 > 0, kind=f"k{i % 3}", document=f"文件{i % 5}") for i in range(40)]
    scores[0].answer, scores[0].question, scores[0].missed = (
        "<script>alert(1)</script>",
        "多少？|x",
        ["20万元"],
    )
    eligible = make_score(50, 0.0, kind="eligibility", expected_verdict="not_eligible", verdict="eligible")
    eligible.values |= {"safe": 0.0, "verdict": 0.0}
    declined = [
        make_score(60 + i, r, document="", cause="wrong_city", expected_status="not_covered", status=s, values=plain | {"right": r, "declined": r, "cause": r})
        for i, (r, s) in enumerate([(1.0, "not_covered"), (0.0, "answered"), (1.0, "not_covered")])
    ]  # fmt: skip
    return Report([*scores, eligible, *declined], {"commit": "abc", "time": "2026-01-01", "model": ""})


def test_the_files_of_a_report(report: Report, tmp_path: Path) -> None:
    report.write(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "junit.xml",
        "report.html",
        "report.json",
        "report.md",
    ]
    data = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert data["summary"]["questions"] == 44 and set(data["by_kind"]) == {
        "k0",
        "k1",
        "k2",
        "eligibility",
        "amount",
    }
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "不符合的说成符合：1 题" in text and "多少？\\|x" in text
    suites = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert suites[0].get("tests") == "44" and suites[0].get("failures") == "12"


def test_the_worst_come_first(report: Report) -> None:
    first, second, *rest = worst(report.scores)
    assert first.id == "q50" and second.id == "q61" and len(rest) == 8
    assert "不符合的说成符合" in what_is_wrong(first) and "应当拒答" in what_is_wrong(second)
    assert "缺要点 20万元" in what_is_wrong(report.scores[0])


def test_the_matrix_and_the_declines(report: Report) -> None:
    assert verdict_matrix(report.scores)["not_eligible"] == {
        "eligible": 1,
        "not_eligible": 0,
        "undetermined": 0,
        "none": 0,
    }
    assert wrongly_eligible(report.scores) == 1
    found = declining(report.scores)
    assert found["by_cause"]["wrong_city"]["questions"] == 3
    assert found["by_cause"]["wrong_city"]["recall"] == pytest.approx(2 / 3)
    assert found["total"]["precision"] == 1.0


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.95) == 4.0
    assert percentile([], 0.5) == 0.0


def test_an_empty_report_can_be_written(tmp_path: Path) -> None:
    Report([], {"commit": "", "time": "", "model": ""}).write(tmp_path)
    assert "0 题" in (tmp_path / "report.md").read_text(encoding="utf-8")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")
def test_the_pages_open_without_a_network(
    report: Report, tmp_path: Path, make_score: Callable[..., Score]
) -> None:
    """The verdict is at the top, the plots are drawn, nothing is fetched, nothing of an answer is run."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    from evals.report import write_comparison

    before = [make_score(i, 1.0) for i in range(40)]
    comparison = compare(before, report.scores)
    report.write(tmp_path, comparison)
    write_comparison(comparison, tmp_path)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda e: faults.append(str(e)))
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        page.on("dialog", lambda d: faults.append("a script of an answer ran"))
        page.on("request", lambda r: r.url.startswith(("file:", "data:", "blob:")) or faults.append(r.url))
        for name, plots in (("report.html", 3), ("compare.html", 1)):
            page.goto((tmp_path / name).as_uri())
            page.wait_for_selector(".js-plotly-plot .main-svg")
            assert page.locator(".js-plotly-plot").count() == plots
            assert "变差" in page.locator(".banner").first.inner_text()
        browser.close()
    assert faults == []
