"""The terms of the index and in how many texts each stands."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.tokens import terms
from index.vocabulary import COUNTS, KEYS, TermCounts, write_vocabulary
from ingest.errors import HangceError

TEXT = st.text(alphabet="纸鸢木船补助20aE类 ，", max_size=12)
SEGMENT = st.tuples(st.lists(TEXT, max_size=6), st.lists(TEXT, max_size=4))


@given(st.lists(SEGMENT, max_size=3))
def test_counts_equal_a_plain_count_over_all_segments(segments: list[tuple[list[str], list[str]]]) -> None:
    own = [set(terms(text)) for bodies, _ in segments for text in bodies]
    beside = [set(terms(text)) for _, others in segments for text in others]
    known = set().union(*own, *beside)
    with tempfile.TemporaryDirectory() as folder:
        written = [
            set(write_vocabulary(Path(folder) / str(i), bodies, others))
            for i, (bodies, others) in enumerate(segments)
        ]
        assert set().union(*written) == known
        counts = TermCounts([Path(folder) / str(i) for i in range(len(segments))], len(own))
        for term in [*known, "龙头"]:
            once = sum(term in words for words in own), sum(term in words for words in beside)
            assert counts.counts(term) == once
            assert counts.frequency(term) == sum(once)
            expected = math.log(1 + (len(own) - once[0] + 0.5) / (once[0] + 0.5))
            assert counts.rarity(term) == pytest.approx(expected)


def test_a_term_counts_once_for_each_text(tmp_path: Path) -> None:
    write_vocabulary(tmp_path / "w", ["纸鸢纸鸢纸鸢", "纸鸢"], ["纸鸢，纸鸢"])
    assert TermCounts([tmp_path / "w"], 2).counts("纸鸢") == (2, 1)


@pytest.mark.parametrize("name", [KEYS, COUNTS])
@pytest.mark.parametrize("content", [None, b"", b"\x07" * 300])
def test_damaged_counts_are_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    write_vocabulary(tmp_path / "w", ["纸鸢"], [])
    (tmp_path / "w" / name).unlink()
    if content is not None:
        (tmp_path / "w" / name).write_bytes(content)
    with pytest.raises(HangceError, match=r"w holds no readable counts.*hangce build"):
        TermCounts([tmp_path / "w"], 1)
