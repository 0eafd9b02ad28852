"""From folders of files to documents: the whole of ingestion, file by file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.cache import FileCache
from ingest.errors import InputError
from ingest.model import Document
from ingest.overrides import DRAFT_SUFFIX, OVERRIDE_SUFFIX, apply_override
from ingest.parse import ingest_text
from ingest.quality import FileQuality, account
from ingest.readers import read_file
from ingest.relations import relate

_SKIPPED_NAMES = {"readme.md", "readme.txt", "license", "license.md"}


@dataclass(slots=True)
class FileResult:
    """One file: its documents and the accounting of its characters, or the problem with it."""

    path: Path
    documents: list[Document] = field(default_factory=list)
    quality: FileQuality | None = None
    problem: InputError | None = None
    key: str = ""  # under which the cache holds the documents
    kept: bool = False  # it came from the cache


@dataclass(slots=True)
class Ingested:
    """What came out of the corpus, and one line for each file that could not be read."""

    documents: list[Document] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    files: int = 0


def is_left_out(name: str) -> bool:
    """Whether a file of that name is no document: hidden files, read-me files, corrections, drafts of notes."""
    beside = name.endswith((OVERRIDE_SUFFIX, DRAFT_SUFFIX))
    return name.startswith(".") or name.lower() in _SKIPPED_NAMES or beside


def corpus_files(folders: Iterable[Path]) -> Iterator[Path]:
    """Every document under the folders in a stable order (`is_left_out` says what is none).

    Raises:
        InputError: a folder does not exist or is no folder.
    """
    seen: set[Path] = set()
    for folder in folders:
        if not folder.is_dir():
            raise InputError(
                str(folder), "no such folder", "give the folder that holds the documents with --corpus"
            )
        for root, directories, names in os.walk(folder, followlinks=False):
            directories[:] = sorted(d for d in directories if not d.startswith("."))
            for name in sorted(names):
                path = Path(root) / name
                if is_left_out(name) or path.absolute() in seen:
                    continue
                seen.add(path.absolute())
                yield path


def read_folders(
    folders: Iterable[Path], progress: Callable[[str], None] = lambda _: None, cache: FileCache | None = None
) -> Iterator[FileResult]:
    """Read file after file; holds one file's documents at a time. Ids and relations come later, by `relate`.

    Args:
        folders: where the files are.
        progress: told the name of each file.
        cache: keeps what was read, so that only changed files are read again.
    """
    for path in corpus_files(folders):
        progress(path.name)
        key = cache.key(path) if cache else ""
        kept = cache.load(key, path.name) if cache else None
        if kept:
            yield FileResult(path, *kept, key=key, kept=True)
            continue
        try:
            documents, quality = read_path(path)
        except InputError as problem:
            yield FileResult(path, problem=problem)
            continue
        except (ValueError, LookupError, RecursionError) as error:
            # A defect of our parser in one file must not cost the reader all the others.
            said = f"could not be parsed ({type(error).__name__}: {error})"
            yield FileResult(path, problem=InputError(path.name, said))
            continue
        if cache:
            cache.save(key, documents, quality)
        yield FileResult(path, documents, quality, key=key)


def ingest_folders(folders: Iterable[Path], progress: Callable[[str], None] = lambda _: None) -> Ingested:
    """Read all files into memory; one that cannot be read becomes a line in `problems`, the rest goes on."""
    result = Ingested()
    for read in read_folders(folders, progress):
        result.files += 1
        result.documents += read.documents
        result.problems += [read.problem] if read.problem else []
    relate(result.documents)
    return result


def read_path(path: Path) -> tuple[list[Document], FileQuality]:
    """What a build does with one file: read it, part it into documents, apply corrections, account for every character.

    Raises:
        InputError: the file cannot be read.
    """
    source = read_file(path)
    documents = ingest_text(source.text, path.name, source.pages)
    for document in documents:
        document.warnings += source.warnings
    apply_override(path, documents)
    return documents, account(source.text, path.name, documents)
