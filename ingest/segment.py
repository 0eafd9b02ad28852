"""A file's blocks cut into raw documents: policies of a compendium, chapters of a yearbook, tables of an annex."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from ingest.lines import LineClass, MarkerKind
from ingest.paragraphs import Block, is_full_title, is_title, is_title_tail
from ingest.tables import parse_table
from ingest.text import doc_numbers, fold

_CHAPTER = re.compile(r"^(\d{1,2})\s*([\u4e00-\u9fff][\u4e00-\u9fff、（）()]{1,14})$")
_CLOSING = re.compile(
    r"(?:施行|实施|生效|执行|废止|负责解释|解释)[^。]{0,40}。?$|负责牵头组织实施|起(?:施行|实施)"
)
_RED_HEADER = re.compile(r"^[\u4e00-\u9fff（）]{4,40}文件$")


@dataclass(slots=True)
class RawDocument:
    """Blocks that belong together; `header` holds title and document numbers, `body` the rest."""

    kind: Literal["policy", "chapter", "list", "plain"]
    title: str
    header: list[Block] = field(default_factory=list)
    body: list[Block] = field(default_factory=list)
    doc_numbers: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def blocks(self) -> list[Block]:
        """All blocks in reading order."""
        return self.header + self.body


@dataclass(slots=True)
class Segmentation:
    """What a file consists of: documents, and the front matter that belongs to none."""

    documents: list[RawDocument]
    front_matter: list[Block]
    yearbook_title: str = ""
    chapter_lines: list[int] = field(default_factory=list)


def segment(blocks: list[Block]) -> Segmentation:
    """Cut the blocks of one file into raw documents."""
    chapters = _chapter_starts(blocks)
    if len(chapters) >= 2:
        return _segment_yearbook(blocks, chapters)
    policies, rest = _segment_policies(blocks, {})
    if policies:
        return Segmentation(policies, rest)
    entries = sum(1 for b in blocks if b.is_entry)
    headings = sum(1 for b in blocks if b.heading)
    kind: Literal["chapter", "plain"] = "chapter" if entries >= 3 or headings >= 3 else "plain"
    if len(blocks) > 1 and _opens_document(blocks[0]):
        return Segmentation([RawDocument(kind, blocks[0].text, blocks[:1], blocks[1:])], [])
    return Segmentation([RawDocument(kind, "", [], blocks)], [])


def _opens_document(block: Block) -> bool:
    """Whether a file's first block is the title of a document without a policy's outward signs."""
    short = bool(block.heading) or is_title(block.text) or len(block.text) <= 60
    return block.cls in (LineClass.TEXT, LineClass.BODY) and short


# --- yearbooks ---------------------------------------------------------------------------------------------


def _chapter_starts(blocks: list[Block]) -> list[int]:
    """Indices of chapter headings `# 5 科技计划`, numbered 1, 2, 3 … in order."""
    starts: list[int] = []
    for i, block in enumerate(blocks):
        match = _CHAPTER.match(block.text) if block.heading == 1 else None
        if match and int(match.group(1)) == len(starts) + 1:
            starts.append(i)
    return starts


def _segment_yearbook(blocks: list[Block], chapters: list[int]) -> Segmentation:
    front = blocks[: chapters[0]]
    yearbook_title = next(
        (
            b.text
            for b in front
            if b.heading == 1 and re.search(r"年鉴", b.text) and re.search(r"20\d\d", b.text)
        ),
        "年鉴",
    )
    documents: list[RawDocument] = []
    for start, end in zip(chapters, [*chapters[1:], len(blocks)], strict=True):
        name = _CHAPTER.match(blocks[start].text).group(2)  # type: ignore[union-attr]
        title = f"{yearbook_title}·{name}"
        body = blocks[start + 1 : end]
        first_number = next((i for i, b in enumerate(body) if b.cls is LineClass.DOC_NUMBER), None)
        if first_number is not None:
            index_titles = _titles_in_tables(body[:first_number])
            policies, index_part = _segment_policies(body, index_titles)
            documents.append(RawDocument("chapter", title, [blocks[start]], index_part))
            documents.extend(policies)
        elif re.search(r"附\s*录", name):
            documents.extend(_segment_lists(body))
        else:
            documents.append(RawDocument("chapter", title, [blocks[start]], body))
    return Segmentation(documents, front, yearbook_title, [blocks[start].line_start for start in chapters])


def _titles_in_tables(blocks: list[Block]) -> dict[str, str]:
    """Document number → title, read from tables that list policies."""
    titles: dict[str, str] = {}
    for block in blocks:
        if block.cls is not LineClass.TABLE:
            continue
        for row in parse_table(block.lines).rows:
            numbers = [
                n for cell in row.cells for n in doc_numbers(cell) if fold(cell).startswith(fold(n)[:2])
            ]
            title = max(row.cells, key=len, default="")
            if numbers and len(title) >= 10 and not doc_numbers(title):
                for number in numbers:
                    titles[number] = title
    return titles


def _segment_lists(blocks: list[Block]) -> list[RawDocument]:
    """The annex of a yearbook: every heading that has a table or list under it is a document of its own.

    A sub-heading (`二等奖(25项)`, `教育部重点实验室`) belongs to the list above it.
    """
    documents: list[RawDocument] = []
    for block in blocks:
        if block.heading and (re.search(r"名单|统计|结果|情况|名称", block.text) or not documents):
            documents.append(RawDocument("list", block.text, [block]))
        elif documents:
            documents[-1].body.append(block)
    return documents


# --- policies ----------------------------------------------------------------------------------------------


def _segment_policies(
    blocks: list[Block], index_titles: dict[str, str]
) -> tuple[list[RawDocument], list[Block]]:
    """Cut blocks into policies; returns them and what stands before the first one."""
    starts = _policy_starts(blocks)
    if not starts:
        return [], blocks
    documents = [
        _read_header(blocks[start:end], index_titles)
        for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True)
    ]
    for previous, current in pairwise(documents):
        _return_stray_tail(previous, current)
    return documents, blocks[: starts[0]]


def _policy_starts(blocks: list[Block]) -> list[int]:
    starts: list[int] = []
    marks_seen = closing_seen = False
    header_open = False  # between a title and the first numbered clause or addressee
    for i, block in enumerate(blocks):
        start = _start_at(blocks, i, header_open, marks_seen and closing_seen)
        if start is not None and (not starts or start > starts[-1]):
            starts.append(start)
            marks_seen = closing_seen = False
            header_open = True
        if block.cls is LineClass.MARKER:
            marks_seen, header_open = True, False
            closing_seen = closing_seen or bool(_CLOSING.search(block.text))
        elif block.cls in (LineClass.ADDRESSEE, LineClass.TABLE):
            header_open = False
        elif block.cls is LineClass.DATE or (block.cls is LineClass.TEXT and _CLOSING.search(block.text)):
            closing_seen = closing_seen or marks_seen
    return starts


def _start_at(blocks: list[Block], i: int, header_open: bool, finished: bool) -> int | None:
    """Where the policy begins whose title or number is block `i`, or None."""
    block = blocks[i]
    if block.cls is LineClass.DOC_NUMBER:
        return None if header_open else _climb(blocks, i)
    if block.cls is LineClass.BODY:
        following = blocks[i + 1] if i + 1 < len(blocks) else None
        if (
            following
            and following.cls is LineClass.TEXT
            and (is_title_tail(following.text) or is_full_title(following.text))
        ):
            return None if header_open else _climb(blocks, i)
        return None
    if block.cls is not LineClass.TEXT or header_open:
        return None
    if is_full_title(block.text):
        return _climb(blocks, i)
    following_cls = blocks[i + 1].cls if i + 1 < len(blocks) else None
    if (
        finished
        and is_title(block.text)
        and following_cls in (LineClass.TEXT, LineClass.MARKER, LineClass.ADDRESSEE)
    ):
        return i
    return None


def _climb(blocks: list[Block], i: int) -> int:
    """From a document number or title up to the first line of the title block (at most six lines)."""
    start = i
    while start > 0 and i - start < 6:
        above = blocks[start - 1]
        if above.cls not in (LineClass.TEXT, LineClass.BODY) or above.text.endswith(tuple("。；：")):
            break
        if blocks[start].line_start - above.line_end > 3 or len(above.text) > 110:
            break
        start -= 1
    return start


def _read_header(blocks: list[Block], index_titles: dict[str, str]) -> RawDocument:
    """Split a policy's blocks into header and body, and settle title and numbers."""
    header: list[Block] = []
    pieces: list[str] = []
    numbers: list[str] = []
    position = 0
    while position < len(blocks):
        block = blocks[position]
        if block.cls is LineClass.DOC_NUMBER:
            numbers += [n for n in doc_numbers(block.text) if n not in numbers]
        elif block.cls is LineClass.BODY or (
            block.cls is LineClass.TEXT and _belongs_to_title(block, pieces, numbers)
        ):
            pieces.append(block.text)
        else:
            break
        header.append(block)
        position += 1
    raw = RawDocument("policy", "", header, blocks[position:], numbers)
    printed = "".join(p for p in pieces if not _RED_HEADER.match(p))
    indexed = next((index_titles[n] for n in numbers if n in index_titles), "")
    if indexed and not (is_full_title(printed) or is_title_tail(printed)):
        raw.warnings.append("标题在原文中残缺或错位，已按目录表补正")
        printed = indexed
    raw.title = printed
    return raw


def _belongs_to_title(block: Block, pieces: list[str], numbers: list[str]) -> bool:
    """Title lines come before the number; with a red letterhead (`…文件`) behind it."""
    if numbers and any(is_title(p) for p in pieces):
        return False
    if (
        is_title(block.text)
        or is_full_title(block.text)
        or is_title_tail(block.text)
        or _RED_HEADER.match(block.text)
    ):
        return not any(is_title(p) for p in pieces)
    return not pieces and not numbers and len(block.text) <= 60 and not block.text.endswith("。")


def _return_stray_tail(previous: RawDocument, current: RawDocument) -> None:
    """Give back clauses that the layout has put under the next policy's heading.

    The sign: the first numbered clause under the new heading carries on the count of the policy before,
    and a broken piece of the new title follows later. Everything before that piece belongs to `previous`.
    """
    first = next((b.marker for b in current.body if b.marker), None)
    if first is None:
        return
    last = next((b.marker for b in reversed(previous.body) if b.marker and b.marker.kind is first.kind), None)
    if last is None or first.number == 1 or first.number != last.number + 1:
        return
    if first.kind in (MarkerKind.ARABIC, MarkerKind.ARABIC_PAREN):
        return
    for i, block in enumerate(current.body):
        if (
            not block.marker
            and not block.text.endswith("。")
            and len(block.text) <= 60
            and (block.bold or block.heading)
        ):
            previous.body.extend(current.body[:i])
            previous.warnings.append("末尾条款在原文中排到了下一份文件的标题之下，已归还")
            current.header.append(block)
            current.body = current.body[i + 1 :]
            return
