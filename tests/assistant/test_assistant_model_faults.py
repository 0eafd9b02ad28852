"""Planted faults do not get through the verifier, and true statements do; `python -m benchmarks.verifier` has it all."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.faults import Case, Maker, held_out
from benchmarks.verifier import Bench
from index.home import Home
from index.search import Searcher

EVERY = 12  # so many times fewer statements than the benchmark has


def sample(searcher: Searcher) -> list[Case]:
    """Of each kind every twelfth statement, and its first."""
    seen: Counter[tuple[bool, str]] = Counter()
    out = []
    for case in Maker(searcher).cases():
        if seen[case.honest, case.kind] % EVERY == 0:
            out.append(case)
        seen[case.honest, case.kind] += 1
    return out


@pytest.fixture(scope="module")
def bench(knowledge_home: Home) -> Bench:
    return Bench(Searcher(knowledge_home), gists=False)


@pytest.fixture(scope="module")
def cases(bench: Bench) -> list[Case]:
    return sample(bench.searcher)


def let_through(bench: Bench, cases: list[Case]) -> list[Case]:
    return [c for c in cases if not bench.problem(c)]


def test_there_are_faults_of_every_kind_in_both_halves(cases: list[Case]) -> None:
    faults = [c for c in cases if not c.honest]
    assert len(faults) >= 200
    assert len({c.kind for c in faults}) >= 21
    assert {held_out(c.document_id) for c in faults} == {True, False}


@pytest.mark.parametrize("half", [False, True], ids=["half made on", "held-out half"])
def test_hardly_a_fault_gets_through(bench: Bench, cases: list[Case], half: bool) -> None:
    faults = [c for c in cases if not c.honest and held_out(c.document_id) == half]
    passed = let_through(bench, faults)
    assert len(passed) <= 0.01 * len(faults), [(c.kind, c.statement) for c in passed]


@pytest.mark.parametrize("half", [False, True], ids=["half made on", "held-out half"])
def test_hardly_a_true_statement_is_lost(bench: Bench, cases: list[Case], half: bool) -> None:
    honest = [c for c in cases if c.honest and held_out(c.document_id) == half]
    lost = len(honest) - len(let_through(bench, honest))
    assert lost <= 0.03 * len(honest)


def test_a_fault_changes_what_is_said(cases: list[Case], bench: Bench) -> None:
    for case in cases:
        if not case.honest and "label" not in case.kind and "version" not in case.kind:
            clause = bench.searcher.store.clause(case.cited[0])
            assert clause is not None and case.statement != clause.gist


def test_with_the_official_words_and_gists_it_is_the_same(corpus_home: Home) -> None:
    bench = Bench(Searcher(corpus_home), gists=True)
    cases = sample(bench.searcher)
    faults, honest = ([c for c in cases if c.honest == h] for h in (False, True))
    assert len(let_through(bench, faults)) <= 0.01 * len(faults)
    assert len(honest) - len(let_through(bench, honest)) <= 0.03 * len(honest)
