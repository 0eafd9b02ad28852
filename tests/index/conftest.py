"""Fixtures of the index tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from index.home import Home
from index.search import Searcher


@pytest.fixture
def searcher_over(tmp_path: Path) -> Callable[..., Searcher]:
    """Makes a searcher over texts, each in a file, without knowledge files unless given; options go to `Searcher`."""
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "corpus").mkdir()

    def made(*texts: str, knowledge: str = "", **options: Any) -> Searcher:
        for number, text in enumerate(texts):
            (tmp_path / "corpus" / f"p{number}.txt").write_text(text, encoding="utf-8")
        if knowledge:
            (tmp_path / "knowledge" / "k.yaml").write_text(knowledge, encoding="utf-8")
        build(Home(tmp_path / "home"), [tmp_path / "corpus"], knowledge=tmp_path / "knowledge")
        return Searcher(Home(tmp_path / "home"), **options)

    return made
