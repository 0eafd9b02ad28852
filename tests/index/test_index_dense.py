"""Vector search: every vector is looked at, whole while there are few, as half floats beyond."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.dense import SCANNED_FROM, WHOLE_UP_TO, DenseIndex
from ingest.errors import HangceError

Vectors = NDArray[np.float32]
MANY = WHOLE_UP_TO + 500


def _unit(vectors: NDArray[np.float64]) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def _random(n: int, seed: int = 0) -> Vectors:
    return _unit(np.random.default_rng(seed).normal(size=(n, 16)))


def _exact(vectors: Vectors, query: Vectors, k: int, pool: NDArray[np.int64]) -> list[int]:
    return pool[np.argsort(-(vectors[pool] @ query), kind="stable")[:k]].tolist()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 20), st.none() | st.sets(st.integers(0, 29), max_size=30))
def test_a_small_index_is_exact_among_the_allowed_rows(k: int, allowed: set[int] | None) -> None:
    vectors, query = _random(30), _random(1, 7)[0]
    inner = faiss.IndexFlatIP(16)
    inner.add(vectors)
    rows_allowed = None if allowed is None else np.array(sorted(allowed), dtype=np.int64)
    scores, rows = DenseIndex(inner).search(query, k, rows_allowed)
    expected = _exact(vectors, query, k, np.arange(30) if rows_allowed is None else rows_allowed)
    assert rows.tolist() == expected
    assert np.allclose(scores, [vectors[i] @ query for i in expected], atol=1e-5)


def test_an_index_survives_saving(tmp_path: Path) -> None:
    vectors = _random(5)
    DenseIndex.build(vectors, tmp_path / "x.faiss")
    _, rows = DenseIndex.load(tmp_path / "x.faiss").search(vectors[3], 1)
    assert rows.tolist() == [3]


def test_an_index_of_nothing_finds_nothing(tmp_path: Path) -> None:
    DenseIndex.build(np.zeros((0, 16), dtype=np.float32), tmp_path / "x.faiss")
    loaded = DenseIndex.load(tmp_path / "x.faiss")
    assert loaded.size == 0
    assert loaded.search(_random(1)[0], 5)[1].tolist() == []


@pytest.mark.parametrize("content", [None, b"", b"keine Vektoren"])
def test_a_damaged_index_says_so(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "x.faiss").write_bytes(content)
    with pytest.raises(HangceError, match=r"x\.faiss.*hangce build"):
        DenseIndex.load(tmp_path / "x.faiss")


# --- more vectors than are kept whole -----------------------------------------------------------------------


@pytest.fixture(scope="module", params=[MANY, SCANNED_FROM + 500])
def clustered(request: pytest.FixtureRequest) -> Vectors:
    """Made-up vectors in 300 clouds, as those of texts about 300 subjects."""
    count = request.param
    random = np.random.default_rng(3)
    centres = random.normal(size=(300, 16))
    return _unit(centres[random.integers(300, size=count)] + 0.35 * random.normal(size=(count, 16)))


@pytest.fixture(scope="module")
def queries(clustered: Vectors) -> Vectors:
    random = np.random.default_rng(4)
    some = clustered[random.integers(len(clustered), size=60)]
    return _unit(some + 0.1 * random.normal(size=some.shape))


@pytest.fixture(scope="module")
def large(clustered: Vectors, tmp_path_factory: pytest.TempPathFactory) -> DenseIndex:
    path = tmp_path_factory.mktemp("dense") / "x.faiss"
    built = DenseIndex.build(clustered, path)
    assert built.size == len(clustered)
    return DenseIndex.load(path)


def _share(index: DenseIndex, vectors: Vectors, queries: Vectors, pool: NDArray[np.int64]) -> float:
    """How many of the exact ten come back, on average."""
    allowed = None if len(pool) == len(vectors) else pool
    found = [(set(index.search(q, 10, allowed)[1].tolist()), _exact(vectors, q, 10, pool)) for q in queries]
    return sum(len(rows & set(best)) / len(best) for rows, best in found) / len(found)


def test_only_a_large_index_keeps_half_floats(large: DenseIndex, clustered: Vectors, tmp_path: Path) -> None:
    scanned = len(clustered) >= SCANNED_FROM
    assert isinstance(large._index, faiss.IndexRefine if scanned else faiss.IndexScalarQuantizer)
    assert isinstance(DenseIndex.build(clustered[:WHOLE_UP_TO], tmp_path / "x")._index, faiss.IndexFlat)


def test_a_large_index_finds_nearly_all_of_the_nearest(
    large: DenseIndex, clustered: Vectors, queries: Vectors
) -> None:
    assert _share(large, clustered, queries, np.arange(len(clustered))) >= 0.99


@pytest.mark.parametrize("count", [MANY, SCANNED_FROM + 500])
def test_evenly_spread_vectors_are_found_as_well(tmp_path: Path, count: int) -> None:
    vectors = _random(count)
    index = DenseIndex.build(vectors, tmp_path / "x.faiss")
    assert _share(index, vectors, _random(30, 9), np.arange(count)) >= 0.99


def test_scores_of_a_large_index_are_cosines_best_first(
    large: DenseIndex, clustered: Vectors, queries: Vectors
) -> None:
    for query in queries[:10]:
        scores, rows = large.search(query, 50)
        assert np.allclose(scores, clustered[rows] @ query, atol=2e-3)  # 16 bits for each number
        assert (np.diff(scores) <= 0).all() and len(set(rows.tolist())) == 50


@pytest.mark.parametrize("count", [1, 30, 500, 3000])
def test_few_allowed_rows_are_all_looked_at(
    large: DenseIndex, clustered: Vectors, queries: Vectors, count: int
) -> None:
    allowed = np.sort(np.random.default_rng(count).permutation(len(clustered))[:count])
    for query in queries[:5]:  # wherever they lie
        assert set(large.search(query, count, allowed)[1].tolist()) == set(allowed.tolist())
    assert _share(large, clustered, queries, allowed) >= 0.99


@pytest.mark.parametrize("share", [0.21, 0.5, 0.9])
def test_many_allowed_rows_are_honoured(
    large: DenseIndex, clustered: Vectors, queries: Vectors, share: float
) -> None:
    allowed = np.flatnonzero(np.random.default_rng(5).random(len(clustered)) < share)
    inside = set(allowed.tolist())
    for query in queries:
        _, rows = large.search(query, 10, allowed)
        assert len(rows) == 10 and set(rows.tolist()) <= inside
    assert _share(large, clustered, queries, allowed) >= 0.99


def test_rows_of_one_corner_are_found_from_the_opposite_one(large: DenseIndex, clustered: Vectors) -> None:
    """The filter of a subject and a question about another."""
    corner = clustered[0]
    allowed = np.sort(np.argsort(-(clustered @ corner))[:200])
    _, rows = large.search(-corner, 10, allowed)
    assert len(rows) == 10 and set(rows.tolist()) <= set(allowed.tolist())


def test_exact_search_misses_nothing(large: DenseIndex, clustered: Vectors, queries: Vectors) -> None:
    every = np.arange(len(clustered))
    for query in queries:
        rows = large.search(query, 10, exact=True)[1]
        assert (
            len(set(rows.tolist()) & set(_exact(clustered, query, 10, every))) >= 9
        )  # 16 bits for each number
