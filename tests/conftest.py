"""Fixtures that several folders share: the real corpus where it is at hand, indexes, assistants, made-up texts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("hangce", max_examples=50, deadline=None, derandomize=True)
hypothesis.settings.load_profile("hangce")

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # tests/ingest must not be taken for the package ingest
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from made_up import BARE, COVER  # noqa: E402

from assistant.service import Assistant  # noqa: E402
from index.build import build  # noqa: E402
from index.home import Home  # noqa: E402


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer has set for the real application does not reach the tests."""
    for name in [n for n in os.environ if n.startswith("HANGCE_") and n != "HANGCE_CORPUS"]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def corpus_dir() -> Path:
    """The folder of the real documents."""
    folder = Path(os.environ.get("HANGCE_CORPUS") or ROOT.parent / "shared" / "corpus")
    if not any(folder.glob("*.txt")):
        pytest.skip(f"the real documents are not at hand ({folder}); set HANGCE_CORPUS to their folder")
    return folder


@pytest.fixture(scope="session")
def knowledge_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An index over the bundled knowledge files alone."""
    home = Home(tmp_path_factory.mktemp("knowledge_home"))
    build(home)
    return home


@pytest.fixture(scope="session")
def corpus_home(tmp_path_factory: pytest.TempPathFactory, corpus_dir: Path) -> Home:
    """An index over the real documents and the bundled knowledge files."""
    home = Home(tmp_path_factory.mktemp("corpus_home"))
    build(home, [corpus_dir])
    return home


@pytest.fixture(scope="session")
def assistant_knowledge(knowledge_home: Home) -> Assistant:
    """An assistant without documents."""
    return Assistant(knowledge_home)


@pytest.fixture(scope="session")
def assistant_corpus(corpus_home: Home) -> Assistant:
    """An assistant with the real documents."""
    return Assistant(corpus_home)


@pytest.fixture
def policy_text() -> str:
    """A made-up policy with cover notice, chapters, closing words, an annex and a table."""
    return COVER


@pytest.fixture
def bare_policy_text() -> str:
    """A made-up policy without a cover notice, a number or articles."""
    return BARE


@pytest.fixture
def made_up_corpus(tmp_path: Path) -> Path:
    """A folder with the two made-up policies, each in a file."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "kites.txt").write_text(COVER, encoding="utf-8")
    (folder / "boats.txt").write_text(BARE, encoding="utf-8")
    return folder
