from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import index.home
from assistant.service import Assistant
from index.build import build
from index.home import FORMAT, Home
from ingest.errors import HangceError


@pytest.fixture
def copy(knowledge_home: Home, tmp_path: Path) -> Home:
    shutil.copytree(knowledge_home.path, tmp_path / "home")
    return Home(tmp_path / "home")


def _manifest(home: Home) -> Path:
    return home.generations / home.pointer.read_text(encoding="utf-8").strip() / "manifest.json"


def _segment(home: Home) -> Path:
    """The folder of the first segment of the current generation."""
    return home.segments / next(iter(home.manifest(home.current())["segments"]))


def _refused(home: Home, match: str) -> None:
    with pytest.raises(HangceError, match=match) as caught:
        Assistant(home)
    assert "hangce build" in str(caught.value)


def test_the_copy_works_before_it_is_damaged(copy: Home) -> None:
    assert Assistant(copy).generation == copy.current().name


def test_no_index(tmp_path: Path) -> None:
    _refused(Home(tmp_path / "leer"), "no index in .*leer")


@pytest.mark.parametrize("content", [b"", b"gibt-es-nicht", b"../index", b"..", b"\xff\xfe\x00", b"a\x00b"])
def test_a_damaged_pointer(copy: Home, content: bytes) -> None:
    copy.pointer.write_bytes(content)
    _refused(copy, "damaged|cannot be read")


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"files"', "{}", '{"files": {}}'])
def test_a_damaged_manifest(copy: Home, content: str) -> None:
    _manifest(copy).write_text(content, encoding="utf-8")
    _refused(copy, "damaged|format None")


@pytest.mark.parametrize(
    "content",
    [
        {"format": FORMAT, "files": []},
        {"format": FORMAT, "files": {}},
        {"format": FORMAT, "files": {}, "segments": []},
        {"format": FORMAT, "files": {}, "segments": {"x": None}},
        {"format": FORMAT, "files": {}, "segments": {}, "summary": {}, "encoder": ""},
    ],
)
def test_a_manifest_of_the_wrong_shape(copy: Home, content: dict) -> None:
    _manifest(copy).write_text(json.dumps(content), encoding="utf-8")
    _refused(copy, "damaged")


def test_a_missing_manifest(copy: Home) -> None:
    _manifest(copy).unlink()
    _refused(copy, "no usable manifest")


def test_another_format(copy: Home) -> None:
    manifest = json.loads(_manifest(copy).read_text(encoding="utf-8"))
    manifest["format"] = FORMAT + 1
    _manifest(copy).write_text(json.dumps(manifest), encoding="utf-8")
    _refused(copy, f"format {FORMAT + 1}, this version reads {FORMAT}")


@pytest.mark.parametrize(
    "name", ["store.sqlite", "rows.npy", "passages.faiss", "body/rows.npy", "sounds/pairs.npy"]
)
def test_a_truncated_file_of_a_segment(copy: Home, name: str) -> None:
    path = _segment(copy) / name
    path.write_bytes(path.read_bytes()[:-1])
    _refused(copy, f"{path.name} is missing or cut off")


def test_a_truncated_catalogue(copy: Home) -> None:
    path = copy.current() / "catalogue.json"
    path.write_bytes(path.read_bytes()[:-1])
    _refused(copy, r"catalogue\.json is missing or cut off")


def test_every_file_is_missed_when_it_is_gone(copy: Home) -> None:
    manifest = copy.manifest(copy.current())
    files = [copy.current() / name for name in manifest["files"]]
    files += [copy.segments / s / name for s, parts in manifest["segments"].items() for name in parts]
    assert len(files) > 30
    for path in files:
        moved = path.rename(path.with_name("weg"))
        _refused(copy, f"{path.name} is missing or cut off")
        moved.rename(path)
    Assistant(copy)


@pytest.mark.parametrize(
    "name",
    [
        "store.sqlite", "segment.json", "rows.npy", "ask_rows.npy", "passages.faiss", "asks.faiss",
        "words/keys.npy", "words/counts.npy", "sounds/keys.npy", "sounds/pairs.npy", "sounds/syllables.json",
        "body/keys.npy", "body/starts.npy", "title/rows.npy", "notes/counts.npy", "asks/lengths.npy",
    ],
)  # fmt: skip
def test_a_file_of_a_segment_overwritten_at_its_full_length(copy: Home, name: str) -> None:
    path = _segment(copy) / name
    path.write_bytes(b"\x07" * path.stat().st_size)
    _refused(copy, "no readable|damaged")
    with pytest.raises(HangceError, match=path.parts[path.parts.index("segments") + 1]):
        Assistant(copy)  # the message leads to the segment


def test_an_overwritten_catalogue(copy: Home) -> None:
    path = copy.current() / "catalogue.json"
    path.write_bytes(b"\x07" * path.stat().st_size)
    _refused(copy, r"catalogue\.json is no readable catalogue")


def test_rows_of_another_shape(copy: Home) -> None:
    path = _segment(copy) / "rows.npy"
    np.save(path, np.zeros(3, dtype="<f8"), allow_pickle=False)
    manifest = json.loads(_manifest(copy).read_text(encoding="utf-8"))
    manifest["segments"][path.parent.name]["rows.npy"] = path.stat().st_size
    _manifest(copy).write_text(json.dumps(manifest), encoding="utf-8")
    _refused(copy, "damaged")


def test_a_new_build_replaces_a_segment_that_cannot_be_read(copy: Home, made_up_corpus: Path) -> None:
    path = _segment(copy) / "rows.npy"
    path.write_bytes(b"\x07" * path.stat().st_size)
    summary = build(copy, [made_up_corpus])
    assert summary.indexed == summary.documents
    assert Assistant(copy).searcher.search("创新券最高多少", 1)


def test_a_new_build_mends_a_damaged_home(copy: Home) -> None:
    _manifest(copy).write_text("{", encoding="utf-8")
    assert not build(copy).unchanged
    assert Assistant(copy).generation


def test_the_environment_names_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANGCE_HOME", str(tmp_path / "x"))
    assert Home().path == tmp_path / "x"
    assert Home(tmp_path / "y").path == tmp_path / "y"
    monkeypatch.delenv("HANGCE_HOME")
    assert Home().path == Path(".hangce")


def test_a_home_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "datei").write_text("x", encoding="utf-8")
    with pytest.raises(HangceError, match=r"cannot write to .* --home"):
        Home(tmp_path / "datei").new_generation()


# --- publishing ---------------------------------------------------------------------------------------------


def _publish(home: Home, name: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(index.home, "time", SimpleNamespace(strftime=lambda _: name))
    folder = home.new_generation()
    (folder / "x").write_text(name, encoding="utf-8")
    home.publish(folder, (), {"summary": {"generation": name}, "encoder": "bundled"})
    return folder


def test_a_generation_is_invisible_until_it_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    old = _publish(home, "1", monkeypatch)
    monkeypatch.setattr(index.home, "time", SimpleNamespace(strftime=lambda _: "2"))
    new = home.new_generation()
    assert home.current() == old
    home.publish(new, (), {"summary": {"generation": "2"}, "encoder": "bundled"})
    assert home.current() == new


def test_the_generation_before_is_kept_for_its_readers_and_older_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    first, second, third = (_publish(home, name, monkeypatch) for name in "123")
    assert not first.exists()
    assert second.exists() and home.current() == third


def test_a_publication_that_fails_leaves_the_old_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    old = _publish(home, "1", monkeypatch)

    def fail(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        patch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="disk full"):
            _publish(home, "2", patch)
    assert home.current() == old


def test_readers_go_on_with_the_generation_that_they_opened(copy: Home, made_up_corpus: Path) -> None:
    reader = Assistant(copy)
    before = [h.clause.clause_id for h in reader.searcher.search("创新券最高多少")]
    seen = []

    def look(stage: str, done: int, total: int) -> None:
        if stage.startswith(("读取文件", "切分条款", "计算向量", "完成")):
            seen.append(copy.current().name)

    build(copy, [made_up_corpus], progress=look)
    assert set(seen[:-1]) == {reader.generation}  # the last look comes after publishing
    assert [h.clause.clause_id for h in reader.searcher.search("创新券最高多少")] == before
    assert Assistant(copy).generation != reader.generation


def test_two_builds_in_one_second_do_not_disturb_readers(copy: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.home, "time", SimpleNamespace(strftime=lambda _: "20200101-000000"))
    folder = _publish(copy, "20200101-000000", monkeypatch)
    copy.new_generation()
    assert copy.current() == folder


def test_publishing_leaves_the_unfinished_generation_of_another_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    monkeypatch.setattr(index.home, "time", SimpleNamespace(strftime=lambda _: "1"))
    unfinished = home.new_generation()
    _publish(home, "2", monkeypatch)
    assert unfinished.exists()
