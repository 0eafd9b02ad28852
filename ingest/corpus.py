"""From folders of files to documents: the whole of ingestion, file by file."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest import clauses as policy_clauses
from ingest import metadata, yearbook
from ingest.errors import InputError
from ingest.model import Document, SourceSpan
from ingest.paragraphs import read_blocks
from ingest.readers import read_text
from ingest.segment import RawDocument, segment
from ingest.text import fold

_SKIPPED_NAMES = {"readme.md", "readme.txt", "license", "license.md"}


@dataclass(slots=True)
class Ingested:
    """What came out of the corpus, and one line for each file that could not be read."""

    documents: list[Document] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    files: int = 0


def corpus_files(folders: Iterable[Path]) -> Iterator[Path]:
    """Every file under the folders in a stable order; hidden files and read-me files are left out.

    Raises:
        InputError: a folder does not exist or is no folder.
    """
    for folder in folders:
        if not folder.is_dir():
            raise InputError(
                str(folder), "no such folder", "give the folder that holds the documents with --corpus"
            )
        for root, directories, names in os.walk(folder, followlinks=False):
            directories[:] = sorted(d for d in directories if not d.startswith("."))
            for name in sorted(names):
                if not name.startswith(".") and name.lower() not in _SKIPPED_NAMES:
                    yield Path(root) / name


def ingest_folders(folders: Iterable[Path], progress: Callable[[str], None] = lambda _: None) -> Ingested:
    """Read all files; one that cannot be read becomes a line in `problems`, the rest goes on."""
    result = Ingested()
    for path in corpus_files(folders):
        result.files += 1
        progress(path.name)
        try:
            result.documents += ingest_text(read_text(path), path.name)
        except InputError as problem:
            result.problems.append(problem)
        except (ValueError, LookupError, RecursionError) as error:
            # A defect of our parser in one file must not cost the reader all the others.
            result.problems.append(InputError(path.name, f"could not be parsed ({type(error).__name__}: {error})"))
    relate(result.documents)
    return result


def ingest_text(text: str, file: str) -> list[Document]:
    """The documents in one file's text.

    Raises:
        InputError: there is no readable text in it.
    """
    blocks = read_blocks(text)
    if not blocks:
        raise InputError(file, "no text found", "check that the file holds more than blank lines and marks")
    documents = [_build(raw, file) for raw in segment(blocks).documents]
    return [d for d in documents if d.clauses]


def _build(raw: RawDocument, file: str) -> Document:
    blocks = raw.blocks
    span = SourceSpan(file, blocks[0].line_start, blocks[-1].line_end)
    if raw.kind in ("policy", "plain"):
        return _build_policy(raw, span)
    title = re.sub(r"\s+", "", raw.title)
    whole_text = "".join(b.text for b in blocks[:80])
    if raw.kind == "list":
        found = yearbook.build_list(raw.body, title, file)
        return Document("", title, span, level="municipal", kind="table", clauses=found)
    found = yearbook.build_chapter(raw.body, file)
    district = _district_of_chapter(whole_text)
    if district and "·" not in title:
        year = re.search(r"(20\d\d)年", whole_text)
        title = f"{district}年鉴·{title}" + (f"（{year.group(1)}年）" if year else "")
    return Document(
        "",
        title,
        span,
        level="district" if district else "municipal",
        district=district,
        kind="yearbook",
        clauses=found,
    )


def _district_of_chapter(text: str) -> str | None:
    """The district that a chapter is about: one name far ahead of all others."""
    counts = sorted(((text.count(name), name) for name in metadata._DISTRICTS), reverse=True)
    (most, name), (second, _) = counts[0], counts[1]
    return name if most >= 10 and most > 5 * second else None


def _build_policy(raw: RawDocument, span: SourceSpan) -> Document:
    tree = policy_clauses.build_policy(raw.body, span.file)
    title = metadata.clean_title(raw.title, tree.attached_title) or Path(span.file).stem
    bodies = metadata.issuers(raw, tree.cover, tree.tail)
    issued = metadata.issue_date(tree.cover, tree.tail)
    text = "\n".join(c.text for c in tree.clauses if c.kind != "row")
    effective, expires = metadata.dates(issued, text)
    level, district = metadata.level_of(raw.doc_numbers, bodies, title)
    document = Document(
        "",
        title,
        span,
        doc_numbers=raw.doc_numbers,
        issuers=bodies,
        level=level,
        district=district,
        kind=metadata.kind_of(title),
        issued=issued,
        effective=effective,
        expires=expires,
        repeals=metadata.repeals(text, raw.doc_numbers),
        clauses=tree.clauses,
        warnings=raw.warnings + tree.warnings,
    )
    if effective is None and expires is None and raw.kind == "policy":
        document.warnings.append("原文未写明施行日期或有效期")
    return document


# --- relations between documents ---------------------------------------------------------------------------


def relate(documents: list[Document]) -> None:
    """Give every document its id, and link copies and successors; ids do not depend on the order of reading."""
    groups: dict[str, list[Document]] = {}
    numbered = {_title_key(d): d.doc_numbers[0] for d in documents if d.doc_numbers}
    for document in documents:
        # A copy without its number (a compendium leaves it out) is known by its title.
        base = _base_id(document)
        groups.setdefault(
            base if document.doc_numbers else numbered.get(_title_key(document), base), []
        ).append(document)
    for base, group in groups.items():
        # The copy with the fewest blemishes is the one to cite, then the one least chopped by page breaks.
        group.sort(
            key=lambda d: (
                len(d.warnings),
                d.span.line_end - d.span.line_start,
                d.span.file,
                d.span.line_start,
            )
        )
        for i, document in enumerate(group):
            document.document_id = base if i == 0 else f"{base}@{_place(document)}"
            document.duplicate_of = None if i == 0 else base
            group[0].doc_numbers += [n for n in document.doc_numbers if n not in group[0].doc_numbers]
    by_number = {n: d for d in documents if not d.duplicate_of for n in d.doc_numbers}
    by_title = {fold(d.title): d for d in documents if not d.duplicate_of}
    for document in documents:
        for repealed in document.repeals:
            old = by_number.get(repealed) or by_title.get(fold(repealed.strip("《》")))
            if old is None or old is document or document.duplicate_of:
                continue
            old.superseded_by = document.document_id
            if old.document_id not in document.supersedes:
                document.supersedes.append(old.document_id)


def _title_key(document: Document) -> str:
    return re.sub(r"[^\w]", "", fold(document.title))


def _base_id(document: Document) -> str:
    return document.doc_numbers[0] if document.doc_numbers else document.title


def _place(document: Document) -> str:
    stem = Path(document.span.file).stem
    return f"{stem.split('_')[0]}-{hashlib.sha256(stem.encode()).hexdigest()[:4]}:{document.span.line_start}"
