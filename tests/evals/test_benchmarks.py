"""The benchmarks run, and measure what they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import benchmarks.growth as growth
from benchmarks.retrieval import MEASURES, Bench, by_kind, without_one
from evals.questions import Question, load_questions
from index.home import Home


@pytest.fixture(scope="module")
def bench(knowledge_home: Home) -> Bench:
    return Bench.open(knowledge_home.path)


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return [q for q in load_questions((), "dev") if q.answerable][:12]


def test_retrieval_is_measured_by_kind(bench: Bench, questions: list[Question]) -> None:
    tables = by_kind(bench, questions)
    number, means = tables["all"]
    assert number == len(questions) == sum(n for kind, (n, _) in tables.items() if kind != "all")
    assert len(means) == len(MEASURES) + 1
    at_1, at_5, at_10 = means[:3]
    assert 0 < at_1 <= at_5 <= at_10 <= 1


def test_lexical_search_alone_finds_less_but_something(bench: Bench, questions: list[Question]) -> None:
    def found(find: Callable[[Question], list[str]]) -> float:
        return sum(row[2] for row in bench.values(questions, find))

    assert 0 < found(bench.lexical) <= found(bench.found)


def test_what_was_switched_off_is_switched_on_again(bench: Bench, questions: list[Question]) -> None:
    before = [bench.found(q) for q in questions]
    rows = without_one(bench, questions)
    assert len(rows) >= 3 and "all" in rows
    assert [bench.found(q) for q in questions] == before


def test_growth_builds_adds_and_searches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "QUESTIONS", 100)
    passages = 2 * growth.CLAUSES
    built = growth.build(tmp_path / "home", passages)
    assert built["passages"] == passages + growth.CLAUSES  # with the document that was added
    assert min(built.values()) > 0
    searched = growth.search(tmp_path / "home", passages)
    assert searched["recall"] == 1  # so few are searched exactly
    assert 0 < searched["p50"] <= searched["p95"]


def test_made_up_policies_are_the_same_every_time() -> None:
    assert growth.Writer().document(5) == growth.Writer().document(5)
    assert growth.Writer().document(5) != growth.Writer().document(6)
