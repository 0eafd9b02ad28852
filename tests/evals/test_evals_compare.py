"""Real regressions are found, noise is not, and what changed can be read."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from evals.compare import ALPHA, MIN_PAIRS, compare
from evals.metrics import Score
from evals.report import comparison_junit, comparison_markdown, verdict_line, write_comparison

Maker = Callable[..., Score]
DETERMINISTIC = {"deterministic": True}


def run(make_score: Maker, rights: list[float], documents: list[str], kinds: list[str]) -> list[Score]:
    return [
        make_score(i, r, document=d, cluster=d, kind=k)
        for i, (r, d, k) in enumerate(zip(rights, documents, kinds, strict=True))
    ]


@pytest.fixture
def layout() -> tuple[list[str], list[str]]:
    """300 questions on 40 documents of 10 kinds."""
    rng = np.random.default_rng(7)
    return [f"d{rng.integers(40)}" for _ in range(300)], [f"k{rng.integers(10)}" for _ in range(300)]


def test_the_same_answers_are_stable(make_score: Maker, layout: tuple[list[str], list[str]]) -> None:
    rights = [float(i % 3 > 0) for i in range(300)]
    found = compare(
        run(make_score, rights, *layout), run(make_score, rights, *layout), DETERMINISTIC, DETERMINISTIC
    )
    assert found.tier == "stable" and not found.flips and not found.new_dangers


def test_false_alarms_over_two_hundred_runs_without_a_change(
    make_score: Maker, record_property: Callable[[str, object], None]
) -> None:
    """Two runs of one noisy system differ by chance alone: a tenth of its answers are coin tosses, more are unsteady."""
    tiers: Counter[str] = Counter()
    for seed in range(200):
        rng = np.random.default_rng(seed)
        documents = [f"d{rng.integers(60)}" for _ in range(500)]
        kinds = [f"k{rng.integers(12)}" for _ in range(500)]
        ability = rng.choice([0.98, 0.9, 0.5, 0.1, 0.02], size=500, p=[0.4, 0.15, 0.1, 0.1, 0.25])
        first, second = (
            run(make_score, (rng.random(500) < ability).astype(float).tolist(), documents, kinds)
            for _ in range(2)
        )
        tiers[compare(first, second).tier] += 1
    record_property("tiers", dict(tiers))
    print(f"A/A over 200 seeds: {dict(tiers)}")
    assert tiers["regression"] / 200 <= ALPHA
    assert tiers["stable"] / 200 >= 0.85


def test_a_fall_of_the_whole_is_a_regression(make_score: Maker, layout: tuple[list[str], list[str]]) -> None:
    rng = np.random.default_rng(3)
    before = [1.0] * 200 + [0.0] * 100
    after = [r * float(rng.random() > 0.1) for r in before]
    found = compare(run(make_score, before, *layout), run(make_score, after, *layout))
    assert found.tier == "regression"
    assert {c.metric for c in found.regressions if c.group == "whole"} >= {"right"}
    whole = found.whole[0]
    assert whole.interval.high < 0 and whole.lost == sum(a != b for a, b in zip(before, after, strict=True))


def test_one_broken_document_is_a_regression_of_its_slice_only(
    make_score: Maker, layout: tuple[list[str], list[str]]
) -> None:
    documents, kinds = layout
    broken = Counter(documents).most_common(1)[0][0]
    before = [1.0] * 300
    after = [0.0 if d == broken else 1.0 for d in documents]
    found = compare(run(make_score, before, documents, kinds), run(make_score, after, documents, kinds))
    assert found.tier == "regression"
    assert [c.group for c in found.regressions] == [
        f"document={broken}"
    ]  # one document is no evidence on the rest


def test_a_better_run_is_said_to_be_better(make_score: Maker, layout: tuple[list[str], list[str]]) -> None:
    before = [float(i % 2) for i in range(300)]
    found = compare(run(make_score, before, *layout), run(make_score, [1.0] * 300, *layout))
    assert found.tier == "improved" and all(not f.lost for f in found.flips)


def test_slices_too_small_to_tell_are_called_so(make_score: Maker) -> None:
    documents = ["a"] * 40 + ["b"] * (MIN_PAIRS - 1)
    kinds = ["k"] * len(documents)
    after = [1.0] * 40 + [0.0] * (MIN_PAIRS - 1)
    found = compare(run(make_score, [1.0] * 45, documents, kinds), run(make_score, after, documents, kinds))
    assert next(c for c in found.slices if c.group == "document=b").tier == "insufficient data"
    few = compare(run(make_score, [1.0], ["a"], ["k"]), run(make_score, [0.0], ["a"], ["k"]))
    assert few.tier == "insufficient data"


def test_a_new_danger_shows_even_where_nothing_flips(
    make_score: Maker, layout: tuple[list[str], list[str]]
) -> None:
    before = run(make_score, [0.0] * 300, *layout)
    after = run(make_score, [0.0] * 300, *layout)
    after[5].values["safe"] = 0.0
    found = compare(before, after, DETERMINISTIC, DETERMINISTIC)
    assert [f.after.id for f in found.new_dangers] == ["q5"] and found.tier == "soft"
    assert compare(before, after, DETERMINISTIC, {"deterministic": False}).tier == "stable"


def test_what_cannot_be_compared_is_listed(make_score: Maker) -> None:
    before = [make_score(i, 1.0) for i in range(10)]
    after = [make_score(i, 1.0) for i in range(2, 12)]
    after[0].fingerprint = "edited"
    found = compare(before, after)
    assert (found.only_before, found.only_after, found.edited, found.pairs) == (
        ["q0", "q1"],
        ["q10", "q11"],
        ["q2"],
        7,
    )
    text = comparison_markdown(found)
    assert "q0、q1" in text and "q10、q11" in text


def test_the_files_of_a_comparison_show_both_answers(
    make_score: Maker, layout: tuple[list[str], list[str]], tmp_path: Path
) -> None:
    before = run(make_score, [1.0] * 300, *layout)
    after = run(make_score, [0.0] * 30 + [1.0] * 270, *layout)
    before[0].answer, after[0].answer = "旧的<b>答案</b>", "新的答案\u0000"
    after[0].missed = ["20万元"]
    found = compare(before, after)
    write_comparison(found, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "compare-junit.xml",
        "compare.html",
        "compare.json",
        "compare.md",
    ]
    data = json.loads((tmp_path / "compare.json").read_text(encoding="utf-8"))
    assert data["verdict"] == "regression" and len(data["flips"]) == 30
    page = (tmp_path / "compare.html").read_text(encoding="utf-8")
    assert "旧的&lt;b&gt;答案&lt;/b&gt;" in page and "新的答案" in page and "<b>答案</b>" not in page
    assert verdict_line(found) in (tmp_path / "compare.md").read_text(encoding="utf-8")
    suites = ElementTree.fromstring(comparison_junit(found))
    questions = next(s for s in suites if s.get("name") == "questions")
    assert questions.get("failures") == "30" and len(questions.findall("testcase/failure")) == 30
