"""The store and the days of validity."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.generation import Generation
from index.home import Home
from index.store import CATALOGUE, PLACES, SegmentStore, read_catalogue, read_places
from index.validity import status_on
from ingest.errors import HangceError

# --- store --------------------------------------------------------------------------------------------------


def test_the_store_gives_clauses_in_the_order_asked_for(knowledge_home: Home) -> None:
    store = Generation(knowledge_home).store
    ids = [c.clause_id for c in store.clauses_of("杭科合〔2018〕8号")][:4]
    assert [c.clause_id for c in store.clauses([ids[2], "fehlt", ids[0]])] == [ids[2], ids[0]]
    assert store.clause("fehlt") is None
    assert store.clauses([]) == []


def test_neighbours_children_and_full_text(knowledge_home: Home) -> None:
    store = Generation(knowledge_home).store
    clause = store.clause("杭科资〔2020〕72号#第八条")
    assert clause is not None
    assert [c.path for c in store.children(clause)] == ["第八条（一）", "第八条（二）", "第八条（三）"]
    assert store.full_text(clause).split("\n")[1:] == [c.text for c in store.children(clause)]
    around = store.neighbours(clause, 1, 1)
    assert [c.position for c in around] == [clause.position - 1, clause.position, clause.position + 1]


def test_a_store_is_read_only_for_readers(knowledge_home: Home) -> None:
    (segment, *_) = Generation(knowledge_home).segments
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        segment.store.add_ask(10**6, "x", "y")


def test_a_missing_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(HangceError, match="hangce build"):
        SegmentStore(tmp_path / "fehlt.sqlite")
    assert not (tmp_path / "fehlt.sqlite").exists()


def test_a_missing_catalogue_says_so(tmp_path: Path) -> None:
    with pytest.raises(HangceError, match="hangce build"):
        read_catalogue(tmp_path)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"documents": [{}], "programmes": []}', '{"documents": [], "programmes": [1]}'],
)
def test_a_damaged_catalogue_says_so(tmp_path: Path, content: str) -> None:
    (tmp_path / CATALOGUE).write_text(content, encoding="utf-8")
    with pytest.raises(HangceError, match="hangce build"):
        read_catalogue(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": 1}', b'{"a": ["b"]}', b"\xff\xff"])
def test_a_damaged_list_of_places_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / PLACES).write_bytes(content)
    with pytest.raises(HangceError, match="hangce build"):
        read_places(tmp_path)


def test_more_ids_than_sqlite_takes_at_once(knowledge_home: Home) -> None:
    store = Generation(knowledge_home).store
    (clause, *_) = store.clauses_of("杭科合〔2018〕8号")
    ids = [f"杭科合〔2018〕8号#fehlt{i}" for i in range(33_000)]
    assert [c.clause_id for c in store.clauses([*ids, clause.clause_id])] == [clause.clause_id]


def test_a_view_without_some_clauses_reads_as_if_they_were_not_there(knowledge_home: Home) -> None:
    store = Generation(knowledge_home).store
    hidden = "杭科资〔2020〕72号#第八条（二）"
    assert store.clause(hidden) is not None  # and so it is at hand
    view = store.without([hidden])
    parent = view.clause("杭科资〔2020〕72号#第八条")
    assert parent is not None
    assert view.clause(hidden) is None and store.clause(hidden) is not None
    assert [c.path for c in view.children(parent)] == ["第八条（一）", "第八条（三）"]
    assert hidden not in {c.clause_id for c in view.clauses_of("杭科资〔2020〕72号")}
    assert view.first_rows([hidden]) == [] != store.first_rows([hidden])


def test_what_is_kept_for_the_next_question_is_bounded_and_reads_the_same(knowledge_home: Home) -> None:
    fresh, store = Generation(knowledge_home).store, Generation(knowledge_home).store
    rows = list(range(12))
    with patch("index.store._KEPT", 3):
        for row in rows:
            assert store.passages([row]) == fresh.passages([row])
            clause_id, _ = store.passages([row])[row]
            assert store.clauses([clause_id, clause_id]) == fresh.clauses([clause_id]) * 2
    assert len(store._kept) <= 4 and len(store._kept_passages) <= 4
    assert store.passages([3, 11, 5]) == fresh.passages([3, 11, 5])


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
