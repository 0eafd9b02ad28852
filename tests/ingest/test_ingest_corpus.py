from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from ingest.corpus import corpus_files, ingest_folders, ingest_text, relate
from ingest.errors import InputError
from ingest.model import Document, SourceSpan


def policy(title: str, number: str, closing: str = "本办法自2020年1月1日起施行。") -> str:
    return (
        f"杭州市测试局关于印发《{title}》的通知\n\n{number}\n\n各有关单位：\n\n现将办法印发给你们。\n\n2020年1月1日\n\n"
        f"{title}\n\n第一条 造船。\n\n第二条 {closing}\n"
    )


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_files_come_in_a_stable_order_without_hidden_and_read_me_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", ".hidden.txt", "README.md", "LICENSE", "unter/c.txt", ".git/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert [p.name for p in corpus_files([tmp_path])] == ["a.txt", "b.txt", "c.txt"]


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder") as caught:
        list(corpus_files([tmp_path / "fehlt"]))
    assert "--corpus" in caught.value.remedy


def test_one_bad_file_does_not_stop_the_rest(tmp_path: Path) -> None:
    folder(
        tmp_path, a=policy("杭州市纸鸢办法", "杭测〔2020〕1号"), leer="", blank="---\n\n***\n", kurz="船。"
    )
    (tmp_path / "bild.txt").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "b.pdf").write_bytes(b"%PDF")
    result = ingest_folders([tmp_path])
    assert {d.document_id for d in result.documents} >= {"杭测〔2020〕1号"}
    assert {p.source for p in result.problems} >= {"leer.txt", "bild.txt", "b.pdf", "blank.txt"}
    assert result.files == 6


def test_a_defect_of_the_parser_in_one_file_does_not_stop_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ingest.corpus

    def sometimes(text: str, file: str, *more: object) -> list[Document]:
        if file == "a.txt":
            raise IndexError("list index out of range")
        return ingest_text(text, file, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(ingest.corpus, "ingest_text", sometimes)
    text = policy("杭州市纸鸢办法", "杭测〔2020〕1号")
    result = ingest_folders([folder(tmp_path, a=text, b=text)])
    assert [d.span.file for d in result.documents] == ["b.txt"]
    assert [p.source for p in result.problems] == ["a.txt"]


def test_every_file_leaves_a_document_or_a_problem(tmp_path: Path) -> None:
    texts = {"a": "船。", "b": "甲\t乙", "c": "第一条 甲。", "d": "# 1 甲\n\n# 2 乙\n\n船要好。"}
    result = ingest_folders([folder(tmp_path, **texts)])
    assert {d.span.file for d in result.documents} | {p.source for p in result.problems} == {
        f"{n}.txt" for n in texts
    }


def test_a_file_of_titles_alone_does_not_vanish(tmp_path: Path) -> None:
    result = ingest_folders(
        [folder(tmp_path, a="杭州市测试办法", b="杭州市测试局关于造船的意见\n\n杭测〔2020〕1号\n")]
    )
    assert {d.span.file for d in result.documents} | {p.source for p in result.problems} == {"a.txt", "b.txt"}


def test_copies_are_linked_and_the_better_one_is_kept(tmp_path: Path) -> None:
    good = policy("杭州市纸鸢办法", "杭测〔2020〕1号")
    worse = good.replace("第二条", "第三条")
    documents = ingest_folders([folder(tmp_path, a=worse, b=good)]).documents
    kept, copy = sorted(documents, key=lambda d: d.duplicate_of is not None)
    assert (kept.document_id, kept.span.file) == ("杭测〔2020〕1号", "b.txt")
    assert copy.duplicate_of == kept.document_id and copy.document_id.startswith("杭测〔2020〕1号@")


def test_a_copy_without_its_number_is_known_by_its_title(tmp_path: Path) -> None:
    text = policy("杭州市纸鸢办法", "杭测〔2020〕1号")
    documents = ingest_folders([folder(tmp_path, a=text, b=text.replace("杭测〔2020〕1号\n", ""))]).documents
    assert sorted(d.duplicate_of or "" for d in documents) == ["", "杭测〔2020〕1号"]


def test_a_repealed_document_knows_its_successor(tmp_path: Path) -> None:
    documents = ingest_folders(
        [
            folder(
                tmp_path,
                neu=policy(
                    "杭州市纸鸢办法", "杭测〔2020〕1号", "自2020年2月1日起施行，杭测〔2018〕9号同时废止。"
                ),
                alt=policy("杭州市旧纸鸢办法", "杭测〔2018〕9号"),
                titel=policy(
                    "杭州市木船办法", "杭测〔2021〕4号", "自2021年2月1日起施行，《杭州市小船办法》同时废止。"
                ),
                klein=policy("杭州市小船办法", "杭测〔2017〕2号"),
            )
        ]
    ).documents
    by_id = {d.document_id: d for d in documents}
    assert by_id["杭测〔2018〕9号"].superseded_by == "杭测〔2020〕1号"
    assert by_id["杭测〔2020〕1号"].supersedes == ["杭测〔2018〕9号"]
    assert by_id["杭测〔2017〕2号"].superseded_by == "杭测〔2021〕4号"
    assert by_id["杭测〔2020〕1号"].superseded_by is None


def _document(title: str, numbers: list[str], file: str) -> Document:
    return Document("", title, SourceSpan(file, 1, 9), doc_numbers=list(numbers))


def _ids(documents: list[Document]) -> dict[str, tuple[str, str | None]]:
    relate(documents)
    return {d.span.file: (d.document_id, d.duplicate_of) for d in documents}


def test_ids_do_not_depend_on_the_order_of_files() -> None:
    made = [("办法甲", ["杭测〔2020〕1号"], "1.txt"), ("办法甲", ["杭测〔2020〕1号"], "2.txt"), ("办法甲", [], "3.txt"),
            ("办法乙", [], "4.txt"), ("办法乙", [], "5.txt")]  # fmt: skip
    results = [_ids([_document(*args) for args in order]) for order in itertools.permutations(made)]
    assert all(result == results[0] for result in results)
    assert len({document_id for document_id, _ in results[0].values()}) == len(made)


def test_ids_do_not_depend_on_the_order_of_files_with_two_versions() -> None:
    made = [
        ("办法甲", ["杭测〔2020〕1号"], "1.txt"),
        ("办法甲", ["杭测〔2018〕5号"], "2.txt"),
        ("办法甲", [], "3.txt"),
    ]
    results = [_ids([_document(*args) for args in order]) for order in itertools.permutations(made)]
    assert all(result == results[0] for result in results)


def test_copies_in_files_of_the_same_name_have_ids_of_their_own(tmp_path: Path) -> None:
    for name in ("x", "y", "z"):
        (tmp_path / name).mkdir()
        folder(tmp_path / name, a=policy("杭州市纸鸢办法", "杭测〔2020〕1号"))
    ids = [d.document_id for d in ingest_folders([tmp_path]).documents]
    assert len(set(ids)) == 3


def test_two_lists_of_one_title_and_different_content_are_no_copies(tmp_path: Path) -> None:
    def yearbook(year: int, company: str) -> str:
        return f"# 杭州纸鸢年鉴{year}\n\n# 1 概述\n\n做纸鸢{year}只。\n\n# 2 附录\n\n## 在杭企业名单\n\n序号\t名称\n1\t{company}\n"

    documents = ingest_folders(
        [folder(tmp_path, a=yearbook(2031, "东风社"), b=yearbook(2032, "西风社"))]
    ).documents
    assert len(documents) == 4
    assert not any(d.duplicate_of for d in documents)
