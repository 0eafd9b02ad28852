"""The lexical index, the vector index, the store and the days of validity."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.dense import DenseIndex
from index.home import Home
from index.lexical import LexicalIndex
from index.store import Store
from index.tokens import terms
from index.validity import status_on
from ingest.errors import HangceError

TEXTS = ["做纸鸢补助20万元", "造木船补助3万元", "", "，。", "纸鸢纸鸢纸鸢"]


@pytest.fixture(params=["built", "loaded"])
def lexical(request: pytest.FixtureRequest, tmp_path: Path) -> LexicalIndex:
    built = LexicalIndex.build(TEXTS, tmp_path / "x")
    return built if request.param == "built" else LexicalIndex.load(tmp_path / "x", len(TEXTS))


def test_lexical_scores_rank_the_texts_that_share_words(lexical: LexicalIndex) -> None:
    scores = lexical.scores(terms("造木船"))
    assert scores.shape == (len(TEXTS),)
    assert int(scores.argmax()) == 1
    assert (scores > 0).sum() == 1
    both = lexical.scores(terms("补助"))
    assert {int(i) for i in np.flatnonzero(both > 0)} == {0, 1}


def test_lexical_scores_of_nothing_known_are_zero(lexical: LexicalIndex) -> None:
    assert not lexical.scores(terms("飞机")).any()
    assert not lexical.scores([]).any()


def test_no_text_scores_above_the_bound(lexical: LexicalIndex) -> None:
    tokens = terms("纸鸢补助20万元")
    assert 0 < lexical.scores(tokens).max() <= lexical.bound(tokens) + 1e-6


def test_rare_words_weigh_more(lexical: LexicalIndex) -> None:
    assert lexical.idf("飞机") > lexical.idf("木船") > lexical.idf("补助") > 0
    assert lexical.knows("木船") and not lexical.knows("飞机")


@pytest.mark.parametrize("texts", [[], ["", ""]])
def test_a_lexical_index_without_words(tmp_path: Path, texts: list[str]) -> None:
    LexicalIndex.build(texts, tmp_path / "x")
    assert LexicalIndex.load(tmp_path / "x", len(texts)).scores(terms("纸鸢")).shape == (len(texts),)


# --- vectors ------------------------------------------------------------------------------------------------


def _unit(n: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, 16)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 20), st.none() | st.sets(st.integers(0, 29), max_size=30))
def test_dense_search_is_exact_among_the_allowed_rows(k: int, allowed: set[int] | None) -> None:
    vectors, query = _unit(30), _unit(1, 7)[0]
    import faiss

    inner = faiss.IndexFlatIP(16)
    inner.add(vectors)
    rows_allowed = None if allowed is None else np.array(sorted(allowed), dtype=np.int64)
    scores, rows = DenseIndex(inner).search(query, k, rows_allowed)
    pool = range(30) if allowed is None else sorted(allowed)
    expected = sorted(pool, key=lambda i: -float(vectors[i] @ query))[:k]
    assert rows.tolist() == expected
    assert np.allclose(scores, [vectors[i] @ query for i in expected], atol=1e-5)


def test_a_dense_index_survives_saving(tmp_path: Path) -> None:
    vectors = _unit(5)
    DenseIndex.build(vectors, tmp_path / "x.faiss")
    _, rows = DenseIndex.load(tmp_path / "x.faiss").search(vectors[3], 1)
    assert rows.tolist() == [3]


@pytest.mark.parametrize("content", [b"", b"keine Vektoren"])
def test_a_damaged_dense_index_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.faiss").write_bytes(content)
    with pytest.raises(HangceError, match="hangce build"):
        DenseIndex.load(tmp_path / "x.faiss")


# --- store --------------------------------------------------------------------------------------------------


def test_the_store_gives_clauses_in_the_order_asked_for(knowledge_home: Home) -> None:
    store = Store(knowledge_home.current() / "store.sqlite")
    ids = [c.clause_id for c in store.clauses_of("杭科合〔2018〕8号")][:4]
    assert [c.clause_id for c in store.clauses([ids[2], "fehlt", ids[0]])] == [ids[2], ids[0]]
    assert store.clause("fehlt") is None
    assert store.clauses([]) == []


def test_neighbours_children_and_full_text(knowledge_home: Home) -> None:
    store = Store(knowledge_home.current() / "store.sqlite")
    clause = store.clause("杭科资〔2020〕72号#第八条")
    assert clause is not None
    assert [c.path for c in store.children(clause)] == ["第八条（一）", "第八条（二）", "第八条（三）"]
    assert store.full_text(clause).split("\n")[1:] == [c.text for c in store.children(clause)]
    around = store.neighbours(clause, 1, 1)
    assert [c.position for c in around] == [clause.position - 1, clause.position, clause.position + 1]


def test_a_store_is_read_only_for_readers(knowledge_home: Home) -> None:
    store = Store(knowledge_home.current() / "store.sqlite")
    with pytest.raises(Exception, match="readonly"):
        store.add_programme("x", "y", {})


def test_a_missing_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(HangceError, match="hangce build"):
        Store(tmp_path / "fehlt.sqlite")


# --- validity -----------------------------------------------------------------------------------------------

DAY = timedelta(days=1)


def test_days_around_each_date() -> None:
    listing = {"effective": "2020-04-01", "expires": "2022-12-31", "superseded_by": None}
    begin, end = date(2020, 4, 1), date(2022, 12, 31)
    assert [status_on(listing, day) for day in (begin - DAY, begin, end, end + DAY)] == [
        "not_yet", "in_force", "in_force", "expired",
    ]  # fmt: skip


def test_a_month_counts_to_its_last_day() -> None:
    listing = {"effective": "2020-04", "expires": "2023-12", "superseded_by": None}
    days = [date(2020, 3, 31), date(2020, 4, 1), date(2023, 12, 1), date(2023, 12, 31), date(2024, 1, 1)]
    assert [status_on(listing, day) for day in days] == [
        "not_yet",
        "in_force",
        "in_force",
        "in_force",
        "expired",
    ]


@pytest.mark.parametrize(
    ("effective", "expires", "superseded_by", "status"),
    [
        (None, None, None, "unknown"),
        ("2020-04-01", None, None, "open_ended"),
        (None, "2022-12-31", None, "in_force"),
        ("2020-04-01", "2030-01-01", "neu", "superseded"),
        (None, None, "neu", "superseded"),
        ("2021-09-01", None, "neu", "not_yet"),
    ],
)
def test_what_is_not_stated(
    effective: str | None, expires: str | None, superseded_by: str | None, status: str
) -> None:
    listing = {"effective": effective, "expires": expires, "superseded_by": superseded_by}
    assert status_on(listing, date(2021, 6, 1)) == status


@given(st.dates(), st.dates(), st.dates())
def test_exactly_the_days_of_the_term_are_in_force(begin: date, end: date, day: date) -> None:
    listing = {"effective": begin.isoformat(), "expires": end.isoformat(), "superseded_by": None}
    assert (status_on(listing, day) == "in_force") == (begin <= day <= end)


def test_a_replaced_document_was_in_force_before_its_successor(assistant_corpus) -> None:
    listing = assistant_corpus.searcher.documents["杭科农〔2018〕132号"].listing
    assert status_on(listing, date(2020, 8, 24)) == "superseded"
    assert status_on(listing, date(2019, 6, 1)) == "in_force"
