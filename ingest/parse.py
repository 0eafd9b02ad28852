"""One file's text turned into documents with their clauses and metadata."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from ingest import clauses as policy_clauses
from ingest import metadata, yearbook
from ingest.errors import InputError
from ingest.model import Clause, Document, SourceSpan
from ingest.paragraphs import read_blocks
from ingest.segment import RawDocument, segment


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
    _place(documents, text.split("\n"), pages)
    return documents


def _place(documents: list[Document], lines: list[str], pages: list[int] | None) -> None:
    """Give documents and clauses their characters, and the page of their first line."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    spanned: list[Document | Clause] = [*documents, *(c for d in documents for c in d.clauses)]
    for item in spanned:
        first, last = item.span.line_start, item.span.line_end
        page = pages[first - 1] if pages and first <= len(pages) else None
        end = starts[last] - 1  # without the line's end
        item.span = replace(item.span, page=page, char_start=starts[first - 1], char_end=end)


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
    counts = sorted(((text.count(name), name) for name in metadata.DISTRICTS), reverse=True)
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
