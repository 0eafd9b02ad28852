from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import InputError
from ingest.readers import MAX_BYTES, read_text
from ingest.readers.plain import decode as _decode

WORDS = "纸鸢每只补助20万元。\n第二行，没有了。\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_reads_the_common_encodings_without_a_mark_at_the_start(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(WORDS.encode(encoding))
    assert read_text(path) == WORDS


def test_reads_utf_16_big_endian(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"\xfe\xff" + WORDS.encode("utf-16-be"))
    assert read_text(path) == WORDS


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1))
def test_what_was_saved_as_utf_8_is_never_taken_for_another_encoding(text: str) -> None:
    assert _decode("a.txt", text.encode()) == text


@pytest.mark.parametrize("content", [b"", b" \n\t\r\n "])
def test_empty_and_blank_files_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "leer.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"leer\.txt: the file is empty") as caught:
        read_text(path)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "content", [bytes(range(256)) * 8, b"\x00" * 100, b"\x89PNG\r\n\x1a\n" + b"\xff\x00\xfe" * 50]
)
def test_binary_content_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bild.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a text file"):
        read_text(path)


def test_a_file_cut_off_in_mid_character_is_refused_rather_than_read_as_gibberish(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(WORDS.strip().encode()[:-1])
    with pytest.raises(InputError):
        read_text(path)


def test_other_suffixes_are_refused_with_a_way_on(tmp_path: Path) -> None:
    for name in ("a.mp3", "a.exe", "ohne"):
        (tmp_path / name).write_text(WORDS, encoding="utf-8")
        with pytest.raises(InputError, match="not read yet") as caught:
            read_text(tmp_path / name)
        assert ".txt" in caught.value.remedy


def test_suffix_case_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "A.TXT"
    path.write_text(WORDS, encoding="utf-8")
    assert read_text(path) == WORDS


def test_missing_files_and_folders_are_input_errors(tmp_path: Path) -> None:
    (tmp_path / "ordner.txt").mkdir()
    for name in ("fehlt.txt", "ordner.txt"):
        with pytest.raises(InputError, match=name):
            read_text(tmp_path / name)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_unreadable_files_are_input_errors(tmp_path: Path) -> None:
    path = tmp_path / "zu.txt"
    path.write_text(WORDS, encoding="utf-8")
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        read_text(path)


def test_a_failing_disk_is_an_input_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text(WORDS, encoding="utf-8")

    def fail(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(InputError, match=r"a\.txt: cannot be read \(Permission denied\)"):
        read_text(path)


def test_huge_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "gross.txt"
    with path.open("wb") as handle:
        handle.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError, match="larger than 64 MiB"):
        read_text(path)
