"""Files read by Dask workers are files read: a build after it reads nothing anew, and finds the same documents."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from index.build import build
from index.generation import Generation
from index.home import Home
from ingest.cache import FileCache
from ingest.errors import HangceError

distributed = pytest.importorskip(
    "distributed", reason="Dask is not installed: pip install 'dask[distributed]>=2025.1,<2027'"
)
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "distributed_ingestion.py"


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    """The example as a module; workers of the same process find it by its name."""
    spec = importlib.util.spec_from_file_location("distributed_ingestion", EXAMPLE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a scheduler with one worker, both in this process."""
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        yield cluster.scheduler_address


def run(example: ModuleType, scheduler: str, corpus: Path, home: Home) -> Result:
    options = ["--corpus", str(corpus), "--home", str(home.path), "--scheduler", scheduler]
    return CliRunner().invoke(example.main, options)


def contents(home: Home) -> tuple[list[dict], list[tuple[str, str, str]]]:
    """The listings of all documents, and their clauses."""
    store = Generation(home).store
    documents = store.documents()
    clauses = [c for d in documents for c in store.clauses_of(d.document_id)]
    return [d.listing for d in documents], [(c.clause_id, c.text, str(c.span)) for c in clauses]


def test_a_build_afterwards_reads_nothing_anew_and_finds_the_same(
    example: ModuleType, scheduler: str, made_up_corpus: Path, tmp_path: Path
) -> None:
    home, plain = Home(tmp_path / "home"), Home(tmp_path / "plain")
    result = run(example, scheduler, made_up_corpus, home)
    assert result.exit_code == 0, result.output
    assert "文件 2 个（新读 2 个，跳过 0 个）" in result.output
    knowledge = tmp_path / "knowledge"
    knowledge.mkdir()
    summary = build(home, [made_up_corpus], knowledge=knowledge)
    assert (summary.files, summary.read, summary.documents) == (2, 0, 2)
    assert build(plain, [made_up_corpus], knowledge=knowledge).read == 2
    assert contents(home) == contents(plain)
    assert "文件 2 个（新读 0 个，跳过 0 个）" in run(example, scheduler, made_up_corpus, home).output


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_read(
    example: ModuleType, scheduler: str, made_up_corpus: Path, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    (made_up_corpus / "broken.pdf").write_bytes(b"no PDF")
    result = run(example, scheduler, made_up_corpus, home)
    assert result.exit_code == 0 and "跳过 broken.pdf: the PDF is broken" in result.output
    assert "文件 3 个（新读 2 个，跳过 1 个）" in result.output
    assert len(list((home.path / "cache").glob("*.json"))) == 2


def test_a_defect_met_in_one_file_costs_no_other(
    example: ModuleType, scheduler: str, made_up_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = example.read_path

    def stumbles(path: Path) -> object:
        if path.name == "kites.txt":
            raise RuntimeError("a defect")
        return read(path)

    monkeypatch.setattr(example, "read_path", stumbles)
    result = run(example, scheduler, made_up_corpus, Home(tmp_path / "home"))
    assert "跳过 kites.txt: RuntimeError: a defect" in result.output
    assert "文件 2 个（新读 1 个，跳过 1 个）" in result.output


def test_more_files_than_the_scheduler_is_told_of_at_a_time(
    example: ModuleType, scheduler: str, made_up_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example, "AHEAD", 2)
    for number in range(5):
        (made_up_corpus / f"{number}.txt").write_text(f"关于第{number}件事的意见\n\n一、做好它。\n", "utf-8")
    result = run(example, scheduler, made_up_corpus, Home(tmp_path / "home"))
    assert "文件 7 个（新读 7 个，跳过 0 个）" in result.output


def test_workers_with_other_code_are_refused(
    example: ModuleType, scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = FileCache.key

    def on(cache: FileCache, path: Path) -> str:
        return key(cache, path) if threading.current_thread() is threading.main_thread() else "another"

    monkeypatch.setattr(FileCache, "key", on)
    with distributed.Client(scheduler) as client, pytest.raises(HangceError, match="no or another hangce"):
        example.check_workers(client, tmp_path)


def test_what_cannot_be_used_is_told_in_one_line(example: ModuleType, scheduler: str, tmp_path: Path) -> None:
    result = run(example, scheduler, tmp_path / "nowhere", Home(tmp_path / "home"))
    assert result.exit_code == 1 and "nowhere: no such folder" in result.output
    tmp_path.joinpath("corpus").mkdir()
    result = run(example, "nothing", tmp_path / "corpus", Home(tmp_path / "home"))
    assert result.exit_code == 1 and result.output.startswith("Error: missing port number")
