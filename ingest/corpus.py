"""From folders of files to documents: the whole of ingestion, file by file."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest import clauses as policy_clauses
from ingest import metadata, yearbook
from ingest.errors import InputError
from ingest.model import Document, SourceSpan
from ingest.paragraphs import read_blocks
from ingest.readers import read_file
from ingest.relations import compare_copies, link_versions
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
                if name.startswith(".") or name.lower() in _SKIPPED_NAMES or path.absolute() in seen:
                    continue
                seen.add(path.absolute())
                yield path


def ingest_folders(folders: Iterable[Path], progress: Callable[[str], None] = lambda _: None) -> Ingested:
    """Read all files; one that cannot be read becomes a line in `problems`, the rest goes on."""
    result = Ingested()
    for path in corpus_files(folders):
        result.files += 1
        progress(path.name)
        try:
            result.documents += _ingest_file(path)
        except InputError as problem:
            result.problems.append(problem)
        except (ValueError, LookupError, RecursionError) as error:
            # A defect of our parser in one file must not cost the reader all the others.
            result.problems.append(
                InputError(path.name, f"could not be parsed ({type(error).__name__}: {error})")
            )
    relate(result.documents)
    return result


def _ingest_file(path: Path) -> list[Document]:
    source = read_file(path)
    if source.pages is None:
        documents = ingest_text(source.text, path.name)
    else:
        documents = ingest_text(source.text, path.name, source.pages)
    for document in documents:
        document.warnings += source.warnings
    return documents


def ingest_text(text: str, file: str, pages: list[int] | None = None) -> list[Document]:
    """The documents in one file's text.

    Args:
        pages: the page of every line, for paged files.

    Raises:
        InputError: there is no readable text in it.
    """
    blocks = read_blocks(text)
    if not blocks:
        raise InputError(file, "no text found", "check that the file holds more than blank lines and marks")
    segmentation = segment(blocks)
    documents = [d for d in (_build(raw, file) for raw in segmentation.documents) if d.clauses]
    if not documents:
        raise InputError(
            file, "holds titles but no text that could be cited", "check that the file is complete"
        )
    _close_spans(documents, text.split("\n"), segmentation.chapter_lines)
    return documents


def _close_spans(documents: list[Document], lines: list[str], chapters: list[int]) -> None:
    """Let each document reach to the last written line before the next one (remarks behind the signature are its)."""
    last_written = [0]
    for number, line in enumerate(lines, start=1):
        last_written.append(number if line.strip() else last_written[-1])
    starts = [d.span.line_start for d in documents[1:]] + [len(lines) + 1]
    for document, start in zip(documents, starts, strict=True):
        following = min([start, *(n for n in chapters if n > document.span.line_end)])
        end = max(document.span.line_end, last_written[min(following - 1, len(lines))])
        document.span = replace(document.span, line_end=end)


def _build(raw: RawDocument, file: str) -> Document:
    blocks = raw.blocks
    span = SourceSpan(file, blocks[0].line_start, blocks[-1].line_end)
    if raw.kind in ("policy", "plain"):
        return _build_policy(raw, span)
    title = re.sub(r"\s+", "", raw.title) or Path(file).stem
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
        front=[(b.line_start, b.line_end) for b in [*raw.header, *tree.front]],
        warnings=raw.warnings + tree.warnings,
    )
    if effective is None and expires is None and raw.kind == "policy":
        document.warnings.append("原文未写明施行日期或有效期")
    return document


# --- identity ---------------------------------------------------------------------------


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
    taken: set[str] = set()
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
            document.document_id = base if i == 0 else _free(f"{base}@{_place(document)}", taken)
            taken.add(document.document_id)
            document.duplicate_of = None if i == 0 else base
            if i:
                compare_copies(group[0], document)
            group[0].doc_numbers += [n for n in document.doc_numbers if n not in group[0].doc_numbers]
    link_versions(documents)


def _title_key(document: Document) -> str:
    return re.sub(r"[^\w]", "", fold(document.title))


def _base_id(document: Document) -> str:
    # `#` parts document and clause in a clause id.
    return (document.doc_numbers[0] if document.doc_numbers else document.title).replace("#", "＃")


def _free(wanted: str, taken: set[str]) -> str:
    """The id itself, or with a number where a file of the same name stands in another folder."""
    number, free = 2, wanted
    while free in taken:
        free, number = f"{wanted}-{number}", number + 1
    return free


def _place(document: Document) -> str:
    stem = Path(document.span.file).stem
    return f"{stem.split('_')[0]}-{hashlib.sha256(stem.encode()).hexdigest()[:4]}:{document.span.line_start}"
