"""Inverted lists of one field of one segment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.postings import Postings, term_key
from ingest.errors import HangceError

WORDS = ["纸鸢", "木船", "补助", "20", "20万", "e类", "r&d", "𠀀"]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=12), max_size=12)


def _lists(postings: Postings, words: set[str]) -> dict[str, dict[int, int]]:
    return {
        w: dict(zip(rows.tolist(), counts.tolist(), strict=True))
        for w, (rows, counts) in zip(words, _found(postings, words), strict=True)
    }


def _found(postings: Postings, words: Iterable[str]) -> list[tuple[NDArray[np.int32], NDArray[np.uint8]]]:
    return postings.find(np.array([term_key(w) for w in words], dtype=np.uint64))


def _naive(texts: list[list[str]]) -> dict[str, dict[int, int]]:
    out: dict[str, dict[int, int]] = {}
    for row, words in enumerate(texts):
        for word, count in Counter(words).items():
            out.setdefault(word, {})[row] = count
    return out


@given(TEXTS)
def test_lists_equal_a_plain_count(texts: list[list[str]]) -> None:
    postings = Postings.build(texts)
    naive = _naive(texts)
    assert _lists(postings, set(naive)) == naive
    assert postings.size == len(texts) and postings.lengths.tolist() == [len(words) for words in texts]
    assert len(postings.keys) == len(naive) and len(postings.rows) == sum(map(len, naive.values()))
    for rows, _ in _found(postings, naive):
        assert (np.diff(rows) > 0).all()  # `scores_at` searches in them


@given(TEXTS, st.text(min_size=4, max_size=6))
def test_a_term_that_no_text_holds_has_empty_lists(texts: list[list[str]], word: str) -> None:
    ((rows, counts),) = _found(Postings.build(texts), [word + "船"])
    assert len(rows) == len(counts) == 0


def test_texts_may_come_as_an_iterator() -> None:
    texts = [["纸鸢", "补助"], [], ["补助"]]
    assert _lists(Postings.build(iter(texts)), {"补助"}) == {"补助": {0: 1, 2: 1}}


def test_counts_and_lengths_stop_at_what_their_type_holds() -> None:
    postings = Postings.build([["船"] * 255, ["船"] * 256, ["船"] * 70_000])
    assert _lists(postings, {"船"}) == {"船": {0: 255, 1: 255, 2: 255}}
    assert postings.lengths.tolist() == [255, 256, 65535]


@pytest.mark.parametrize("texts", [[], [[]], [["纸鸢"], [], ["木船", "纸鸢", "纸鸢"]]])
def test_what_was_saved_comes_back(tmp_path: Path, texts: list[list[str]]) -> None:
    built = Postings.build(texts)
    built.save(tmp_path / "body")
    loaded = Postings.load(tmp_path / "body")
    for name in ("keys", "starts", "rows", "counts", "lengths"):
        one, other = getattr(built, name), getattr(loaded, name)
        assert one.dtype == other.dtype and one.tolist() == other.tolist()
    assert _lists(loaded, {"纸鸢", "木船", "补助"}) == _lists(built, {"纸鸢", "木船", "补助"})


@pytest.mark.parametrize("name", ["keys", "starts", "rows", "counts", "lengths"])
@pytest.mark.parametrize("content", [None, b"", b"\x07" * 200, b"\x93NUMPY\x01\x00"])
def test_damaged_files_are_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    Postings.build([["纸鸢", "木船"]]).save(tmp_path / "body")
    path = tmp_path / "body" / f"{name}.npy"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(HangceError, match=r"body.*hangce build"):
        Postings.load(tmp_path / "body")


@pytest.mark.parametrize("name", ["starts", "rows", "counts"])
def test_arrays_that_do_not_fit_each_other_are_refused(tmp_path: Path, name: str) -> None:
    Postings.build([["纸鸢", "木船"], ["木船"]]).save(tmp_path / "body")
    path = tmp_path / "body" / f"{name}.npy"
    np.save(path, np.load(path)[:-1], allow_pickle=False)
    with pytest.raises(HangceError, match="hangce build"):
        Postings.load(tmp_path / "body")


def test_keys_are_the_same_in_every_process() -> None:
    """An index is read by other processes than the one that wrote it, and on other machines."""
    assert term_key("") == 0xB4B2797457A0A6E4
    assert term_key("纸鸢") == 0x811FB71DB7250263
    assert term_key("20万") == 0x6A8F8E1E609C6381


@given(st.lists(st.text(max_size=4), unique=True, max_size=40))
def test_different_terms_have_different_keys_of_64_bits(words: list[str]) -> None:
    keys = {term_key(w) for w in words}
    assert len(keys) == len(words) and all(0 <= k < 2**64 for k in keys)
