from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

import index.home
from assistant.service import Assistant
from index.build import build
from index.generation import Generation
from index.home import Home
from index.search import Searcher
from ingest.errors import HangceError, InputError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    names = iter(f"g{i}" for i in range(99))  # no two generations of one second
    monkeypatch.setattr(index.home, "time", SimpleNamespace(strftime=lambda _: next(names)))
    return Home(tmp_path / "home")


@pytest.fixture
def no_knowledge(tmp_path: Path) -> Path:
    (tmp_path / "knowledge").mkdir()
    return tmp_path / "knowledge"


def test_knowledge_alone_makes_an_index(home: Home) -> None:
    summary = build(home)
    assert (summary.files, summary.documents, summary.unmatched, summary.problems) == (
        0,
        summary.knowledge_files,
        [],
        [],
    )
    assert summary.asks > summary.clauses > 0
    assert not any(d.verbatim for d in Searcher(home).documents.values())


def test_documents_and_knowledge_stand_side_by_side(home: Home, made_up_corpus: Path) -> None:
    summary = build(home, [made_up_corpus])
    searcher = Searcher(home)
    assert summary.documents == summary.knowledge_files + 2 == len(searcher.documents)
    assert searcher.documents["杭测〔2020〕7号"].verbatim
    assert searcher.search("做纸鸢的企业补助多少")[0].clause.clause_id.startswith("杭测〔2020〕7号#")


def test_notes_annotate_the_clauses_of_a_document_that_is_at_hand(
    home: Home, made_up_corpus: Path, no_knowledge: Path
) -> None:
    (no_knowledge / "kites.yaml").write_text(
        "title: 杭州市纸鸢补助办法\nnames: [风筝补助]\ndoc_numbers: [杭测〔2020〕7号]\nclauses:\n"
        "  - {at: 第三条, gist: 一家企业最多拿20万元。, asks: [一家最多拿多少]}\n"
        "  - {at: 第九条, gist: 没有这一条。, asks: [第九条说什么]}\n",
        encoding="utf-8",
    )
    summary = build(home, [made_up_corpus], knowledge=no_knowledge)
    assert summary.unmatched == ["kites.yaml: 第九条"]
    clause = Searcher(home).store.clause("杭测〔2020〕7号#第三条")
    assert clause is not None
    assert (clause.gist, clause.asks) == ("一家企业最多拿20万元。", ["一家最多拿多少"])
    assert clause.text == "第三条 每家企业最高补助20万元。"


def test_a_corpus_without_knowledge(home: Home, made_up_corpus: Path, no_knowledge: Path) -> None:
    assert build(home, [made_up_corpus], knowledge=no_knowledge).asks == 0
    assert Searcher(home).search("造船补助")[0].clause.path == "二、（一）"


def test_nothing_at_all_is_an_empty_index_that_answers_nothing(
    home: Home, tmp_path: Path, no_knowledge: Path
) -> None:
    (tmp_path / "leer").mkdir()
    assert build(home, [tmp_path / "leer"], knowledge=no_knowledge).documents == 0
    assert Searcher(home).search("造船补助") == []
    assert Assistant(home).ask("造船补助多少").status == "not_covered"


def test_an_unchanged_build_is_kept(home: Home, made_up_corpus: Path) -> None:
    first = build(home, [made_up_corpus])
    second = build(home, [made_up_corpus])
    assert not first.unchanged and second.unchanged
    assert second.generation == first.generation
    assert (second.documents, second.clauses, second.asks) == (first.documents, first.clauses, first.asks)


def test_an_unchanged_build_still_tells_of_bad_files(home: Home, made_up_corpus: Path) -> None:
    (made_up_corpus / "leer.txt").write_bytes(b"")
    assert [p.source for p in build(home, [made_up_corpus]).problems] == ["leer.txt"]
    again = build(home, [made_up_corpus])
    assert again.unchanged
    assert [p.source for p in again.problems] == ["leer.txt"]


def test_every_kind_of_change_makes_a_new_generation(
    home: Home, made_up_corpus: Path, no_knowledge: Path
) -> None:
    seen = [build(home, [made_up_corpus], knowledge=no_knowledge).generation]

    def rebuilt() -> bool:
        seen.append(build(home, [made_up_corpus], knowledge=no_knowledge).generation)
        return seen[-1] != seen[-2]

    boats = made_up_corpus / "boats.txt"
    boats.write_text(boats.read_text(encoding="utf-8").replace("3万元", "4万元"), encoding="utf-8")
    assert rebuilt()
    assert "4万元" in Searcher(home).search("造船补助")[0].clause.text
    boats.rename(made_up_corpus / "ships.txt")
    assert rebuilt()
    (made_up_corpus / "ships.txt").unlink()
    assert rebuilt()
    assert len(Searcher(home).documents) == 1
    (no_knowledge / "a.yaml").write_text(
        "title: 办法甲\nclauses: [{at: 第一条, gist: 要点要点。, asks: [问]}]\n", encoding="utf-8"
    )
    assert rebuilt()
    assert not rebuilt()


def test_a_bad_corpus_folder_leaves_the_old_index(home: Home, made_up_corpus: Path, tmp_path: Path) -> None:
    build(home, [made_up_corpus])
    with pytest.raises(InputError, match="no such folder"):
        build(home, [tmp_path / "fehlt"])
    assert "杭测〔2020〕7号" in Searcher(home).documents


def test_a_bad_knowledge_file_leaves_the_old_index(home: Home, no_knowledge: Path) -> None:
    build(home)
    (no_knowledge / "a.yaml").write_text("title: x\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.yaml"):
        build(home, knowledge=no_knowledge)
    assert Searcher(home).documents


def test_progress_is_told(home: Home, made_up_corpus: Path) -> None:
    stages: list[str] = []
    build(home, [made_up_corpus], progress=lambda stage, done, total: stages.append(stage))
    assert any("kites.txt" in stage for stage in stages)
    assert stages[-1] == "完成"


def test_a_folder_given_twice_is_no_crash(home: Home, made_up_corpus: Path, tmp_path: Path) -> None:
    build(home, [made_up_corpus, made_up_corpus, made_up_corpus])
    assert Searcher(home).documents


def test_a_hash_in_a_file_name_is_no_crash(home: Home, tmp_path: Path, no_knowledge: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "C#入门.txt").write_text("第一条 造船。\n\n第二条 划船。\n", encoding="utf-8")
    build(home, [tmp_path / "c"], knowledge=no_knowledge)
    assert Searcher(home).search("造船")[0].clause.path == "第一条"


def test_errors_of_the_index_are_hangce_errors(home: Home, no_knowledge: Path) -> None:
    with pytest.raises(HangceError, match="encoder"):
        build(home, knowledge=no_knowledge, encoder="/gibt/es/nicht")


def test_notes_stand_at_both_copies_of_a_document(corpus_home: Home) -> None:
    store = Generation(corpus_home).store
    copies = [d for d in store.documents() if d.listing["duplicate_of"]]
    assert len(copies) == 3
    for copy in copies:
        own = [c for c in store.clauses_of(copy.document_id) if c.gist]
        twin = [c for c in store.clauses_of(copy.listing["duplicate_of"]) if c.gist]
        assert len(own) >= 0.9 * len(twin) > 10, copy.document_id
